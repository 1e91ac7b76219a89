#include "scenarios/derive.h"

#include <algorithm>
#include <cassert>
#include <set>
#include <tuple>
#include <unordered_map>

#include "control-core/base/text.h"
#include "control-core/config/gateway.h"
#include "control-core/config/names.h"
#include "scenarios/random.h"
#include "scenarios/suggest.h"

namespace tflab::scenario {
namespace {

// Peering is one relation with two ends: it exists when either end lists the other, or by the mesh
// (the original's ibgp-auto-mesh: control nodes of one AS).
bool peered(const Scenario& scenario, const std::string& a_name, const BgpRouter& a,
            const std::string& b_name, const BgpRouter& b) {
  if (find(a.peers, b_name) != nullptr || find(b.peers, a_name) != nullptr) return true;
  return scenario.ibgp_auto_mesh && a.autonomous_system == b.autonomous_system &&
         a.type == RouterType::control_node && b.type == RouterType::control_node;
}

const std::vector<Family>& offered(const BgpRouter& router, const BgpRouterPeer* towards) {
  return towards != nullptr && !towards->families.empty() ? towards->families : router.families;
}

config::BgpPeer peer_of(const std::string& own_name, const BgpRouter& own,
                        const std::string& peer_name, const BgpRouter& peer) {
  const BgpRouterPeer* mine = find(own.peers, peer_name);
  config::BgpPeer out;
  out.name = peer_name;
  out.address = peer.address;
  out.port = peer.port;
  out.as = peer.autonomous_system;
  const auto& theirs = offered(peer, find(peer.peers, own_name));
  for (const Family family : offered(own, mine))
    if (std::ranges::find(theirs, family) != theirs.end()) out.families.push_back(family);
  out.hold = seconds(mine != nullptr && mine->hold_s ? *mine->hold_s : own.hold_s);
  out.passive = mine != nullptr && mine->passive;
  out.route_reflector_client = mine != nullptr && mine->route_reflector_client;
  out.prefix_limit = mine != nullptr ? mine->prefix_limit : 0;
  out.delay_open = seconds(mine != nullptr ? mine->delay_open_s : 0);
  if (mine != nullptr) out.rewriting = mine->rewriting;
  return out;
}

void add_ports(const std::string& machine_name, const Machine& machine,
               std::vector<config::Port>& to) {
  for (const auto& [name, interface] : machine.interfaces)
    to.push_back({machine_name + '/' + name, machine_name, interface.network, interface.mac,
                  interface.address, interface.floating_ips, interface.security_groups,
                  interface.address6, interface.allowed_pairs, interface.shared_addresses,
                  interface.hash_fields, interface.health_checks, interface.qos_config});
}

OnLink on_link(const Scenario& scenario, const std::string& network, const IpAddr& address) {
  for (const config::Network& net : scenario.networks) {
    if (net.name != network) continue;
    for (const IpPrefix& subnet : net.subnets)
      if (subnet.covers(address))
        return {address, subnet.length(), config::gateway_of(subnet, address)};
  }
  return {address, static_cast<std::uint8_t>(address.bits()), {}};
}

std::vector<config::Port> ports_of(const Scenario& scenario, std::string_view vrouter) {
  std::vector<config::Port> out;
  for (const auto& [name, machine] : scenario.machines)
    if (machine.virtual_router == vrouter) add_ports(name, machine, out);
  return out;
}

// Networks that concern a vRouter: its ports', those of their floating IPs, those a logical router
// joins to them, its inside too, the built-in ones, and all that policies may join to them. With
// thousands of vRouters and tenants, telling everybody of all would cost more than everything else,
// and so would looking at all of them for everybody.
class Concerns {
public:
  explicit Concerns(const Scenario& scenario) : scenario_{scenario} {
    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
      const config::Network& net = scenario.networks[i];
      by_name_.emplace(net.name, i);
      if (!net.routes_between.empty()) joining_.push_back(i);
      const bool fabric = net.name == config::ip_fabric;
      const bool built_in =
          fabric || net.name == config::default_network || net.name == config::link_local;
      if (fabric ? scenario.vhost0_in_ip_fabric : built_in || !net.policies.empty())
        everybodys_.insert(i);
    }
  }

