// logical-routers: what joins networks whatever policies say.

#include <algorithm>

#include "control-core/base/text.h"
#include "control-core/config/names.h"
#include "scenarios/draft.h"

namespace tflab::scenario {
namespace {

constexpr Key router_keys[] = {
    {"virtual-networks", Key::required}, {"logical-router-type"},
    {"vxlan-network-identifier"},        {"route-targets"},
    {"gateway-external", Key::refused},  {"physical-routers", Key::refused}};
constexpr Choice<bool> types[] = {{"snat-routing", false}, {"vxlan-routing", true}};

const config::Network* network_named(const Scenario& scenario, const std::string& name) {
  const auto found = std::ranges::find(scenario.networks, name, &config::Network::name);
  return found == scenario.networks.end() ? nullptr : &*found;
}

bool joins(const LogicalRouter& router, const std::string& network) {
  return std::ranges::find(router.networks, network) != router.networks.end();
}

// A network is on the inside of one router only, since a subnet can lead to one VRF only.
void check_joined(const Node& node, const std::string& network, const LogicalRouter& router,
                  const Draft& to) {
  const config::Network* net = network_named(to.scenario, network);
  if (net == nullptr) return;
  if (net->instance >= 1 && net->instance <= 3)
    node.fault("a built-in network cannot be joined to others");
  if (net->forwarding == config::ForwardingMode::l2)
    node.fault("network " + in_quotes(network) + " forwards layer 2 only: nothing of it is routed");
  if (!router.vxlan_routing) return;
  for (const auto& [name, other] : to.scenario.logical_routers)
    if (other.vxlan_routing && joins(other, network))
      node.fault(in_quotes(name) + " routes for network " + in_quotes(network) +
                 " already; take it out of one of the two");
}

void read_joined(const Node& list, LogicalRouter& router, const Draft& to) {
  read_list(list, "a list of networks", router.networks, [&](const Node& node) {
    auto name = reference(node, Kind::virtual_network, to.names);
    if (name) check_joined(node, *name, router, to);
    return name;
  });
}

// Of the same 24 bits as the networks' automatic ones, which are their ids.
void read_vni(const Node& node, LogicalRouter& router, const Draft& to) {
  const auto vni = node.integer(1, 0xffffff);
  if (!vni) return;
  router.vni = static_cast<std::uint32_t>(*vni);
  const auto taken = [&](const std::string& by) {
    node.fault("VNI " + std::to_string(router.vni) + " is taken by " + in_quotes(by));
  };
  if (!router.vxlan_routing)
    node.fault(
        "only a router of type \"vxlan-routing\" has a VNI; take this out or say so in "
        "\"logical-router-type\"");
  for (const config::Network& net : to.scenario.networks)
    if (net.instance == router.vni) taken(net.name);
  for (const auto& [name, other] : to.scenario.logical_routers)
    if (other.vni == router.vni) taken(name);
}

void read_router_targets(const Node& list, LogicalRouter& router) {
  read_list(list, "a list of route targets", router.targets, &Node::target);
  if (list.json().is_array() && list.json().empty())
    list.fault("without a route target it joins nothing; leave the key out and it gets one");
}

void read_logical_router(const Node& node, Draft& to) {
  check_full_name(node);
  const std::string name = full_name(node.name());
  if (find(to.scenario.logical_routers, name) != nullptr)
    node.key_fault("this router is there already under its other name; keep one of them");
  if (!node.object(router_keys)) return;
  LogicalRouter router;
  take(node, "logical-router-type", router.vxlan_routing,
       [](const Node& n) { return n.one_of<bool>(types); });
  if (router.vxlan_routing && to.names.has(Kind::virtual_network, config::inside_of(name)))
    node.key_fault("network " + in_quotes(config::inside_of(name)) +
                   " has the name of the router's own; call one of them otherwise");
  if (const auto list = node.at("virtual-networks")) read_joined(*list, router, to);
  if (const auto vni = node.at("vxlan-network-identifier")) read_vni(*vni, router, to);
  if (const auto list = node.at("route-targets")) read_router_targets(*list, router);
  to.scenario.logical_routers.emplace_back(name, std::move(router));
}

}  // namespace

void read_logical_routers(const Node& root, Draft& to) {
  if (const auto node = root.at("logical-routers"))
    for (const Node& router : node->members("an object of logical routers by name"))
      read_logical_router(router, to);
}

}  // namespace tflab::scenario
