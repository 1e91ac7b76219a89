#include "control-core/node/agent_routes.h"

#include <algorithm>
#include <type_traits>

#include "control-core/base/text.h"
#include "control-core/config/names.h"
#include "control-core/node/preference.h"
#include "control-core/vpn/origin.h"

namespace tflab::node {
namespace {

RouteDistinguisher rd_of(const IpAddr& next_hop, std::uint32_t instance_id) {
  return RouteDistinguisher::ip4(next_hop.v4(), static_cast<std::uint16_t>(instance_id));
}

// Layer 2 over GRE is MPLS in GRE; the original says both there.
void add_encaps(Attributes& out, const std::vector<Encap>& encaps, bool evpn) {
  for (Encap encap : encaps) {
    out.ext_communities.push_back(ExtCommunity::encapsulation(encap));
    if (evpn && encap == Encap::gre)
      out.ext_communities.push_back(ExtCommunity::encapsulation(Encap::mpls_o_gre));
  }
}

// Encapsulations were named and none of them is one we know (item.h).
std::uint16_t flags_of(const std::vector<Encap>& encaps) {
  return encaps == std::vector{Encap::unspecified} ? rib::no_tunnel_encap : 0;
}

// What inet and EVPN items have in common.
template <class Item>
Attributes common_attributes(const Item& item, const Publisher& publisher, bool evpn) {
  const xmpp::NextHop& hop = item.next_hops.front();
  Attributes out;
  out.next_hop = hop.address;
  out.local_pref = item.local_preference;
  out.med = item.med != 0 ? item.med : mirrored(item.local_preference);
  for (std::uint32_t group : item.security_groups)
    out.ext_communities.push_back(ExtCommunity::security_group(publisher.fabric_as, group));
  add_encaps(out, hop.encaps, evpn);
  if (item.sequence != 0 || item.sticky)
    out.ext_communities.push_back(ExtCommunity::mac_mobility(item.sticky, item.sequence));
  if (hop.mac) out.ext_communities.push_back(ExtCommunity::router_mac(*hop.mac));
  for (std::uint32_t tag : hop.tags)
    out.ext_communities.push_back(ExtCommunity::tag(publisher.fabric_as, tag));
  return out;
}

Nlri unicast_key(const xmpp::UnicastItem& item) {
  return InetRoute{item.prefix};
}

EvpnRoute evpn_key(const xmpp::EvpnItem& item, RouteDistinguisher rd) {
  EvpnRoute out;
  out.tag = item.tag;
  if (item.mac.zero()) {
    out.type = EvpnRoute::ip_prefix;
    out.tag = 0;
    out.prefix = item.address;
    return out;
  }
  out.mac = item.mac;
  if (item.mac.broadcast()) out.rd = rd;
  if (!item.address.base().zero()) out.ip = item.address.base();
  return out;
}

ErmvpnRoute native_key(const xmpp::MulticastItem& item, RouteDistinguisher rd) {
  ErmvpnRoute out;
  out.group = item.group;
  out.source = item.source;
  out.rd = rd;
  return out;
}

std::optional<AgentRoute> unicast_route(const xmpp::UnicastItem& item, const Publisher& publisher,
                                        std::optional<std::uint32_t> primary_instance) {
  const xmpp::NextHop& hop = item.next_hops.front();
  if (!hop.address.is_v4()) return {};
  AgentRoute out;
  out.nlri = unicast_key(item);
  out.attributes = common_attributes(item, publisher, false);
  if (item.load_balance != LoadBalance{})
    out.attributes.ext_communities.push_back(ExtCommunity::load_balance(item.load_balance));
  out.attributes.sub_protocol = item.sub_protocol;
  out.attributes.source_rd = rd_of(hop.address, primary_instance.value_or(publisher.instance_id));
  for (const std::string& tag : item.community_tags)
    if (const auto community = parse_community(tag))
      out.attributes.communities.push_back(*community);
  out.label = hop.label;
  out.flags = flags_of(hop.encaps);
  return out;
}

// How the network's broadcasts reach this vRouter. A leaf names who replicates for it.
PmsiTunnel tunnel_to(const xmpp::EvpnItem& item) {
  const xmpp::NextHop& hop = item.next_hops.front();
  PmsiTunnel out;
  out.label = hop.label;
  if (!item.no_edge_replication) out.flags |= PmsiTunnel::edge_replication;
  if (item.replicator) {
    out.type = PmsiTunnel::assisted_replication;
    out.flags |= PmsiTunnel::ar_leaf;
  } else if (item.assisted_replication) {
    out.flags |= PmsiTunnel::ar_replicator | PmsiTunnel::leaf_info_required;
  }
  out.set_address(item.replicator.value_or(hop.address.v4()));
  return out;
}

// A broadcast MAC is its agent's, whoever it is that is flooded to.
RouteDistinguisher broadcast_rd(const Publisher& publisher) {
  return rd_of(publisher.peer->address, publisher.instance_id);
}

std::optional<AgentRoute> evpn_route(const xmpp::EvpnItem& item, const Publisher& publisher) {
  const xmpp::NextHop& hop = item.next_hops.front();
  if (!hop.address.is_v4()) return {};
  AgentRoute out;
  out.attributes = common_attributes(item, publisher, true);
  out.attributes.source_rd = rd_of(hop.address, publisher.instance_id);
  out.nlri = evpn_key(item, broadcast_rd(publisher));
  if (item.mac.broadcast()) out.attributes.pmsi_tunnel = tunnel_to(item);
  out.attributes.l3_label = hop.l3_label;
  if (item.etree_leaf) out.attributes.ext_communities.push_back(ExtCommunity::etree(true, 0));
  out.label = hop.label;
  out.flags = flags_of(hop.encaps);
  return out;
}

std::optional<AgentRoute> native_route(const xmpp::MulticastItem& item,
                                       const Publisher& publisher) {
  if (!item.next_hop || !item.next_hop->is_v4() || !item.label_block) return {};
  AgentRoute out;
  out.attributes.next_hop = *item.next_hop;
  out.attributes.label_block = item.label_block;
  out.attributes.source_rd = rd_of(*item.next_hop, publisher.instance_id);
  add_encaps(out.attributes, item.encaps, false);
  out.nlri = native_key(item, out.attributes.source_rd);
  out.flags = flags_of(item.encaps);
  return out;
}

// Retracts may carry no next hop: then the agent's own address stands for it.
RouteDistinguisher retracted_rd(const IpAddr* next_hop, const Publisher& publisher) {
  const bool said = next_hop && next_hop->is_v4() && !next_hop->zero();
  return rd_of(said ? *next_hop : publisher.peer->address, publisher.instance_id);
}

// --- the other direction

// RFC 9135 section 8.1.
constexpr std::uint8_t evpn_type = 0x06, router_mac_subtype = 0x03, etree_subtype = 0x05;

}  // namespace

std::vector<Encap> encaps_of(const Attributes& attributes, std::uint32_t label) {
  std::vector<Encap> out;
  for (Encap encap : attributes.encaps()) {
    if (encap == Encap::mpls_o_gre) encap = Encap::gre;
    if (std::ranges::find(out, encap) == out.end()) out.push_back(encap);
  }
  if (out.empty() && label != 0) out.push_back(Encap::gre);
  return out;
}

namespace {

std::string network_for_agents(const rib::Path& path, const vpn::Instance& instance,
                               const vpn::Routing& routing) {
  const std::string name = origin_network(path, instance, routing);
  if (!name.empty()) return name;
  return instance.master() ? std::string{config::ip_fabric} : "unresolved";
}

}  // namespace

std::optional<Mac> router_mac(const Attributes& attributes) {
  for (ExtCommunity community : attributes.ext_communities)
    if (community.type() == evpn_type && community.subtype() == router_mac_subtype) {
      Mac out;
      for (std::size_t i = 0; i < out.octets.size(); ++i)
        out.octets[i] = static_cast<std::uint8_t>(community.wire() >> (40 - 8 * i));
      return out;
    }
  return {};
}

namespace {

// RFC 8317 section 5.1.
bool is_leaf(const Attributes& attributes) {
  return std::ranges::any_of(attributes.ext_communities, [](ExtCommunity community) {
    return community.type() == evpn_type && community.subtype() == etree_subtype &&
           (community.wire() >> 40 & 1) != 0;
  });
}

std::vector<std::uint32_t> tags_of(const Attributes& attributes) {
  std::vector<std::uint32_t> out;
  for (ExtCommunity community : attributes.ext_communities)
    if (const auto tag = community.as_tag()) out.push_back(*tag);
  return out;
}

LoadBalance load_balance_of(const Attributes& attributes) {
  for (ExtCommunity community : attributes.ext_communities)
    if (const auto choice = community.as_load_balance()) return *choice;
  return {};
}

// Only who bridges has a use for the other end's MAC, and for a label beside that of its frames.
std::vector<xmpp::NextHop> next_hops(const rib::Destination& destination, bool evpn,
                                     const vpn::Instance& instance, const vpn::Routing& routing) {
  std::vector<xmpp::NextHop> out;
  const std::size_t equals = destination.equal_cost_paths();
  for (std::size_t i = 0; i < equals; ++i) {
    const rib::Path& path = destination.paths[i];
    const IpAddr& address = path.attributes->next_hop;
    if (std::ranges::find(out, address, &xmpp::NextHop::address) != out.end()) continue;
    out.push_back({address, evpn ? router_mac(*path.attributes) : std::nullopt, path.label,
                   encaps_of(*path.attributes, path.label),
                   network_for_agents(path, instance, routing),
                   evpn ? path.attributes->l3_label : 0, tags_of(*path.attributes)});
  }
  return out;
}

constexpr std::uint8_t security_group_subtype = 0x04;

std::vector<std::uint32_t> security_groups(const Attributes& attributes) {
  std::vector<std::uint32_t> out;
  for (ExtCommunity community : attributes.ext_communities) {
    if (community.subtype() != security_group_subtype) continue;
    if (community.type() == 0x80) out.push_back(static_cast<std::uint32_t>(community.wire()));
    if (community.type() == 0x82) out.push_back(static_cast<std::uint16_t>(community.wire()));
  }
  return out;
}

template <class Item>
void add_common(Item& item, const rib::Destination& destination, const vpn::Instance& instance,
                const vpn::Routing& routing) {
  const Attributes& attributes = *destination.best()->attributes;
  constexpr bool evpn = std::is_same_v<Item, xmpp::EvpnItem>;
  item.next_hops = next_hops(destination, evpn, instance, routing);
  item.virtual_network = item.next_hops.front().virtual_network;
  for (ExtCommunity community : attributes.ext_communities)
    if (const auto mobility = community.as_mac_mobility()) {
      item.sequence = mobility->sequence;
      item.sticky = mobility->sticky;
    }
  item.security_groups = security_groups(attributes);
  item.local_preference = attributes.effective_local_pref();
  item.med = attributes.med.value_or(0);
}

IpPrefix host_or_none(const std::optional<IpAddr>& ip) {
  return IpPrefix::host(ip.value_or(IpAddr{}));
}

// The key as an item: what does not depend on any path.
xmpp::Item bare_item(const Nlri& nlri) {
  if (const auto* inet = std::get_if<InetRoute>(&nlri)) {
    xmpp::UnicastItem item;
    item.prefix = inet->prefix;
    return item;
  }
  const auto& evpn = std::get<EvpnRoute>(nlri);
  xmpp::EvpnItem item;
  item.tag = evpn.tag;
  item.mac = evpn.mac;
  item.address = evpn.type == EvpnRoute::ip_prefix ? evpn.prefix : host_or_none(evpn.ip);
  return item;
}

}  // namespace

rib::PathKey key_of(const rib::Peer& agent) {
  rib::PathKey key;
  key.peer = agent.id;
  key.source = rib::Source::xmpp;
  return key;
}

std::optional<AgentRoute> route_of(const xmpp::Item& item, const vpn::Instance& instance,
                                   const Publisher& publisher,
                                   std::optional<std::uint32_t> primary_instance) {
  const Family family = xmpp::family_of(item);
  const bool layer2 = family == Family::evpn || family == Family::ermvpn;
  if (!instance.table(family) || (instance.master() && layer2)) return {};
  std::optional<AgentRoute> out;
  if (const auto* unicast = std::get_if<xmpp::UnicastItem>(&item))
    out = unicast_route(*unicast, publisher, primary_instance);
  else if (const auto* evpn = std::get_if<xmpp::EvpnItem>(&item))
    out = evpn_route(*evpn, publisher);
  else
    out = native_route(std::get<xmpp::MulticastItem>(item), publisher);
  if (out) out->family = family;
  return out;
}

std::optional<Nlri> retracted_key(const xmpp::Item& item, const vpn::Instance& instance,
                                  const Publisher& publisher) {
  if (!instance.table(xmpp::family_of(item))) return {};
  if (const auto* unicast = std::get_if<xmpp::UnicastItem>(&item)) return unicast_key(*unicast);
  if (const auto* evpn = std::get_if<xmpp::EvpnItem>(&item))
    return Nlri{evpn_key(*evpn, broadcast_rd(publisher))};
  const auto& tree = std::get<xmpp::MulticastItem>(item);
  return Nlri{native_key(tree, retracted_rd(tree.next_hop ? &*tree.next_hop : nullptr, publisher))};
}

bool told_to_agents(const Nlri& nlri) {
  if (std::holds_alternative<InetRoute>(nlri)) return true;
  const auto* evpn = std::get_if<EvpnRoute>(&nlri);
  if (!evpn) return false;
  // Whom broadcasts are sent to, each is told by itself (flood_item).
  return evpn->type == EvpnRoute::ip_prefix ||
         (evpn->type == EvpnRoute::mac_ip && !evpn->mac.broadcast());
}

xmpp::Item item_of(const Nlri& nlri, const rib::Destination& destination,
                   const vpn::Instance& instance, const vpn::Routing& routing) {
  xmpp::Item out = bare_item(nlri);
  if (auto* evpn = std::get_if<xmpp::EvpnItem>(&out)) {
    add_common(*evpn, destination, instance, routing);
    evpn->etree_leaf = is_leaf(*destination.best()->attributes);
    return out;
  }
  auto& unicast = std::get<xmpp::UnicastItem>(out);
  add_common(unicast, destination, instance, routing);
  unicast.load_balance = load_balance_of(*destination.best()->attributes);
  for (Community community : destination.best()->attributes->communities)
    unicast.community_tags.push_back(to_text(community));
  return out;
}

xmpp::Item flood_item(const EvpnRoute& route, const rib::Destination& destination,
                      const vpn::Olists& olists, const vpn::Instance& instance,
                      const vpn::Routing& routing) {
  xmpp::Item out = bare_item(Nlri{route});
  auto& evpn = std::get<xmpp::EvpnItem>(out);
  add_common(evpn, destination, instance, routing);
  evpn.next_hops.clear();
  const auto add = [](const std::vector<const vpn::Flooder*>& flooders,
                      std::vector<xmpp::NextHop>& hops) {
    for (const vpn::Flooder* each : flooders)
      hops.push_back(
          {each->address(), {}, each->label, encaps_of(*each->attributes, each->label), {}});
  };
  add(olists.all, evpn.olist);
  add(olists.leaves, evpn.leaf_olist);
  return out;
}

std::string item_id(const Nlri& nlri) {
  return xmpp::id_of(bare_item(nlri));
}

xmpp::Item tree_item(const ErmvpnRoute& route, const vpn::Forwarder& forwarder,
                     const std::vector<Encap>& encaps) {
  xmpp::MulticastItem out;
  out.group = route.group;
  out.source = route.source;
  out.source_label = forwarder.label.value_or(0);
  for (const vpn::TreeLink& link : forwarder.links)
    out.olist.push_back(
        {IpAddr{link.address}, {}, link.label, link.encaps.empty() ? encaps : link.encaps, {}});
  out.id = to_text(route.rd) + ":" + to_text(route.group) + "," + to_text(route.source);
  return out;
}

std::string origin_network(const rib::Path& path, const vpn::Instance& instance,
                           const vpn::Routing& routing) {
  if (const auto id = vpn::origin_vn(*path.attributes, routing.identity().fabric_as)) {
    const std::string name = routing.network_name(*id);
    if (!name.empty()) return name;
  }
  return path.peer && path.peer->kind == rib::Peer::agent && !path.replicated()
             ? instance.config.network
             : std::string{};
}

}  // namespace tflab::node