  config::Fabric fabric_for(const std::vector<config::Port>& ports) const {
    std::set<std::size_t> them;
    for (const config::Port& port : ports) {
      add(port.network, them);
      for (const config::FloatingIp& floating : port.floating_ips) add(floating.network, them);
    }
    for (const std::size_t i : joining_) {
      const auto& joined = scenario_.networks[i].routes_between;
      const bool joins = std::ranges::any_of(
          joined, [&](const std::string& network) { return has(them, network); });
      if (!joins) continue;
      them.insert(i);
      for (const std::string& network : joined) add(network, them);
    }
    them.insert(everybodys_.begin(), everybodys_.end());
    config::Fabric out{scenario_.autonomous_system,
                       scenario_.graceful_restart,
                       {},
                       scenario_.policies,
                       scenario_.security_groups};
    for (const std::size_t i : them)
      if (scenario_.vhost0_in_ip_fabric || scenario_.networks[i].name != config::ip_fabric)
        out.networks.push_back(scenario_.networks[i]);
    return out;
  }

private:
  using Places = std::set<std::size_t>;  // in the scenario's networks
  void add(std::string_view network, Places& to) const {
    if (const auto at = by_name_.find(network); at != by_name_.end()) to.insert(at->second);
  }
  bool has(const Places& places, std::string_view network) const {
    const auto at = by_name_.find(network);
    return at != by_name_.end() && places.contains(at->second);
  }

  const Scenario& scenario_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
  std::vector<std::size_t> joining_;  // insides of logical routers
  Places everybodys_;
};

bool reflects(const BgpRouter& node) {
  return std::ranges::any_of(node.peers,
                             [](const auto& peer) { return peer.second.route_reflector_client; });
}

// Where agents may go: the names of control nodes, and their addresses.
using Destinations = std::vector<std::pair<std::string, IpAddr>>;
Destinations destinations_of(const Scenario& scenario) {
  Destinations out;
  for (std::string& name : serving_agents(scenario)) {
    const IpAddr address = find(scenario.bgp_routers, name)->address;
    out.emplace_back(std::move(name), address);
  }
  return out;
}

// Where an agent goes that has lost one of its two: everywhere else, in an order of its own, so
// that those of a lost control node spread over all that are left. Not kept in the scenario: for
// thousands of vRouters and hundreds of control nodes it would be most of it.
void add_spares(const std::string& name, const VirtualRouter& router, const Destinations& all,
                std::vector<IpAddr>& to) {
  std::vector<std::tuple<std::uint64_t, std::string_view, IpAddr>> order;
  for (const auto& [node, address] : all)
    if (std::ranges::find(router.control_nodes, node) == router.control_nodes.end())
      order.emplace_back(Random{0, name + '/' + node}.next(), node, address);
  std::ranges::sort(order);
  for (const auto& [place, node, address] : order) to.push_back(address);
}

config::Vrouter vrouter_with(const Scenario& scenario, const Concerns& concerns,
                             const Destinations& destinations, const std::string& name,
                             const VirtualRouter& router, std::vector<config::Port> ports) {
  config::Vrouter out;
  out.name = name;
  out.address = router.address;
  out.prefix_length = scenario.underlay_length;
  out.gateway = router.gateway;
  if (scenario.clos && !router.gateway) {
    out.prefix_length = 32;
    out.gateway = leaf_address;
  }
  out.mac = router.mac;
  out.mtu = static_cast<std::uint16_t>(scenario.link.mtu);
  out.xmpp_hold = scenario.xmpp_keepalive * 3;
  for (const std::string& control : router.control_nodes)
    if (const BgpRouter* node = find(scenario.bgp_routers, control))
      out.control_nodes.emplace_back(node->address);
  if (router.roams) add_spares(name, router, destinations, out.control_nodes);
  out.encaps = scenario.encaps;
  out.fabric = concerns.fabric_for(ports);
  out.link_local_services = scenario.link_local_services;
  out.forwarding_classes = scenario.forwarding_classes;
  out.qos_configs = scenario.qos_configs;
  out.ports = std::move(ports);
  return out;
}

}  // namespace

config::Fabric fabric_of(const Scenario& scenario) {
  return {scenario.autonomous_system, scenario.graceful_restart, scenario.networks,
          scenario.policies, scenario.security_groups};
}

bool has_clients(const config::ControlNode& node) {
  const auto client = [](const auto& peer) { return peer.route_reflector_client; };
  return std::ranges::any_of(node.peers, client) || std::ranges::any_of(node.peer_ranges, client);
}

namespace {

std::set<IpAddr> agents_of(const Scenario& scenario) {
  std::set<IpAddr> out;
  for (const auto& [name, router] : scenario.virtual_routers) out.insert(router.address);
  return out;
}

config::ControlNode control_node_with(const Scenario& scenario, const std::string& name,
                                      const Shared<std::set<IpAddr>>& agents) {
  const BgpRouter* router = find(scenario.bgp_routers, name);
  assert(router != nullptr);
  config::ControlNode out;
  out.name = name;
  out.address = router->address;
  out.router_id = router->identifier;
  out.as = router->autonomous_system;
  out.bgp_port = router->port;
  out.bgp_listen = router->listen;
  out.xmpp_port = router->xmpp_port;
  out.bgp_hold = seconds(router->hold_s);
  out.xmpp_hold = scenario.xmpp_keepalive * 3;
  out.cluster_id = router->cluster_id;
  out.peers = peers_of(scenario, name);
  out.peer_ranges = router->peer_ranges;
  // A cluster of one reflector is known by that one's identifier (RFC 4456 section 7).
  if (!out.cluster_id && has_clients(out)) out.cluster_id = out.router_id;
  out.target_filtering = scenario.target_filtering;
  if (const PhysicalRouter* physical = find(scenario.physical_routers, name)) {
    out.agents.emplace();
    out.vrfs = physical->vrfs;
    out.fabric.autonomous_system = scenario.autonomous_system;
    out.fabric.graceful_restart = scenario.graceful_restart;
    return out;
  }
  out.agents = agents;
  out.fabric = fabric_of(scenario);
  return out;
}

}  // namespace

