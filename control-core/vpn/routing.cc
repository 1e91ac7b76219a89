#include "control-core/vpn/routing.h"

#include <algorithm>
#include <utility>

#include "control-core/config/names.h"

namespace tflab::vpn {
namespace {

config::Instance master_config() {
  config::Instance out;
  out.name = config::master_instance;
  return out;
}

// Own and connected networks' targets, and the one that names this very instance on this node.
std::vector<RouteTarget> with_vit(const config::Instance& config, Ip4 router_id) {
  std::vector<RouteTarget> out = config.imports;
  if (config.index == 0 || config.vrf) return out;
  out.push_back(RouteTarget::ip4(router_id, static_cast<std::uint16_t>(config.index)));
  std::ranges::sort(out);
  return out;
}

bool vpn_table(Family family) {
  return family == Family::inet_vpn || family == Family::inet6_vpn || family == Family::evpn ||
         family == Family::ermvpn;
}

bool own(const rib::Path& path, const rib::Peer& peer) {
  return path.peer == &peer && !path.replicated();
}

// A prefix that a router announces, in its VRF.
struct Own {
  Family family;
  Nlri nlri;
};
Own own_route(const config::Vrf& vrf, const IpPrefix& prefix) {
  if (vrf.vni == 0)
    return {prefix.base().is_v4() ? Family::inet : Family::inet6, InetRoute{prefix}};
  EvpnRoute route;
  route.type = EvpnRoute::ip_prefix;
  route.prefix = prefix;
  return {Family::evpn, route};
}

// In VXLAN the route has no gateway: who sends there addresses the frame to the router's MAC.
Attributes own_attributes(const config::Vrf& vrf) {
  Attributes out;
  out.next_hop = vrf.next_hop;
  out.source_rd = vrf.rd;
  if (vrf.vni == 0) return out;
  out.ext_communities = {ExtCommunity::encapsulation(Encap::vxlan),
                         ExtCommunity::router_mac(vrf.mac)};
  return out;
}

}  // namespace

Routing::Routing(Identity us, AttributePool& pool)
    : us_{us},
      pool_{pool},
      master_{&make(master_config())},
      leak_{us, *master_, targets_, pool},
      membership_{us, *master_->table(Family::route_target), pool},
      ermvpn_{us, pool},
      fabric_{us, *master_, pool} {}

Instance& Routing::make(config::Instance config) {
  const std::string name = config.name;
  auto& slot = instances_[name];
  slot = std::make_unique<Instance>();
  slot->config = std::move(config);
  give_tables(*slot);
  return *slot;
}

void Routing::give_tables(Instance& instance) {
  if (by_id_.empty()) by_id_.emplace_back();  // id 0: no table
  for (const FamilyRow& row : family_rows) {
    if (!instance.master() && row.suffix.empty()) continue;
    const std::string name = instance.master()
                                 ? std::string{row.master}
                                 : instance.config.name + "." + std::string{row.suffix} + ".0";
    auto& held = instance.tables[static_cast<std::size_t>(row.family)];
    const rib::TableId id{static_cast<std::uint32_t>(by_id_.size())};
    held.table = std::make_unique<rib::Table>(id, row.family, name, instance.config.name, changed_);
    held.follower = held.table->follow();
    by_id_.emplace_back(held.table.get(), &instance);
  }
  marked_.resize(by_id_.size());
}

void Routing::start(Instant now) {
  membership_.originate(now);
}

void Routing::want_everything(Instant now) {
  membership_.want_everything(now);
}

void Routing::add(Instant now, config::Instance config) {
  Instance& instance = make(std::move(config));
  if (!instance.config.network.empty())
    network_names_[instance.config.network_id] = instance.config.network;
  targets_.set_exports(instance, {}, instance.config.exports);
  set_imports(now, instance, with_vit(instance.config, us_.router_id));
  if (!instance.config.vrf) return;
  membership_.subscribe(now, nullptr, instance);
  announce(now, instance, {});
}

// A router's own prefixes, as they were and as they are.
void Routing::announce(Instant now, Instance& instance, const config::Instance& old) {
  if (old.vrf)
    for (const IpPrefix& prefix : old.vrf->prefixes) {
      const Own own = own_route(*old.vrf, prefix);
      instance.table(own.family)->remove(now, own.nlri, rib::PathKey{});
    }
  if (!instance.config.vrf) return;
  const config::Vrf& vrf = *instance.config.vrf;
  rib::Path path;
  path.attributes = pool_.intern(own_attributes(vrf));
  path.label = vrf.vni != 0 ? vrf.vni : vrf.label;
  for (const IpPrefix& prefix : vrf.prefixes) {
    const Own own = own_route(vrf, prefix);
    instance.table(own.family)->put(now, own.nlri, path);
  }
}

void Routing::change(Instant now, config::Instance config) {
  Instance* found = find(config.name);
  if (!found || found->master()) return;
  const config::Instance old = std::exchange(found->config, std::move(config));
  const bool renumbered =
      old.network_id != found->config.network_id || old.index != found->config.index;
  if (renumbered) {
    network_names_.erase(old.network_id);
    network_names_[found->config.network_id] = found->config.network;
  }
  const auto exported = targets_.set_exports(*found, old.exports, found->config.exports);
  touch_dependents(exported);  // the network of foreign routes is known by who exports their target
  if (renumbered || old.exports != found->config.exports) touch(*found);
  if (renumbered) touch_sources(*found);
  set_imports(now, *found, with_vit(found->config, us_.router_id));
  if (old.vrf != found->config.vrf) announce(now, *found, old);
  ++changes_;
}

void Routing::remove(Instant now, const std::string& name) {
  Instance* found = find(name);
  if (!found || found->master()) return;
  if (found->config.vrf) membership_.unsubscribe(now, nullptr, *found);
  set_imports(now, *found, {});
  for (Instance::Held& held : found->tables)
    if (held.table) held.table->remove_if(now, [](const rib::Path& p) { return !p.replicated(); });
  settle(now);
  targets_.set_exports(*found, found->config.exports, {});
  network_names_.erase(found->config.network_id);
  ermvpn_.forget(name);
  flooding_.forget(name);
  aliases_.forget(name);
  for (Instance::Held& held : found->tables) {
    if (!held.table) continue;
    changed_.forget(*held.table);
    std::erase(to_export_, held.table.get());
    by_id_[held.table->id().raw()] = {};
  }
  instances_.erase(name);
  ++changes_;
}

Instance* Routing::find(std::string_view name) {
  const auto at = instances_.find(std::string{name});
  return at == instances_.end() ? nullptr : at->second.get();
}

const Instance* Routing::find(std::string_view name) const {
  return const_cast<Routing*>(this)->find(name);
}

const rib::Table* Routing::table(rib::TableId id) const {
  return id.raw() < by_id_.size() ? by_id_[id.raw()].first : nullptr;
}

std::string Routing::network_name(std::uint32_t network_id) const {
  const auto at = network_names_.find(network_id);
  return at == network_names_.end() ? std::string{} : at->second;
}

void Routing::set_imports(Instant now, Instance& instance, std::vector<RouteTarget> imports) {
  const auto old = std::exchange(instance.imports, std::move(imports));
  const auto different = targets_.set_imports(instance, old, instance.imports);
  membership_.reimport(now, instance, old);
  touch_dependents(different);
}

void Routing::touch_dependents(const TargetGroup& group) {
  group.each_dependent([this](Family family, const Row& row) { master(family).touch(row); });
}

// Whoever carries or exports one of these targets may have to be copied elsewhere now.
void Routing::touch_dependents(const std::vector<RouteTarget>& targets) {
  Instances exporters;
  for (RouteTarget target : targets) {
    const TargetGroup* group = targets_.find(target);
    if (!group) continue;
    exporters.insert(group->exporters.begin(), group->exporters.end());
    touch_dependents(*group);
  }
  for (const Instance* exporter : exporters) touch(*exporter);
}

void Routing::touch_sources(const Instance& instance) {
  touch_dependents(instance.imports);
}

void Routing::touch(const Instance& instance) {
  for (const Instance::Held& held : instance.tables)
    if (held.table) held.table->touch_all();
}

void Routing::subscribe(Instant now, const rib::Peer& agent, const Instance& instance) {
  membership_.subscribe(now, &agent, instance);
}
void Routing::unsubscribe(Instant now, const rib::Peer& agent, const Instance& instance) {
  membership_.unsubscribe(now, &agent, instance);
}

// An agent's interest in targets is not a path that it put in.
template <class Do>
void Routing::each_table(const rib::Peer& peer, const Instance& instance, Do act) {
  for (const Instance::Held& held : instance.tables)
    if (held.table && (held.table->family() != Family::route_target || peer.bgp()))
      act(*held.table);
}

void Routing::drop_paths(Instant now, const rib::Peer& peer, const Instance& instance) {
  each_table(peer, instance, [&](rib::Table& table) {
    table.remove_if(now, [&](const rib::Path& path) { return own(path, peer); });
  });
}
void Routing::mark_paths(Instant now, const rib::Peer& peer, const Instance& instance,
                         rib::Flag flag) {
  each_table(peer, instance, [&](rib::Table& table) {
    table.mark_if(
        now, [&](const rib::Path& path) { return own(path, peer); }, flag);
  });
}
void Routing::drop_stale_paths(Instant now, const rib::Peer& peer, const Instance& instance) {
  each_table(peer, instance, [&](rib::Table& table) {
    table.remove_if(now, [&](const rib::Path& path) {
      return own(path, peer) && (path.flags & (rib::stale | rib::llgr_stale)) != 0;
    });
  });
}

void Routing::on_vrf_change(Instant now, Instance& home, rib::Table& table, const Row& row) {
  if (table.family() == Family::evpn) {
    flooding_.note(now, table, row);
    aliases_.note(now, table, row);
  }
  if (table.family() == Family::ermvpn) ermvpn_.note(home, row);
  leak_.sync_vrf(now, home, table, row);
}

void Routing::on_master_change(Instant now, rib::Table& table, const Row& row) {
  const Family family = table.family();
  if (vpn_table(family)) leak_.sync_vpn(now, table, row);
  if (family == Family::inet || family == Family::inet6 || family == Family::inet_vpn ||
      family == Family::inet6_vpn)
    fabric_.sync(now, row);
  if (family != Family::route_target) return;
  const auto& route = std::get<TargetRoute>(row.first);
  if (!targets_.update_interest(table, route)) return;
  recheck_wanted(route);
}

// Peers are to look again at all routes that a route-target route is about. Every peer says which
// targets it wants, so this is asked many times as often as routes change: nobody but peers looks.
void Routing::recheck_wanted(const TargetRoute& wanted) {
  const auto recheck = [this](const TargetGroup& group) {
    group.each_dependent([this](Family family, const Row& row) { master(family).recheck(row); });
  };
  if (!wanted.target) {
    for (const Replicated& pair : replicated_families) master(pair.vpn).recheck_all();
  } else if (wanted.whole()) {
    if (const TargetGroup* group = targets_.find(*wanted.target)) recheck(*group);
  } else {
    for (const auto& [target, group] : targets_.groups())
      if (wanted.admits(target)) recheck(group);
  }
}

void Routing::on_change(Instant now, Instance& home, rib::Table& table, const Row& row) {
  if (home.master())
    on_master_change(now, table, row);
  else
    on_vrf_change(now, home, table, row);
}

void Routing::mark(rib::Table& table) {
  if (marked_[table.id().raw()]) return;
  marked_[table.id().raw()] = true;
  to_export_.push_back(&table);
}

bool Routing::drain(Instant now) {
  bool some = false;
  while (rib::Table* table = changed_.take()) {
    some = true;
    Instance& home = *by_id_[table->id().raw()].second;
    const auto follower = home.tables[static_cast<std::size_t>(table->family())].follower;
    mark(*table);
    while (const Row* row = table->next(follower)) {
      ++changes_;
      if (table->take_news(*row)) on_change(now, home, *table, *row);
    }
  }
  return some;
}

void Routing::settle(Instant now) {
  while (drain(now) || ermvpn_.rebuild(now, instances_)) {
  }
}

rib::Table* Routing::poll_changed() {
  if (to_export_.empty()) return nullptr;
  rib::Table* first = to_export_.front();
  to_export_.pop_front();
  marked_[first->id().raw()] = false;
  return first;
}

}  // namespace tflab::vpn
