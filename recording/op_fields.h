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
  using enum vr::VifType;
  static constexpr NameOf<vr::VifType> list[] = {{host, "host"},
                                                 {agent, "agent"},
                                                 {physical, "physical"},
                                                 {virt, "virtual"},
                                                 {virtual_vlan, "virtual-vlan"},
                                                 {monitoring, "monitoring"}};
};
template <>
struct Names<vr::NexthopFamily> {
  using enum vr::NexthopFamily;
  static constexpr NameOf<vr::NexthopFamily> list[] = {{ip, "ip"}, {bridge, "bridge"}};
};
template <>
struct Names<vr::FlowAction> {
  using enum vr::FlowAction;
  static constexpr NameOf<vr::FlowAction> list[] = {
      {drop, "drop"}, {hold, "hold"}, {forward, "forward"}, {nat, "nat"}};
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
  static constexpr NameOf<vr::Trap> list[] = {{arp, "arp"},
                                              {resolve, "resolve"},
                                              {flow_miss, "flow-miss"},
                                              {l3_protocols, "l3-protocols"},
                                              {ecmp_resolve, "ecmp-resolve"},
                                              {source_mismatch, "source-mismatch"},
                                              {handle_df, "handle-df"},
                                              {zero_ttl, "zero-ttl"},
                                              {mac_learn, "mac-learn"},
                                              {mac_move, "mac-move"}};
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
                                                {bad_value, "bad-value"},
                                                {no_such_member, "no-such-member"},
                                                {no_such_mac, "no-such-mac"},
                                                {no_such_vni, "no-such-vni"},
                                                {no_such_flow, "no-such-flow"},
                                                {no_such_mirror, "no-such-mirror"},
                                                {no_such_class, "no-such-class"},
                                                {no_such_qos_map, "no-such-qos-map"}};
};

inline constexpr Bit vif_bits[] = {{vr::vif_policy, "policy"},
                                   {vr::vif_xconnect, "xconnect"},
                                   {vr::vif_l3, "l3"},
                                   {vr::vif_l2, "l2"},
                                   {vr::vif_dhcp, "dhcp"},
                                   {vr::vif_mirror_rx, "mirror-rx"},
                                   {vr::vif_mirror_tx, "mirror-tx"},
                                   {vr::vif_no_arp_proxy, "no-arp-proxy"},
                                   {vr::vif_monitored, "monitored"},
                                   {vr::vif_unknown_flood, "unknown-flood"},
                                   {vr::vif_drop_new_flows, "drop-new-flows"},
                                   {vr::vif_mac_learn, "mac-learn"},
                                   {vr::vif_mac_proxy, "mac-proxy"},
                                   {vr::vif_vhost_phys, "vhost-phys"}};
inline constexpr Bit nexthop_bits[] = {{vr::nh_valid, "valid"},
                                       {vr::nh_policy, "policy"},
                                       {vr::nh_tunnel_gre, "mpls-over-gre"},
                                       {vr::nh_tunnel_udp_mpls, "mpls-over-udp"},
                                       {vr::nh_tunnel_vxlan, "vxlan"},
                                       {vr::nh_multicast, "multicast"},
                                       {vr::nh_composite_fabric, "fabric"},
                                       {vr::nh_composite_ecmp, "ecmp"},
                                       {vr::nh_composite_evpn, "evpn"},
                                       {vr::nh_composite_encap, "encap"},
                                       {vr::nh_unknown_flood, "unknown-flood"},
                                       {vr::nh_l3_vxlan, "l3-vxlan"},
                                       {vr::nh_validate_mcast_source, "validate-mcast-source"}};
inline constexpr Bit route_bits[] = {{vr::route_label_valid, "label-valid"},
                                     {vr::route_arp_proxy, "arp-proxy"},
                                     {vr::route_arp_trap, "arp-trap"},
                                     {vr::route_arp_flood, "arp-flood"}};
inline constexpr Bit mac_bits[] = {{vr::mac_label_valid, "label-valid"},
                                   {vr::mac_learned, "learned"}};
inline constexpr Bit flow_bits[] = {{vr::flow_snat, "snat"},
                                    {vr::flow_spat, "spat"},
                                    {vr::flow_dnat, "dnat"},
                                    {vr::flow_dpat, "dpat"},
                                    {vr::flow_evict_candidate, "evict-candidate"},
                                    {vr::flow_evicted, "evicted"},
                                    {vr::flow_vrf_translate, "vrf-translate"}};

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
      Field{"mac", &vr::SetVif::mac},         Field{"address", &vr::SetVif::address},
      Field{"nexthop", &vr::SetVif::nexthop}, Field{"parent", &vr::SetVif::parent}, Field{"vlan", &vr::SetVif::vlan},
      Field{"monitor", &vr::SetVif::monitor}, Field{"mirror", &vr::SetVif::mirror}, Field{"qos", &vr::SetVif::qos}};
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
      Field{"sip", &vr::SetNexthop::sip},       Field{"dip", &vr::SetNexthop::dip},
      Field{"family", &vr::SetNexthop::family}, Field{"inner_dst", &vr::SetNexthop::inner_dst},
      Flags{"hash_fields", &vr::SetNexthop::hash_fields, std::span<const Bit>{hash_field_bits}}};
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
      Flags{"flags", &vr::SetRoute::flags, std::span<const Bit>{route_bits}},
      Field{"vni", &vr::SetRoute::vni},       Field{"mac", &vr::SetRoute::mac}};
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

