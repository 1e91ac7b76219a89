#include "control-core/agent/path.h"

#include <algorithm>

#include "control-core/agent/output.h"

namespace tflab::agent {
namespace {

bool offers(const xmpp::NextHop& hop, Encap encap) {
  return std::ranges::find(hop.encaps, encap) != hop.encaps.end();
}

// The flag of the tunnel nexthop, 0 for what cannot carry MPLS.
std::uint32_t tunnel_flag(Encap encap) {
  if (encap == Encap::gre) return vr::nh_tunnel_gre;
  if (encap == Encap::udp) return vr::nh_tunnel_udp_mpls;
  return 0;
}

// A label without any encapsulation means MPLS over GRE, as the control node reads it.
std::uint32_t chosen_tunnel(const xmpp::NextHop& hop, const std::vector<Encap>& preferred) {
  if (hop.encaps.empty()) return vr::nh_tunnel_gre;
  for (const Encap encap : preferred)
    if (offers(hop, encap) && tunnel_flag(encap) != 0) return tunnel_flag(encap);
  for (const Encap encap : {Encap::gre, Encap::udp})
    if (offers(hop, encap)) return tunnel_flag(encap);
  return 0;
}

std::optional<Forward> forward_here(std::uint32_t label, const Labels& labels) {
  if (label == 0 || !Label::fits(label)) return {};
  const NexthopKey* nexthop = labels.bound_to(Label{label});
  if (nexthop == nullptr) return {};
  return Forward{*nexthop, {}, 0};
}

// What has an inner Ethernet header of its own (RFC 9136 section 4.4.1).
bool to_router(const xmpp::NextHop& hop) {
  return hop.mac && offers(hop, Encap::vxlan);
}
std::optional<Forward> forward_to_router(const xmpp::NextHop& hop, Ip4 own) {
  const Ip4 to = hop.address.v4();
  if (to == own || hop.label == 0) return {};
  return Forward{NexthopKey::tunnel_to_router(to, *hop.mac), {}, 0, Vni{hop.label}};
}

bool before(const Path& a, const Path& b) {
  if (!from_control_node(a.source) || !from_control_node(b.source)) return a.source < b.source;
  if (a.stale != b.stale) return b.stale;
  if (a.item->local_preference != b.item->local_preference) {
    return a.item->local_preference > b.item->local_preference;
  }
  return a.source < b.source;
}

}  // namespace

std::optional<Forward> forward_to(const xmpp::NextHop& hop, VrfId vrf, const PathContext& context) {
  if (!hop.address.is_v4() || hop.address.zero()) return {};
  const Ip4 to = hop.address.v4();
  if (to_router(hop)) return forward_to_router(hop, context.underlay.address);
  if (to == context.underlay.address) return forward_here(hop.label, context.labels);
  const std::uint32_t tunnel = chosen_tunnel(hop, context.encaps);
  const bool untunnelled = vrf == fabric_vrf || (tunnel == 0 && offers(hop, Encap::native));
  if (untunnelled) return Forward{NexthopKey::arp(context.underlay.next_hop(to)), {}, 0};
  if (tunnel == 0 || hop.label == 0 || !Label::fits(hop.label)) return {};
  return Forward{NexthopKey::tunnel(to, tunnel), Label{hop.label}, vr::route_label_valid};
}

// Whoever offers VXLAN has named a VNI.
std::optional<Forward> bridge_to(const xmpp::NextHop& hop, const PathContext& context) {
  if (!hop.address.is_v4() || hop.address.zero()) return {};
  const Ip4 to = hop.address.v4();
  if (to == context.underlay.address || hop.label == 0) return {};
  if (offers(hop, Encap::vxlan)) {
    return Forward{NexthopKey::tunnel(to, vr::nh_tunnel_vxlan), {}, 0, Vni{hop.label}};
  }
  const std::uint32_t tunnel = chosen_tunnel(hop, context.encaps);
  if (tunnel == 0 || !Label::fits(hop.label)) return {};
  return Forward{NexthopKey::tunnel(to, tunnel), Label{hop.label}, vr::mac_label_valid};
}

std::vector<Forward> forwards_of(const Path& path, VrfId vrf, const PathContext& context) {
  if (!path.item) return {*path.forward};
  std::vector<Forward> ways;
  for (const xmpp::NextHop& hop : path.item->next_hops) {
    const auto way = forward_to(hop, vrf, context);
    const bool wanted = way && std::ranges::find(ways, *way) == ways.end();
    if (wanted && ways.size() < most_ways) ways.push_back(*way);
  }
  return ways;
}

std::optional<Forward> forward_of(const Path& path, VrfId vrf, const PathContext& context) {
  if (!path.item) return *path.forward;
  if (path.item->next_hops.size() == 1) {
    return forward_to(path.item->next_hops.front(), vrf, context);
  }
  const std::vector<Forward> ways = forwards_of(path, vrf, context);
  if (ways.empty()) return {};
  if (ways.size() == 1) return ways.front();
  const LoadBalance& by = path.item->load_balance;
  return Forward{NexthopKey::ecmp(vrf, path.item->prefix, by.fields), {}, 0};
}

std::optional<Best> best_path(const Paths& paths, VrfId vrf, const PathContext& context) {
  std::optional<Best> best;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (best && !before(paths[i], paths[best->path])) continue;
    if (const auto forward = forward_of(paths[i], vrf, context)) best = Best{i, *forward};
  }
  return best;
}

}  // namespace tflab::agent
