#include "tests/swarm/configure.h"

#include <algorithm>

#include "control-core/base/text.h"

namespace tflab::swarm {
namespace {

std::vector<RouteTarget> targets(const oracle::Names& names) {
  std::vector<RouteTarget> out;
  for (const std::string& name : names) out.push_back(*parse_target(name));
  return out;
}

// Short times, so that everybody has come to rest within a few minutes.
config::GracefulRestart restart(bool graceful) {
  config::GracefulRestart out;
  out.enable = out.bgp_helper = out.xmpp_helper = graceful;
  out.restart_time = seconds(20);
  out.long_lived_restart_time = seconds(20);
  out.end_of_rib_timeout = seconds(40);
  return out;
}

config::Fabric common(const World& world) {
  config::Fabric out;
  out.autonomous_system = Asn{world.as};
  out.graceful_restart = restart(world.graceful);
  return out;
}

config::Fabric fabric(const World& world) {
  config::Fabric out = common(world);
  for (const oracle::Network& each : world.networks) {
    config::Network network;
    network.name = each.name;
    network.instance = each.index;
    network.network_id = each.index;
    network.targets = targets(each.targets);
    network.import_targets = targets(each.imports);
    network.export_targets = targets(each.exports);
    network.policies = each.policies;
    network.routes_between.assign(each.routes_between.begin(), each.routes_between.end());
    if (!network.routes_between.empty()) network.forwarding = config::ForwardingMode::l3;
    out.networks.push_back(std::move(network));
  }
  for (const auto& [name, rules] : world.policies)
    for (const oracle::Rule& rule : rules)
      out.policies[name].rules.push_back({rule.pass, true, rule.src, rule.dst, {}});
  return out;
}

const oracle::Router* router_of(const World& world, const std::string& name) {
  const auto at = std::ranges::find(world.routers, name, &oracle::Router::name);
  return at == world.routers.end() ? nullptr : &*at;
}

struct Identity {
  IpAddr address;
  Asn as;
};
Identity identity_of(const World& world, const std::string& name) {
  for (const oracle::ControlNode& node : world.control_nodes)
    if (node.name == name) return {*parse_ip(node.address), Asn{node.as}};
  const oracle::Router* router = router_of(world, name);
  return {*parse_ip(router->address), Asn{router->as}};
}

std::vector<config::Vrf> vrfs_of(const oracle::Router& router) {
  std::vector<config::Vrf> out;
  for (const oracle::Router::Vrf& each : router.vrfs) {
    config::Vrf vrf;
    vrf.name = each.name;
    vrf.instance = static_cast<std::uint32_t>(out.size()) + 1;
    vrf.rd = *parse_rd(router.address + ":" + std::to_string(vrf.instance));
    vrf.import_targets = targets(each.imports);
    vrf.export_targets = targets(each.exports);
    for (const std::string& prefix : each.prefixes) vrf.prefixes.push_back(*parse_prefix(prefix));
    vrf.next_hop = *parse_ip(router.address);
    vrf.label = 15 + vrf.instance;
    if (each.vxlan) {
      vrf.vni = 6000 + vrf.instance;
      vrf.mac = *parse_mac(mac_of(router.address));
    }
    out.push_back(std::move(vrf));
  }
  return out;
}

config::TargetFiltering filtering_of(oracle::Filtering filtering) {
  switch (filtering) {
    case oracle::Filtering::off:
      return config::TargetFiltering::off;
    case oracle::Filtering::outbound_only:
      return config::TargetFiltering::outbound_only;
    default:
      return config::TargetFiltering::rfc4684;
  }
}

// Scripted routers dial.
config::BgpPeer peer(const World& world, const oracle::Peering& peering, const std::string& name,
                     bool client) {
  const oracle::Router* router = router_of(world, name);
  const auto [address, as] = identity_of(world, name);
  config::BgpPeer out;
  out.name = name;
  out.address = address;
  out.as = as;
  out.families = families(world, peering);
  out.hold = seconds(30);
  out.route_reflector_client = client;
  out.passive = router != nullptr && router->vrfs.empty();
  return out;
}

}  // namespace

std::vector<Family> families(const World& world, const oracle::Peering& peering) {
  std::vector<Family> out{Family::inet_vpn};
  if (peering.filters) out.push_back(Family::route_target);
  if (peering.layer2) out.push_back(Family::evpn);
  const bool of_router = router_of(world, peering.a) || router_of(world, peering.b);
  if (peering.layer2 && !of_router) out.push_back(Family::ermvpn);
  return out;
}

config::ControlNode control_node(const World& world, const std::string& name) {
  const auto [address, as] = identity_of(world, name);
  config::ControlNode out;
  out.name = name;
  out.address = address;
  out.router_id = out.address.v4();
  out.as = as;
  out.bgp_hold = out.xmpp_hold = seconds(30);
  out.target_filtering = filtering_of(world.filtering);
  if (const oracle::Router* router = router_of(world, name)) {
    out.fabric = common(world);
    out.vrfs = vrfs_of(*router);
    out.agents.emplace();
  } else {
    out.fabric = fabric(world);
  }
  for (const oracle::Peering& each : world.peerings) {
    const bool first = each.a == name;
    if (!first && each.b != name) continue;
    const bool client = first ? each.b_is_client : each.a_is_client;
    out.peers.push_back(peer(world, each, first ? each.b : each.a, client));
    if (client) out.cluster_id = out.router_id;
  }
  return out;
}

config::Vrouter vrouter(const World& world, const oracle::Agent& agent) {
  config::Vrouter out;
  out.name = agent.name;
  out.address = *parse_ip4(agent.address);
  out.prefix_length = 8;
  out.mac = *parse_mac(mac_of(agent.address));
  out.xmpp_hold = seconds(30);
  out.encaps = {Encap::udp, Encap::gre};
  for (const std::string& node : agent.control_nodes)
    out.control_nodes.push_back(identity_of(world, node).address);
  out.fabric = fabric(world);
  for (const oracle::Port& each : agent.ports) {
    if (each.address == agent.address) continue;  // vhost0's, which is there by itself
    config::Port port;
    port.machine = each.network + "-" + each.address;
    port.name = port.machine + "/eth0";
    port.network = each.network;
    port.address = *parse_ip(each.address);
    port.mac = *parse_mac(mac_of(each.address));
    for (const auto& [pair, has_it] : each.pairs)
      port.allowed_pairs.push_back(IpPrefix::host(*parse_ip(pair)));
    out.ports.push_back(std::move(port));
  }
  return out;
}

}  // namespace tflab::swarm
