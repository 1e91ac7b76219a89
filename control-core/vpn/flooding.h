#pragma once
// Broadcast of a layer 2 network over EVPN. An agent announces the broadcast MAC; we turn it into
// the inclusive multicast route that others understand (RFC 7432 section 11.1), and tell the agent
// whom its vRouter sends copies to by itself: those that are in no multicast tree (ermvpn.h), or
// everybody, if it is in none. A leaf leaves that to its replicator, which is told of its leaves
// (after RFC 9574; the tunnel types are the original's).

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control-core/rib/table.h"
#include "control-core/vpn/target_index.h"

namespace tflab::vpn {

// One that takes part, as its route says it: a broadcast MAC of an agent of ours, or an inclusive
// multicast route of anybody.
struct Flooder {
  AttributesRef attributes;  // with a tunnel
  std::uint32_t label = 0;
  rib::PeerId agent;  // whose broadcast MAC
  friend bool operator==(const Flooder&, const Flooder&) = default;

  const IpAddr& address() const { return attributes->next_hop; }
  bool in_trees() const;
  bool replicator() const;
  bool leaf() const;
  std::optional<Ip4> replicated_by() const;  // of a leaf
};

// Whom copies are sent to: of what its own machines broadcast, and of what its leaves hand in.
struct Olists {
  std::vector<const Flooder*> all, leaves;
  bool empty() const { return all.empty() && leaves.empty(); }
};

class Flooding {
public:
  // After every change of a row of an instance's EVPN table.
  void note(Instant now, rib::Table& evpn, const Row& row);

  // What the agent that announced this broadcast MAC must be told.
  Olists olists(const std::string& instance, const EvpnRoute& broadcast) const;
  // The broadcast MACs that this agent announced.
  std::vector<EvpnRoute> broadcasts(const std::string& instance, rib::PeerId agent) const;
  // Broadcast MACs whose answer changed since the last call, and whose agent is to be told.
  struct Change {
    std::string instance;
    EvpnRoute route;
    rib::PeerId agent;
  };
  std::vector<Change> take_changes();
  void forget(const std::string& instance) { networks_.erase(instance); }

private:
  using Flooders = std::map<EvpnRoute, Flooder>;
  struct Network {
    Flooders ours, all;  // broadcast MACs, inclusive multicast routes
  };

  void note_ours(Instant now, rib::Table& evpn, const Row& row);
  void note_all(const rib::Table& evpn, const Row& row);

  std::map<std::string, Network> networks_;  // by instance
  std::vector<Change> changes_;
};

}  // namespace tflab::vpn
