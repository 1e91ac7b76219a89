// bgp-routers: control nodes, their sessions with each other and with speakers outside the
// scenario.

#include <algorithm>
#include <set>
#include <vector>

#include "control-core/base/text.h"
#include "scenarios/read_nodes.h"

namespace tflab::scenario {
namespace {

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
                               {"listen"},
                               {"xmpp-port"},
                               {"introspect-port"},
                               {"neighbors"},
                               {"dynamic-neighbors"},
                               {"admin-down", Key::refused},
                               {"vendor", Key::refused},
                               {"cpu"}};
constexpr Key cpu_keys[] = {{"cores"}, {"per-update", Key::required}};
constexpr auto prefix_limit = integer<1, 0xffffffff>;
constexpr auto delay_open = integer<0, 240>;

constexpr Key peer_keys[] = {
    {"address-families"},    {"hold-time"},  {"passive"},     {"route-reflector-client"},
    {"prefix-limit"},        {"delay-open"}, {"as-override"}, {"private-as-action"},
    {"default-tunnel-encap"}};
constexpr Key neighbor_keys[] = {{"address", Key::required},
                                 {"port"},
                                 {"local-address"},
                                 {"passive"},
                                 {"autonomous-system"},
                                 {"address-families"},
                                 {"hold-time"},
                                 {"route-reflector-client"},
                                 {"prefix-limit"},
                                 {"delay-open"},
                                 {"as-override"},
                                 {"private-as-action"},
                                 {"default-tunnel-encap"},
                                 {"md5-key"},
                                 {"ttl-security"},
                                 {"multihop-ttl"}};
constexpr Key dynamic_keys[] = {{"limit"},
                                {"autonomous-system"},
                                {"address-families"},
                                {"hold-time"},
                                {"route-reflector-client"},
                                {"prefix-limit"},
                                {"delay-open"},
                                {"as-override"},
                                {"private-as-action"},
                                {"default-tunnel-encap"},
                                {"md5-key"},
                                {"ttl-security"},
                                {"multihop-ttl"}};
constexpr Choice<RouterType> router_types[] = {{"control-node", RouterType::control_node},
                                               {"router", RouterType::router}};
constexpr std::string_view router_types_refused[] = {"external-control-node", "bgpaas-server",
                                                     "bgpaas-client"};

// What provisioning of the original gives a control node that says nothing of families.
const std::vector<Family> control_node_families = {
    Family::inet_vpn, Family::inet6_vpn, Family::route_target, Family::evpn, Family::ermvpn};
const std::vector<Family> plain_router_families = {Family::inet_vpn, Family::route_target};

constexpr Choice<PrivateAs> private_as_actions[] = {{"remove", PrivateAs::removed},
                                                    {"remove-all", PrivateAs::all_removed},
                                                    {"replace-all", PrivateAs::all_replaced}};
constexpr Choice<Encap> tunnels[] = {{"gre", Encap::gre},
                                     {"udp", Encap::udp},
                                     {"vxlan", Encap::vxlan},
                                     {"mpls", Encap::mpls},
                                     {"mpls-o-gre", Encap::mpls_o_gre}};

void read_rewriting(const Node& node, Rewriting& rewriting) {
  take(node, "as-override", rewriting.as_override, &Node::boolean);
  take(node, "private-as-action", rewriting.private_as,
       [](const Node& n) { return n.one_of<PrivateAs>(private_as_actions); });
  if (const auto list = node.at("default-tunnel-encap"))
    read_list(*list, "a list of encapsulations", rewriting.encaps,
              [](const Node& n) { return n.one_of<Encap>(tunnels); });
}

// The peers that a key means: one by its name, or all others that a selector picks.
std::vector<std::string> peers_meant(const Node& node, std::string_view owner, const Names& names) {
  const std::string name{node.name()};
  std::vector<std::string> peers;
  if (name.find(':') != std::string::npos) {
    for (const Match& match : Selector::parse(name).matches(names))
      if (match.kind == Kind::bgp_router && match.name != owner) peers.push_back(match.name);
    if (peers.empty()) node.key_fault(in_quotes(name) + " selects no other bgp-router");
  } else if (name == owner) {
    node.key_fault("a bgp-router cannot peer with itself");
  } else if (!names.has(Kind::bgp_router, name)) {
    node.key_fault(names.missing(Kind::bgp_router, name));
  } else {
    peers.push_back(name);
  }
  return peers;
}

std::optional<BgpRouterPeer> read_peer(const Node& node) {
  BgpRouterPeer peer;
  if (!node.object(peer_keys)) return {};
  if (const auto list = node.at("address-families"))
    read_list(*list, "a list of address families", peer.families, family);
  take(node, "hold-time", peer.hold_s, hold_time);
  take(node, "passive", peer.passive, &Node::boolean);
  take(node, "route-reflector-client", peer.route_reflector_client, &Node::boolean);
  take(node, "prefix-limit", peer.prefix_limit, prefix_limit);
  take(node, "delay-open", peer.delay_open_s, delay_open);
  read_rewriting(node, peer.rewriting);
  return peer;
}

// What is said of a peer by name is in the place of what a selector says of it.
void read_peers(const Node& node, std::string_view owner, BgpRouter& router, const Names& names) {
  const auto members = node.members("an object of peers by name");
  std::set<std::string, std::less<>> named;
  for (const Node& member : members) named.emplace(member.name());
  for (const Node& member : members) {
    const auto peers = peers_meant(member, owner, names);
    const auto peer = read_peer(member);
    if (!peer) continue;
    for (const std::string& name : peers)
      if (name == member.name() || named.insert(name).second)
        router.peers.emplace_back(name, *peer);
  }
}

// --- speakers that are no nodes of the scenario

// An address that somebody can dial from.
std::optional<IpAddr> speaker_address(const Node& node) {
  const auto address = node.ip();
  if (!address) return {};
  const unsigned first = address->octet(0);
  const bool multicast = address->is_v4() ? first >= 224 : first == 0xff;
  if (address->zero() || multicast) {
    node.fault(to_text(*address) + " is not an address a BGP speaker can have");
    return {};
  }
  return address;
}

// What a neighbour says nothing about is as with the router's other peers.
config::PeerTerms terms_of(const BgpRouter& router) {
  config::PeerTerms terms;
  terms.as = router.autonomous_system;
  terms.families = router.families;
  terms.hold = seconds(router.hold_s);
  return terms;
}

// As long as the kernel takes it (TCP_MD5SIG_MAXKEYLEN).
std::optional<std::string> md5_key(const Node& node) {
  constexpr std::size_t most = 80;
  auto key = node.text();
  if (key && (key->empty() || key->size() > most)) {
    node.fault("a TCP-MD5 key has 1 to 80 characters");
    return {};
  }
  return key;
}

void read_terms(const Node& node, config::PeerTerms& terms) {
  if (const auto list = node.at("address-families"))
    read_list(*list, "a list of address families", terms.families, family);
  if (const auto at = node.at("hold-time"))
    if (const auto value = hold_time(*at)) terms.hold = seconds(static_cast<std::int64_t>(*value));
  take(node, "route-reflector-client", terms.route_reflector_client, &Node::boolean);
  take(node, "prefix-limit", terms.prefix_limit, prefix_limit);
  if (const auto at = node.at("delay-open"))
    if (const auto value = delay_open(*at))
      terms.delay_open = seconds(static_cast<std::int64_t>(*value));
  read_rewriting(node, terms.rewriting);
  take(node, "md5-key", terms.md5_key, md5_key);
  take(node, "ttl-security", terms.ttl_security, integer<1, 254>);
  take(node, "multihop-ttl", terms.multihop_ttl, integer<1, 255>);
  if (terms.ttl_security != 0 && terms.multihop_ttl != 0)
    node.at("multihop-ttl")
        ->fault("\"ttl-security\" has a TTL of its own (RFC 5082); take one out");
}

void read_neighbor(const Node& node, const BgpRouter& router, config::BgpPeer& peer) {
  static_cast<config::PeerTerms&>(peer) = terms_of(router);
  if (!node.object(neighbor_keys)) return;
  peer.name = node.name();
  take(node, "address", peer.address, speaker_address);
  take(node, "port", peer.port, integer<1, 65535>);
  take(node, "local-address", peer.local_address, speaker_address);
  take(node, "passive", peer.passive, &Node::boolean);
  take(node, "autonomous-system", peer.as, &Node::autonomous_system);
  read_terms(node, peer);
  if (!peer.local_address.zero() && peer.local_address.version() != peer.address.version())
    node.at("local-address")->fault("must be of the same IP version as \"address\"");
}

void read_neighbors(const Node& collection, BgpRouter& router, Draft& to) {
  std::map<IpAddr, std::string> taken;
  for (const Node& node : collection.members("an object of neighbors by name")) {
    check_node_name(node);
    if (to.names.has(Kind::bgp_router, node.name()))
      node.key_fault("is a bgp-router of this scenario; list it in \"peers\"");
    config::BgpPeer peer;
    read_neighbor(node, router, peer);
    const auto [other, fresh] = taken.emplace(peer.address, node.name());
    if (!fresh && !peer.address.zero())
      node.at("address")->fault(in_quotes(to_text(peer.address)) + " is also the address of " +
                                other->second + "; give each neighbor its own");
    if (peer.address == IpAddr{router.address})
      node.at("address")->fault("is this router's own address");
    router.neighbors.push_back(std::move(peer));
  }
}

// "any": whichever AS the speaker says.
std::optional<Asn> as_or_any(const Node& node) {
  if (node.json() == "any") return Asn{};
  if (node.json().is_string()) {
    node.fault(in_quotes(node.json().get<std::string>()) +
               " is not an autonomous system: expected a number or \"any\"");
    return {};
  }
  return node.autonomous_system();
}

void read_dynamic_neighbors(const Node& collection, BgpRouter& router) {
  for (const Node& node : collection.members("an object of neighbor settings by prefix")) {
    config::PeerRange range;
    static_cast<config::PeerTerms&>(range) = terms_of(router);
    if (const auto prefix = parse_exact_prefix(node.name()))
      range.prefix = *prefix;
    else
      node.key_fault(in_quotes(node.name()) + " is not a prefix such as \"192.0.2.0/24\"");
    if (!node.object(dynamic_keys)) continue;
    take(node, "limit", range.limit, integer<1, 1'000'000>);
    take(node, "autonomous-system", range.as, as_or_any);
    read_terms(node, range);
    router.peer_ranges.push_back(std::move(range));
  }
}

// "192.0.2.1", "192.0.2.1:1790", "2001:db8::1", "[2001:db8::1]:1790".
std::optional<Endpoint> endpoint(const Node& node, std::uint16_t port) {
  const auto word = node.text();
  if (!word) return {};
  std::string_view address = *word, number;
  if (const auto colon = address.rfind(':');
      address.starts_with('[') && colon != address.npos && colon > 0 && address[colon - 1] == ']') {
    number = address.substr(colon + 1);
    address = address.substr(1, colon - 2);
  } else if (address.find(':') == colon && colon != address.npos) {
    number = address.substr(colon + 1);
    address = address.substr(0, colon);
  }
  const auto ip = parse_ip(address);
  const auto given = parse_u32(number);
  if (!ip || (!number.empty() && (!given || *given == 0 || *given > 0xffff)) ||
      word->ends_with(':')) {
    node.fault(in_quotes(*word) +
               " is not an address to listen on such as \"192.0.2.1\", \"0.0.0.0:1790\" or "
               "\"[2001:db8::1]:179\"");
    return {};
  }
  return Endpoint{*ip, given ? static_cast<std::uint16_t>(*given) : port};
}

void read_processor(const Node& node, ProcessorModel& to) {
  if (!node.object(cpu_keys)) return;
  take(node, "cores", to.cores, integer<1, 1024>);
  take(node, "per-update", to.per_update, &Node::duration);
}

void read_listening(const Node& node, BgpRouter& router) {
  take(node, "xmpp-port", router.xmpp_port, integer<0, 65535>);
  take(node, "introspect-port", router.introspect_port, integer<1, 65535>);
  const auto not_for_xmpp = [&router](const Node& at, std::uint16_t port) {
    if (port == router.xmpp_port)
      at.fault("port " + std::to_string(port) + " is for XMPP (\"xmpp-port\")");
  };
  if (const auto list = node.at("listen"))
    read_list(*list, "a list of addresses to listen on", router.listen, [&](const Node& element) {
      const auto place = endpoint(element, router.port);
      if (place) not_for_xmpp(element, place->port);
      return place;
    });
  else
    not_for_xmpp(node.at("port").value_or(node), router.port);
}

// Who has no agents, and no neighbours but nodes of the scenario.
void check_plain(const Node& node, const Draft& to) {
  for (const std::string_view key :
       {"cluster-id", "listen", "xmpp-port", "neighbors", "dynamic-neighbors", "cpu"})
    if (const auto at = node.at(key))
      at->key_fault(in_quotes(key) + " is for control nodes; a router does not have it");
  if (!to.names.has(Kind::physical_router, node.name()))
    node.key_fault("a router needs its VRFs: add " + in_quotes(node.name()) +
                   " to \"physical-routers\"");
}

void read_bgp_router(const Node& node, Draft& to) {
  check_node_name(node);
  if (!node.object(router_keys)) return;
  BgpRouter router;
  router.autonomous_system = to.scenario.autonomous_system;
  take(node, "router-type", router.type,
       [](const Node& n) { return n.one_of<RouterType>(router_types, router_types_refused); });
  const bool plain = router.type == RouterType::router;
  router.families = plain ? plain_router_families : control_node_families;
  if (plain) router.xmpp_port = 0;
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
  if (const auto peers = node.at("peers")) read_peers(*peers, node.name(), router, to.names);
  if (const auto cpu = node.at("cpu")) read_processor(*cpu, router.processor);
  read_listening(node, router);
  if (const auto neighbors = node.at("neighbors")) read_neighbors(*neighbors, router, to);
  if (const auto ranges = node.at("dynamic-neighbors")) read_dynamic_neighbors(*ranges, router);
  if (plain) check_plain(node, to);
  to.scenario.bgp_routers.emplace_back(node.name(), std::move(router));
}

}  // namespace

void read_bgp_routers(const Node& root, Draft& to) {
  read_all(root, "bgp-routers", to, read_bgp_router);
}

}  // namespace tflab::scenario
