// Pages about routes, nexthops and labels as the agent sees them: with all their paths.

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "control-core/agent/page_nexthop.h"
#include "control-core/agent/pages.h"
#include "control-core/base/text.h"
#include "control-core/introspect/query.h"

namespace tflab::agent {
namespace {

using namespace introspect;

constexpr std::array<std::string_view, 4> route_fields = {"vrf_index", "src_ip", "prefix_len",
                                                          "stale"};
constexpr std::array<std::string_view, 1> vrf_fields = {"vrf_index"};
constexpr std::array<std::string_view, 3> nexthop_fields = {"type", "nh_index", "policy_enabled"};
constexpr std::array<std::string_view, 2> label_fields = {"type", "label"};

std::string peer_of(const State& s, const Path& path) {
  if (path.source == Source::link_local) return "LinkLocal";
  if (path.source == Source::fixed || path.source == Source::neighbour) return "Local";
  if (path.source == Source::router || path.source == Source::router_subnet) return "EVPN Router";
  if (path.source == Source::local || path.source == Source::standby) {
    return path.forward->nexthop.kind == NexthopKey::Kind::interface ? "LocalVmPort" : "Local";
  }
  return source_text(s, path.source);
}

// One line of a path: a next hop and what comes of it. Several that are chosen among come after the
// line that chooses.
struct Way {
  std::optional<Forward> forward;  // none: it leads nowhere
  std::uint32_t label = 0;
  std::string network;
};

std::vector<Way> ways_of(const State& s, VrfId vrf, const Path& path) {
  std::vector<Way> ways;
  if (!path.item) {
    return {{*path.forward, label_towards(s, path.forward->nexthop), network_of_vrf(s, vrf)}};
  }
  const auto all = forward_of(path, vrf, s.routes.context());
  if (all && all->nexthop.kind == NexthopKey::Kind::ecmp) {
    ways.push_back({all, 0, path.item->virtual_network});
  }
  for (const xmpp::NextHop& hop : path.item->next_hops) {
    ways.push_back({forward_to(hop, vrf, s.routes.context()), hop.label, hop.virtual_network});
  }
  return ways;
}

Tree preference(const Path& path, const Preferences::Standing& own) {
  const std::uint32_t sequence = path.item ? path.item->sequence : own.sequence;
  const std::uint32_t preferred = path.item ? path.item->local_preference : own.preference();
  return struct_of(
      "PathPreferenceSandeshData",
      {u32_of("sequence", 1, sequence), u32_of("preference", 2, preferred),
       bool_of("ecmp", 3, false), bool_of("wait_for_traffic", 4, !path.item && !own.has_it)});
}

std::vector<std::string> numbers(const std::vector<std::uint32_t>& values) {
  std::vector<std::string> texts;
  for (const std::uint32_t value : values) texts.push_back(std::to_string(value));
  return texts;
}

std::string hashed_by(const LoadBalance& choice) {
  std::string text;
  for (const HashFieldRow& row : hash_field_rows)
    if ((choice.fields & row.field) != 0) text += std::string{row.name} + ',';
  return text;
}

Tree path_row(const State& s, VrfId vrf, const Path& path, const Way& way,
              const Preferences::Standing& own = {}) {
  const NexthopKey key = way.forward ? way.forward->nexthop : NexthopKey::discard();
  const xmpp::UnicastItem none;
  const xmpp::UnicastItem& item = path.item ? *path.item : none;
  return struct_of(
      "PathSandeshData",
      {struct_field("nh", 1, nexthop_row(s, key)), u32_of("label", 2, way.label),
       u32_of("vxlan_id", 3, way.forward ? way.forward->vni.raw() : 0),
       string_of("peer", 4, peer_of(s, path)), list_of_strings("dest_vn_list", 5, {way.network}),
       string_of("unresolved", 6, way.forward ? "false" : "true"),
       string_of("vrf", 8, instance_of_vrf(s, vrf)),
       list_of_strings("sg_list", 10, numbers(item.security_groups)),
       string_of("active_tunnel_type", 12, tunnel_text(key)), bool_of("stale", 13, path.stale),
       struct_field("path_preference_data", 14, preference(path, own)),
       u32_of("active_label", 16, way.label),
       string_of("ecmp_hashing_fields", 17, hashed_by(item.load_balance)),
       list_of_strings("communities", 19, item.community_tags)});
}

// The path that forwards comes first.
Tree route_row(const State& s, VrfId vrf, const IpPrefix& prefix, const Destination& destination) {
  Paths order = destination.paths();
  if (const auto best = best_path(order, vrf, s.routes.context())) {
    const auto first = order.begin() + static_cast<std::ptrdiff_t>(best->path);
    std::rotate(order.begin(), first, first + 1);
  }
  const Preferences::Standing own =
      s.preferences.leader(vrf, prefix).value_or(Preferences::Standing{});
  std::vector<Tree> paths;
  for (const Path& path : order)
    for (const Way& way : ways_of(s, vrf, path)) paths.push_back(path_row(s, vrf, path, way, own));
  const std::uint16_t flags = destination.programmed ? destination.programmed->flags : 0;
  return struct_of(
      "RouteUcSandeshData",
      {string_of("src_ip", 1, to_text(prefix.base())), i32_of("src_plen", 2, prefix.length()),
       string_of("src_vrf", 3, instance_of_vrf(s, vrf)),
       list_of_structs("path_list", 4, std::move(paths)),
       bool_of("proxy_arp", 6, (flags & vr::route_arp_proxy) != 0)});
}

// No address: all. The length is then what ist.py puts there by itself, and means nothing.
bool asked(const IpPrefix& prefix, const std::vector<std::string>& fields) {
  if (fields[1].empty()) return true;
  const auto length = fields[2].empty() ? std::to_string(prefix.base().bits()) : fields[2];
  return parse_prefix(fields[1] + '/' + length) == prefix;
}

std::vector<Tree> route_rows(const PageContext& context, IpVersion version) {
  const State& s = context.state;
  const auto fields = match_fields(context.request.query, route_fields);
  const auto index = parse_u32(fields[0]).value_or(0);
  std::vector<Tree> rows;
  for (const auto& [vrf, table] : s.routes.tables()) {
    if (vrf.raw() != index) continue;
    table.each([&, id = vrf](const IpPrefix& prefix, const Destination& destination) {
      if (prefix.base().version() == version && asked(prefix, fields))
        rows.push_back(route_row(s, id, prefix, destination));
    });
  }
  return rows;
}

// The family's routes of the VRF that was asked for, one row for each that a control node told.
template <class Row>
std::vector<Tree> l2_rows(const PageContext& context, Family family, Row row) {
  const auto fields = match_fields(context.request.query, vrf_fields);
  const auto index = parse_u32(fields[0]).value_or(0);
  std::vector<Tree> rows;
  for (const auto& [vrf, known] : context.state.vrfs.all())
    if (vrf.raw() == index) {
      for (const L2Routes::Told& told : context.state.l2_routes.all(vrf, family))
        rows.push_back(row(context.state, vrf, told));
    }
  return rows;
}

Tree l2_path(const State& s, VrfId vrf, const L2Routes::Told& told, const xmpp::NextHop& hop) {
  return path_row(
      s, vrf, {.source = told.source, .stale = told.stale},
      {std::get<xmpp::EvpnItem>(*told.item).mac.zero() ? forward_to(hop, vrf, s.routes.context())
                                                       : bridge_to(hop, s.routes.context()),
       hop.label, hop.virtual_network});
}

// Without a MAC the length is part of the route's name.
std::string address_text(const xmpp::EvpnItem& item) {
  return item.mac.zero() ? to_text(item.address) : to_text(item.address.base());
}

Tree evpn_row(const State& s, VrfId vrf, const L2Routes::Told& told) {
  const auto& item = std::get<xmpp::EvpnItem>(*told.item);
  std::vector<Tree> paths;
  for (const auto* hops : {&item.next_hops, &item.olist})
    for (const xmpp::NextHop& hop : *hops) paths.push_back(l2_path(s, vrf, told, hop));
  return struct_of(
      "RouteEvpnSandeshData",
      {string_of("mac", 1, to_text(item.mac)), string_of("ip_addr", 2, address_text(item)),
       u32_of("ethernet_tag", 3, item.tag), string_of("src_vrf", 4, instance_of_vrf(s, vrf)),
       list_of_structs("path_list", 5, std::move(paths))});
}

Tree multicast_row(const State& s, VrfId vrf, const L2Routes::Told& told) {
  const auto& item = std::get<xmpp::MulticastItem>(*told.item);
  std::vector<std::string> olist;
  for (const xmpp::NextHop& hop : item.olist) {
    olist.push_back(to_text(hop.address) + ' ' + std::to_string(hop.label));
  }
  return struct_of(
      "RouteMcSandeshData",
      {string_of("src", 1, to_text(item.source)), string_of("grp", 2, to_text(item.group)),
       string_of("src_vrf", 3, instance_of_vrf(s, vrf)),
       u32_of("source_label", 4, item.source_label), list_of_strings("olist", 5, olist),
       string_of("peer", 6, source_text(s, told.source)), bool_of("stale", 7, told.stale)});
}

}  // namespace

Tree inet_routes_page(const PageContext& context) {
  return page("Inet4UcRouteResp",
              {list_of_structs("route_list", 1, route_rows(context, IpVersion::v4))});
}
Tree inet6_routes_page(const PageContext& context) {
  return page("Inet6UcRouteResp",
              {list_of_structs("route_list", 1, route_rows(context, IpVersion::v6))});
}

Tree evpn_routes_page(const PageContext& context) {
  return page("EvpnRouteResp",
              {list_of_structs("route_list", 1, l2_rows(context, Family::evpn, evpn_row))});
}
Tree multicast_routes_page(const PageContext& context) {
  return page("Inet4McRouteResp",
              {list_of_structs("route_list", 1, l2_rows(context, Family::ermvpn, multicast_row))});
}

Tree nexthops_page(const PageContext& context) {
  const State& s = context.state;
  const auto fields = match_fields(context.request.query, nexthop_fields);
  std::vector<Tree> rows;
  const auto add = [&](const NexthopKey& key, NexthopId id) {
    const Tree row = nexthop_row(s, key);
    const bool wanted = (fields[0].empty() || fields[0] == text_of(row, "type")) &&
                        (fields[1].empty() || fields[1] == std::to_string(id.raw())) &&
                        (fields[2].empty() || fields[2] == text_of(row, "policy"));
    if (wanted) rows.push_back(row);
  };
  add(NexthopKey::discard(), {});
  s.nexthops.each([&](const NexthopKey& key, const Nexthops::Row& row) { add(key, row.id); });
  return page("NhListResp", {list_of_structs("nh_list", 1, std::move(rows))});
}

Tree labels_page(const PageContext& context) {
  const State& s = context.state;
  const auto fields = match_fields(context.request.query, label_fields);
  std::vector<Tree> rows;
  for (const auto& [label, binding] : s.labels.bindings()) {
    const std::string number = std::to_string(label.raw());
    if (!fields[1].empty() && fields[1] != number) continue;
    const std::string type =
        binding.key.kind == NexthopKey::Kind::flood ? "multicast" : "interface";
    if (!fields[0].empty() && fields[0] != type) continue;
    rows.push_back(
        struct_of("MplsSandeshData", {u32_of("label", 1, label.raw()), string_of("type", 2, type),
                                      struct_field("nh", 3, nexthop_row(s, binding.key))}));
  }
  return page("MplsResp", {list_of_structs("mpls_list", 1, std::move(rows))});
}

}  // namespace tflab::agent
