#include "control-core/vpn/aliases.h"

#include <algorithm>
#include <vector>

namespace tflab::vpn {
namespace {

bool aliased(const rib::Path& path) {
  return (path.flags & rib::aliased_path) != 0;
}

// The best of those that somebody told.
const rib::Path* primary_of(const rib::Destination& row) {
  const auto at = std::ranges::find_if(
      row.paths, [](const rib::Path& path) { return path.feasible() && !aliased(path); });
  return at == row.paths.end() ? nullptr : &*at;
}

// Of a segment without an ESI label community, which must have one, nothing is assumed (RFC 7432
// section 7.5).
bool single_active(const Attributes& attributes) {
  for (const ExtCommunity community : attributes.ext_communities)
    if (community.type() == 0x06 && community.subtype() == 0x01)
      return (community.wire() >> 40 & 1) != 0;
  return true;
}

bool says_vxlan(const Attributes& attributes) {
  const std::vector<Encap> encaps = attributes.encaps();
  return std::ranges::find(encaps, Encap::vxlan) != encaps.end();
}

bool through(const rib::Path& path, const IpAddr& router) {
  return path.attributes->next_hop == router;
}

// The routers of a segment, by the best path of each.
std::vector<const rib::Path*> routers_of(const rib::Table& evpn, const Esi& segment) {
  EvpnRoute route;
  route.type = EvpnRoute::auto_discovery;
  route.tag = whole_segment;
  route.esi = segment;
  std::vector<const rib::Path*> out;
  const rib::Destination* row = evpn.find(Nlri{route});
  if (!row) return out;
  for (const rib::Path& path : row->paths) {
    const IpAddr& router = path.attributes->next_hop;
    const bool known =
        std::ranges::any_of(out, [&](const rib::Path* other) { return through(*other, router); });
    if (path.feasible() && says_vxlan(*path.attributes) && !known) out.push_back(&path);
  }
  return out;
}

std::vector<rib::Path> aliases_of(const rib::Table& evpn, const rib::Destination& row) {
  const rib::Path* primary = primary_of(row);
  if (!primary || primary->attributes->esi == Esi{}) return {};
  const auto routers = routers_of(evpn, primary->attributes->esi);
  const auto is_primary = [&](const rib::Path* router) {
    return through(*router, primary->attributes->next_hop);
  };
  const bool all_active = std::ranges::none_of(
      routers, [](const rib::Path* router) { return single_active(*router->attributes); });
  if (!all_active || std::ranges::none_of(routers, is_primary)) return {};
  std::vector<rib::Path> out;
  for (const rib::Path* router : routers) {
    const bool told = std::ranges::any_of(row.paths, [&](const rib::Path& path) {
      return !aliased(path) && through(path, router->attributes->next_hop);
    });
    if (told) continue;
    out.push_back(*router);
    out.back().key.primary = evpn.id();
    out.back().flags |= rib::aliased_path;
    out.back().label = primary->label;
  }
  return out;
}

void sync(Instant now, rib::Table& evpn, const EvpnRoute& mac) {
  const rib::Destination* row = evpn.find(Nlri{mac});
  if (!row) return;
  const std::vector<rib::Path> wanted = aliases_of(evpn, *row);
  std::vector<rib::PathKey> gone;
  for (const rib::Path& path : row->paths)
    if (aliased(path) && std::ranges::find(wanted, path.key, &rib::Path::key) == wanted.end())
      gone.push_back(path.key);
  for (const rib::PathKey& key : gone) evpn.remove(now, Nlri{mac}, key);
  for (const rib::Path& path : wanted) evpn.put(now, Nlri{mac}, path);
}

}  // namespace

void Aliases::note(Instant now, rib::Table& evpn, const Row& row) {
  const auto* route = std::get_if<EvpnRoute>(&row.first);
  if (!route) return;
  if (route->type == EvpnRoute::mac_ip) {
    const rib::Path* primary = primary_of(row.second);
    move(networks_[evpn.instance()], *route, primary ? primary->attributes->esi : Esi{});
    sync(now, evpn, *route);
  } else if (route->type == EvpnRoute::auto_discovery) {
    const auto& members = networks_[evpn.instance()].members;
    const auto segment = members.find(route->esi);
    if (segment == members.end()) return;
    for (const EvpnRoute& mac : segment->second) sync(now, evpn, mac);
  }
}

void Aliases::move(Network& network, const EvpnRoute& mac, const Esi& to) {
  const auto at = network.segments.find(mac);
  const Esi from = at == network.segments.end() ? Esi{} : at->second;
  if (from == to) return;
  if (at != network.segments.end()) {
    const auto old = network.members.find(from);
    old->second.erase(mac);
    if (old->second.empty()) network.members.erase(old);
    network.segments.erase(at);
  }
  if (to == Esi{}) return;
  network.segments[mac] = to;
  network.members[to].insert(mac);
}

}  // namespace tflab::vpn
