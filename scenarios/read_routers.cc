// virtual-routers, hosts and the segment that everything stands on.

#include <algorithm>

#include "control-core/base/text.h"
#include "scenarios/derive.h"
#include "scenarios/draft.h"
#include "scenarios/mac.h"
#include "scenarios/read_nodes.h"

namespace tflab::scenario {
namespace {

constexpr Key virtual_router_keys[] = {{"virtual-router-ip-address", Key::required},
                                       {"virtual-router-type"},
                                       {"mac"},
                                       {"control-nodes"},
                                       {"gateway"},
                                       {"tables", Key::refused}};
constexpr Choice<int> virtual_router_types[] = {{"embedded", 0}};
constexpr std::string_view virtual_router_types_refused[] = {"tor-agent", "tor-service-node"};

void read_control_nodes(const Node& list, VirtualRouter& router, Draft& to) {
  read_list(list, "a list of bgp-routers", router.control_nodes, &Node::text);
  for (const Node& element : list.json().is_array() ? list.elements("") : std::vector<Node>{})
    if (element.json().is_string()) {
      const auto name = element.json().get<std::string>();
      if (!to.names.has(Kind::bgp_router, name))
        element.fault(to.names.missing(Kind::bgp_router, name));
      else if (to.names.has(Kind::physical_router, name))
        element.fault(in_quotes(name) + " is a router; agents connect to control nodes");
    }
  if (router.control_nodes.size() > 2) list.fault("an agent connects to at most two control nodes");
}

// Two control nodes an agent, spread evenly: the order in the file decides.
std::vector<std::string> assigned_control_nodes(std::size_t router, const Scenario& scenario) {
  std::vector<std::string> out;
  const std::vector<std::string> nodes = serving_agents(scenario);
  for (std::size_t i = 0; i < std::min<std::size_t>(2, nodes.size()); ++i)
    out.push_back(nodes[(router + i) % nodes.size()]);
  return out;
}

void read_virtual_router(const Node& node, Draft& to) {
  check_node_name(node);
  if (!node.object(virtual_router_keys)) return;
  VirtualRouter router;
  if (const auto at = node.at("virtual-router-ip-address"))
    if (const auto address = host_address(*at)) {
      router.address = *address;
      claim(*at, *address, to);
    }
  if (const auto type = node.at("virtual-router-type"))
    type->one_of<int>(virtual_router_types, virtual_router_types_refused);
  router.mac = derived_mac(node.name() + "/vhost0");
  take(node, "mac", router.mac, &Node::mac);
  claim(node.at("mac").value_or(node), router.mac, to);
  router.control_nodes = assigned_control_nodes(to.scenario.virtual_routers.size(), to.scenario);
  if (const auto list = node.at("control-nodes"))
    read_control_nodes(*list, router, to);
  else
    router.roams = serving_agents(to.scenario).size() > router.control_nodes.size();
  take(node, "gateway", router.gateway, host_address);
  to.scenario.virtual_routers.emplace_back(node.name(), std::move(router));
}

constexpr Key host_keys[] = {{"address", Key::required}, {"routes"}, {"workload"}};

bool a_control_nodes(Ip4 address, const Draft& draft) {
  const auto taken = draft.underlay_taken.find(address);
  return taken != draft.underlay_taken.end() && taken->second.starts_with("/bgp-routers/");
}

// A host may be a control node's own machine, but not a vRouter's: that one has vhost0.
void claim_host(const Node& node, Ip4 address, Draft& to) {
  if (!a_control_nodes(address, to)) claim(node, address, to);
}

void read_host(const Node& node, Draft& to) {
  check_node_name(node);
  if (!node.object(host_keys)) return;
  PlainHost host;
  if (const auto at = node.at("address"))
    if (const auto address = host_address(*at)) {
      host.address = *address;
      claim_host(*at, *address, to);
    }
  if (const auto routes = node.at("routes"))
    for (const Node& route : routes->members("an object of gateways by prefix")) {
      const auto prefix = parse_exact_prefix(route.name());
      if (!prefix || !prefix->base().is_v4())
        route.key_fault(in_quotes(route.name()) + " is not an IPv4 prefix such as \"10.1.0.0/24\"");
      const auto gateway = route.ip4();
      if (prefix && gateway) host.routes.emplace_back(*prefix, *gateway);
    }
  take(node, "workload", host.workload,
       [](const Node& n) { return n.one_of<Workload>(workloads, workloads_refused); });
  if (const auto workload = node.at("workload"); workload && a_control_nodes(host.address, to))
    workload->key_fault("the control node is all that runs there; give the host its own address");
  to.scenario.hosts.emplace_back(node.name(), std::move(host));
}

// On one segment everything is on-link, so the prefix must hold all addresses, none of which may be
// its first or last (network and broadcast address).
std::uint8_t underlay_length(const std::vector<Ip4>& addresses) {
  std::uint32_t differing = 0;
  for (const Ip4 address : addresses) differing |= address.raw() ^ addresses.front().raw();
  unsigned length = 24;
  const auto edge = [&](Ip4 address) {
    const std::uint32_t host_bits = ~std::uint32_t{0} >> length;
    const std::uint32_t host = address.raw() & host_bits;
    return host == 0 || host == host_bits;
  };
  while (length > 0 && (differing >> (32 - length)) != 0) --length;
  while (length > 8 && std::ranges::any_of(addresses, edge)) --length;
  return static_cast<std::uint8_t>(length);
}

void set_underlay(const Node& root, Scenario& scenario) {
  std::vector<Ip4> addresses;
  for (const auto& [name, router] : scenario.bgp_routers) addresses.push_back(router.address);
  for (const auto& [name, router] : scenario.virtual_routers) {
    addresses.push_back(router.address);
    if (router.gateway) addresses.push_back(*router.gateway);
  }
  for (const auto& [name, host] : scenario.hosts) addresses.push_back(host.address);
  if (addresses.empty() || std::ranges::find(addresses, Ip4{}) != addresses.end()) return;
  scenario.underlay_length = underlay_length(addresses);
  if (scenario.underlay_length < 8)
    root.fault(
        "the nodes' addresses share fewer than 8 leading bits; one segment cannot hold them");
}

}  // namespace

void read_routers(const Node& root, Draft& to) {
  read_bgp_routers(root, to);
  read_physical_routers(root, to);
  read_all(root, "virtual-routers", to, read_virtual_router);
  read_all(root, "hosts", to, read_host);
  set_underlay(root, to.scenario);
  if (to.names.all(Kind::bgp_router).empty() && to.names.all(Kind::virtual_router).empty())
    root.fault(
        "the scenario has no node; add at least one to \"bgp-routers\" or "
        "\"virtual-routers\"");
}

}  // namespace tflab::scenario
