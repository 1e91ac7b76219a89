#include "control-core/agent/wanted_routes.h"

#include <optional>

#include "control-core/agent/health_checks.h"
#include "control-core/agent/networks.h"
#include "control-core/agent/output.h"
#include "control-core/config/names.h"

namespace tflab::agent {
namespace {

constexpr IpPrefix everywhere{Ip4{}, 0};

class Wanted {
public:
  Wanted(const config::Vrouter& config, const Vrfs& vrfs, const Preferences& preferences)
      : config_{config}, vrfs_{vrfs}, preferences_{preferences} {}

  void underlay() {
    const auto itself = IpPrefix::host(config_.address);
    const auto segment = Underlay::of(config_).segment();
    add(fabric_vrf, itself, Source::local, NexthopKey::receive(host_vif));
    add(fabric_vrf, segment, Source::fixed, NexthopKey::resolve(fabric_vif));
    // Without a gateway everything is on-link.
    add(fabric_vrf, everywhere, Source::fixed,
        config_.gateway ? NexthopKey::arp(*config_.gateway) : NexthopKey::resolve(fabric_vif));
    if (const Vrf* vrf = vrfs_.of_network(config::ip_fabric)) {
      add(vrf->id, itself, Source::local, NexthopKey::receive(host_vif));
    }
  }

  void network(const Vrf& vrf) {
    const config::Network* network = find_network(config_.fabric, vrf.network);
    if (network == nullptr || !layer3(*network)) return;
    if (fabric_forwarded(*network)) {
      add(vrf.id, everywhere, Source::fixed, NexthopKey::translate(fabric_vrf));
    }
    for (const IpPrefix& subnet : network->subnets) {
      add(vrf.id, subnet, Source::fixed, NexthopKey::discard());
    }
    // A flow leads to the service itself; what belongs to none ends here.
    for (const config::LinkLocalService& service : config_.link_local_services) {
      add(vrf.id, IpPrefix::host(service.address), Source::link_local,
          NexthopKey::receive(agent_vif));
    }
    if (const auto router = router_for(*network)) subnets_behind(*router, vrf);
  }

  void machine(const VmInterface& interface) {
    const config::Port& port = interface.port;
    if (!port.health_checks.empty()) {
      add(interface.vif.vrf, IpPrefix::host(HealthChecks::asker), Source::link_local,
          NexthopKey::receive(agent_vif));
    }
    if (interface.fails) return;
    for (const HeldAddress& each : held_addresses(port)) held(interface, each.prefix);
    for (const IpPrefix& shared : port.shared_addresses) {
      address(port.network, shared, interface.nexthop, Source::local);
      behind_router(port.network, shared, interface.nexthop, Source::local);
    }
    for (const config::FloatingIp& floating : port.floating_ips) {
      const IpPrefix host = IpPrefix::host(floating.address);
      address(floating.network, host, interface.nexthop, Source::local);
    }
  }

  WantedRoutes take() { return std::move(routes_); }

private:
  void held(const VmInterface& interface, const IpPrefix& prefix) {
    const Holding holding{interface.vif.vrf, prefix, interface.port.name};
    if (!preferences_.leads(holding)) return;
    const bool has_it = preferences_.standing(holding).has_it;
    const Source source = has_it ? Source::local : Source::standby;
    address(interface.port.network, prefix, interface.nexthop, source);
    behind_router(interface.port.network, prefix, interface.nexthop, source);
  }

  // A logical router with VXLAN routing, here.
  struct Router {
    const config::Network& inside;
    const Vrf& vrf;
  };
  std::optional<Router> router_for(const config::Network& network) const {
    const config::Network* inside = router_of(config_.fabric, network.name);
    const Vrf* vrf = inside != nullptr ? vrfs_.of_network(inside->name) : nullptr;
    return vrf != nullptr ? std::optional{Router{*inside, *vrf}} : std::nullopt;
  }
  // From a network of the router to all others: they are looked up in the router's own VRF.
  void subnets_behind(const Router& router, const Vrf& from) {
    for (const std::string& name : router.inside.routes_between) {
      const config::Network* other = find_network(config_.fabric, name);
      if (other == nullptr || name == from.network || !layer3(*other)) continue;
      for (const IpPrefix& subnet : other->subnets)
        add(from.id, subnet, Source::router_subnet, NexthopKey::translate(router.vrf.id));
    }
  }
  // Where what the router gets for the address goes.
  void behind_router(const std::string& name, const IpPrefix& prefix, const NexthopKey& nexthop,
                     Source source) {
    const config::Network* network = find_network(config_.fabric, name);
    if (network == nullptr || !layer3(*network)) return;
    if (const auto router = router_for(*network)) add(router->vrf.id, prefix, source, nexthop);
  }

  // In the fabric VRF only while a policy connects the network with ip-fabric: the vrouter's source
  // check then drops what the machine sends there otherwise.
  void address(const std::string& name, const IpPrefix& prefix, const NexthopKey& nexthop,
               Source source) {
    const config::Network* network = find_network(config_.fabric, name);
    const Vrf* vrf = vrfs_.of_network(name);
    if (network == nullptr || vrf == nullptr || !layer3(*network)) return;
    add(vrf->id, prefix, source, nexthop);
    if (prefix.base().is_v4() && fabric_forwarded(*network) &&
        connected_with_fabric(config_.fabric, *network)) {
      add(fabric_vrf, prefix, source, nexthop);
    }
  }

  void add(VrfId vrf, const IpPrefix& prefix, Source source, const NexthopKey& nexthop) {
    routes_.try_emplace({vrf, prefix, source}, Forward{nexthop, {}, 0});
  }

  const config::Vrouter& config_;
  const Vrfs& vrfs_;
  const Preferences& preferences_;
  WantedRoutes routes_;
};

}  // namespace

WantedRoutes wanted_routes(const config::Vrouter& config, const Vrfs& vrfs,
                           const VmInterfaces& interfaces, const Preferences& preferences) {
  Wanted wanted{config, vrfs, preferences};
  wanted.underlay();
  for (const auto& [id, vrf] : vrfs.all()) wanted.network(vrf);
  for (const config::Port& port : config.ports)
    if (const VmInterface* interface = interfaces.find(port.name)) wanted.machine(*interface);
  return wanted.take();
}

}  // namespace tflab::agent