template <> struct Fields<vr::SetMember> {
  using T = vr::SetMember;
  static constexpr auto name = "set-member";
  static constexpr std::tuple list{Key{"composite", &T::composite}, Key{"index", &T::index}, Key{"member", &T::member}, Field{"number", &T::number}};
};
template <> struct Fields<vr::DeleteMember> {
  static constexpr auto name = "delete-member";
  static constexpr std::tuple list{Key{"composite", &vr::DeleteMember::composite}, Key{"index", &vr::DeleteMember::index}};
};
template <> struct Fields<vr::SetMac> {
  using T = vr::SetMac;
  static constexpr auto name = "set-mac";
  static constexpr std::tuple list{Key{"vrf", &T::vrf}, Key{"mac", &T::mac}, Key{"nexthop", &T::nexthop}, Field{"label", &T::label},
                                   Flags{"flags", &T::flags, std::span<const Bit>{mac_bits}}, Field{"vni", &T::vni}};
};
template <> struct Fields<vr::DeleteMac> {
  static constexpr auto name = "delete-mac";
  static constexpr std::tuple list{Key{"vrf", &vr::DeleteMac::vrf}, Key{"mac", &vr::DeleteMac::mac}};
};
template <> struct Fields<vr::BindVni> {
  static constexpr auto name = "bind-vni";
  static constexpr std::tuple list{Key{"vni", &vr::BindVni::vni}, Key{"nexthop", &vr::BindVni::nexthop}};
};
template <> struct Fields<vr::UnbindVni> {
  static constexpr auto name = "unbind-vni";
  static constexpr std::tuple list{Key{"vni", &vr::UnbindVni::vni}};
};
template <> struct Fields<vr::SetMirror> {
  using T = vr::SetMirror;
  static constexpr auto name = "set-mirror";
  static constexpr std::tuple list{Key{"mirror", &T::mirror}, Key{"nexthop", &T::nexthop}, Field{"number", &T::number}};
};
template <> struct Fields<vr::DeleteMirror> {
  static constexpr auto name = "delete-mirror";
  static constexpr std::tuple list{Key{"mirror", &vr::DeleteMirror::mirror}};
};
template <> struct Fields<vr::SetForwardingClass> {
  using T = vr::SetForwardingClass;
  static constexpr auto name = "set-forwarding-class";
  static constexpr std::tuple list{Key{"id", &T::id}, Field{"dscp", &T::dscp}, Field{"priority", &T::priority}, Field{"exp", &T::exp},
                                   Field{"queue", &T::queue}};
};
template <> struct Fields<vr::DeleteForwardingClass> {
  static constexpr auto name = "delete-forwarding-class";
  static constexpr std::tuple list{Key{"id", &vr::DeleteForwardingClass::id}};
};
template <> struct Fields<vr::SetQosMap> {
  using T = vr::SetQosMap;
  static constexpr auto name = "set-qos-map";
  static constexpr std::tuple list{Key{"map", &T::map}, Field{"dscp", &T::dscp}, Field{"priority", &T::priority}, Field{"exp", &T::exp}};
};
template <> struct Fields<vr::DeleteQosMap> {
  static constexpr auto name = "delete-qos-map";
  static constexpr std::tuple list{Key{"map", &vr::DeleteQosMap::map}};
};
template <> struct Fields<vr::FlowKey> {
  using T = vr::FlowKey;
  static constexpr std::tuple list{Field{"nexthop", &T::nexthop}, Field{"src", &T::src}, Field{"dst", &T::dst}, Field{"protocol", &T::protocol},
                                   Field{"src_port", &T::src_port}, Field{"dst_port", &T::dst_port}};
};
template <> struct Fields<vr::SetFlow> {
  using T = vr::SetFlow;
  static constexpr auto name = "set-flow";
  static constexpr std::tuple list{Key{"key", &T::key}, Field{"reverse", &T::reverse}, Field{"action", &T::action},
                                   Flags{"flags", &T::flags, std::span<const Bit>{flow_bits}}, Field{"source", &T::source}, Field{"vrf", &T::vrf},
                                   Field{"ecmp_index", &T::ecmp_index}, Field{"qos", &T::qos}};
};
template <> struct Fields<vr::DeleteFlow> {
  static constexpr auto name = "delete-flow";
  static constexpr std::tuple list{Key{"key", &vr::DeleteFlow::key}};
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
      Field{"arp_physical_floods", &vr::VrfCounters::arp_physical_floods},
      Field{"arp_virtual_floods", &vr::VrfCounters::arp_virtual_floods},
      Field{"arp_virtual_stitches", &vr::VrfCounters::arp_virtual_stitches},
      Field{"arp_physical_stitches", &vr::VrfCounters::arp_physical_stitches},
      Field{"ecmp_composites", &vr::VrfCounters::ecmp_composites},
      Field{"l2_mcast_composites", &vr::VrfCounters::l2_mcast_composites},
      Field{"l2_encaps", &vr::VrfCounters::l2_encaps},
      Field{"l2_receives", &vr::VrfCounters::l2_receives},
      Field{"unknown_unicast_floods", &vr::VrfCounters::unknown_unicast_floods}};
};
// clang-format on

}  // namespace tflab::recording
