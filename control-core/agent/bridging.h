#pragma once
// Layer 2 forwarding: the bridge tables, the multicast trees and the VNIs of the networks that
// bridge. Works by comparing what is wanted with what the vrouter has. A MAC is programmed only
// where a machine of ours can send to it; a tree passes through vrouters without machines, too.
// Those outside the tree are sent copies of what our machines say, and of nothing else.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "control-core/agent/l2_routes.h"
#include "control-core/agent/labels.h"
#include "control-core/agent/nexthops.h"
#include "control-core/agent/output.h"
#include "control-core/agent/path.h"
#include "control-core/agent/vm_interfaces.h"
#include "control-core/agent/vrfs.h"
#include "control-core/config/model.h"

namespace tflab::agent {

// What configuration and interfaces alone say about a VRF that bridges; or of a logical router,
// where the only MAC is our own, and what comes for it is routed.
struct LocalBridge {
  Vni vni;                             // of frames that come in VXLAN
  std::map<Mac, NexthopKey> machines;  // of two with one MAC the first has it
  std::vector<NexthopKey> ports;       // who gets a copy of a broadcast
  friend bool operator==(const LocalBridge&, const LocalBridge&) = default;
};
using LocalBridges = std::map<VrfId, LocalBridge>;

LocalBridges local_bridges(const config::Vrouter& config, const Vrfs& vrfs,
                           const VmInterfaces& interfaces);

// Which of the things told about a MAC or a tree is believed: what is not stale, then the higher
// local preference, then the first control node, then the first of those. Nothing: none leads
// anywhere.
std::optional<L2Routes::Told> best_mac(const std::vector<L2Routes::Told>& told,
                                       const PathContext& context);
// ... wherever it leads.
std::optional<L2Routes::Told> best_told(const std::vector<L2Routes::Told>& told);
// The way to what the item tells of: its first next hop that can be used.
std::optional<Forward> bridge_of(const xmpp::EvpnItem& item, const PathContext& context);

class Bridging {
public:
  Bridging(Nexthops& nexthops, Labels& labels, const L2Routes& told, const PathContext& context,
           Outputs& out)
      : nexthops_{nexthops}, labels_{labels}, told_{told}, context_{context}, out_{out} {}

  // VRFs that are left out do not bridge: nothing names them afterwards, nor interfaces not named.
  void set_local(LocalBridges next);
  // What was told about these has changed.
  void look_again(const std::vector<BridgeEntry>& entries);
  // The preference among encapsulations changed.
  void choose_again();

  // Where frames to a MAC go; with what a control node said about it, if it was one.
  struct Way {
    Forward forward;
    const xmpp::EvpnItem* item = nullptr;
  };
  std::optional<Way> way_to(const BridgeEntry& entry) const;
  // How often a way may have become another, or what is told of it.
  std::uint64_t changes() const { return changes_; }

private:
  struct Programmed {
    NexthopId nexthop;
    Label label;
    Vni vni;
    friend bool operator==(const Programmed&, const Programmed&) = default;
  };
  // One composite does for frames of our machines and for those out of the tree: the vrouter sends
  // nothing back to where it came from.
  struct Flood {
    NexthopId nexthop;
    bool from_machines = false;         // the broadcast MAC leads to it
    std::optional<Label> source_label;  // and this label, out of the tree
  };
  struct Tree {
    std::optional<Label> source_label;
    std::vector<Member> links;
  };
  struct Entry {
    Vni vni;
    NexthopId nexthop;
  };

  bool has_ports(VrfId vrf) const;
  bool has_macs(VrfId vrf) const;
  std::optional<Tree> tree_of(VrfId vrf) const;
  std::vector<Member> outsiders(VrfId vrf) const;
  void program_vrf(VrfId vrf);
  void program_vni(VrfId vrf);
  void program_mac(const BridgeEntry& entry);
  void program_flood(VrfId vrf);
  void set_copies(VrfId vrf, NexthopId flood, const std::vector<Member>& links);
  void lead_to(Flood& flood, VrfId vrf, bool from_machines, std::optional<Label> source_label);

  Nexthops& nexthops_;
  Labels& labels_;
  const L2Routes& told_;
  PathContext context_;
  Outputs& out_;
  LocalBridges local_;
  std::map<BridgeEntry, Programmed> macs_;
  std::map<VrfId, Flood> floods_;
  std::map<VrfId, Entry> vnis_;
  std::uint64_t changes_ = 0;
};

}  // namespace tflab::agent
