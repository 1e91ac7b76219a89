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

config::Fabric fabric(const oracle::World& world, bool graceful) {
  config::Fabric out;
  out.autonomous_system = Asn{world.as};
  out.graceful_restart = restart(graceful);
  for (const oracle::Network& each : world.networks) {
    config::Network network;
    network.name = each.name;
    network.instance = each.index;
    network.network_id = each.index;
    network.targets = targets(each.targets);
    network.import_targets = targets(each.imports);
    network.export_targets = targets(each.exports);
    network.policies = each.policies;
    out.networks.push_back(std::move(network));
  }
  for (const auto& [name, rules] : world.policies)
    for (const oracle::Rule& rule : rules)
      out.policies[name].rules.push_back({rule.pass, true, rule.src, rule.dst, {}});
  return out;
}

IpAddr address_of(const oracle::World& world, const std::string& name) {
  for (const oracle::ControlNode& node : world.control_nodes)
    if (node.name == name) return *parse_ip(node.address);
  for (const oracle::Router& router : world.routers)
    if (router.name == name) return *parse_ip(router.address);
  return {};
}

// Routers dial.
bool is_router(const oracle::World& world, const std::string& name) {
  return std::ranges::find(world.routers, name, &oracle::Router::name) != world.routers.end();
}

config::BgpPeer peer(const oracle::World& world, const oracle::Peering& peering,
                     const std::string& name, bool client) {
  config::BgpPeer out;
  out.name = name;
  out.address = address_of(world, name);
  out.as = Asn{world.as};
  out.families = families(peering);
  out.hold = seconds(30);
  out.route_reflector_client = client;
  out.passive = is_router(world, name);
  return out;
}

}  // namespace

std::vector<Family> families(const oracle::Peering& peering) {
  if (peering.filters) return {Family::inet_vpn, Family::route_target};
  return {Family::inet_vpn};
}

config::ControlNode control_node(const oracle::World& world, const std::string& name,
                                 bool graceful) {
  config::ControlNode out;
  out.name = name;
  out.address = address_of(world, name);
  out.router_id = out.address.v4();
  out.as = Asn{world.as};
  out.bgp_hold = out.xmpp_hold = seconds(30);
  out.fabric = fabric(world, graceful);
  for (const oracle::Peering& each : world.peerings) {
    const bool first = each.a == name;
    if (!first && each.b != name) continue;
    const bool client = first ? each.b_is_client : each.a_is_client;
    out.peers.push_back(peer(world, each, first ? each.b : each.a, client));
    if (client) out.cluster_id = out.router_id;
  }
  return out;
}

config::Vrouter vrouter(const oracle::World& world, const oracle::Agent& agent, bool graceful) {
  config::Vrouter out;
  out.name = agent.name;
  out.address = *parse_ip4(agent.address);
  out.prefix_length = 8;
  out.mac = Mac{{2, 1, 0, 0, 0, static_cast<std::uint8_t>(out.address.raw())}};
  out.xmpp_hold = seconds(30);
  out.encaps = {Encap::udp, Encap::gre};
  for (const std::string& node : agent.control_nodes)
    out.control_nodes.push_back(address_of(world, node));
  out.fabric = fabric(world, graceful);
  for (const oracle::Port& each : agent.ports) {
    if (each.address == agent.address) continue;  // vhost0's, which is there by itself
    config::Port port;
    port.machine = each.network + "-" + each.address;
    port.name = port.machine + "/eth0";
    port.network = each.network;
    port.address = *parse_ip(each.address);
    const std::uint32_t raw = port.address.v4().raw();
    port.mac = Mac{{2, 2, 0, static_cast<std::uint8_t>(raw >> 16),
                    static_cast<std::uint8_t>(raw >> 8), static_cast<std::uint8_t>(raw)}};
    out.ports.push_back(std::move(port));
  }
  return out;
}

}  // namespace tflab::swarm
