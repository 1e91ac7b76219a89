#include "control-core/bgp/nlri.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "control-core/base/text.h"
#include "control-core/types/nlri.h"
#include "tests/dsl/bgp_samples.h"
#include "tests/dsl/bytes.h"

namespace tflab::bgp {
namespace {

using test::hex;
using test::Octets;
using test::to_hex;

constexpr bool mpls = false, vxlan = true;

Octets written(NlriContext context, const Reach& route) {
  return test::written([&](Writer& out) { write_nlris(out, context, {&route, 1}); });
}

struct Case {
  Family family;
  bool vxlan;
  const char* octets;
  const char* text;
  std::uint32_t label = 0, l3_label = 0;
  Esi esi;
};

const std::string rd = "0001 ac1f29ec 0002";

// clang-format off
const Case cases[] = {
    {Family::inet, mpls, "20 0a2ffffc", "10.47.255.252/32"},
    {Family::inet, mpls, "14 0a0110", "10.1.16.0/20"},
    {Family::inet, mpls, "00", "0.0.0.0/0"},
    {Family::inet6, mpls, "21 20010db880", "2001:db8:8000::/33"},
    {Family::inet6, mpls, "80 20010db8000000000000000000000001", "2001:db8::1/128"},
    {Family::inet_labeled, mpls, "2c 000101 0a0110", "10.1.16.0/20", 16},
    {Family::inet_vpn, mpls, "78 000191 0001ac1f29ec0002 0a2ffffc", "172.31.41.236:2:10.47.255.252/32", 25},
    {Family::inet_vpn, mpls, "58 fffff1 0000fc0000000007", "64512:7:0.0.0.0/0", 1048575},
    {Family::inet6_vpn, mpls, "79 000191 0001ac1f29ec0002 20010db880", "172.31.41.236:2:2001:db8:8000::/33", 25},
    {Family::route_target, mpls, "00", "0:target:0:0"},
    {Family::route_target, mpls, "60 0000fc00 0002fc00007a1201", "64512:target:64512:8000001"},
    {Family::route_target, mpls, "60 0000fc00 0102ac1f0e2f0004", "64512:target:172.31.14.47:4"},
    {Family::route_target, mpls, "40 0000fc00 0002fc00", "64512:target:64512:0/64"},
    {Family::route_target, mpls, "2f 0000fc00 0002", "64512:target:0:0/47"},
    {Family::evpn, mpls, "01 19 0001ac1f29ec0002 00010203040506070809 00000000 000111", "1-172.31.41.236:2-00:01:02:03:04:05:06:07:08:09-0", 17},
    {Family::evpn, vxlan, "01 19 0001ac1f29ec0002 00010203040506070809 00000000 000011", "1-172.31.41.236:2-00:01:02:03:04:05:06:07:08:09-0", 17},
    {Family::evpn, mpls, "02 21 0001ac1f29ec0002 00000000000000000000 00000000 30 0e92ccbdaa08 00 000141", "2-172.31.41.236:2-0-0e:92:cc:bd:aa:08,0.0.0.0", 20},
    {Family::evpn, mpls, "02 28 0001ac1f29ec0002 00000000000000000000 00000000 30 0e92ccbdaa08 20 0a000003 000141 0001e1", "2-172.31.41.236:2-0-0e:92:cc:bd:aa:08,10.0.0.3", 20, 30},
    {Family::evpn, mpls, "02 28 0001ac1f29ec0002 00010203040506070809 00000000 30 0e92ccbdaa08 20 0a000003 000141 0001e1", "2-172.31.41.236:2-0-0e:92:cc:bd:aa:08,10.0.0.3", 20, 30, Esi{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}},
    {Family::evpn, vxlan, "02 25 0001ac1f29ec0002 00000000000000000000 00001389 30 0e92ccbdaa08 20 0a000003 001389", "2-172.31.41.236:2-5001-0e:92:cc:bd:aa:08,10.0.0.3", 5001},
    {Family::evpn, mpls, "02 31 0001ac1f29ec0002 00000000000000000000 00000000 30 0e92ccbdaa08 80 20010db8000000000000000000000003 000141", "2-172.31.41.236:2-0-0e:92:cc:bd:aa:08,2001:db8::3", 20},
    {Family::evpn, mpls, "03 11 0001ac1f29ec0001 00000002 20 ac1f29ec", "3-172.31.41.236:1-2-172.31.41.236"},
    {Family::evpn, mpls, "03 1d 0001ac1f29ec0001 00000002 80 20010db8000000000000000000000003", "3-172.31.41.236:1-2-2001:db8::3"},
    {Family::evpn, mpls, "04 17 0001ac1f29ec0002 00010203040506070809 20 ac1f29ec", "4-172.31.41.236:2-00:01:02:03:04:05:06:07:08:09-172.31.41.236"},
    {Family::evpn, mpls, "05 22 0001ac1f29ec0002 00000000000000000000 00000000 10 0a010000 00000000 000151", "5-172.31.41.236:2-0-10.1.0.0/16", 21},
    {Family::evpn, vxlan, "05 3a 0001ac1f29ec0002 00000000000000000000 00000000 20 20010db8000000000000000000000000 00000000000000000000000000000000 001389", "5-172.31.41.236:2-0-2001:db8::/32", 5001},
    {Family::ermvpn, mpls, "01 16 0001ac1f29ec0001 ac1f0e2f 20 00000000 20 ffffffff", "1-172.31.41.236:1-172.31.14.47,255.255.255.255,0.0.0.0"},
    {Family::ermvpn, mpls, "02 16 0001ac1f29ec0001 ac1f0e2f 20 0a000001 20 e0010203", "2-172.31.41.236:1-172.31.14.47,224.1.2.3,10.0.0.1"},
};
// clang-format on

NlriRead read(NlriContext context, Bytes bytes, Reach& route) {
  Reader in{bytes};
  const NlriRead verdict = read_nlri(in, context, route);
  EXPECT_TRUE(verdict != NlriRead::ok || in.left() == 0);
  return verdict;
}

NlriRead verdict_on(Family family, const std::string& octets) {
  Reach route;
  return read({family, false, false}, hex(octets), route);
}

TEST(NlriCodec, octets_and_value_side_by_side) {
  for (const Case& c : cases) {
    const NlriContext context{c.family, c.vxlan, false};
    const Octets octets = hex(c.octets);
    Reach route;
    ASSERT_EQ(read(context, octets, route), NlriRead::ok) << c.text;
    EXPECT_EQ(tflab::to_text(route.nlri), c.text);
    EXPECT_EQ(route.label, c.label) << c.text;
    EXPECT_EQ(route.l3_label, c.l3_label) << c.text;
    EXPECT_EQ(route.esi, c.esi) << c.text;

    const auto key = parse_nlri(c.family, c.text);
    ASSERT_TRUE(key) << c.text;
    const Reach same{*key, c.label, c.l3_label, c.esi};
    EXPECT_EQ(to_hex(written(context, same)), to_hex(octets)) << c.text;
    EXPECT_LE(octets.size(), longest_nlri);
  }
}

TEST(NlriCodec, every_truncation_is_refused) {
  for (const Case& c : cases)
    test::expect_no_truncation_is_accepted(hex(c.octets), [&](Bytes cut) {
      Reach route;
      return read({c.family, c.vxlan, false}, cut, route) != NlriRead::broken;
    });
}

// RFC 8277 section 2.4. E-VPN has no such value; its withdrawn label is 0.
TEST(NlriCodec, a_withdrawn_route_has_no_label) {
  const Reach vpn{*parse_nlri(Family::inet_vpn, "64512:7:10.0.0.0/8"), 25};
  const NlriContext context{Family::inet_vpn, false, true};
  EXPECT_EQ(to_hex(written(context, vpn)),
            "60800000"
            "0000fc0000000007"
            "0a");
  Reach route;
  EXPECT_EQ(read(context, hex("60 000191 0000fc0000000007 0a"), route), NlriRead::ok);
  EXPECT_EQ(route.label, 0u);
}

TEST(NlriCodec, a_route_that_only_names_an_origin_comes_back) {
  Reach route;
  ASSERT_EQ(read({Family::route_target}, hex("20 0000fc00"), route), NlriRead::ok);
  EXPECT_EQ(std::get<TargetRoute>(route.nlri), (TargetRoute{Asn{64512}, {}}));
  EXPECT_EQ(to_hex(written({Family::route_target}, route)), "200000fc00");
}

TEST(NlriCodec, lengths_the_family_does_not_have_are_broken) {
  const struct {
    Family family;
    const char* octets;
  } broken[] = {
      {Family::inet, "21 0a00000000"},
      {Family::inet, "ff 0a00000000"},
      {Family::inet6, "81 20010db800000000000000000000000000"},
      {Family::inet_labeled, "17 000101"},
      {Family::inet_labeled, "39 000101 0a00000000"},
      {Family::inet_vpn, "57 000191 0001ac1f29ec0002"},
      {Family::inet_vpn, "79 000191 0001ac1f29ec0002 0a2ffffc00"},
      {Family::inet6_vpn, "d9 000191 0001ac1f29ec0002 20010db800000000000000000000000000"},
      {Family::route_target, "20 0000fc"},
      {Family::route_target, "40 0000fc00 000200"},
  };
  for (const auto& [family, octets] : broken)
    EXPECT_EQ(verdict_on(family, octets), NlriRead::broken) << octets;
}

// RFC 4684 section 4: a length below an origin's or beyond a whole target says nothing, but it says
// where the next route begins.
TEST(NlriCodec, a_membership_of_an_impossible_length_is_passed_over) {
  for (unsigned bits = 0; bits < 256; ++bits) {
    Octets octets(1 + (bits + 7) / 8, std::byte{0});
    octets[0] = static_cast<std::byte>(bits);
    const bool legal = bits == 0 || (bits >= 32 && bits <= 96);
    EXPECT_EQ(verdict_on(Family::route_target, to_hex(octets)),
              legal ? NlriRead::ok : NlriRead::ignored)
        << bits;
  }
}

TEST(NlriCodec, host_bits_do_not_make_another_route) {
  Reach route;
  ASSERT_EQ(read({Family::inet}, hex("14 0a011f"), route), NlriRead::ok);
  EXPECT_EQ(tflab::to_text(route.nlri), "10.1.16.0/20");
}

// Types 1 to 5 with every body length: only the legal ones are read, all others stay contained.
TEST(NlriCodec, evpn_bodies_of_a_wrong_length_are_passed_over) {
  const auto legal = [](unsigned type, unsigned size) {
    if (type == 1) return size == 25;
    if (type == 2) return size == 33 || size == 36;  // no address in a body of zeroes
    if (type == 5) return size == 34 || size == 58;
    return false;  // zero is not an address length
  };
  for (unsigned type = 0; type < 16; ++type)
    for (unsigned size = 0; size <= 70; ++size) {
      Octets octets(2 + size, std::byte{0});
      octets[0] = static_cast<std::byte>(type);
      octets[1] = static_cast<std::byte>(size);
      if (type == 2 && size > 22) octets[2 + 22] = std::byte{48};
      Reach route;
      const NlriRead expected = legal(type, size) ? NlriRead::ok : NlriRead::ignored;
      EXPECT_EQ(read({Family::evpn}, octets, route), expected) << type << ' ' << size;
    }
}

TEST(NlriCodec, evpn_fields_out_of_range_are_passed_over) {
  const std::string esi(20, '0');
  for (const std::string& octets :
       {"02 21" + rd + esi + "00000000 31 0e92ccbdaa08 00 000141",           // MAC of 49 bits
        "02 25" + rd + esi + "00000000 30 0e92ccbdaa08 21 0a000003 000141",  // address of 33
        "03 11" + rd + "00000002 10 ac1f29ec",                               // address of 16
        "05 22" + rd + esi + "00000000 21 0a010000 00000000 000151",         // prefix of 33
        "05 22" + rd + esi + "00000000 10 0a010000 0a000001 000151",         // a gateway
        "05 22" + rd + "01" + esi.substr(2) + "00000000 10 0a010000 00000000 000151"})  // an ESI
    EXPECT_EQ(verdict_on(Family::evpn, octets), NlriRead::ignored) << octets;
}

TEST(NlriCodec, the_segment_and_the_zero_address_of_a_mac_are_not_in_its_key) {
  Reach route;
  ASSERT_EQ(
      read({Family::evpn},
           hex("02 25" + rd + "00010203040506070809 00000000 30 0e92ccbdaa08 20 00000000 000141"),
           route),
      NlriRead::ok);
  EXPECT_EQ(Nlri{route.nlri},
            *parse_nlri(Family::evpn, "2-172.31.41.236:2-0-0e:92:cc:bd:aa:08,0.0.0.0"));
}

// Old routers put an MPLS label into the label field and the VNI into the tag.
TEST(NlriCodec, with_vxlan_a_tag_is_the_vni) {
  const auto label = [](const char* tag) {
    Reach route;
    EXPECT_EQ(
        read({Family::evpn, true, false},
             hex("02 21" + rd + std::string(20, '0') + tag + "30 0e92ccbdaa08 00 abcdef"), route),
        NlriRead::ok);
    return route.label;
  };
  EXPECT_EQ(label("00000000"), 0xabcdefu);
  EXPECT_EQ(label("00001389"), 5001u);
  EXPECT_EQ(label("01000000"), 0xabcdefu);
  EXPECT_EQ(label("ffffffff"), 0u);
}

TEST(NlriCodec, ermvpn_routes_of_another_kind_are_passed_over) {
  const std::string body = "0001ac1f29ec0001 ac1f0e2f 20 00000000 20 ffffffff";
  for (const std::string& octets :
       {"00 16" + body, "03 16" + body, "01 17" + body + "00", std::string{"01 00"},
        "01 16" + std::string{"0001ac1f29ec0001 ac1f0e2f 18 00000000 20 ffffffff"},
        "01 16" + std::string{"0001ac1f29ec0001 ac1f0e2f 20 00000000 21 ffffffff"}})
    EXPECT_EQ(verdict_on(Family::ermvpn, octets), NlriRead::ignored) << octets;
}

TEST(NlriCodec, the_native_ermvpn_route_never_leaves) {
  const Reach native{ErmvpnRoute{}};
  EXPECT_TRUE(written({Family::ermvpn}, native).empty());
}

std::vector<Reach> hosts(unsigned count) {
  std::vector<Reach> out;
  for (unsigned n = 0; n < count; ++n)
    out.push_back({VpnRoute{RouteDistinguisher{7}, IpPrefix::host(Ip4{0x0a000000 + n})}, 16 + n});
  return out;
}

TEST(NlriCodec, of_many_routes_as_many_are_written_as_fit_and_none_in_part) {
  constexpr std::size_t a_route = 16;
  const std::vector<Reach> routes = hosts(5);
  for (std::size_t size = 0; size <= 6 * a_route; ++size) {
    std::vector<std::byte> room(size);
    Writer out{room};
    const std::size_t count = write_nlris(out, {Family::inet_vpn}, routes);
    EXPECT_EQ(count, std::min<std::size_t>(size / a_route, routes.size())) << size;
    EXPECT_EQ(out.written().size(), count * a_route) << size;
  }
}

TEST(NlriCodec, of_many_routes_as_many_are_read_as_there_is_room_for) {
  const std::vector<Reach> routes = hosts(19);
  std::vector<std::byte> octets(1000);
  Writer out{octets};
  ASSERT_EQ(write_nlris(out, {Family::inet_vpn}, routes), routes.size());
  Reader field{out.written()};
  std::vector<Reach> back, window(8);
  while (const std::size_t count = reader_of(Family::inet_vpn)(field, {Family::inet_vpn}, window))
    back.insert(back.end(), window.begin(), window.begin() + static_cast<std::ptrdiff_t>(count));
  EXPECT_EQ(back, routes);
  EXPECT_EQ(field.left(), 0u);
}

// What is counted is what is read, also where lengths take turns and the field ends in a route.
TEST(NlriCodec, routes_of_all_lengths_are_counted_as_they_are_read) {
  Octets field;
  for (unsigned bits : {0, 8, 9, 24, 24, 32, 0, 0, 31, 1}) {
    field.push_back(static_cast<std::byte>(bits));
    field.resize(field.size() + (bits + 7) / 8, std::byte{1});
  }
  std::size_t whole = 0;
  for (std::size_t size = 0; size <= field.size(); ++size) {
    Reader in{Bytes{field}.first(size)};
    Reach route;
    std::size_t good = 0;
    while (in.left() > 0 && read_nlri(in, {Family::inet}, route) == NlriRead::ok) ++good;
    const auto counted = count_routes({Family::inet}, Bytes{field}.first(size));
    ASSERT_EQ(counted.has_value(), in.ok()) << size;
    if (counted) EXPECT_EQ(counted->good, good) << size;
    whole += counted.has_value();
  }
  EXPECT_EQ(whole, 11u);
}

// Counting is another way through the same octets, in every family: the two agree about whatever
// stands there.
TEST(NlriCodec, what_is_counted_is_what_is_read_however_octets_are_spoilt) {
  for (const Case& c : cases) {
    const NlriContext context{c.family, c.vxlan, false};
    const Octets sound = hex(c.octets);
    for (std::size_t at = 0; at < sound.size(); ++at)
      for (unsigned flip = 0; flip < 256; ++flip) {
        Octets field = sound;
        field[at] ^= static_cast<std::byte>(flip);
        field.insert(field.end(), sound.begin(), sound.end());
        Counted read;
        Reader in{field};
        Reach route;
        bool broken = false;
        while (in.left() > 0 && !broken) {
          const NlriRead verdict = read_nlri(in, context, route);
          broken = verdict == NlriRead::broken;
          read.good += verdict == NlriRead::ok;
          read.ignored += verdict == NlriRead::ignored;
        }
        const auto counted = count_routes(context, field);
        ASSERT_EQ(counted.has_value(), !broken) << c.text << " octet " << at << " flip " << flip;
        if (!counted) continue;
        ASSERT_EQ(counted->good, read.good) << c.text << " octet " << at << " flip " << flip;
        ASSERT_EQ(counted->ignored, read.ignored) << c.text;
      }
  }
}

TEST(NextHop, octets_and_address_side_by_side) {
  const struct {
    Family family;
    const char* octets;
    const char* address;
  } rows[] = {
      {Family::inet, "ac1f29ec", "172.31.41.236"},
      {Family::inet_vpn, "0000000000000000 ac1f29ec", "172.31.41.236"},
      {Family::inet6, "20010db8000000000000000000000001", "2001:db8::1"},
      {Family::inet6, "00000000000000000000ffff ac1f29ec", "172.31.41.236"},
      {Family::inet6_vpn, "0000000000000000 00000000000000000000ffff ac1f29ec", "172.31.41.236"},
      {Family::route_target, "ac1f0e2f", "172.31.14.47"},
      {Family::evpn, "ac1f0e2f", "172.31.14.47"},
      {Family::ermvpn, "ac1f0e2f", "172.31.14.47"},
      {Family::inet_labeled, "ac1f0e2f", "172.31.14.47"},
  };
  for (const auto& [family, octets, address] : rows) {
    const IpAddr value = *parse_ip(address);
    IpAddr back;
    EXPECT_EQ(read_next_hop(family, hex(octets), back), NextHopRead::ok);
    EXPECT_EQ(back, value);
    EXPECT_EQ(to_hex(test::written([&](Writer& out) { write_next_hop(out, family, value); })),
              to_hex(hex(octets)));
  }
}

TEST(NextHop, only_the_lengths_of_the_family_are_next_hops) {
  using Sizes = std::vector<std::size_t>;
  const auto sizes = [](Family family, NextHopRead verdict) {
    Sizes out;
    IpAddr address;
    for (std::size_t n = 0; n < 256; ++n)
      if (read_next_hop(family, Octets(n, std::byte{1}), address) == verdict) out.push_back(n);
    return out;
  };
  const auto ok = NextHopRead::ok, unusable = NextHopRead::unusable;
  for (Family family : {Family::inet, Family::inet_labeled, Family::route_target, Family::evpn}) {
    EXPECT_EQ(sizes(family, ok), Sizes{4});
    EXPECT_EQ(sizes(family, unusable), (Sizes{16, 32}));
  }
  EXPECT_EQ(sizes(Family::ermvpn, ok), Sizes{4});
  EXPECT_EQ(sizes(Family::ermvpn, unusable), Sizes{});
  EXPECT_EQ(sizes(Family::inet_vpn, ok), Sizes{12});
  EXPECT_EQ(sizes(Family::inet_vpn, unusable), (Sizes{24, 48}));
  EXPECT_EQ(sizes(Family::inet6, ok), (Sizes{16, 32}));
  EXPECT_EQ(sizes(Family::inet6_vpn, ok), (Sizes{24, 48}));
}

TEST(NextHop, of_ipv4_it_may_stand_in_an_ipv6_address) {
  IpAddr address;
  EXPECT_EQ(read_next_hop(Family::evpn, hex("00000000000000000000ffff ac1f29ec"), address),
            NextHopRead::ok);
  EXPECT_EQ(address, IpAddr{Ip4{0xac1f29ec}});
}

TEST(NextHop, what_is_no_hosts_address_is_unusable) {
  for (const char* address :
       {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.5", "255.255.255.255", "::", "::1", "ff02::1"})
    EXPECT_FALSE(names_a_host(*parse_ip(address))) << address;
  for (const char* address : {"1.0.0.0", "126.255.255.255", "128.0.0.1", "223.255.255.255", "::2",
                              "2001:db8::1", "fe80::1"})
    EXPECT_TRUE(names_a_host(*parse_ip(address))) << address;
}

}  // namespace
}  // namespace tflab::bgp
