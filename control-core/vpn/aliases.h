#pragma once
// Aliasing (RFC 7432 section 8.4): a MAC address on an Ethernet segment is reached through every
// router of the segment, also through those that have not learned it. Who they are, their
// auto-discovery routes for the whole segment say. Each such router becomes a further path of the
// MAC address, with the label of the path that was told (the VNI: only VXLAN has one for all), and
// is a copy of its auto-discovery route's path in the same table; it is never copied further.

#include <map>
#include <set>
#include <string>

#include "control-core/rib/table.h"
#include "control-core/vpn/target_index.h"

namespace tflab::vpn {

// The Ethernet tag of an auto-discovery route that is about all networks of its segment (RFC 7432
// section 8.2.1).
inline constexpr std::uint32_t whole_segment = 0xffffffff;

class Aliases {
public:
  // After every change of a row of an instance's EVPN table.
  void note(Instant now, rib::Table& evpn, const Row& row);
  void forget(const std::string& instance) { networks_.erase(instance); }

private:
  struct Network {
    std::map<EvpnRoute, Esi> segments;           // of MAC addresses that are on one
    std::map<Esi, std::set<EvpnRoute>> members;  // the other way round
  };

  void move(Network& network, const EvpnRoute& mac, const Esi& to);

  std::map<std::string, Network> networks_;  // by instance
};

}  // namespace tflab::vpn
