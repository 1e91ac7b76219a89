#pragma once
// What became of a frame that a machine sent to everybody in its network: who has it afterwards,
// how often, and how it went there. One place for all hosts, which only tell where they saw it.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/lab.h"

namespace tflab::scenario {

struct Flood {
  std::size_t members = 0;        // interfaces in the network that have it, the sender's among them
  std::size_t wanted = 0;         // ... that are in the network
  unsigned fewest = 0, most = 0;  // copies that each of the others got
  std::string short_one{}, greedy{};  // who got the fewest, and the most
  std::vector<std::string>
      strangers{};  // who should not have it, and has: of other networks, or the sender, back
  std::size_t fan_out = 0;  // copies to other vRouters, of the one that sent the most
  std::string widest{};     // that one
  std::size_t deepest = 0;  // tunnels on the way to a member, where it was longest
  double mean_hops = 0;     // ... of those that got it
};

// A UDP datagram to 255.255.255.255, port discard (RFC 863), that no earlier one is equal to.
std::vector<std::byte> broadcast_from(const Interface& interface, Instant now);

// Of a frame on the underlay; nothing: it is no IPv4 packet.
std::optional<Sighting> tunnel_sighting(Bytes frame);

// From the first interface of a machine. `seen`: in order.
Flood flood_of(const Scenario& scenario, const std::string& machine,
               const std::vector<Sighting>& seen);
Flood flooded(const Scenario& scenario, Lab& lab, const std::string& machine);

// "20 of 20 have it, copies 1, fan-out 4 (compute01), hops 2 at most, 1.8 in the mean".
std::string to_text(const Flood& flood);

}  // namespace tflab::scenario
