#include "control-core/vpn/target_index.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tflab::vpn {
namespace {

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

void add_internal(const rib::Destination& destination, rib::PeerSet& out) {
  for (const rib::Path& path : destination.paths)
    if (path.feasible() && path.peer && path.peer->kind == rib::Peer::ibgp)
      out.add(path.peer->slot);
}

// Outside our AS only the neighbour AS of the best external path is served, all its peers alike:
// what goes there gets to the AS that asked. The default route has no such AS; whoever says it asks
// for itself.
void add_external(const rib::Destination& destination, bool by_default, rib::PeerSet& out) {
  const rib::Peer* best = nullptr;
  for (const rib::Path& path : destination.paths) {
    if (!path.feasible() || !path.peer || path.peer->kind != rib::Peer::ebgp) continue;
    if (!best) best = path.peer;
    if (by_default || path.peer->as == best->as) out.add(path.peer->slot);
  }
}

}  // namespace

bool TargetGroup::empty() const {
  return importers.empty() && exporters.empty() && carriers.empty() && origins.empty() &&
         interested.empty();
}

void TargetIndex::drop_if_empty(RouteTarget target) {
  const auto group = groups_.find(target);
  if (group != groups_.end() && group->second.empty()) groups_.erase(group);
}

Targets TargetIndex::set_imports(Instance& instance, const Targets& old, const Targets& now) {
  const Targets gone = without(old, now), come = without(now, old);
  for (RouteTarget target : come) groups_[target].importers.insert(&instance);
  for (RouteTarget target : gone) groups_[target].importers.erase(&instance);
  for (RouteTarget target : gone) drop_if_empty(target);
  return both(gone, come);
}

Targets TargetIndex::set_exports(Instance& instance, const Targets& old, const Targets& now) {
  const Targets gone = without(old, now), come = without(now, old);
  for (RouteTarget target : come) groups_[target].exporters.insert(&instance);
  for (RouteTarget target : gone) groups_[target].exporters.erase(&instance);
  for (RouteTarget target : gone) drop_if_empty(target);
  return both(gone, come);
}

Carriers& TargetIndex::list_of(Family family, const Targets& targets) {
  const auto [at, fresh] = lists_.try_emplace({family, targets});
  Carriers& list = at->second;
  if (fresh) {
    list.key = &at->first;
    for (RouteTarget target : targets) groups_[target].carriers.insert(&list);
  }
  return list;
}

void TargetIndex::drop(Carriers& list) {
  const Targets targets = list.key->second;
  for (RouteTarget target : targets) {
    groups_[target].carriers.erase(&list);
    drop_if_empty(target);
  }
  lists_.erase(lists_.find(*list.key));
}

// The last row of the list takes the place that falls free.
void TargetIndex::leave(std::vector<Place>& places, Place place) {
  auto& rows = place.list->rows;
  rows[place.at] = rows.back();
  places[rows[place.at]->second.slot()].at = place.at;
  rows.pop_back();
  if (rows.empty()) drop(*place.list);
}

void TargetIndex::set_dependent(Family family, const Row& row, const Targets& targets) {
  auto& places = places_[static_cast<std::size_t>(family)];
  const std::size_t slot = row.second.slot();
  if (slot >= places.size()) places.resize(slot + 1);
  Carriers* const old = places[slot].list;
  if (old ? old->key->second == targets : targets.empty()) return;
  if (old) leave(places, std::exchange(places[slot], {}));
  if (targets.empty()) return;
  Carriers& list = list_of(family, targets);
  places[slot] = {&list, list.rows.size()};
  list.rows.push_back(&row);
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

  rib::PeerSet now;
  for (Asn origin : group.origins) {
    const TargetRoute same{origin, route.target, route.target_bits};
    const rib::Destination* each = route_targets.find(Nlri{same});
    if (!each) continue;
    add_internal(*each, now);
    add_external(*each, !route.target, now);
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

std::optional<rib::PeerSet> TargetIndex::interested(const Attributes& attributes) const {
  if (attributes.ext_communities.empty()) return {};
  rib::PeerSet out = all_.interested;
  for (ExtCommunity community : attributes.ext_communities) {
    const auto target = community.as_target();
    if (!target) continue;
    if (const TargetGroup* group = find(*target)) out |= group->interested;
    for (const auto& [beginning, group] : wide_)
      if (beginning.admits(*target)) out |= group.interested;
  }
  return out;
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
