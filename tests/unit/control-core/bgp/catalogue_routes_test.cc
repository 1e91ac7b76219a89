// Section C of the fault catalogue: what an UPDATE names, family by family, over a session.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/dsl/bgp_fate.h"

namespace tflab::bgp {
namespace {

using test::good_attributes;
using test::hex;
using test::Kin;
using test::Octets;
using test::Talk;
using test::to_hex;

const std::string head = "400101 00 400200 400504 00000064";
const std::string rd = "0001ac1f29ec0002";

std::string hex8(std::size_t n) {
  return to_hex(Octets{static_cast<std::byte>(n)});
}
std::string hex16(std::size_t n) {
  return hex8(n >> 8) + hex8(n & 0xff);
}
std::string zeroes(std::size_t n) {
  return to_hex(Octets(n));
}
std::string sized(const std::string& text) {
  return hex16(hex(text).size()) + text;
}
// MP_REACH and MP_UNREACH around routes; `family` is AFI and SAFI.
std::string reach(const std::string& family, const std::string& next_hop,
                  const std::string& routes) {
  return head + "900e" + sized(family + hex8(hex(next_hop).size()) + next_hop + "00" + routes);
}
std::string unreach(const std::string& family, const std::string& routes) {
  return "900f" + sized(family + routes);
}
const std::string vpn4 = "000180", vpn6 = "000280", labelled = "000104", targets = "000184",
                  evpn = "001946", ermvpn = "0001f3", v4_hop = "0a000002",
                  vpn_hop = "0000000000000000 0a000002";

// The routes of one message, and whether the session survived it.
struct Result {
  std::size_t routes;
  bool up;
  friend bool operator==(const Result&, const Result&) = default;
};
std::ostream& operator<<(std::ostream& out, const Result& r) {
  return out << r.routes << " routes, " << (r.up ? "up" : "down");
}
Result said(const std::string& attributes, const std::string& routes = "") {
  Talk talk{Kin::ibgp};
  talk.update(attributes, routes);
  return {talk.routes(), talk.up()};
}
constexpr Result passed_over{0, true}, refused{0, false};
constexpr Result read(std::size_t n) {
  return {n, true};
}

TEST(Routes, C01_prefixes_too_long_cut_short_or_with_host_bits) {
  const std::string good = good_attributes(Kin::ibgp);
  EXPECT_EQ(said(good, "21 0a00000000"), refused);
  EXPECT_EQ(said(good, "ff"), refused);
  EXPECT_EQ(said(good, "18 0a01"), refused);
  EXPECT_EQ(said(reach("000201", zeroes(15) + "02", "81" + zeroes(17))), refused);
  EXPECT_EQ(said(reach("000201", zeroes(15) + "02", "40" + zeroes(7))), refused);
  Talk talk{Kin::ibgp};
  talk.update(good, "14 0a01ff");
  EXPECT_TRUE(talk.has(Family::inet, "10.1.240.0/20"));
  Talk third{Kin::ibgp};
  third.update(good, "10 0a01 21 0a00000000");
  EXPECT_EQ(third.notified(), "3/10");
}

TEST(Routes, C02_vpn_prefixes_out_of_range_and_distinguishers_of_any_type) {
  const std::string body = "000191" + rd;
  for (unsigned bits = 0; bits < 256; ++bits) {
    const std::size_t octets = (bits + 7) / 8;
    const Result v4 = said(reach(vpn4, vpn_hop, hex8(bits) + zeroes(octets)));
    EXPECT_EQ(v4, bits >= 88 && bits <= 120 ? read(1) : refused) << bits;
    const Result v6 = said(reach(vpn6, zeroes(23) + "02", hex8(bits) + zeroes(octets)));
    EXPECT_EQ(v6, bits >= 88 && bits <= 216 ? read(1) : refused) << bits;
  }
  Talk talk{Kin::ibgp};
  talk.update(reach(vpn4, vpn_hop,
                    "70 000191 0000fc0000000007 0a0100"
                    "70 000191 0002fa56ea000007 0a0100"
                    "70 000191 0100070809 0a0b0c 0a0100"));
  EXPECT_TRUE(talk.has(Family::inet_vpn, "64512:7:10.1.0.0/24"));
  EXPECT_TRUE(talk.has(Family::inet_vpn, "4200000000:7:10.1.0.0/24"));
  EXPECT_TRUE(talk.has(Family::inet_vpn, "256:07:08:09:0a:0b:0c:10.1.0.0/24"));
}

// RFC 8277 section 2.2: one label, whatever its bottom-of-stack bit says.
TEST(Routes, C03_labels) {
  Talk talk{Kin::ibgp};
  talk.update(reach(vpn4, vpn_hop, "70 000190" + rd + "0a0100"));
  EXPECT_EQ(talk.label(Family::inet_vpn, "172.31.41.236:2:10.1.0.0/24"), 25u);
  talk.update(unreach(vpn4, "70 800000" + rd + "0a0100"));
  EXPECT_EQ(talk.routes(), 0u);
  talk.update(reach(labelled, v4_hop, "30 000101 0a0100"));
  talk.update(unreach(labelled, "30 123456 0a0100"));
  EXPECT_EQ(talk.routes(), 0u) << "whatever the label";
  std::string stack;
  for (int i = 0; i < 10; ++i) stack += "000190";
  EXPECT_EQ(said(reach(vpn4, vpn_hop, "f0" + stack)), refused) << "ten labels are no prefix";
}

// RFC 7606 section 7.11. A next hop of IPv6 is RFC 8950's, which nobody has agreed upon: the route
// is of no use, but where it ends is known.
TEST(Routes, C04_next_hops_of_every_length) {
  for (std::size_t size = 0; size < 256; ++size) {
    const std::string hop(2 * size, '1');
    const Result v4 = said(reach(vpn4, hop, "70 000191" + rd + "0a0100"));
    const Result v6 = said(reach(vpn6, hop, "70 000191" + rd + "200100"));
    EXPECT_EQ(v4, size == 12 ? read(1) : size == 24 || size == 48 ? passed_over : refused) << size;
    EXPECT_EQ(v6, size == 24 || size == 48 ? read(1) : refused) << size;
  }
}

TEST(Routes, C05_evpn_types_with_every_length) {
  const auto legal = [](unsigned type, std::size_t size) {
    if (type == 1) return size == 25;
    if (type == 2) return size == 33 || size == 36;
    if (type == 3) return size == 17 || size == 29;
    if (type == 4) return size == 23 || size == 35;
    return size == 34 || size == 58;
  };
  for (unsigned type = 1; type <= 5; ++type)
    for (std::size_t size = 0; size <= 60; ++size) {
      Octets body(size);
      if (type == 2 && size > 22) body[22] = std::byte{48};
      const std::size_t at = type == 3 ? 12 : 18;  // where an address says its length
      if ((type == 3 || type == 4) && size > at) body[at] = std::byte(size == at + 17 ? 128 : 32);
      const Result got = said(reach(evpn, v4_hop, hex8(type) + hex8(size) + to_hex(body)));
      EXPECT_EQ(got, legal(type, size) ? read(1) : passed_over) << type << ' ' << size;
    }
}

TEST(Routes, C06_evpn_fields_of_all_kinds) {
  const auto mac = [](const char* mac_bits, const char* ip, const char* labels, const char* esi) {
    return std::string{rd} + esi + "00000000" + mac_bits + "0e92ccbdaa08" + ip + labels;
  };
  const auto said_mac = [&](const std::string& body) {
    return said(reach(evpn, v4_hop, "02" + hex8(hex(body).size()) + body));
  };
  const char* zero = "00000000000000000000";
  EXPECT_EQ(said_mac(mac("30", "00", "000141", zero)), read(1));
  EXPECT_EQ(said_mac(mac("30", "20 0a000001", "000141 0001e1", zero)), read(1));
  EXPECT_EQ(said_mac(mac("2f", "00", "000141", zero)), passed_over);
  EXPECT_EQ(said_mac(mac("30", "18 0a0000", "000141", zero)), passed_over);
  EXPECT_EQ(said_mac(mac("30", "00", "000141 0001e1 000001", zero)), passed_over);
  for (unsigned type = 0; type < 256; ++type)
    EXPECT_EQ(
        said(reach(evpn, v4_hop, "04 17" + rd + hex8(type) + "010203040506070809 20 ac1f29ec")),
        read(1))
        << type;
}

// RFC 7432 section 7: a type nobody knows says where it ends, and no more.
TEST(Routes, C07_evpn_types_from_six_on_are_passed_over) {
  for (unsigned type = 6; type < 256; ++type) {
    Talk talk{Kin::ibgp};
    talk.update(
        reach(evpn, v4_hop, hex8(type) + "03 010203" + "03 11" + rd + "00000000 20 ac1f29ec"));
    EXPECT_EQ(talk.routes(), 1u) << type;
  }
}

TEST(Routes, C08_route_targets_of_every_length) {
  for (unsigned bits = 0; bits < 256; ++bits) {
    const bool legal = bits == 0 || (bits >= 32 && bits <= 96);
    const std::size_t octets = (bits + 7) / 8;
    EXPECT_EQ(said(reach(targets, v4_hop, hex8(bits) + zeroes(octets))),
              legal ? read(1) : passed_over)
        << bits;
  }
}

TEST(Routes, C09_a_route_target_withdrawn_twice_is_withdrawn) {
  Talk talk{Kin::ibgp};
  const std::string route = "60 0000fc00 0002fc0000000001";
  talk.update(reach(targets, v4_hop, route));
  talk.update(unreach(targets, route));
  talk.update(unreach(targets, route));
  EXPECT_TRUE(talk.up());
  EXPECT_EQ(talk.routes(), 0u);
}

TEST(Routes, C10_multicast_routes_of_the_original_and_of_others) {
  const std::string tree = rd + "ac1f0e2f 20 00000000 20 ffffffff";
  EXPECT_EQ(said(reach(ermvpn, v4_hop, "01 16" + tree + "02 16" + tree)), read(2));
  EXPECT_EQ(said(reach(ermvpn, v4_hop, "00 16" + tree)), passed_over) << "never leaves a node";
  EXPECT_EQ(said(reach(ermvpn, v4_hop, "07 16" + tree + "01 15" + zeroes(21))), passed_over);
  for (unsigned type = 1; type <= 7; ++type)
    EXPECT_EQ(said(reach("000105", v4_hop, hex8(type) + "0c" + zeroes(12))), passed_over);
}

TEST(Routes, C11_families_nobody_agreed_upon_are_passed_over) {
  for (const char* family :
       {"000185", "000186", "000148", "400447", "000149", "000203", "ffffff"}) {
    EXPECT_EQ(said(reach(family, v4_hop, "03 010203")), passed_over) << family;
    EXPECT_EQ(said(unreach(family, "ff")), passed_over) << family;
  }
  Talk only_vpn{Kin::ibgp, {Family::inet_vpn}};
  only_vpn.update(reach(evpn, v4_hop, "03 11" + rd + "00000000 20 ac1f29ec"));
  only_vpn.update(good_attributes(Kin::ibgp), "10 0a01");
  EXPECT_TRUE(only_vpn.up());
  EXPECT_EQ(only_vpn.routes(), 0u);
}

TEST(Routes, C12_flow_specifications_however_broken_are_not_ours) {
  for (const char* routes : {"00", "f0ef", "f001", "02 0180", "05 ff0102030405"})
    for (const char* family : {"000185", "000285", "000186"})
      EXPECT_EQ(said(reach(family, "", routes)), passed_over) << routes;
}

// RFC 7911: nobody has agreed to path identifiers. As prefixes they are 0/0 several times, then
// whatever they spell; nothing is read beyond the end.
TEST(Routes, C13_path_identifiers_that_were_not_agreed_upon) {
  const Result got = said(good_attributes(Kin::ibgp), "00000001 10 0a01");
  EXPECT_EQ(got.up, false) << "01 10 is a prefix of one bit, 0a01 one of ten bits cut short";
  EXPECT_EQ(said(good_attributes(Kin::ibgp), "00000000 10 0a01"), read(2));
}

// RFC 4271 section 4.3.
TEST(Routes, C14_announced_and_withdrawn_at_once_is_announced) {
  Talk talk{Kin::ibgp};
  talk.update(good_attributes(Kin::ibgp), "10 0a01", "10 0a01");
  EXPECT_TRUE(talk.has(Family::inet, "10.1.0.0/16"));
  talk.update(unreach(vpn4, "70 800000" + rd + "0a0100") +
              reach(vpn4, vpn_hop, "70 000191" + rd + "0a0100"));
  EXPECT_TRUE(talk.has(Family::inet_vpn, "172.31.41.236:2:10.1.0.0/24"));
}

// Each message is as long as it is: no message costs more because of those before it.
TEST(Routes, C15_sixty_four_thousand_withdrawals) {
  Talk talk{Kin::ibgp};
  std::size_t withdrawn = 0;
  while (withdrawn < 65536) {
    std::string routes;
    for (int i = 0; i < 1000; ++i) routes += "18 0a" + hex16(withdrawn++);
    talk.update("", "", routes);
  }
  EXPECT_TRUE(talk.up());
  EXPECT_EQ(talk.withdrawals(), withdrawn);
}

}  // namespace
}  // namespace tflab::bgp
