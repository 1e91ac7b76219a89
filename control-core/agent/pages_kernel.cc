// Pages about what is really in the vrouter: made from its snapshot and counters, not from what
// the agent believes, so that a difference shows.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "control-core/agent/op_text.h"
#include "control-core/agent/page_nexthop.h"
#include "control-core/agent/pages.h"
#include "control-core/base/text.h"
#include "control-core/introspect/query.h"
#include "vrouter-core/base/drop.h"

namespace tflab::agent {
namespace {

using namespace introspect;

constexpr std::array<std::string_view, 1> kernel_interface_fields = {"if_id"};
constexpr std::array<std::string_view, 1> kernel_route_fields = {"vrf_id"};
constexpr std::array<std::string_view, 1> kernel_nexthop_fields = {"nh_id"};
constexpr std::array<std::string_view, 1> kernel_label_fields = {"label"};
constexpr std::array<std::string_view, 1> kernel_vrf_fields = {"vrf"};

// All operations of one kind, each as a struct; `number` says by what they are asked for.
template <class Op, class Number, class Row>
std::vector<Tree> rows_of(const PageContext& context, std::span<const std::string_view> fields,
                          Number number, Row row) {
  const std::string asked = match_fields(context.request.query, fields)[0];
  std::vector<Tree> rows;
  for (const vr::Op& any : context.datapath.tables) {
    const Op* op = std::get_if<Op>(&any);
    if (op != nullptr && (asked.empty() || asked == std::to_string(number(*op)))) {
      rows.push_back(row(*op));
    }
  }
  return rows;
}

vr::VifCounters counters_of(const Datapath& datapath, VifId vif) {
  const auto it = std::ranges::find(datapath.vifs, vif, &Datapath::Vif::vif);
  return it == datapath.vifs.end() ? vr::VifCounters{} : it->counters;
}

std::string upper(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

Tree interface_row(const PageContext& context, const vr::SetVif& vif) {
  const vr::VifCounters counters = counters_of(context.datapath, vif.vif);
  return struct_of(
      "KInterfaceInfo",
      {i32_of("idx", 1, vif.vif.raw()), string_of("type", 2, upper(to_text(vif.type))),
       string_of("flags", 3, vif_letters(vif.flags)), i32_of("vrf", 4, vif.vrf.raw()),
       i32_of("rid", 5, 0), i32_of("os_idx", 6, vif.vif.raw()), i32_of("mtu", 7, vif.mtu),
       string_of("name", 8, vif_text(context.state, vif.vif)),
       u64_of("ibytes", 9, counters.rx_bytes), u64_of("ipackets", 10, counters.rx_packets),
       u64_of("ierrors", 11, 0), u64_of("obytes", 12, counters.tx_bytes),
       u64_of("opackets", 13, counters.tx_packets), u64_of("oerrors", 14, 0),
       u64_of("drops", 15, counters.drops), string_of("mac", 16, tflab::to_text(vif.mac)),
       string_of("ip", 17, tflab::to_text(vif.address))});
}

Tree route_row(const vr::SetRoute& route) {
  const IpAddr& base = route.prefix.base();
  return struct_of(
      "KRouteInfo",
      {i32_of("vrf_id", 1, route.vrf.raw()),
       string_of("family", 2, base.is_v4() ? "AF_INET" : "AF_INET6"),
       string_of("prefix", 3, tflab::to_text(base)), i32_of("prefix_len", 4, route.prefix.length()),
       i32_of("rid", 5, 0), string_of("label_flags", 6, route_letters(route.flags)),
       u32_of("label", 7, route.label.raw()), u32_of("nh_id", 8, route.nexthop.raw())});
}

std::string flag_words(std::uint32_t flags) {
  using Word = std::pair<std::uint32_t, const char*>;
  constexpr std::array<Word, 7> words = {{{vr::nh_valid, "VALID"},
                                          {vr::nh_policy, "POLICY"},
                                          {vr::nh_tunnel_gre, "TUNNEL_GRE"},
                                          {vr::nh_tunnel_udp_mpls, "TUNNEL_MPLS_UDP"},
                                          {vr::nh_tunnel_vxlan, "TUNNEL_VXLAN"},
                                          {vr::nh_l3_vxlan, "L3_VXLAN"},
                                          {vr::nh_composite_ecmp, "COMPOSITE_ECMP"}}};
  std::string text;
  for (const auto& [flag, word] : words) {
    if ((flags & flag) == 0) continue;
    if (!text.empty()) text += " | ";
    text += word;
  }
  return text;
}

Tree nexthop_row(const vr::SetNexthop& nexthop) {
  return struct_of("KNHInfo", {u32_of("id", 1, nexthop.nexthop.raw()),
                               string_of("type", 2, upper(to_text(nexthop.type))),
                               string_of("flags", 5, flag_words(nexthop.flags)),
                               i32_of("encap_oif_id", 6, nexthop.out.raw()),
                               string_of("encap_dst", 7, tflab::to_text(nexthop.dst)),
                               string_of("encap_src", 8, tflab::to_text(nexthop.src)),
                               string_of("tun_sip", 9, tflab::to_text(nexthop.sip)),
                               string_of("tun_dip", 10, tflab::to_text(nexthop.dip)),
                               i32_of("vrf", 11, nexthop.vrf.raw())});
}

Tree label_row(const vr::BindLabel& label) {
  return struct_of("KMplsInfo", {u32_of("label", 1, label.label.raw()), i32_of("rid", 2, 0),
                                 u32_of("nhid", 3, label.nexthop.raw())});
}

// "invalid-source" is the field ds_invalid_source, as in the original's page.
std::string field_of(const vr::DropName& name) {
  std::string field = "ds_" + std::string{name.scenario};
  std::ranges::replace(field, '-', '_');
  return field;
}

Tree vrf_row(const PageContext& context, const Datapath::Vrf& vrf) {
  const vr::VrfCounters& c = vrf.counters;
  return struct_of(
      "KVrfStats",
      {i32_of("vrf", 1, vrf.vrf.raw()),
       string_of("name", 2, instance_of_vrf(context.state, vrf.vrf)),
       u64_of("discards", 3, c.discards), u64_of("resolves", 4, c.resolves),
       u64_of("receives", 5, c.receives), u64_of("vrf_translates", 6, c.vrf_translates),
       u64_of("udp_mpls_tunnels", 7, c.udp_mpls_tunnels),
       u64_of("gre_mpls_tunnels", 8, c.gre_mpls_tunnels),
       u64_of("vxlan_tunnels", 9, c.vxlan_tunnels), u64_of("encaps", 10, c.encaps),
       u64_of("arp_virtual_proxies", 11, c.arp_virtual_proxies),
       u64_of("arp_physical_floods", 12, c.arp_physical_floods),
       u64_of("arp_virtual_floods", 13, c.arp_virtual_floods),
       u64_of("arp_virtual_stitchs", 14, c.arp_virtual_stitches),
       u64_of("arp_physical_stitchs", 15, c.arp_physical_stitches)});
}

}  // namespace

Tree kernel_interfaces_page(const PageContext& context) {
  auto rows = rows_of<vr::SetVif>(
      context, kernel_interface_fields, [](const vr::SetVif& vif) { return vif.vif.raw(); },
      [&](const vr::SetVif& vif) { return interface_row(context, vif); });
  return page("KInterfaceResp", {list_of_structs("if_list", 1, std::move(rows))});
}

Tree kernel_routes_page(const PageContext& context) {
  auto rows = rows_of<vr::SetRoute>(
      context, kernel_route_fields, [](const vr::SetRoute& route) { return route.vrf.raw(); },
      route_row);
  return page("KRouteResp", {list_of_structs("rt_list", 1, std::move(rows))});
}

Tree kernel_nexthops_page(const PageContext& context) {
  auto rows = rows_of<vr::SetNexthop>(
      context, kernel_nexthop_fields,
      [](const vr::SetNexthop& nexthop) { return nexthop.nexthop.raw(); },
      [](const vr::SetNexthop& nexthop) { return nexthop_row(nexthop); });
  return page("KNHResp", {list_of_structs("nh_list", 1, std::move(rows))});
}

Tree kernel_labels_page(const PageContext& context) {
  auto rows = rows_of<vr::BindLabel>(
      context, kernel_label_fields, [](const vr::BindLabel& label) { return label.label.raw(); },
      label_row);
  return page("KMplsResp", {list_of_structs("mpls_list", 1, std::move(rows))});
}

Tree drop_statistics_page(const PageContext& context) {
  std::vector<Tree> fields;
  for (std::size_t i = 0; i < vr::drop_reasons; ++i) {
    fields.push_back(
        u64_of(field_of(vr::drop_names[i]), static_cast<int>(i) + 1, context.datapath.drops[i]));
  }
  return page("KDropStatsResp", std::move(fields));
}

Tree vrf_statistics_page(const PageContext& context) {
  const std::string asked = match_fields(context.request.query, kernel_vrf_fields)[0];
  std::vector<Tree> rows;
  for (const Datapath::Vrf& vrf : context.datapath.vrfs)
    if (asked.empty() || asked == std::to_string(vrf.vrf.raw())) {
      rows.push_back(vrf_row(context, vrf));
    }
  return page("KVrfStatsResp", {list_of_structs("vrf_list", 1, std::move(rows))});
}

}  // namespace tflab::agent
