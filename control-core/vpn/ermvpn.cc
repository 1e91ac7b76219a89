#include "control-core/vpn/ermvpn.h"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

namespace tflab::vpn {
namespace {

constexpr std::size_t native_degree = 4;
constexpr std::size_t local_degree = 3;  // a forest node has one edge to spend on its own tree

const rib::PathKey local_key{};  // nobody, local

ErmvpnRoute route_of(Ermvpn::Key key, ErmvpnRoute::Type type, RouteDistinguisher rd,
                     Ip4 router_id) {
  ErmvpnRoute out;
  out.source = key.source;
  out.group = key.group;
  out.type = type;
  out.rd = rd;
  out.router_id = router_id;
  return out;
}

// The routes of one tree and one type are neighbours in the table.
template <class Visit>
void each(const rib::Table& table, Ermvpn::Key key, ErmvpnRoute::Type type, Visit visit) {
  const auto& rows = table.rows();
  for (auto row = rows.lower_bound(Nlri{route_of(key, type, {}, {})}); row != rows.end(); ++row) {
    const auto& route = std::get<ErmvpnRoute>(row->first);
    if (route.source != key.source || route.group != key.group || route.type != type) return;
    if (row->second.equal_cost_paths() != 0) visit(route, *row->second.best());
  }
}

Forwarder* last_with_label(std::vector<Forwarder>& natives) {
  const auto at = std::ranges::find_if(natives.rbegin(), natives.rend(),
                                       [](const Forwarder& f) { return f.label.has_value(); });
  return at == natives.rend() ? nullptr : &*at;
}

// Joins those that have a label; the others are left out.
void link(std::vector<Forwarder>& forwarders, std::size_t degree) {
  std::vector<Forwarder*> nodes;
  for (Forwarder& each : forwarders)
    if (each.label) nodes.push_back(&each);
  const auto add = [&](std::size_t from, std::size_t to) {
    nodes[from]->links.push_back({nodes[to]->address, *nodes[to]->label, nodes[to]->encaps});
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    nodes[i]->links.reserve(degree + 1);
    each_neighbour(i, nodes.size(), degree, [&](std::size_t neighbour) { add(i, neighbour); });
  }
}

}  // namespace

void Ermvpn::note(const Instance& instance, const Row& row) {
  const auto& route = std::get<ErmvpnRoute>(row.first);
  Natives& natives = noted_[{instance.config.name, {route.group, route.source}}];
  if (route.type == ErmvpnRoute::native) natives.insert(route.rd);
}

Ermvpn::Changed Ermvpn::take_due(Instant now) {
  Changed due;
  for (auto& [name, natives] : std::exchange(noted_, {})) {
    const Trees* trees = this->trees(name.first);
    const auto tree = trees ? trees->find(name.second) : Trees::const_iterator{};
    if (!trees || tree == trees->end() || tree->second.built + hold <= now) {
      due.emplace(name, std::move(natives));
      continue;
    }
    const auto [wait, fresh] = waiting_.try_emplace(name);
    wait->second.merge(natives);
    if (fresh) alarms_.emplace(tree->second.built + hold, name);
  }
  while (!alarms_.empty() && alarms_.begin()->first <= now) {
    auto waited = waiting_.extract(alarms_.begin()->second);
    due[waited.key()].merge(waited.mapped());
    alarms_.erase(alarms_.begin());
  }
  return due;
}

bool Ermvpn::rebuild(Instant now,
                     const std::map<std::string, std::unique_ptr<Instance>>& instances) {
  const Changed due = take_due(now);
  for (const auto& [tree, natives] : due)
    if (const auto instance = instances.find(tree.first); instance != instances.end())
      rebuild(now, *instance->second, tree.second, natives);
  return !due.empty();
}

std::optional<Instant> Ermvpn::next_timer() const {
  if (alarms_.empty()) return {};
  return alarms_.begin()->first;
}

std::vector<Forwarder> Ermvpn::read_natives(const rib::Table& table, Key key) const {
  std::vector<Forwarder> out;
  each(table, key, ErmvpnRoute::native, [&](const ErmvpnRoute& route, const rib::Path& path) {
    if (!path.attributes->label_block) return;
    Forwarder forwarder;
    forwarder.address = path.attributes->next_hop.v4();
    forwarder.rd = route.rd;
    forwarder.block = *path.attributes->label_block;
    forwarder.encaps = path.attributes->encaps();
    out.push_back(std::move(forwarder));
  });
  return out;
}

// Who was in the tree keeps its label: packets on their way still find it.
void Ermvpn::assign_labels(const std::vector<Forwarder>& old, std::vector<Forwarder>& now) {
  for (const Forwarder& was : old) {
    const auto still = std::ranges::lower_bound(now, was.rd, {}, &Forwarder::rd);
    if (still != now.end() && still->rd == was.rd && still->address == was.address &&
        still->block == was.block)
      still->label = was.label;
    else if (was.label)
      labels_.release(was.address, was.block, *was.label);
  }
  for (Forwarder& forwarder : now)
    if (!forwarder.label) forwarder.label = labels_.allocate(forwarder.address, forwarder.block);
}

void Ermvpn::publish(Instant now, rib::Table& table, const ErmvpnRoute& route,
                     Attributes attributes) const {
  attributes.next_hop = us_.router_id;
  rib::Path path;
  path.key = local_key;
  path.attributes = pool_.intern(std::move(attributes));
  table.put(now, Nlri{route}, std::move(path));
}

void Ermvpn::offer_forest_node(Instant now, rib::Table& table, Key key,
                               const Forwarder* forest) const {
  const ErmvpnRoute route = route_of(key, ErmvpnRoute::local_tree, {}, us_.router_id);
  if (!forest) {
    table.remove(now, Nlri{route}, local_key);
    return;
  }
  Attributes attributes;
  attributes.source_rd = forest->rd;
  const EdgeDiscovery edge{forest->address, {{*forest->label, *forest->label}}};
  attributes.edge_discovery.assign(native_degree - 1, edge);
  publish(now, table, route, std::move(attributes));
}

std::vector<Forwarder> Ermvpn::read_locals(const rib::Table& table, Key key) const {
  std::vector<Forwarder> out;
  each(table, key, ErmvpnRoute::local_tree, [&](const ErmvpnRoute& route, const rib::Path& path) {
    const auto& edges = path.attributes->edge_discovery;
    if (edges.empty() || edges.front().labels.empty()) return;
    Forwarder forwarder;
    forwarder.address = edges.front().address;
    forwarder.router_id = route.router_id;
    forwarder.block = edges.front().labels.front();
    forwarder.label = forwarder.block.first;
    out.push_back(std::move(forwarder));
  });
  return out;
}

void Ermvpn::build_global(Instant now, rib::Table& table, Key key, const Forwarder* forest,
                          std::vector<Forwarder>& locals) const {
  const bool ours = forest && !locals.empty() && locals.front().router_id == us_.router_id;
  std::set<Ip4> members;
  if (ours) {
    link(locals, local_degree);
    for (const Forwarder& local : locals) {
      members.insert(local.router_id);
      Attributes attributes;
      attributes.source_rd = forest->rd;
      for (const TreeLink& to : local.links)
        attributes.edge_forwarding.push_back({local.address, *local.label, to.address, to.label});
      publish(now, table, route_of(key, ErmvpnRoute::global_tree, {}, local.router_id),
              std::move(attributes));
    }
  }
  std::vector<Nlri> stale;
  each(table, key, ErmvpnRoute::global_tree, [&](const ErmvpnRoute& route, const rib::Path&) {
    if (!members.contains(route.router_id)) stale.push_back(Nlri{route});
  });
  for (const Nlri& nlri : stale) table.remove(now, nlri, local_key);
}

// The tree builder's word about our own forest node.
std::vector<TreeLink> Ermvpn::global_links(const rib::Table& table, Key key,
                                           const Forwarder& forest) const {
  std::vector<TreeLink> out;
  const auto* row = table.find(Nlri{route_of(key, ErmvpnRoute::global_tree, {}, us_.router_id)});
  if (!row || row->equal_cost_paths() == 0) return out;
  for (const EdgeForwarding& edge : row->best()->attributes->edge_forwarding)
    if (edge.in_address == forest.address && edge.in_label == forest.label)
      out.push_back({edge.out_address, edge.out_label, {}});
  return out;
}

// Who said its route anew is told anew, though nothing may have changed since the tree was built
// last: it may have been away in between.
void Ermvpn::rebuild(Instant now, const Instance& instance, Key key, const Natives& said) {
  const bool natives = !said.empty();
  rib::Table& table = *instance.table(Family::ermvpn);
  Tree& held = trees_[instance.config.name][key];
  held.built = now;
  std::vector<Forwarder> before;  // of those that may change
  if (natives) {
    std::vector<Forwarder> next = read_natives(table, key);
    assign_labels(held.native, next);
    link(next, native_degree);
    before = std::exchange(held.native, std::move(next));
  }
  Forwarder* forest = last_with_label(held.native);
  const std::span<const Forwarder> may_change = natives  ? std::span<const Forwarder>{held.native}
                                                : forest ? std::span<const Forwarder>{forest, 1}
                                                         : std::span<const Forwarder>{};
  if (natives) {
    held.forest_links = forest ? forest->links.size() : 0;
  } else if (forest) {
    before.push_back(*forest);
    forest->links.resize(held.forest_links);
  }

  offer_forest_node(now, table, key, forest);
  held.local = read_locals(table, key);
  build_global(now, table, key, forest, held.local);
  if (forest)
    for (const TreeLink& edge : global_links(table, key, *forest)) forest->links.push_back(edge);

  for (const Forwarder& forwarder : may_change) {
    const auto was = std::ranges::lower_bound(before, forwarder.rd, {}, &Forwarder::rd);
    if (was == before.end() || *was != forwarder || said.contains(forwarder.rd))
      changes_.push_back(
          {instance.config.name, route_of(key, ErmvpnRoute::native, forwarder.rd, {})});
  }
  if (held.native.empty() && held.local.empty()) {
    trees_[instance.config.name].erase(key);
    if (trees_[instance.config.name].empty()) trees_.erase(instance.config.name);
  }
}

const Forwarder* Ermvpn::native(const std::string& instance, const ErmvpnRoute& route) const {
  const Trees* trees = this->trees(instance);
  if (!trees) return nullptr;
  const auto tree = trees->find({route.group, route.source});
  if (tree == trees->end()) return nullptr;
  const auto at = std::ranges::find(tree->second.native, route.rd, &Forwarder::rd);
  return at == tree->second.native.end() || !at->label ? nullptr : &*at;
}

std::vector<Ermvpn::Change> Ermvpn::take_changes() {
  return std::exchange(changes_, {});
}

const Ermvpn::Trees* Ermvpn::trees(const std::string& instance) const {
  const auto at = trees_.find(instance);
  return at == trees_.end() ? nullptr : &at->second;
}

// The instance goes: its agents' labels are free again.
void Ermvpn::forget(const std::string& instance) {
  const auto at = trees_.find(instance);
  if (at == trees_.end()) return;
  for (const auto& [key, tree] : at->second)
    for (const Forwarder& forwarder : tree.native)
      if (forwarder.label) labels_.release(forwarder.address, forwarder.block, *forwarder.label);
  trees_.erase(at);
}

}  // namespace tflab::vpn
