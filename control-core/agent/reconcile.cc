#include "control-core/agent/reconcile.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "control-core/agent/networks.h"

namespace tflab::agent {
namespace {

void set_routes(State& s, const WantedRoutes& next) {
  for (const auto& [key, forward] : next) {
    const auto& [vrf, prefix, source] = key;
    const auto was = s.wanted.find(key);
    if (was != s.wanted.end() && was->second == forward) continue;
    s.routes.set(vrf, prefix, source, forward);
  }
}
void clear_routes(State& s, const WantedRoutes& next) {
  for (const auto& [key, forward] : s.wanted) {
    const auto& [vrf, prefix, source] = key;
    if (!next.contains(key)) s.routes.clear(vrf, prefix, source);
  }
}

void take_down_interfaces(State& s) {
  for (const std::string& name : s.interfaces.gone(s.config)) {
    s.flows.take_down(s.interfaces.find(name)->nexthop);
    for (const Label label : s.interfaces.unbind(name)) s.routes.label_moved(label);
    s.interfaces.remove(name);
  }
}

void retract_old(Instant now, State& s, const Adverts& next) {
  for (const auto& [key, item] : s.adverts) {
    if (next.contains(key)) continue;
    s.controllers.retract(now, *s.vrfs.find(key.vrf), key, item);
    s.out.changed();
  }
}
void publish_new(Instant now, State& s, const Adverts& next) {
  for (const auto& [key, item] : next) {
    const auto was = s.adverts.find(key);
    if (was != s.adverts.end() && was->second == item) continue;
    s.controllers.publish(now, *s.vrfs.find(key.vrf), key, item);
    s.out.changed();
  }
}

// What belongs to a VRF that goes, or leads there, is not wanted any more.
void leave_out(const std::vector<Vrf>& gone, WantedRoutes& wanted, Routers& routers,
               LocalBridges& bridges, Adverts& adverts) {
  const auto goes = [&](VrfId id) { return std::ranges::find(gone, id, &Vrf::id) != gone.end(); };
  std::erase_if(wanted, [&](const auto& route) {
    const NexthopKey& to = route.second.nexthop;
    return goes(std::get<VrfId>(route.first)) || (to.kind == NexthopKey::Kind::vrf && goes(to.vrf));
  });
  std::erase_if(routers, [&](const auto& router) { return goes(router.first); });
  for (auto& [router, networks] : routers) std::erase_if(networks, goes);
  std::erase_if(bridges, [&](const auto& bridge) { return goes(bridge.first); });
  std::erase_if(adverts, [&](const auto& advert) {
    return goes(advert.first.native.value_or(advert.first.vrf));
  });
}

void remove_vrf(Instant now, State& s, const Vrf& vrf) {
  s.controllers.unsubscribe(now, vrf);
  s.routes.remove_vrf(vrf.id);
  s.l2_routes.remove_vrf(vrf.id);
  s.out.program(vr::DeleteVrf{vrf.id});
  s.vrfs.remove(vrf.id);
}

std::map<Holding, bool> holdings_of(const State& s) {
  std::map<Holding, bool> holdings;
  for (const config::Port& port : s.config.ports) {
    const VmInterface* interface = s.interfaces.find(port.name);
    if (interface == nullptr) continue;
    for (const HeldAddress& each : held_addresses(port))
      holdings.try_emplace({interface->vif.vrf, each.prefix, port.name}, each.from_the_start);
  }
  return holdings;
}

// What comes from the fabric, and from the node.
void mark_base(State& s) {
  const auto mark = [&](vr::SetVif& vif, config::QosScope scope) {
    const std::uint16_t map = s.qos.map_of(Qos::name_for(s.config, scope));
    if (std::exchange(vif.qos, map) != map) s.out.program(vif);
  };
  mark(s.fabric_interface, config::QosScope::fabric);
  mark(s.host_interface, config::QosScope::vhost);
}

void set_health(Instant now, State& s) {
  s.health.set(now, s.config, s.interfaces);
  for (const config::Port& port : s.config.ports)
    if (s.interfaces.find(port.name) != nullptr)
      s.interfaces.set_failing(port.name, s.health.failing(port.name));
}

}  // namespace

void build_base(State& s) {
  const config::Vrouter& config = s.config;
  s.out.program(vr::SetVrf{fabric_vrf});
  s.fabric_interface = {.vif = fabric_vif,
                        .type = vr::VifType::physical,
                        .flags = vr::vif_l3 | vr::vif_l2 | vr::vif_vhost_phys,
                        .mtu = config.mtu,
                        .mac = config.mac};
  s.host_interface = {.vif = host_vif,
                      .type = vr::VifType::host,
                      .flags = vr::vif_l3 | vr::vif_l2,
                      .mtu = config.mtu,
                      .mac = config.mac,
                      .address = config.address};
  s.out.program(s.fabric_interface);
  s.out.program(s.host_interface);
  s.out.program(vr::SetVif{
      .vif = agent_vif, .type = vr::VifType::agent, .flags = vr::vif_l3, .mac = vrouter_mac});
  s.host_labels = {s.labels.allocate(), s.labels.allocate()};
  s.labels.bind(*s.host_labels.label, NexthopKey::receive(host_vif));
}

void remove_base(State& s) {
  s.labels.unbind(*s.host_labels.label);
  s.routes.remove_vrf(fabric_vrf);
  for (const VifId vif : {agent_vif, host_vif, fabric_vif}) s.out.program(vr::DeleteVif{vif});
  s.out.program(vr::DeleteVrf{fabric_vrf});
  assert(s.nexthops.count() == 0);
}

void reconcile(Instant now, State& s, const config::Vrouter* then) {
  const auto needed = needed_networks(s.config);
  const std::vector<Vrf> added = s.vrfs.add(needed);
  for (const Vrf& vrf : added) s.out.program(vr::SetVrf{vrf.id});
  s.qos.bring_up(s.config);
  mark_base(s);
  for (const Label label : s.interfaces.bring_up(s.config, s.vrfs)) s.routes.label_moved(label);

  s.preferences.set(holdings_of(s));
  set_health(now, s);

  auto kept = needed;
  if (then != nullptr) std::ranges::copy(needed_networks(*then), std::back_inserter(kept));
  const std::vector<Vrf> gone = s.vrfs.gone(kept);
  WantedRoutes wanted = wanted_routes(s.config, s.vrfs, s.interfaces, s.preferences);
  Routers routers = routers_of(s.config, s.vrfs);
  LocalBridges bridges = local_bridges(s.config, s.vrfs, s.interfaces);
  Adverts adverts = adverts_of(s.config, s.vrfs, s.interfaces, s.preferences, s.host_labels);
  leave_out(gone, wanted, routers, bridges, adverts);

  set_routes(s, wanted);
  clear_routes(s, wanted);
  s.wanted = std::move(wanted);
  s.router_routes.set_routers(std::move(routers));
  s.bridging.set_local(std::move(bridges));
  take_down_interfaces(s);
  s.qos.take_down(s.config);

  retract_old(now, s, adverts);
  for (const Vrf& vrf : gone) remove_vrf(now, s, vrf);
  for (const Vrf& vrf : added) s.controllers.subscribe(now, vrf);
  publish_new(now, s, adverts);
  s.adverts = std::move(adverts);
}

}  // namespace tflab::agent