std::vector<std::string> serving_agents(const Scenario& scenario) {
  std::vector<std::string> nodes, reflectors;
  for (const auto& [name, node] : scenario.bgp_routers)
    if (node.type == RouterType::control_node)
      (reflects(node) ? reflectors : nodes).push_back(name);
  return nodes.empty() ? reflectors : nodes;
}

std::vector<config::BgpPeer> peers_of(const Scenario& scenario, std::string_view name) {
  const std::string own{name};
  const BgpRouter* router = find(scenario.bgp_routers, name);
  assert(router != nullptr);
  std::vector<config::BgpPeer> out;
  for (const auto& [other_name, other] : scenario.bgp_routers)
    if (other_name != name && peered(scenario, own, *router, other_name, other))
      out.push_back(peer_of(own, *router, other_name, other));
  out.insert(out.end(), router->neighbors.begin(), router->neighbors.end());
  return out;
}

config::ControlNode control_node(const Scenario& scenario, std::string_view name) {
  return control_node_with(scenario, std::string{name}, agents_of(scenario));
}

std::map<std::string, config::ControlNode> control_nodes(const Scenario& scenario) {
  const Shared<std::set<IpAddr>> agents = agents_of(scenario);
  std::map<std::string, config::ControlNode> out;
  for (const auto& [name, router] : scenario.bgp_routers)
    out.emplace(name, control_node_with(scenario, name, agents));
  return out;
}

config::Vrouter vrouter(const Scenario& scenario, std::string_view name) {
  const VirtualRouter* router = find(scenario.virtual_routers, name);
  assert(router != nullptr);
  return vrouter_with(scenario, Concerns{scenario}, destinations_of(scenario), std::string{name},
                      *router, ports_of(scenario, name));
}

std::vector<OnLink> addresses_of(const Scenario& scenario, const Interface& interface) {
  std::vector<OnLink> out{on_link(scenario, interface.network, interface.address)};
  if (interface.address6) out.push_back(on_link(scenario, interface.network, *interface.address6));
  for (const auto* prefixes : {&interface.allowed_pairs, &interface.shared_addresses})
    for (const IpPrefix& prefix : *prefixes) {
      OnLink beside = on_link(scenario, interface.network, prefix.base());
      beside.beside = true;
      out.push_back(beside);
    }
  return out;
}

const std::pair<std::string, Interface>* holder_of(const Machine& machine, const IpPrefix& prefix) {
  const auto holder = std::ranges::find_if(machine.interfaces, [&](const auto& named) {
    const Interface& each = named.second;
    return IpPrefix::host(each.address) == prefix ||
           std::ranges::find(each.allowed_pairs, prefix) != each.allowed_pairs.end();
  });
  return holder == machine.interfaces.end() ? nullptr : &*holder;
}
std::string cannot_have(const std::string& machine, const IpPrefix& prefix) {
  return in_quotes(machine) + " cannot have " + to_text(prefix) +
         ": it is neither the address of an interface nor among its \"allowed-address-pairs\"";
}

std::uint16_t mtu_of(const Scenario& scenario, const Interface& interface) {
  // Outer IPv4, UDP, VXLAN and the inner Ethernet; what carries a label is shorter.
  constexpr std::uint32_t longest_tunnel = 20 + 8 + 8 + 14, usual = 1500, least = 576;
  const std::uint32_t fits = std::max(least, scenario.link.mtu - longest_tunnel);
  return interface.mtu.value_or(static_cast<std::uint16_t>(std::min(usual, fits)));
}

std::map<std::string, config::Vrouter> vrouters(const Scenario& scenario) {
  std::map<std::string_view, std::vector<config::Port>> ports;
  for (const auto& [name, machine] : scenario.machines)
    add_ports(name, machine, ports[machine.virtual_router]);
  const Concerns concerns{scenario};
  const Destinations destinations = destinations_of(scenario);
  std::map<std::string, config::Vrouter> out;
  for (const auto& [name, router] : scenario.virtual_routers)
    out.emplace(
        name, vrouter_with(scenario, concerns, destinations, name, router, std::move(ports[name])));
  return out;
}

}  // namespace tflab::scenario
