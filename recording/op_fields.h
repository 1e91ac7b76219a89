#pragma once
// Forwarding operations and counters as JSON: {"op": "set-route", "vrf": 1, "prefix": "10.0.0.0/8",
// "nexthop": 5, "label": 25, "flags": ["label-valid"]}.

#include "recording/value.h"
#include "vrouter-core/ops/counters.h"
#include "vrouter-core/ops/op.h"
#include "vrouter-core/ops/result.h"
#include "vrouter-core/ops/trap.h"

namespace tflab::recording {

template <>
struct Names<vr::VifType> {
  static constexpr NameOf<vr::VifType> list[] = {{vr::VifType::host, "host"},
                                                 {vr::VifType::agent, "agent"},
                                                 {vr::VifType::physical, "physical"},
                                                 {vr::VifType::virt, "virtual"}};
};
template <>
struct Names<vr::NexthopType> {
  using enum vr::NexthopType;
  static constexpr NameOf<vr::NexthopType> list[] = {{dead, "dead"},
                                                     {receive, "receive"},
                                                     {encap, "encap"},
                                                     {tunnel, "tunnel"},
                                                     {resolve, "resolve"},
                                                     {discard, "discard"},
                                                     {composite, "composite"},
                                                     {vrf_translate, "vrf-translate"},
                                                     {l2_receive, "l2-receive"}};
};
template <>
struct Names<vr::Trap> {
  using enum vr::Trap;
  static constexpr NameOf<vr::Trap> list[] = {
      {arp, "arp"}, {resolve, "resolve"}, {flow_miss, "flow-miss"}, {zero_ttl, "zero-ttl"}};
};
template <>
struct Names<vr::Result> {
  using enum vr::Result;
  static constexpr NameOf<vr::Result> list[] = {{done, "done"},
                                                {no_such_vrf, "no-such-vrf"},
                                                {no_such_vif, "no-such-vif"},
                                                {no_such_nexthop, "no-such-nexthop"},
                                                {no_such_route, "no-such-route"},
                                                {no_such_label, "no-such-label"},
                                                {in_use, "in-use"},
                                                {out_of_range, "out-of-range"},
                                                {table_full, "table-full"},
                                                {bad_value, "bad-value"}};
};

inline constexpr Bit vif_bits[] = {{vr::vif_policy, "policy"}, {vr::vif_xconnect, "xconnect"},
                                   {vr::vif_l3, "l3"},         {vr::vif_l2, "l2"},
                                   {vr::vif_dhcp, "dhcp"},     {vr::vif_vhost_phys, "vhost-phys"}};
inline constexpr Bit nexthop_bits[] = {{vr::nh_valid, "valid"},
                                       {vr::nh_policy, "policy"},
                                       {vr::nh_tunnel_gre, "mpls-over-gre"},
                                       {vr::nh_tunnel_udp_mpls, "mpls-over-udp"},
                                       {vr::nh_tunnel_vxlan, "vxlan"}};
inline constexpr Bit route_bits[] = {{vr::route_label_valid, "label-valid"},
                                     {vr::route_arp_proxy, "arp-proxy"},
                                     {vr::route_arp_trap, "arp-trap"},
                                     {vr::route_arp_flood, "arp-flood"}};

// clang-format off
template <> struct Fields<vr::SetVrf> {
  static constexpr auto name = "set-vrf";
  static constexpr std::tuple list{Key{"vrf", &vr::SetVrf::vrf}};
};
template <> struct Fields<vr::DeleteVrf> {
  static constexpr auto name = "delete-vrf";
  static constexpr std::tuple list{Key{"vrf", &vr::DeleteVrf::vrf}};
};
template <> struct Fields<vr::SetVif> {
  static constexpr auto name = "set-vif";
  static constexpr std::tuple list{
      Key{"vif", &vr::SetVif::vif},           Key{"type", &vr::SetVif::type},
      Flags{"flags", &vr::SetVif::flags, std::span<const Bit>{vif_bits}},
      Field{"vrf", &vr::SetVif::vrf},         Field{"mtu", &vr::SetVif::mtu},
      Field{"mac", &vr::SetVif::mac},         Field{"address", &vr::SetVif::address}};
};
template <> struct Fields<vr::DeleteVif> {
  static constexpr auto name = "delete-vif";
  static constexpr std::tuple list{Key{"vif", &vr::DeleteVif::vif}};
};
template <> struct Fields<vr::SetNexthop> {
  static constexpr auto name = "set-nexthop";
  static constexpr std::tuple list{
      Key{"nexthop", &vr::SetNexthop::nexthop}, Key{"type", &vr::SetNexthop::type},
      Flags{"flags", &vr::SetNexthop::flags, std::span<const Bit>{nexthop_bits}},
      Field{"vrf", &vr::SetNexthop::vrf},       Field{"out", &vr::SetNexthop::out},
      Field{"dst", &vr::SetNexthop::dst},       Field{"src", &vr::SetNexthop::src},
      Field{"sip", &vr::SetNexthop::sip},       Field{"dip", &vr::SetNexthop::dip}};
};
template <> struct Fields<vr::DeleteNexthop> {
  static constexpr auto name = "delete-nexthop";
  static constexpr std::tuple list{Key{"nexthop", &vr::DeleteNexthop::nexthop}};
};
template <> struct Fields<vr::SetRoute> {
  static constexpr auto name = "set-route";
  static constexpr std::tuple list{
      Key{"vrf", &vr::SetRoute::vrf},         Key{"prefix", &vr::SetRoute::prefix},
      Key{"nexthop", &vr::SetRoute::nexthop}, Field{"label", &vr::SetRoute::label},
      Flags{"flags", &vr::SetRoute::flags, std::span<const Bit>{route_bits}}};
};
template <> struct Fields<vr::DeleteRoute> {
  static constexpr auto name = "delete-route";
  static constexpr std::tuple list{Key{"vrf", &vr::DeleteRoute::vrf}, Key{"prefix", &vr::DeleteRoute::prefix}};
};
template <> struct Fields<vr::BindLabel> {
  static constexpr auto name = "bind-label";
  static constexpr std::tuple list{Key{"label", &vr::BindLabel::label}, Key{"nexthop", &vr::BindLabel::nexthop}};
};
template <> struct Fields<vr::UnbindLabel> {
  static constexpr auto name = "unbind-label";
  static constexpr std::tuple list{Key{"label", &vr::UnbindLabel::label}};
};

template <> struct Fields<vr::VifCounters> {
  static constexpr std::tuple list{
      Field{"rx_packets", &vr::VifCounters::rx_packets}, Field{"rx_bytes", &vr::VifCounters::rx_bytes},
      Field{"tx_packets", &vr::VifCounters::tx_packets}, Field{"tx_bytes", &vr::VifCounters::tx_bytes},
      Field{"drops", &vr::VifCounters::drops}};
};
template <> struct Fields<vr::VrfCounters> {
  static constexpr std::tuple list{
      Field{"discards", &vr::VrfCounters::discards}, Field{"resolves", &vr::VrfCounters::resolves},
      Field{"receives", &vr::VrfCounters::receives},
      Field{"vrf_translates", &vr::VrfCounters::vrf_translates},
      Field{"encaps", &vr::VrfCounters::encaps},
      Field{"udp_mpls_tunnels", &vr::VrfCounters::udp_mpls_tunnels},
      Field{"gre_mpls_tunnels", &vr::VrfCounters::gre_mpls_tunnels},
      Field{"vxlan_tunnels", &vr::VrfCounters::vxlan_tunnels},
      Field{"arp_virtual_proxies", &vr::VrfCounters::arp_virtual_proxies},
      Field{"arp_physical_floods", &vr::VrfCounters::arp_physical_floods}};
};
// clang-format on

}  // namespace tflab::recording
