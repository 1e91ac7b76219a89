#include "control-core/agent/router_routes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "control-core/agent/bridging.h"

namespace tflab::agent {
namespace {

// The same said as a route by address, so that a path is a path wherever it comes from.
xmpp::UnicastItem as_unicast(const xmpp::EvpnItem& evpn) {
  xmpp::UnicastItem item;
  item.prefix = evpn.address;
  item.next_hops = evpn.next_hops;
  item.virtual_network = evpn.virtual_network;
  item.sequence = evpn.sequence;
  item.sticky = evpn.sticky;
  item.security_groups = evpn.security_groups;
  item.local_preference = evpn.local_preference;
  item.med = evpn.med;
  return item;
}

bool is_host(const IpPrefix& prefix) {
  return prefix.length() == prefix.base().bits();
}

}  // namespace

Routers routers_of(const config::Vrouter& config, const Vrfs& vrfs) {
  Routers routers;
  for (const config::Network& network : config.fabric.networks) {
    const Vrf* router = network.routes_between.empty() ? nullptr : vrfs.of_network(network.name);
    if (router == nullptr) continue;
    std::vector<VrfId>& networks = routers[router->id];
    for (const std::string& name : network.routes_between)
      if (const Vrf* vrf = vrfs.of_network(name)) networks.push_back(vrf->id);
  }
  return routers;
}

void RouterRoutes::set_routers(Routers next) {
  if (routers_ == next) return;
  const Routers was = std::exchange(routers_, std::move(next));
  for (const Routers& routers : {was, routers_})
    for (const auto& [vrf, networks] : routers)
      for (const IpPrefix& prefix : told_.prefixes(vrf)) look_at({vrf, prefix});
}

// What a network's own instance is told by type 5 is no route of its VRF, and leaves alone what
// leads from there.
void RouterRoutes::look_again(const std::vector<RoutedPrefix>& changed) {
  for (const RoutedPrefix& routed : changed)
    if (routers_.contains(routed.vrf)) look_at(routed);
}

void RouterRoutes::look_at(const RoutedPrefix& routed) {
  const auto router = routers_.find(routed.vrf);
  const auto best = router != routers_.end() ? best_told(told_.about(routed)) : std::nullopt;
  if (best) {
    routes_.set(routed.vrf, Source::router,
                items_.intern(as_unicast(std::get<xmpp::EvpnItem>(*best->item))));
  } else {
    routes_.clear(routed.vrf, routed.prefix, Source::router);
  }
  const bool leads = best && !is_host(routed.prefix);
  lead_from(routed, leads ? router->second : std::vector<VrfId>{});
}

// Machines of the networks are reached by their subnets, which lead to the router as well.
void RouterRoutes::lead_from(const RoutedPrefix& routed, const std::vector<VrfId>& networks) {
  const std::vector<VrfId> was = std::exchange(leading_[routed], networks);
  for (const VrfId vrf : was)
    if (std::ranges::find(networks, vrf) == networks.end())
      routes_.clear(vrf, routed.prefix, Source::router);
  for (const VrfId vrf : networks)
    if (std::ranges::find(was, vrf) == was.end())
      routes_.set(vrf, routed.prefix, Source::router,
                  Forward{NexthopKey::translate(routed.vrf), {}, 0});
  if (networks.empty()) leading_.erase(routed);
}

}  // namespace tflab::agent
