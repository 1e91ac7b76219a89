#include "control-core/config/check.h"

#include <algorithm>
#include <set>

#include "control-core/base/text.h"

namespace tflab::config {
namespace {

using Complaints = std::vector<std::string>;

bool known(const Fabric& fabric, const std::string& network) {
  return std::ranges::find(fabric.networks, network, &Network::name) != fabric.networks.end();
}

void check_network(const Fabric& fabric, const Network& network, Complaints& out) {
  if (network.name.empty()) out.push_back("a network has no name");
  if (network.instance == 0)
    out.push_back("network " + network.name + " has instance index 0, the master's");
  for (const std::string& policy : network.policies)
    if (!fabric.policies.contains(policy))
      out.push_back("network " + network.name + " carries policy " + policy +
                    ", which does not exist");
  if (!network.provider_network.empty() && !known(fabric, network.provider_network))
    out.push_back("network " + network.name + " has provider network " + network.provider_network +
                  ", which does not exist");
  for (const std::string& joined : network.routes_between)
    if (!known(fabric, joined))
      out.push_back("network " + network.name + " routes for network " + joined +
                    ", which does not exist");
}

void check_networks(const Fabric& fabric, Complaints& out) {
  std::set<std::string> names;
  std::set<std::uint32_t> indices, ids;
  for (const Network& network : fabric.networks) {
    check_network(fabric, network, out);
    if (!names.insert(network.name).second)
      out.push_back("network " + network.name + " is there twice");
    if (!indices.insert(network.instance).second)
      out.push_back("instance index " + std::to_string(network.instance) + " is used twice");
    if (network.network_id != 0 && !ids.insert(network.network_id).second)
      out.push_back("network id " + std::to_string(network.network_id) + " is used twice");
  }
}

void check_vrfs(const ControlNode& node, Complaints& out) {
  std::set<std::string> names;
  std::set<std::uint32_t> indices;
  for (const Vrf& vrf : node.vrfs) {
    if (!names.insert(vrf.name).second) out.push_back("VRF " + vrf.name + " is there twice");
    if (vrf.instance == 0 || !indices.insert(vrf.instance).second)
      out.push_back("VRF " + vrf.name + " has no instance index of its own");
    if (vrf.rd.zero()) out.push_back("VRF " + vrf.name + " has no route distinguisher");
    if (vrf.next_hop.zero()) out.push_back("VRF " + vrf.name + " has no next hop");
    if (vrf.vni != 0 && vrf.mac.zero()) out.push_back("VRF " + vrf.name + " has a VNI and no MAC");
  }
  if (!node.vrfs.empty() && !node.fabric.networks.empty())
    out.push_back("router " + node.name + " has networks beside its VRFs");
}

void check_policies(const Fabric& fabric, Complaints& out) {
  for (const auto& [name, policy] : fabric.policies)
    for (const PolicyRule& rule : policy.rules)
      for (const std::string& side : {rule.src, rule.dst})
        if (side != "any" && !known(fabric, side))
          out.push_back("policy " + name + " names network " + side + ", which does not exist");
}

void check_terms(const std::string& who, const PeerTerms& terms, Complaints& out) {
  if (terms.families.empty())
    out.push_back(who + " has no address family: its session cannot come up");
  if (terms.hold != Duration{} && terms.hold < seconds(3))
    out.push_back(who + " has a hold time under 3 s (RFC 4271 section 4.2)");
}

void check_peer(const ControlNode& node, const BgpPeer& peer, Complaints& out) {
  if (peer.address.zero()) out.push_back("BGP peer " + peer.name + " has no address");
  if (peer.address == node.address)
    out.push_back("BGP peer " + peer.name + " has this node's own address " +
                  to_text(peer.address));
  check_terms("BGP peer " + peer.name, peer, out);
}

void check_qos(const Vrouter& vrouter, const std::string& who, const std::string& named,
               Complaints& out) {
  const auto& all = vrouter.qos_configs;
  if (!named.empty() && std::ranges::find(all, named, &QosConfig::name) == all.end())
    out.push_back(who + " has QoS configuration " + named + ", which does not exist");
}

void check_policy_qos(const Vrouter& vrouter, Complaints& out) {
  for (const auto& [name, policy] : vrouter.fabric.policies)
    for (const PolicyRule& rule : policy.rules)
      check_qos(vrouter, "policy " + name, rule.qos_config, out);
}

// Marks that no header has room for.
void check_marks(const Vrouter& vrouter, Complaints& out) {
  constexpr std::uint8_t most_dscp = 63, most_priority = 7;
  const auto within = [](const std::vector<QosEntry>& entries, std::uint8_t most) {
    return std::ranges::all_of(entries, [&](const QosEntry& each) { return each.code <= most; });
  };
  for (const ForwardingClass& each : vrouter.forwarding_classes)
    if (each.dscp > most_dscp || each.priority > most_priority || each.exp > most_priority)
      out.push_back("forwarding class " + each.name + " has a mark that does not fit");
  for (const QosConfig& each : vrouter.qos_configs)
    if (!within(each.dscp, most_dscp) || !within(each.priority, most_priority) ||
        !within(each.exp, most_priority))
      out.push_back("QoS configuration " + each.name + " has a code that does not fit");
}

void check_port(const Vrouter& vrouter, const Port& port, Complaints& out) {
  if (!known(vrouter.fabric, port.network))
    out.push_back("port " + port.name + " is in network " + port.network +
                  ", which does not exist");
  if (port.address.zero()) out.push_back("port " + port.name + " has no address");
  check_qos(vrouter, "port " + port.name, port.qos_config, out);
  for (const FloatingIp& floating : port.floating_ips)
    if (!known(vrouter.fabric, floating.network))
      out.push_back("floating IP " + to_text(floating.address) + " of port " + port.name +
                    " is in network " + floating.network + ", which does not exist");
}

}  // namespace

Complaints check(const Fabric& fabric) {
  Complaints out;
  check_networks(fabric, out);
  check_policies(fabric, out);
  return out;
}

Complaints check(const ControlNode& node) {
  Complaints out = check(node.fabric);
  if (node.router_id == Ip4{}) out.push_back("control node " + node.name + " has no router id");
  check_vrfs(node, out);
  std::set<std::string> names;
  std::set<IpAddr> addresses;
  for (const BgpPeer& peer : node.peers) {
    check_peer(node, peer, out);
    if (!names.insert(peer.name).second) out.push_back("BGP peer " + peer.name + " is there twice");
    if (!addresses.insert(peer.address).second)
      out.push_back("two BGP peers have address " + to_text(peer.address));
  }
  for (const PeerRange& range : node.peer_ranges)
    check_terms("peer range " + to_text(range.prefix), range, out);
  return out;
}

Complaints check(const Vrouter& vrouter) {
  Complaints out = check(vrouter.fabric);
  if (vrouter.control_nodes.empty() || vrouter.control_nodes.size() > 2)
    out.push_back("vRouter " + vrouter.name + " must have one or two control nodes");
  check_marks(vrouter, out);
  check_policy_qos(vrouter, out);
  for (const Network& network : vrouter.fabric.networks)
    check_qos(vrouter, "network " + network.name, network.qos_config, out);
  std::set<std::string> names;
  for (const Port& port : vrouter.ports) {
    check_port(vrouter, port, out);
    if (!names.insert(port.name).second) out.push_back("port " + port.name + " is there twice");
  }
  return out;
}

}  // namespace tflab::config
