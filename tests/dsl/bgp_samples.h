#pragma once
// One of everything we say in BGP: what the fuzzer mutates, what foreign dissectors are shown, what
// every round trip starts from.

#include <string>
#include <vector>

#include "control-core/bgp/open.h"
#include "control-core/bgp/session.h"

namespace tflab::test {

struct UpdateSample {
  std::string name;
  bgp::Update update;
};

// What was heard, route by route and by name.
inline std::vector<bgp::Reach> listed(const bgp::Routes& routes) {
  std::vector<bgp::Reach> out;
  routes.each([&](const bgp::Reach& route) { out.push_back(route); });
  return out;
}
inline std::vector<Nlri> keys(const bgp::Heard& heard) {
  std::vector<Nlri> out;
  heard.routes.each([&](const bgp::Reach& route) { out.push_back(route.nlri); });
  return out;
}

inline Attributes plain_attributes() {
  Attributes set;
  set.next_hop = Ip4{0xac1f29ec};  // 172.31.41.236
  set.local_pref = 200;
  set.ext_communities = {ExtCommunity::target(RouteTarget::as2(64512, 8000001)),
                         ExtCommunity::encapsulation(Encap::gre)};
  return set;
}

inline Attributes vxlan_attributes() {
  Attributes set = plain_attributes();
  set.ext_communities.push_back(ExtCommunity::encapsulation(Encap::vxlan));
  set.pmsi_tunnel = PmsiTunnel{0x80, 6, 5001, {172, 31, 41, 236}};
  return set;
}

// Every attribute there is, except those that only one family uses.
inline Attributes rich_attributes() {
  Attributes set = plain_attributes();
  set.origin = Origin::incomplete;
  set.as_path = {{{AsSegment::sequence, {Asn{65001}, Asn{4200000000}}}}};
  set.med = 100;
  set.atomic_aggregate = true;
  set.aggregator = Aggregator{Asn{4200000000}, Ip4{0x0a000001}};
  set.originator_id = Ip4{0x0a000002};
  set.cluster_list = {Ip4{0x0a000003}, Ip4{0x0a000004}};
  set.communities = {Community::no_export, Community{65000u << 16 | 1}};
  set.ext_communities.push_back(ExtCommunity::mac_mobility(true, 7));
  set.ext_communities.push_back(ExtCommunity::security_group(Asn{64512}, 8000002));
  set.origin_vn_path = {ExtCommunity::origin_vn(Asn{64512}, 5)};
  set.carried = {{32, 0xc0, std::vector(12, std::byte{1})}, {250, 0xe0, {}}};
  return set;
}

inline Attributes tree_attributes() {
  Attributes set;
  set.next_hop = Ip4{0xac1f0e2f};
  set.local_pref = 100;
  set.edge_discovery = {{Ip4{0xac1f29ec}, {{1000, 1999}, {3000, 3999}}},
                        {Ip4{0xac1f29ed}, {{7, 7}}}};
  set.edge_forwarding = {{Ip4{0xac1f29ec}, 1000, Ip4{0xac1f29ed}, 2000}};
  return set;
}

inline Ip6 documentation_ip6(std::uint8_t last) {
  Ip6 out{{0x20, 0x01, 0x0d, 0xb8}};
  out.octets[15] = last;
  return out;
}

inline std::vector<bgp::Reach> evpn_routes() {
  const RouteDistinguisher rd = RouteDistinguisher::ip4(Ip4{0xac1f29ec}, 2);
  EvpnRoute base;
  base.rd = rd;
  base.mac = Mac{{0x0e, 0x92, 0xcc, 0xbd, 0xaa, 0x08}};
  EvpnRoute discovery;
  discovery.type = EvpnRoute::auto_discovery;
  discovery.rd = rd;
  discovery.esi = Esi{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
  EvpnRoute with_ip = base, with_ip6 = base;
  with_ip.ip = Ip4{0x0a000003};
  with_ip6.ip = documentation_ip6(3);
  EvpnRoute multicast, segment, prefix, prefix6;
  multicast.type = EvpnRoute::inclusive_multicast;
  multicast.rd = rd;
  multicast.ip = Ip4{0xac1f29ec};
  segment.type = EvpnRoute::ethernet_segment;
  segment.rd = rd;
  segment.esi = discovery.esi;
  segment.ip = Ip4{0xac1f29ec};
  prefix.type = prefix6.type = EvpnRoute::ip_prefix;
  prefix.rd = prefix6.rd = rd;
  prefix.prefix = {Ip4{0x0a010000}, 16};
  prefix6.prefix = {documentation_ip6(0), 32};
  return {{discovery, 17}, {base, 20}, {with_ip, 20, 30}, {with_ip6, 20},
          {multicast},     {segment},  {prefix, 21},      {prefix6, 21}};
}

// Families and kinds of update; attribute sets are shared with `pool`.
inline std::vector<UpdateSample> update_samples(AttributePool& pool) {
  const RouteDistinguisher rd = RouteDistinguisher::ip4(Ip4{0xac1f29ec}, 2);
  const IpPrefix host = IpPrefix::host(Ip4{0x0a2ffffc}), net = {Ip4{0x0a010000}, 20};
  const IpPrefix net6 = {documentation_ip6(0), 33};
  const ErmvpnRoute local{Ip4{}, Ip4{0xffffffff}, ErmvpnRoute::local_tree, rd, Ip4{0xac1f0e2f}};
  ErmvpnRoute global = local;
  global.type = ErmvpnRoute::global_tree;
  const auto update = [&](Family family, const Attributes& set, std::vector<bgp::Reach> reach) {
    return bgp::Update{family, pool.intern(set), std::move(reach), {}, false};
  };
  const TargetRoute member{Asn{64512}, RouteTarget::ip4(Ip4{0xac1f0e2f}, 4)};
  const TargetRoute origin_only{Asn{64512}, {}};
  TargetRoute wide{Asn{64512}, {}};
  wide.covers(RouteTarget::as2(64512, 0), 32);

  std::vector<UpdateSample> samples = {
      {"inet", update(Family::inet, plain_attributes(), {{InetRoute{host}}, {InetRoute{net}}})},
      {"inet6", update(Family::inet6, plain_attributes(), {{InetRoute{net6}}})},
      {"inet-vpn", update(Family::inet_vpn, plain_attributes(),
                          {{VpnRoute{rd, host}, 25}, {VpnRoute{rd, net}, 1048575}})},
      {"inet6-vpn", update(Family::inet6_vpn, plain_attributes(), {{VpnRoute{rd, net6}, 25}})},
      {"route-target",
       update(Family::route_target, plain_attributes(), {{member}, {TargetRoute{}}})},
      {"route-target, origin only",
       update(Family::route_target, plain_attributes(), {{origin_only}})},
      {"route-target, all of an AS", update(Family::route_target, plain_attributes(), {{wide}})},
      {"e-vpn", update(Family::evpn, plain_attributes(), evpn_routes())},
      {"e-vpn over vxlan", update(Family::evpn, vxlan_attributes(), evpn_routes())},
      {"erm-vpn", update(Family::ermvpn, tree_attributes(), {{local}, {global}})},
      {"inet-labeled", update(Family::inet_labeled, plain_attributes(), {{InetRoute{net}, 16}})},
      {"every attribute", update(Family::inet_vpn, rich_attributes(), {{VpnRoute{rd, host}, 25}})},
  };
  const std::size_t announcements = samples.size();
  for (std::size_t i = 0; i < announcements; ++i) {
    bgp::Update gone;
    gone.family = samples[i].update.family;
    for (const bgp::Reach& route : samples[i].update.reach) gone.unreach.push_back(route.nlri);
    samples.push_back({samples[i].name + " withdrawn", std::move(gone)});
  }
  for (const FamilyRow& row : family_rows) {
    bgp::Update end;
    end.family = row.family;
    end.end_of_rib = true;
    samples.push_back({"end of " + std::string{row.config}, std::move(end)});
  }
  return samples;
}

inline std::vector<Family> all_families() {
  std::vector<Family> out;
  for (const FamilyRow& row : family_rows) out.push_back(row.family);
  return out;
}

inline bgp::Open sample_open() {
  bgp::Open open;
  open.my_as = 64512;
  open.hold_seconds = 90;
  open.identifier = Ip4{0xac1f0e2f};
  open.families = all_families();
  open.four_byte_as = Asn{64512};
  open.graceful_restart = bgp::GracefulRestart{};
  return open;
}

inline constexpr bgp::Dialect all_dialects[] = {
    {true, false}, {true, true}, {false, false}, {false, true}};

}  // namespace tflab::test
