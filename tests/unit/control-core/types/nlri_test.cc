#include "control-core/types/nlri.h"

#include <gtest/gtest.h>

#include <vector>

#include "control-core/base/text.h"

namespace tflab {
namespace {

constexpr Ip4 vrouter{0xac1f29ec};  // 172.31.41.236
constexpr Ip4 control{0xac1f0e2f};  // 172.31.14.47
constexpr Ip4 everyone{0xffffffff};
constexpr Mac vmi{{0x0e, 0x92, 0xcc, 0xbd, 0xaa, 0x08}};
constexpr Mac broadcast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

RouteDistinguisher rd(std::uint16_t vrf) {
  return RouteDistinguisher::ip4(vrouter, vrf);
}
InetRoute host(std::uint32_t address) {
  return {IpPrefix::host(Ip4{address})};
}
ErmvpnRoute tree(std::uint8_t type, RouteDistinguisher rd, Ip4 router) {
  return {Ip4{}, everyone, type, rd, router};
}
EvpnRoute mac_ip(RouteDistinguisher rd, std::uint32_t tag, Mac mac, std::optional<IpAddr> ip) {
  EvpnRoute route;
  route.rd = rd;
  route.tag = tag;
  route.mac = mac;
  route.ip = ip;
  return route;
}
EvpnRoute multicast(RouteDistinguisher rd, std::uint32_t tag, IpAddr ip) {
  EvpnRoute route;
  route.type = EvpnRoute::inclusive_multicast;
  route.rd = rd;
  route.tag = tag;
  route.ip = ip;
  return route;
}
TargetRoute member(RouteTarget target) {
  return {Asn{64512}, target};
}

struct Row {
  Nlri key;
  const char* text;
};
struct Table {
  const char* name;
  Family family;
  std::vector<Row> rows;  // in the order in which the original prints them
};

std::vector<Table> small_cluster() {
  const std::vector<Row> l3 = {{host(0x0a2ffffc), "10.47.255.252/32"},
                               {host(0x0a60000a), "10.96.0.10/32"},
                               {host(0xac1f29ec), "172.31.41.236/32"}};
  const auto trees = [](std::uint16_t vrf, const char* native) {
    return std::vector<Row>{{tree(0, rd(vrf), Ip4{}), native},
                            {tree(1, {}, control), "1-0:0-172.31.14.47,255.255.255.255,0.0.0.0"},
                            {tree(2, {}, control), "2-0:0-172.31.14.47,255.255.255.255,0.0.0.0"}};
  };
  return {
      {"bgp.ermvpn.0",
       Family::ermvpn,
       {{tree(1, rd(1), control), "1-172.31.41.236:1-172.31.14.47,255.255.255.255,0.0.0.0"},
        {tree(1, rd(2), control), "1-172.31.41.236:2-172.31.14.47,255.255.255.255,0.0.0.0"},
        {tree(1, rd(3), control), "1-172.31.41.236:3-172.31.14.47,255.255.255.255,0.0.0.0"},
        {tree(2, rd(1), control), "2-172.31.41.236:1-172.31.14.47,255.255.255.255,0.0.0.0"},
        {tree(2, rd(2), control), "2-172.31.41.236:2-172.31.14.47,255.255.255.255,0.0.0.0"},
        {tree(2, rd(3), control), "2-172.31.41.236:3-172.31.14.47,255.255.255.255,0.0.0.0"}}},
      {"bgp.evpn.0",
       Family::evpn,
       {{mac_ip(rd(1), 0, vmi, {}), "2-172.31.41.236:1-0-0e:92:cc:bd:aa:08,0.0.0.0"},
        {mac_ip(rd(1), 0, vmi, vrouter), "2-172.31.41.236:1-0-0e:92:cc:bd:aa:08,172.31.41.236"},
        {multicast(rd(1), 2, vrouter), "3-172.31.41.236:1-2-172.31.41.236"}}},
      {"bgp.l3vpn.0",
       Family::inet_vpn,
       {{VpnRoute{rd(1), IpPrefix::host(vrouter)}, "172.31.41.236:1:172.31.41.236/32"},
        {VpnRoute{rd(2), IpPrefix::host(Ip4{0x0a2ffffc})}, "172.31.41.236:2:10.47.255.252/32"},
        {VpnRoute{rd(3), IpPrefix::host(Ip4{0x0a60000a})}, "172.31.41.236:3:10.96.0.10/32"}}},
      {"bgp.rtarget.0",
       Family::route_target,
       {{member(RouteTarget::as2(64512, 8000001)), "64512:target:64512:8000001"},
        {member(RouteTarget::as2(64512, 8000002)), "64512:target:64512:8000002"},
        {member(RouteTarget::as2(64512, 8000003)), "64512:target:64512:8000003"},
        {member(RouteTarget::ip4(control, 0)), "64512:target:172.31.14.47:0"},
        {member(RouteTarget::ip4(control, 1)), "64512:target:172.31.14.47:1"},
        {member(RouteTarget::ip4(control, 4)), "64512:target:172.31.14.47:4"},
        {member(RouteTarget::ip4(control, 5)), "64512:target:172.31.14.47:5"}}},
      {"FAB.ermvpn.0", Family::ermvpn,
       trees(1, "0-172.31.41.236:1-0.0.0.0,255.255.255.255,0.0.0.0")},
      {"FAB.evpn.0",
       Family::evpn,
       {{mac_ip({}, 0, vmi, {}), "2-0:0-0-0e:92:cc:bd:aa:08,0.0.0.0"},
        {mac_ip({}, 0, vmi, vrouter), "2-0:0-0-0e:92:cc:bd:aa:08,172.31.41.236"},
        {mac_ip(rd(1), 2, broadcast, {}), "2-172.31.41.236:1-2-ff:ff:ff:ff:ff:ff,0.0.0.0"},
        {multicast(rd(1), 2, vrouter), "3-172.31.41.236:1-2-172.31.41.236"}}},
      {"FAB.inet.0", Family::inet, l3},
      {"POD.ermvpn.0", Family::ermvpn,
       trees(2, "0-172.31.41.236:2-0.0.0.0,255.255.255.255,0.0.0.0")},
      {"POD.inet.0", Family::inet, l3},
      {"SVC.ermvpn.0", Family::ermvpn,
       trees(3, "0-172.31.41.236:3-0.0.0.0,255.255.255.255,0.0.0.0")},
      {"SVC.inet.0", Family::inet, l3},
  };
}

TEST(Nlri, the_41_routes_of_a_small_cluster_print_and_read_back) {
  std::size_t rows = 0;
  for (const Table& table : small_cluster())
    for (const Row& row : table.rows) {
      EXPECT_EQ(to_text(row.key), row.text) << table.name;
      EXPECT_EQ(parse_nlri(table.family, row.text), row.key) << table.name << ' ' << row.text;
      ++rows;
    }
  EXPECT_EQ(rows, 41u);
}

TEST(Nlri, keys_sort_in_the_order_in_which_tables_are_printed) {
  for (const Table& table : small_cluster())
    for (std::size_t i = 1; i < table.rows.size(); ++i)
      EXPECT_LT(table.rows[i - 1].key, table.rows[i].key)
          << table.name << ' ' << table.rows[i].text;
}

TEST(Nlri, other_forms_read_back_as_they_were_printed) {
  const struct {
    Family family;
    const char* text;
  } cases[] = {
      {Family::inet6, "2001:db8:85a3::/64"},
      {Family::inet_labeled, "10.1.0.0/16"},
      {Family::inet_vpn, "65412:4294967295:192.168.1.0/24"},
      {Family::inet_vpn, "256:07:08:09:0a:0b:0c:10.0.0.0/8"},
      {Family::inet6_vpn, "10.100.100.100:4567:2001:db8:85a3::a:b:c/128"},
      {Family::inet6_vpn, "100:4294967295:::/0"},
      {Family::route_target, "0:target:0:0"},
      {Family::route_target, "80000:target:10.1.1.1:65535"},
      {Family::route_target, "80000:target:80000:1"},
      {Family::evpn, "1-10.1.1.1:65535-00:01:02:03:04:05:06:07:08:09-0"},
      {Family::evpn, "1-10.1.1.1:65535-zero_esi-4294967295"},
      {Family::evpn, "1-10.1.1.1:65535-65412:16909060-7"},
      {Family::evpn, "2-10.1.1.1:65535-65536-11:12:13:14:15:16,2001:db8:0:9::1"},
      {Family::evpn, "3-10.1.1.1:65535-65536-2001:db8:0:9::1"},
      {Family::evpn, "4-10.1.1.1:65535-192.168.1.100:4294967295-192.1.1.1"},
      {Family::evpn, "4-10.1.1.1:65535-max_esi-2001:db8:0:9::1"},
      {Family::evpn, "5-10.1.1.1:65535-0-192.1.1.0/24"},
      {Family::evpn, "5-10.1.1.1:65535-0-2001:db8:0:9::/120"},
      {Family::ermvpn, "2-10.1.1.1:65535-9.8.7.6,224.1.2.3,192.168.1.1"},
  };
  for (const auto& [family, text] : cases) {
    const auto key = parse_nlri(family, text);
    ASSERT_TRUE(key) << text;
    EXPECT_EQ(to_text(*key), text);
  }
}

TEST(Nlri, a_text_that_is_not_a_key_of_the_family_is_refused) {
  const struct {
    Family family;
    const char* text;
  } cases[] = {
      {Family::inet, "2001:db8::/32"},
      {Family::inet, "10.0.0.1/8"},
      {Family::inet6, "10.0.0.0/8"},
      {Family::inet_vpn, "10.0.0.0/8"},
      {Family::inet_vpn, "1:1:2001:db8::/32"},
      {Family::inet6_vpn, "1:1:10.0.0.0/8"},
      {Family::route_target, "target:1:1"},
      {Family::route_target, "80000:target:65536:4294967295"},
      {Family::evpn, "6-10.1.1.1:65535-0-1.1.1.1"},
      {Family::evpn, "258-10.1.1.1:65535-0-11:12:13:14:15:16,0.0.0.0"},
      {Family::evpn, "2-10.1.1.1:65536-65536-11:12:13:14:15:16,192.1.1.1"},
      {Family::evpn, "2-10.1.1.1:65535-65536x-11:12:13:14:15:16,192.1.1.1"},
      {Family::evpn, "2-10.1.1.1:65535-0-11:12:13:14:15,192.1.1.1"},
      {Family::evpn, "2-10.1.1.1:65535-0-11:12:13:14:15:16,192.1.1"},
      {Family::evpn, "1-10.1.1.1:65535-00:01:02:03:04:05:06:07:08:09+0"},
      {Family::evpn, "4-10.1.1.1:65535-00:01:02:03:04:05:06:07:08-192.1.1.1"},
      {Family::evpn, ""},
      {Family::ermvpn, "9-10.1.1.1:65535-9.8.7.6,224.1.2.3,192.168.1.1"},
      {Family::ermvpn, "2-10.1.1.1:65535-9.8.7,224.1.2.3,192.168.1.1"},
      {Family::ermvpn, "2-10.1.1.1:65535-9.8.7.6,224.1.2.3:192.168.1.1"},
      {Family::ermvpn, "2:10.1.1.1:65535:9.8.7.6,224.1.2.3,192.168.1.1"},
  };
  for (const auto& [family, text] : cases) EXPECT_FALSE(parse_nlri(family, text)) << text;
}

TEST(Esi, text_and_octets_side_by_side) {
  const struct {
    const char* text;
    Esi esi;
  } cases[] = {
      {"zero_esi", {}},
      {"max_esi", {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}},
      {"192.168.1.100:4294967295", {{4, 0xc0, 0xa8, 1, 0x64, 0xff, 0xff, 0xff, 0xff, 0}}},
      {"65412:16909060", {{5, 0, 0, 0xff, 0x84, 1, 2, 3, 4, 0}}},
      {"02:00:01:23:45:67:89:ab:cd:ef", {{2, 0, 1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}}},
      {"04:0a:00:00:01:00:00:00:01:07", {{4, 10, 0, 0, 1, 0, 0, 0, 1, 7}}},
  };
  for (const auto& [text, esi] : cases) {
    EXPECT_EQ(to_text(esi), text);
    EXPECT_EQ(parse_esi(text), esi) << text;
  }
  for (const char* text : {"", "00:00:01:23:xx:67:89:ab:cd:ef", "64512x:1", "10.1.1:1",
                           "00:00:01:23:45:67:89:ab:cd:ef:00", "00:00:01:23:45:67:89:ab:cd"})
    EXPECT_FALSE(parse_esi(text)) << text;
}

}  // namespace
}  // namespace tflab
