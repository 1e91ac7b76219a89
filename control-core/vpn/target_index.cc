#include "control-core/vpn/target_index.h"

#include <algorithm>
#include <iterator>

namespace tflab::vpn {
namespace {

using Targets = std::vector<RouteTarget>;

// Both sorted: what the first has and the second has not.
Targets without(const Targets& all, const Targets& known) {
  Targets out;
  std::ranges::set_difference(all, known, std::back_inserter(out));
  return out;
}

Targets both(Targets a, const Targets& b) {
  a.insert(a.end(), b.begin(), b.end());
  std::ranges::sort(a);
  return a;
}

void add_internal(const rib::Destination& destination, PeerIds& out) {
  for (const rib::Path& path : destination.paths)
    if (path.feasible() && path.peer && path.peer->kind == rib::Peer::ibgp)
      out.insert(path.peer->id);
}

// Outside our AS only the neighbour AS of the best external path is served, all its peers alike.
void add_external(const rib::Destination& destination, PeerIds& out) {
  const rib::Peer* best = nullptr;
  for (const rib::Path& path : destination.paths) {
    if (!path.feasible() || !path.peer || path.peer->kind != rib::Peer::ebgp) continue;
    if (!best) best = path.peer;
    if (path.peer->as == best->as) out.insert(path.peer->id);
  }
}

}  // namespace

bool TargetGroup::empty() const {
  return importers.empty() && exporters.empty() && origins.empty() && interested.empty() &&
         std::ranges::all_of(dependents, [](const Rows& rows) { return rows.empty(); });
}

void TargetIndex::drop_if_empty(RouteTarget target) {
  const auto group = groups_.find(target);
  if (group != groups_.end() && group->second.empty()) groups_.erase(group);
}

std::vector<RouteTarget> TargetIndex::set_imports(Instance& instance, const Targets& old,
                                                  const Targets& now) {
  const Targets gone = without(old, now), come = without(now, old);
  for (RouteTarget target : come) groups_[target].importers.insert(&instance);
  for (RouteTarget target : gone) groups_[target].importers.erase(&instance);
  for (RouteTarget target : gone) drop_if_empty(target);
  return both(gone, come);
}

std::vector<RouteTarget> TargetIndex::set_exports(Instance& instance, const Targets& old,
                                                  const Targets& now) {
  const Targets gone = without(old, now), come = without(now, old);
  for (RouteTarget target : come) groups_[target].exporters.insert(&instance);
  for (RouteTarget target : gone) groups_[target].exporters.erase(&instance);
  for (RouteTarget target : gone) drop_if_empty(target);
  return both(gone, come);
}

void TargetIndex::set_dependent(Family family, const Row& row, const Targets& old,
                                const Targets& now) {
  const auto at = static_cast<std::size_t>(family);
  for (RouteTarget target : without(now, old)) groups_[target].dependents[at].insert(&row);
  for (RouteTarget target : without(old, now)) {
    groups_[target].dependents[at].erase(&row);
    drop_if_empty(target);
  }
}

TargetGroup& TargetIndex::group_of(const TargetRoute& route) {
  if (!route.target) return all_;
  if (route.whole()) return groups_[*route.target];
  return wide_[TargetRoute{{}, route.target, route.target_bits}];
}

bool TargetIndex::update_interest(const rib::Table& route_targets, const TargetRoute& route) {
  TargetGroup& group = group_of(route);
  if (route_targets.find(Nlri{route}))
    group.origins.insert(route.origin);
  else
    group.origins.erase(route.origin);

  PeerIds now;
  for (Asn origin : group.origins) {
    const TargetRoute same{origin, route.target, route.target_bits};
    const rib::Destination* each = route_targets.find(Nlri{same});
    if (!each) continue;
    add_internal(*each, now);
    add_external(*each, now);
  }
  const bool changed = now != group.interested;
  group.interested = std::move(now);
  if (route.target) drop_if_empty(*route.target);
  std::erase_if(wide_, [](const auto& each) { return each.second.empty(); });
  return changed;
}

const TargetGroup* TargetIndex::find(RouteTarget target) const {
  const auto group = groups_.find(target);
  return group == groups_.end() ? nullptr : &group->second;
}

bool TargetIndex::wants(rib::PeerId peer, const Attributes& attributes) const {
  if (attributes.ext_communities.empty() || all_.interested.contains(peer)) return true;
  return std::ranges::any_of(attributes.targets(), [&](RouteTarget target) {
    const TargetGroup* group = find(target);
    if (group && group->interested.contains(peer)) return true;
    return std::ranges::any_of(wide_, [&](const auto& wide) {
      return wide.first.admits(target) && wide.second.interested.contains(peer);
    });
  });
}

std::optional<std::uint32_t> TargetIndex::network_of(const Attributes& attributes) const {
  for (RouteTarget target : attributes.targets()) {
    const TargetGroup* group = find(target);
    if (!group) continue;
    for (Instance* instance : group->exporters)
      if (instance->config.network_id != 0 && group->importers.contains(instance))
        return instance->config.network_id;
  }
  return {};
}

}  // namespace tflab::vpn
