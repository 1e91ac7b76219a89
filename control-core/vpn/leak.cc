#include "control-core/vpn/leak.h"

#include <algorithm>

#include "control-core/vpn/aliases.h"
#include "control-core/vpn/origin.h"

namespace tflab::vpn {
namespace {

Family vpn_of(Family vrf) {
  for (const Replicated& pair : replicated_families)
    if (pair.vrf == vrf) return pair.vpn;
  return vrf;
}
Family vrf_of(Family vpn) {
  for (const Replicated& pair : replicated_families)
    if (pair.vpn == vpn) return pair.vrf;
  return vpn;
}

// Broadcast MACs become inclusive multicast routes instead (flooding.h), Ethernet segments and what
// routers of one say about a single network stay in the master, and what an agent says about a
// multicast tree is between it and its control node.
bool leaves_its_table(const Nlri& nlri) {
  if (const auto* evpn = std::get_if<EvpnRoute>(&nlri)) {
    if (evpn->type == EvpnRoute::auto_discovery) return evpn->tag == whole_segment;
    return evpn->type != EvpnRoute::ethernet_segment &&
           !(evpn->type == EvpnRoute::mac_ip && evpn->mac.broadcast());
  }
  if (const auto* tree = std::get_if<ErmvpnRoute>(&nlri)) return tree->type != ErmvpnRoute::native;
  return true;
}

// Layer 2 and multicast routes stay inside their network; IP routes follow targets alone.
bool network_bound(const Nlri& nlri) {
  if (const auto* evpn = std::get_if<EvpnRoute>(&nlri)) return evpn->type != EvpnRoute::ip_prefix;
  return std::holds_alternative<ErmvpnRoute>(nlri);
}

Instances importers_of(const TargetIndex& index, const Attributes& attributes) {
  Instances out;
  for (ExtCommunity community : attributes.ext_communities)
    if (const auto target = community.as_target())
      if (const TargetGroup* group = index.find(*target))
        out.insert(group->importers.begin(), group->importers.end());
  return out;
}

// Into a vector that is used again and again: this is asked about every VPN route.
void targets_of(const rib::Destination& destination, Targets& out) {
  out.clear();
  for (const rib::Path& path : destination.paths)
    for (ExtCommunity community : path.attributes->ext_communities)
      if (const auto target = community.as_target()) out.push_back(*target);
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
}

bool replicable(const rib::Path& path) {
  return path.feasible() && !path.replicated() && (path.flags & rib::aliased_path) == 0;
}

}  // namespace

RouteDistinguisher rd_of(const Nlri& nlri) {
  if (const auto* route = std::get_if<VpnRoute>(&nlri)) return route->rd;
  if (const auto* route = std::get_if<EvpnRoute>(&nlri)) return route->rd;
  if (const auto* route = std::get_if<ErmvpnRoute>(&nlri)) return route->rd;
  return {};
}

Nlri in_vpn(const Nlri& nlri, RouteDistinguisher rd) {
  if (const auto* route = std::get_if<InetRoute>(&nlri)) return VpnRoute{rd, route->prefix};
  Nlri out = nlri;
  if (auto* route = std::get_if<EvpnRoute>(&out)) route->rd = rd;
  if (auto* route = std::get_if<ErmvpnRoute>(&out)) route->rd = rd;
  return out;
}

Nlri in_vrf(const Nlri& nlri) {
  if (const auto* route = std::get_if<VpnRoute>(&nlri)) return InetRoute{route->prefix};
  Nlri out = nlri;
  if (auto* route = std::get_if<EvpnRoute>(&out))
    if (route->type != EvpnRoute::inclusive_multicast) route->rd = {};
  if (auto* route = std::get_if<ErmvpnRoute>(&out)) route->rd = {};
  return out;
}

void Leak::place(Instant now, const rib::Table& from, const Row& row, const rib::Path& path,
                 rib::Table& to, RouteDistinguisher rd, AttributesRef attributes,
                 std::vector<Copy>& due) {
  rib::Path copy = path;
  copy.key.primary = from.id();
  copy.key.rd = attributes->source_rd;
  copy.attributes = std::move(attributes);
  due.push_back({&to, rd, copy.key});
  to.put(now, rd.zero() ? in_vrf(row.first) : in_vpn(row.first, rd), std::move(copy));
}

void Leak::copy_vrf_path(Instant now, const Instance& home, const rib::Table& from, const Row& row,
                         const rib::Path& path, std::vector<Copy>& due) {
  Attributes attributes = *path.attributes;
  if (attributes.source_rd.zero())
    attributes.source_rd =
        RouteDistinguisher::ip4(us_.router_id, static_cast<std::uint16_t>(home.config.index));
  add_targets(attributes, home.config.exports);
  if (home.config.network_id != 0 && !origin_vn(attributes, us_.fabric_as))
    set_origin_vn(attributes, us_.fabric_as, home.config.network_id);

  const RouteDistinguisher own = rd_of(row.first);
  const RouteDistinguisher rd = own.zero() ? attributes.source_rd : own;
  const AttributesRef shared = pool_.intern(std::move(attributes));
  place(now, from, row, path, *master_.table(vpn_of(from.family())), rd, shared, due);
  if (network_bound(row.first)) return;
  for (Instance* importer : importers_of(targets_, *shared))
    if (importer != &home)
      place(now, from, row, path, *importer->table(from.family()), {}, shared, due);
}

void Leak::copy_vpn_path(Instant now, const rib::Table& from, const Row& row, const rib::Path& path,
                         std::vector<Copy>& due) {
  const Instances importers = importers_of(targets_, *path.attributes);
  if (importers.empty()) return;  // a route reflector's daily bread
  Attributes attributes = *path.attributes;
  attributes.source_rd = rd_of(row.first);
  auto network = origin_vn(attributes, us_.fabric_as);
  if (!network) network = targets_.network_of(attributes);
  set_origin_vn(attributes, us_.fabric_as, network);
  const AttributesRef shared = pool_.intern(std::move(attributes));
  for (Instance* importer : importers) {
    const bool at_home = network && importer->config.network_id == *network;
    if (network_bound(row.first) && !at_home) continue;
    place(now, from, row, path, *importer->table(vrf_of(from.family())), {}, shared, due);
  }
}

// What was copied and is not due any more is taken back.
void Leak::remember(Instant now, const Row& row, std::vector<Copy> due) {
  const auto known = copies_.find(&row);
  if (known != copies_.end())
    for (const Copy& copy : known->second)
      if (std::ranges::find(due, copy) == due.end())
        copy.to->remove(now, copy.rd.zero() ? in_vrf(row.first) : in_vpn(row.first, copy.rd),
                        copy.key);
  if (!due.empty())
    copies_.insert_or_assign(&row, std::move(due));
  else if (known != copies_.end())
    copies_.erase(known);
}

void Leak::sync_vrf(Instant now, const Instance& home, const rib::Table& from, const Row& row) {
  if (!leaves_its_table(row.first)) return;
  std::vector<Copy> due;
  const std::size_t equals = row.second.equal_cost_paths();
  for (std::size_t i = 0; i < equals; ++i)
    if (replicable(row.second.paths[i]))
      copy_vrf_path(now, home, from, row, row.second.paths[i], due);

  remember(now, row, std::move(due));
}

void Leak::sync_vpn(Instant now, const rib::Table& from, const Row& row) {
  targets_of(row.second, row_targets_);
  targets_.set_dependent(from.family(), row, row_targets_);

  std::vector<Copy> due;
  const std::size_t equals = leaves_its_table(row.first) ? row.second.equal_cost_paths() : 0;
  for (std::size_t i = 0; i < equals; ++i)
    if (replicable(row.second.paths[i])) copy_vpn_path(now, from, row, row.second.paths[i], due);
  remember(now, row, std::move(due));
}

std::vector<std::string> Leak::copies_of(const Row& row, const rib::PathKey& key) const {
  std::vector<std::string> out;
  const auto known = copies_.find(&row);
  if (known == copies_.end()) return out;
  for (const Copy& copy : known->second)
    if (copy.key.peer == key.peer && copy.key.source == key.source &&
        copy.key.path_id == key.path_id)
      out.push_back(copy.to->name());
  std::ranges::sort(out);
  return out;
}

}  // namespace tflab::vpn
