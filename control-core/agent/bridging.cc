#include "control-core/agent/bridging.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "control-core/agent/networks.h"

namespace tflab::agent {
namespace {

using Told = L2Routes::Told;

// The smaller one is believed.
auto rank(const Told& told) {
  const auto* evpn = std::get_if<xmpp::EvpnItem>(told.item);
  const std::uint32_t preference = evpn != nullptr ? evpn->local_preference : 0;
  return std::tuple{told.stale, ~preference, told.source};
}

template <class Usable>
std::optional<Told> best_of(const std::vector<Told>& told, Usable usable) {
  std::optional<Told> best;
  for (const Told& each : told)
    if ((!best || rank(each) < rank(*best)) && usable(each)) best = each;
  return best;
}

// Labels that we have not handed out to this control node are not its to give.
std::optional<Label> source_label(const Told& told) {
  const LabelBlock block = Labels::multicast_block(slot_of(told.source));
  const std::uint32_t label = std::get<xmpp::MulticastItem>(*told.item).source_label;
  if (label < block.first || label > block.last) return {};
  return Label{label};
}

}  // namespace

LocalBridges local_bridges(const config::Vrouter& config, const Vrfs& vrfs,
                           const VmInterfaces& interfaces) {
  LocalBridges bridges;
  for (const auto& [id, vrf] : vrfs.all()) {
    const config::Network* network = find_network(config.fabric, vrf.network);
    if (network == nullptr) continue;
    const Vni vni{network->network_id};
    if (layer2(*network)) bridges[id].vni = vni;
    if (!network->routes_between.empty())
      bridges[id] = {vni, {{config.mac, NexthopKey::l2_receive(id)}}, {}};
  }
  for (const config::Port& port : config.ports) {
    const VmInterface* interface = interfaces.find(port.name);
    const Vrf* vrf = vrfs.of_network(port.network);
    const auto bridge = vrf != nullptr ? bridges.find(vrf->id) : bridges.end();
    if (interface == nullptr || bridge == bridges.end()) continue;
    const bool has_flows = interface->nexthop.policy;
    const NexthopKey key = NexthopKey::bridge(interface->vif.vif, vrf->id, has_flows);
    auto& [vni, machines, ports] = bridge->second;
    if (std::ranges::find(ports, key) != ports.end()) continue;
    machines.try_emplace(interface->port.mac, key);
    ports.push_back(key);
  }
  return bridges;
}

std::optional<Forward> bridge_of(const xmpp::EvpnItem& item, const PathContext& context) {
  for (const xmpp::NextHop& hop : item.next_hops)
    if (const auto forward = bridge_to(hop, context)) return forward;
  return {};
}

std::optional<Told> best_mac(const std::vector<Told>& told, const PathContext& context) {
  return best_of(told, [&](const Told& each) {
    return bridge_of(std::get<xmpp::EvpnItem>(*each.item), context).has_value();
  });
}
std::optional<Told> best_told(const std::vector<Told>& told) {
  return best_of(told, [](const Told&) { return true; });
}

void Bridging::set_local(LocalBridges next) {
  const LocalBridges was = std::exchange(local_, std::move(next));
  std::set<VrfId> changed;
  for (const auto& [vrf, bridge] : was)
    if (!local_.contains(vrf)) changed.insert(vrf);
  for (const auto& [vrf, bridge] : local_) {
    const auto old = was.find(vrf);
    if (old == was.end() || old->second != bridge) changed.insert(vrf);
  }
  for (const VrfId vrf : changed) program_vrf(vrf);
}

void Bridging::look_again(const std::vector<BridgeEntry>& entries) {
  changes_ += entries.size();
  for (const BridgeEntry& entry : entries) {
    if (entry.mac == broadcast_mac) {
      program_flood(entry.vrf);
    } else {
      program_mac(entry);
    }
  }
}

void Bridging::choose_again() {
  for (const auto& [vrf, bridge] : local_) program_vrf(vrf);
}

bool Bridging::has_ports(VrfId vrf) const {
  const auto bridge = local_.find(vrf);
  return bridge != local_.end() && !bridge->second.ports.empty();
}
bool Bridging::has_macs(VrfId vrf) const {
  const auto bridge = local_.find(vrf);
  return bridge != local_.end() && !bridge->second.machines.empty();
}

// What is here is here, whatever is told.
std::optional<Bridging::Way> Bridging::way_to(const BridgeEntry& entry) const {
  if (!has_macs(entry.vrf)) return {};
  const auto& machines = local_.at(entry.vrf).machines;
  const auto machine = machines.find(entry.mac);
  if (machine != machines.end()) return Way{Forward{machine->second, {}, 0}};
  const auto best = best_mac(told_.about(entry), context_);
  if (!best) return {};
  const auto& item = std::get<xmpp::EvpnItem>(*best->item);
  return Way{*bridge_of(item, context_), &item};
}

// Frames of a tree go in MPLS only: they need the label that says which tree.
std::optional<Bridging::Tree> Bridging::tree_of(VrfId vrf) const {
  if (!local_.contains(vrf)) return {};
  const auto best = best_told(told_.trees(vrf));
  if (!best) return {};
  Tree tree{source_label(*best), {}};
  for (const xmpp::NextHop& hop : std::get<xmpp::MulticastItem>(*best->item).olist) {
    const auto way = bridge_to(hop, context_);
    if (!way || way->vni != Vni{}) continue;
    const Member link{way->nexthop, way->label};
    if (std::ranges::find(tree.links, link) == tree.links.end()) tree.links.push_back(link);
  }
  return tree;
}

std::vector<Member> Bridging::outsiders(VrfId vrf) const {
  std::vector<Member> out;
  if (!has_ports(vrf)) return out;
  const auto best = best_told(told_.about({vrf, broadcast_mac}));
  if (!best) return out;
  for (const xmpp::NextHop& hop : std::get<xmpp::EvpnItem>(*best->item).olist) {
    const auto way = bridge_to(hop, context_);
    if (!way) continue;
    const Member copy{way->nexthop, way->label, way->vni};
    if (std::ranges::find(out, copy) == out.end()) out.push_back(copy);
  }
  return out;
}

void Bridging::program_vrf(VrfId vrf) {
  program_vni(vrf);
  const std::vector<Mac> told = told_.macs(vrf);
  std::set<Mac> macs{told.begin(), told.end()};
  if (has_macs(vrf))
    for (const auto& [mac, key] : local_.at(vrf).machines) macs.insert(mac);
  for (const auto& [entry, programmed] : macs_)
    if (entry.vrf == vrf) macs.insert(entry.mac);
  for (const Mac& mac : macs) program_mac({vrf, mac});
  program_flood(vrf);
}

void Bridging::program_vni(VrfId vrf) {
  const Vni wanted = has_macs(vrf) ? local_.at(vrf).vni : Vni{};
  const auto bound = vnis_.find(vrf);
  const Entry was = bound == vnis_.end() ? Entry{} : bound->second;
  if (was.vni == wanted) return;
  if (was.vni != Vni{}) {
    out_.program(vr::UnbindVni{was.vni});
    vnis_.erase(bound);
  }
  if (wanted != Vni{}) {
    const NexthopId nexthop = nexthops_.acquire(NexthopKey::bridge_vrf(vrf));
    out_.program(vr::BindVni{wanted, nexthop});
    vnis_[vrf] = {wanted, nexthop};
  }
  nexthops_.release(was.nexthop);
}

// The new nexthop before the entry, the entry before the old nexthop goes.
void Bridging::program_mac(const BridgeEntry& entry) {
  const auto found = way_to(entry);
  const Forward* way = found ? &found->forward : nullptr;
  const auto row = macs_.find(entry);
  const auto was = row == macs_.end() ? std::nullopt : std::optional{row->second};
  if (way != nullptr) {
    const Programmed now{nexthops_.acquire(way->nexthop), way->label, way->vni};
    if (was != now) {
      out_.program(vr::SetMac{.vrf = entry.vrf,
                              .mac = entry.mac,
                              .nexthop = now.nexthop,
                              .label = now.label,
                              .flags = static_cast<std::uint8_t>(way->flags),
                              .vni = now.vni});
    }
    macs_.insert_or_assign(entry, now);
  } else if (was) {
    out_.program(vr::DeleteMac{entry.vrf, entry.mac});
    macs_.erase(row);
  }
  if (was) nexthops_.release(was->nexthop);
}

void Bridging::program_flood(VrfId vrf) {
  const bool from_machines = has_ports(vrf);
  const std::optional<Tree> tree = tree_of(vrf);
  const auto known = floods_.find(vrf);
  if (from_machines || tree) {
    Flood& flood = known != floods_.end() ? known->second : floods_[vrf];
    if (known == floods_.end()) flood.nexthop = nexthops_.acquire(NexthopKey::flood(vrf));
    set_copies(vrf, flood.nexthop, tree ? tree->links : std::vector<Member>{});
    lead_to(flood, vrf, from_machines, tree ? tree->source_label : std::nullopt);
  } else if (known != floods_.end()) {
    lead_to(known->second, vrf, false, std::nullopt);
    nexthops_.release(known->second.nexthop);
    floods_.erase(known);
  }
}

void Bridging::set_copies(VrfId vrf, NexthopId flood, const std::vector<Member>& links) {
  const std::pair<NexthopKey, std::vector<Member>> elsewhere[] = {
      {NexthopKey::tree(vrf), links}, {NexthopKey::outsiders(vrf), outsiders(vrf)}};
  std::vector<Member> copies;
  for (const auto& [key, members] : elsewhere)
    if (!members.empty()) copies.push_back({key, {}});
  for (const NexthopKey& port : local_.at(vrf).ports) copies.push_back({port, {}});
  nexthops_.set_members(flood, copies);
  for (const auto& [key, members] : elsewhere)
    if (!members.empty()) nexthops_.set_members(*nexthops_.find(key), members);
}

void Bridging::lead_to(Flood& flood, VrfId vrf, bool from_machines,
                       std::optional<Label> source_label) {
  if (from_machines && !flood.from_machines) {
    out_.program(vr::SetMac{.vrf = vrf, .mac = broadcast_mac, .nexthop = flood.nexthop});
  }
  if (!from_machines && flood.from_machines) out_.program(vr::DeleteMac{vrf, broadcast_mac});
  flood.from_machines = from_machines;
  if (flood.source_label == source_label) return;
  if (source_label) labels_.bind(*source_label, NexthopKey::flood(vrf));
  // The control node may have given the label to another tree of ours meanwhile.
  const NexthopKey* leads = flood.source_label ? labels_.bound_to(*flood.source_label) : nullptr;
  if (leads != nullptr && *leads == NexthopKey::flood(vrf)) labels_.unbind(*flood.source_label);
  flood.source_label = source_label;
}

}  // namespace tflab::agent
