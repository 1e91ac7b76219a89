// bgp-routers, virtual-routers and hosts: what stands on the underlay.

#include <algorithm>

#include "control-core/base/text.h"
#include "scenarios/draft.h"
#include "scenarios/mac.h"

namespace tflab::scenario {
namespace {

constexpr std::size_t node_name_max = 128;

void check_node_name(const Node& node) {
  if (!good_name(node.name(), node_name_max))
    node.key_fault("name " + in_quotes(node.name()) +
                   " must be letters, digits, _ . - only, not start with . or -, and have at most "
                   "128 characters");
}

// Two nodes with one address could not both be reached.
void claim(const Node& node, IpAddr address, Draft& to) {
  const auto [taken, fresh] = to.underlay_taken.emplace(address, node.pointer());
  if (!fresh)
    node.fault(in_quotes(to_text(address)) + " is taken by " + taken->second + " (" +
               to.faults.place(taken->second) + "); give each node its own address");
}

void claim(const Node& node, Mac mac, Draft& to) {
  const auto [taken, fresh] = to.macs_taken.emplace(mac, node.pointer());
  if (!fresh)
    node.fault("MAC " + to_text(mac) + " is taken by " + taken->second + " (" +
               to.faults.place(taken->second) + "); give each interface its own");
}

// A unicast address of a host: not 0/8, 127/8, multicast or above.
std::optional<Ip4> host_address(const Node& node) {
  const auto address = node.ip4();
  if (!address) return {};
  const std::uint32_t first = address->raw() >> 24;
  if (first == 0 || first == 127 || first >= 224) {
    node.fault(to_text(*address) + " is not an address a node can have");
    return {};
  }
  return address;
}

std::optional<Family> family(const Node& node) {
  constexpr std::string_view later[] = {"inet-mvpn"};
  const auto word = node.text();
  if (!word) return {};
  if (const auto known = family_of_config(*word)) return known;
  std::vector<std::string_view> names;
  for (const FamilyRow& row : family_rows) names.push_back(row.config);
  if (std::ranges::find(later, *word) != std::end(later))
    node.fault("address family " + in_quotes(*word) + " is " + std::string{not_supported});
  else
    node.fault(in_quotes(*word) + " is not an address family" + did_you_mean(*word, names));
  return {};
}

// Zero switches the timer off; one and two are refused by every peer (RFC 4271 section 4.2).
std::optional<std::uint64_t> hold_time(const Node& node) {
  const auto value = node.integer(0, 65535);
  if (value && (*value == 1 || *value == 2)) {
    node.fault("hold times are 0 or at least 3 seconds");
    return {};
  }
  return value;
}

constexpr Key router_keys[] = {{"router-type", Key::required},
                               {"address", Key::required},
                               {"identifier"},
                               {"port"},
                               {"autonomous-system"},
                               {"cluster-id"},
                               {"hold-time"},
                               {"address-families"},
                               {"peers"},
                               {"admin-down", Key::refused},
                               {"vendor", Key::refused},
                               {"cpu", Key::refused}};
constexpr Key peer_keys[] = {{"address-families"},
                             {"hold-time"},
                             {"passive"},
                             {"route-reflector-client"},
                             {"prefix-limit", Key::refused},
                             {"default-tunnel-encap", Key::refused}};
constexpr Choice<int> router_types[] = {{"control-node", 0}};
constexpr std::string_view router_types_refused[] = {"external-control-node", "router",
                                                     "bgpaas-server", "bgpaas-client"};

// What provisioning of the original gives a control node that says nothing of families.
const std::vector<Family> control_node_families = {
    Family::inet_vpn, Family::inet6_vpn, Family::route_target, Family::evpn, Family::ermvpn};

void read_peer(const Node& node, std::string_view owner, BgpRouter& router, Draft& to) {
  if (node.name() == owner)
    node.key_fault("a bgp-router cannot peer with itself");
  else if (!to.names.has(Kind::bgp_router, node.name()))
    node.key_fault(to.names.missing(Kind::bgp_router, node.name()));
  BgpRouterPeer peer;
  if (!node.object(peer_keys)) return;
  if (const auto list = node.at("address-families"))
    read_list(*list, "a list of address families", peer.families, family);
  take(node, "hold-time", peer.hold_s, hold_time);
  take(node, "passive", peer.passive, &Node::boolean);
  take(node, "route-reflector-client", peer.route_reflector_client, &Node::boolean);
  router.peers.emplace_back(node.name(), std::move(peer));
}

void read_bgp_router(const Node& node, Draft& to) {
  check_node_name(node);
  if (!node.object(router_keys)) return;
  BgpRouter router;
  router.autonomous_system = to.scenario.autonomous_system;
  router.families = control_node_families;
  if (const auto type = node.at("router-type"))
    type->one_of<int>(router_types, router_types_refused);
  if (const auto at = node.at("address"))
    if (const auto address = host_address(*at)) {
      router.address = *address;
      claim(*at, *address, to);
    }
  router.identifier = router.address;
  take(node, "identifier", router.identifier, &Node::ip4);
  take(node, "port", router.port, integer<1, 65535>);
  take(node, "autonomous-system", router.autonomous_system, &Node::autonomous_system);
  take(node, "cluster-id", router.cluster_id, [](const Node& n) {
    const auto id = n.integer(1, 0xffffffff);
    return id ? std::optional{Ip4{static_cast<std::uint32_t>(*id)}} : std::nullopt;
  });
  take(node, "hold-time", router.hold_s, hold_time);
  if (const auto list = node.at("address-families"))
    read_list(*list, "a list of address families", router.families, family);
  if (const auto peers = node.at("peers"))
    for (const Node& peer : peers->members("an object of peers by name"))
      read_peer(peer, node.name(), router, to);
  to.scenario.bgp_routers.emplace_back(node.name(), std::move(router));
}

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
    if (element.json().is_string())
      if (const auto name = element.json().get<std::string>();
          !to.names.has(Kind::bgp_router, name))
        element.fault(to.names.missing(Kind::bgp_router, name));
  if (router.control_nodes.size() > 2) list.fault("an agent connects to at most two control nodes");
}

// Two control nodes an agent, spread evenly: the order in the file decides.
std::vector<std::string> assigned_control_nodes(std::size_t router, const Scenario& scenario) {
  std::vector<std::string> out;
  const auto& nodes = scenario.bgp_routers;
  for (std::size_t i = 0; i < std::min<std::size_t>(2, nodes.size()); ++i)
    out.push_back(nodes[(router + i) % nodes.size()].first);
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
  if (const auto list = node.at("control-nodes")) read_control_nodes(*list, router, to);
  take(node, "gateway", router.gateway, host_address);
  to.scenario.virtual_routers.emplace_back(node.name(), std::move(router));
}

constexpr Key host_keys[] = {{"address", Key::required}, {"routes"}};

// A host may be a control node's own machine, but not a vRouter's: that one has vhost0.
void claim_host(const Node& node, Ip4 address, Draft& to) {
  const auto taken = to.underlay_taken.find(address);
  if (taken != to.underlay_taken.end() && taken->second.starts_with("/bgp-routers/")) return;
  claim(node, address, to);
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

template <class Read>
void read_all(const Node& root, std::string_view collection, Draft& to, Read read) {
  constexpr std::size_t most = 65536;
  const auto node = root.at(collection);
  if (!node) return;
  const auto members = node->members("an object of objects by name");
  if (members.size() > most) {
    node->fault(std::to_string(members.size()) + " objects are more than this version can hold (" +
                std::to_string(most) + ")");
    return;
  }
  for (const Node& member : members) read(member, to);
}

}  // namespace

void read_routers(const Node& root, Draft& to) {
  read_all(root, "bgp-routers", to, read_bgp_router);
  read_all(root, "virtual-routers", to, read_virtual_router);
  read_all(root, "hosts", to, read_host);
  set_underlay(root, to.scenario);
  if (to.names.all(Kind::bgp_router).empty() && to.names.all(Kind::virtual_router).empty())
    root.fault(
        "the scenario has no node; add at least one to \"bgp-routers\" or "
        "\"virtual-routers\"");
}

}  // namespace tflab::scenario
