// Section B of the fault catalogue: path attributes that are not as they should be, over a session.
// What RFC 7606 says attribute by attribute is the table of tests/unit/rfc7606; here is the rest,
// and one case at least of each row.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "control-core/bgp/message.h"
#include "tests/dsl/bgp_fate.h"
#include "tests/dsl/bgp_say_again.h"

namespace tflab::bgp {
namespace {

using test::attributes_with;
using test::fate;
using test::Fate;
using test::good_attributes;
using test::hex;
using test::Kin;
using test::Octets;
using test::Talk;
using test::to_hex;

constexpr Fate kept = Fate::kept, discarded = Fate::discarded, withdrawn = Fate::withdrawn,
               reset = Fate::reset;
constexpr Kin inside = Kin::ibgp, outside = Kin::ebgp;
constexpr Family inet = Family::inet;

std::string hex8(std::size_t n) {
  return to_hex(Octets{static_cast<std::byte>(n)});
}
std::string hex16(std::size_t n) {
  return hex8(n >> 8) + hex8(n & 0xff);
}
std::string octets(std::size_t n) {
  return to_hex(Octets(n, std::byte{1}));
}
std::string attribute(unsigned flags, unsigned code, const std::string& value) {
  const std::size_t size = hex(value).size();
  return hex8(flags | (size > 255 ? 0x10u : 0u)) + hex8(code) +
         (size > 255 ? hex16(size) : hex8(size)) + value;
}

// Every row of `cases` from both kinds of peer.
void expect(Fate expected, std::initializer_list<const char*> cases) {
  for (const char* each : cases) {
    EXPECT_EQ(fate(each, inside), expected) << each;
    EXPECT_EQ(fate(each, outside), expected) << each;
  }
}

TEST(Attributes, B01_origin_of_a_wrong_length_value_or_flags) {
  expect(withdrawn, {"400100", "400102 0000", "400101 03", "400101 ff", "c00101 00", "000101 00"});
}

TEST(Attributes, B02_as_path_of_a_wrong_type_length_or_flags) {
  expect(withdrawn, {"400206 0001 0000fde9", "400206 0501 0000fde9", "400202 0200",
                     "400206 0202 0000fde9", "400205 0201 0000fd", "800206 0201 0000fde9"});
}

TEST(Attributes, B03_nobody_is_as_0) {
  expect(withdrawn, {"400206 0201 00000000"});
  expect(discarded, {"c00708 00000000 0a000001", "c01106 0201 00000000"});
}

TEST(Attributes, B04_sets_and_confederations_are_not_for_us) {
  expect(withdrawn,
         {"40020c 0201 0000fde9 0101 0000fde8", "400206 0301 0000fde9", "400206 0401 0000fde9"});
}

TEST(Attributes, B05_a_path_of_full_segments_and_one_of_very_many) {
  std::string full, many;
  for (int i = 0; i < 3; ++i) {
    full += "02ff";
    for (int j = 0; j < 255; ++j) full += "0000fde9";
  }
  for (int i = 0; i < 500; ++i) many += "0201 0000fde9";
  for (const std::string& path : {full, many}) {
    Talk talk{outside};
    talk.update(attributes_with(attribute(0x40, 2, path), outside), "10 0a09");
    EXPECT_TRUE(talk.has(inet, "10.9.0.0/16"));
  }
}

TEST(Attributes, B06_a_next_hop_of_a_wrong_length_or_no_hosts) {
  expect(withdrawn, {"400303 0a0000", "400305 0a00000200", "400304 00000000", "400304 7f000001",
                     "400304 e0000001", "400304 f0000001"});
}

TEST(Attributes, B07_med_and_local_preference) {
  expect(withdrawn, {"800403 000001", "800405 0000000100"});
  EXPECT_EQ(fate("400503 000064", inside), withdrawn);
  EXPECT_EQ(fate("400503 000064", outside), discarded);
  EXPECT_EQ(fate("400504 00000064", outside), discarded);
  Talk talk{outside};
  talk.update(attributes_with("400504 000003e8", outside), "10 0a09");
  EXPECT_FALSE(talk.attributes(inet, "10.9.0.0/16")->local_pref) << "not believed";
}

TEST(Attributes, B08_aggregators_of_a_wrong_length_are_discarded) {
  expect(discarded, {"400601 00", "c00706 fde9 0a000001", "c00709 0000fde9 0a00000100"});
}

TEST(Attributes, B09_communities_that_are_no_multiple_of_four) {
  expect(withdrawn, {"c00800", "c00803 fde800", "c00805 fde8000100"});
}

TEST(Attributes, B10_reflection_is_believed_from_inside_only) {
  for (const char* each : {"800903 0a0000", "800a00", "800a05 0a00000700"}) {
    EXPECT_EQ(fate(each, inside), withdrawn) << each;
    EXPECT_EQ(fate(each, outside), discarded) << each;
  }
}

// The decoder says what was said; whether it is a loop is for whoever knows the cluster.
TEST(Attributes, B11_originator_and_clusters_are_told_as_they_came) {
  Talk talk{inside};
  talk.update(attributes_with("800904 0a0000fe", inside) + "800a08 0a0000fe 0a000001", "10 0a09");
  const Attributes& set = *talk.attributes(inet, "10.9.0.0/16");
  EXPECT_EQ(set.originator_id, Ip4{0x0a0000fe});
  EXPECT_EQ(set.cluster_list, (std::vector{Ip4{0x0a0000fe}, Ip4{0x0a000001}}));
}

TEST(Attributes, B12_extended_communities_many_and_unknown) {
  expect(withdrawn, {"c01007 0002fc00000000", "c01000"});
  std::string many;
  for (unsigned i = 0; i < 120; ++i) many += "43" + hex8(i) + "000000000000";
  Talk talk{inside};
  talk.update(attributes_with(attribute(0xc0, 16, many), inside), "10 0a09");
  const auto& kept_all = talk.attributes(inet, "10.9.0.0/16")->ext_communities;
  ASSERT_EQ(kept_all.size(), 120u);
  EXPECT_EQ(kept_all[119].wire(), 0x4377000000000000u);
}

TEST(Attributes, B13_ipv6_extended_and_large_communities) {
  expect(withdrawn, {"c01900", "c01913 00000000000000000000000000000000000000", "c02000",
                     "c0200b 0000fde900000001000000"});
  expect(kept, {"c0200c 0000fde9 00000001 00000002"});
}

TEST(Attributes, B14_targets_of_three_kinds_are_three_targets) {
  Talk talk{inside};
  talk.update(attributes_with("c01028 0002fc0000000001 0102 0000fc00 0001 0202 0000fc00 0001"
                              "0002000000000000 0202 ffffffff ffff",
                              inside),
              "10 0a09");
  std::vector<std::string> texts;
  for (RouteTarget target : talk.attributes(inet, "10.9.0.0/16")->targets())
    texts.push_back(tflab::to_text(target));
  EXPECT_EQ(texts,
            (std::vector<std::string>{"target:64512:1", "target:0.0.252.0:1", "target:64512L:1",
                                      "target:0:0", "target:4294967295:65535"}));
}

TEST(Attributes, B15_tunnels_for_broadcast) {
  expect(withdrawn, {"c01604 00060000", "c01609 00 08 000000 0a000002",
                     "c01609 00 ff 000000 0a000002", "c0160a 00 06 000000 0a00000200"});
  expect(kept, {"c01609 00 06 000010 0a000002"});
}

TEST(Attributes, B16_tunnel_encapsulation_without_end) {
  expect(withdrawn, {"c01700", "c01705 0008 00ff 01", "c01706 0008 0002 04ff"});
  expect(kept, {"c01704 0008 0000", "c01706 00ee 0002 0100"});
  std::string many;
  for (int i = 0; i < 500; ++i) many += "0008 0000";
  Talk talk{inside};
  talk.update(attributes_with(attribute(0xc0, 23, many), inside), "10 0a09");
  ASSERT_TRUE(talk.has(inet, "10.9.0.0/16"));
  EXPECT_EQ(talk.attributes(inet, "10.9.0.0/16")->carried[0].value.size(), 2000u);
}

TEST(Attributes, B17_an_encapsulation_nobody_knows_is_kept_as_it_is) {
  Talk talk{inside};
  talk.update(attributes_with("c01010 030c000000000063 030c00000000000d", inside), "10 0a09");
  const Attributes& set = *talk.attributes(inet, "10.9.0.0/16");
  EXPECT_EQ(set.encaps(), (std::vector{Encap{99}, Encap::udp}));
  EXPECT_EQ(tflab::to_text(Encap{99}), "unspecified");
}

TEST(Attributes, B18_attributes_of_other_peoples_inventions_never_cost_the_session) {
  for (unsigned code : {26u, 27u, 28u, 29u, 33u, 34u, 35u, 36u, 37u, 38u, 39u, 40u, 128u, 129u})
    for (unsigned flags : {0x80u, 0xc0u, 0xe0u})
      for (const char* value : {"", "00", "ffff", "0000000000000000"})
        for (Kin kin : {inside, outside})
          EXPECT_NE(fate(attribute(flags, code, value), kin), reset) << code << ' ' << value;
}

// RFC 4271 section 5.
TEST(Attributes, B19_an_unknown_transitive_attribute_goes_on_with_the_partial_bit) {
  for (std::size_t size : {0u, 1u, 255u, 256u, 3000u}) {
    Talk talk{inside};
    talk.update(attributes_with(attribute(0xc0, 250, octets(size)), inside), "10 0a09");
    ASSERT_TRUE(talk.has(inet, "10.9.0.0/16")) << size;
    const auto& carried = talk.attributes(inet, "10.9.0.0/16")->carried;
    ASSERT_EQ(carried.size(), 1u);
    EXPECT_EQ(carried[0].flags, 0xe0);
    EXPECT_EQ(carried[0].value.size(), size);
  }
  Talk talk{inside};
  talk.update(attributes_with("80fa02 0101", inside), "10 0a09");
  EXPECT_TRUE(talk.attributes(inet, "10.9.0.0/16")->carried.empty()) << "not transitive";
}

// All codes with all flags, as those do who grind for crashes: only what calls itself well-known
// and is not, and what hides routes, may cost the session.
TEST(Attributes, B19_all_codes_with_all_flags) {
  AttributePool pool;
  const auto families = test::all_families();
  for (unsigned code = 0; code < 256; ++code)
    for (unsigned flags = 0; flags < 256; flags += 32) {
      const Octets list = hex(attributes_with(attribute(flags, code, octets(code % 7)), inside));
      const Octets body = hex("0000" + hex16(list.size()) + to_hex(list) + "10 0a09");
      const Decoded d = decode_update(body, {true, true}, families, pool);
      const bool hides = code == 14 || code == 15;
      const bool known = code <= 10 || (code >= 16 && code <= 18) || code == 22 || code == 23 ||
                         code == 25 || code == 26 || code == 29 || code == 32 || code == 35 ||
                         code == 40 || code == 128 || (code >= 241 && code <= 243);
      const bool claims = (flags & 0x80) == 0 && (!known || code == 0);
      EXPECT_EQ(d.damage == Damage::reset_session, hides || claims) << code << ' ' << flags;
    }
}

TEST(Attributes, B20_an_unknown_well_known_attribute_is_a_contradiction) {
  Talk talk{inside};
  talk.update(attributes_with("406301 02", inside), "10 0a09");
  EXPECT_FALSE(talk.up());
  EXPECT_EQ(talk.notified(), "3/2");
}

// RFC 7606 section 3.g.
TEST(Attributes, B21_the_first_of_two_counts_unless_they_hold_routes) {
  Talk talk{inside};
  talk.update(attributes_with("", inside) + "400101 02 40010100", "10 0a09");
  EXPECT_EQ(talk.attributes(inet, "10.9.0.0/16")->origin, Origin::igp);
  talk.update(attributes_with("", inside) + "800f03 000101 800f03 000101", "10 0a09");
  EXPECT_EQ(talk.notified(), "3/1");
}

TEST(Attributes, B22_an_attribute_that_runs_over_costs_the_route_and_no_more) {
  expect(withdrawn, {"c0fa09 00", "c00804 fde8", "c0", "c0fa", "d0fa00", "40"});
}

TEST(Attributes, B23_lengths_beyond_the_message) {
  for (const char* body : {"0000 0005 40", "0009 0000", "ffff ffff", "0000 0001"}) {
    Talk talk{inside};
    talk.say_body(hex(body));
    EXPECT_EQ(talk.notified(), "3/1") << body;
  }
}

TEST(Attributes, B24_a_long_length_for_a_short_value) {
  expect(kept, {"50010001 00", "d0080004 fde80001", "500200060201 0000fde9"});
}

TEST(Attributes, B25_the_order_does_not_matter) {
  std::vector<std::string> list = {"400101 02",
                                   "400206 0202 fde9 5ba0",
                                   "400304 0a000002",
                                   "c01106 0201 fa56ea00",
                                   "c00706 5ba0 0a000001",
                                   "c01208 fa56ea00 0a000001",
                                   "c01008 0002fc0000000001",
                                   "800e15 0002 01 10 20010db8000000000000000000000001 00"};
  std::mt19937 random{25};
  std::string first;
  for (int i = 0; i < 40; ++i) {
    std::string all;
    for (const std::string& each : list) all += each;
    Talk talk{outside, test::all_families(), false};
    talk.update(all, "10 0a09");
    ASSERT_TRUE(talk.has(inet, "10.9.0.0/16")) << all;
    const Attributes& set = *talk.attributes(inet, "10.9.0.0/16");
    EXPECT_EQ(tflab::to_text(set.as_path), "65001 4200000000") << all;
    EXPECT_EQ(set.aggregator->as, Asn{4200000000}) << all;
    std::ranges::shuffle(list, random);
  }
}

TEST(Attributes, B26_a_route_without_what_it_must_have) {
  for (const char* attributes :
       {"400200 400304 0a000002", "400101 00 400304 0a000002", "400101 00 400200", "c0fa01 00"}) {
    Talk talk{inside};
    talk.update(good_attributes(inside), "10 0a09");
    talk.update(attributes, "10 0a09");
    EXPECT_TRUE(talk.up()) << attributes;
    EXPECT_EQ(talk.routes(), 0u) << attributes;
  }
}

TEST(Attributes, B27_only_the_exact_forms_end_the_rib) {
  Talk talk{inside};
  talk.update("", "10 0a09");  // no attributes at all
  talk.update("c0fa00");
  talk.update("400101 00");
  talk.update("800f03 000180 c0fa00");
  talk.update("800e05 0001 80 00 00");
  EXPECT_TRUE(talk.ended().empty());
  EXPECT_EQ(talk.routes(), 0u);
  EXPECT_FALSE(talk.up()) << "a next hop of no octets is none of the family's";
  Talk exact{inside};
  exact.update("");
  exact.update("800f03 000180");
  exact.update("900f0003 000180");
  EXPECT_EQ(exact.ended(), (std::vector{inet, Family::inet_vpn, Family::inet_vpn}));
}

// That a path through ourselves is a loop is decided above; nothing of it may be lost on the way.
TEST(Attributes, B28_our_own_as_in_a_path_is_told) {
  Talk talk{outside};
  talk.update(attributes_with("40020a 0202 0000fde9 0000fc00", outside), "10 0a09");
  EXPECT_TRUE(talk.attributes(inet, "10.9.0.0/16")->as_path.contains(Talk::ours));
}

TEST(Attributes, B29_one_bad_message_among_ten_thousand_costs_one_route) {
  Talk talk{inside};
  for (unsigned i = 0; i < 10000; ++i)
    talk.update(i == 5000 ? attributes_with("400101 09", inside) : good_attributes(inside),
                "18 0a" + hex16(i));
  EXPECT_TRUE(talk.up());
  EXPECT_EQ(talk.routes(), 9999u);
  EXPECT_FALSE(talk.has(inet, "10.19.136.0/24"));
}

TEST(Attributes, B30_every_event_is_counted_and_quoted) {
  Talk talk{inside};
  talk.update(attributes_with("400101 09", inside), "10 0a09");
  talk.update(attributes_with("400601 00", inside), "10 0a09");
  EXPECT_EQ(talk.session().received().treated_as_withdraw, 1u);
  EXPECT_EQ(talk.session().received().attributes_discarded, 1u);
  AttributePool pool;
  const Octets list = hex(attributes_with("400101 09", inside));
  const Decoded d = decode_update(hex("0000" + hex16(list.size()) + to_hex(list) + "10 0a09"),
                                  {true, true}, test::all_families(), pool);
  EXPECT_EQ(to_hex(d.fault.data), "40010109");
}

// Nothing breaks, and what is accepted means the same when it is said again.
TEST(Attributes, B31_every_bit_of_every_message_flipped) {
  AttributePool pool;
  const auto families = test::all_families();
  std::size_t accepted = 0;
  for (const test::UpdateSample& sample : test::update_samples(pool)) {
    const SharedBytes run = encode(sample.update, {true, true});
    Octets body{run->begin() + header_size, run->end()};
    for (std::size_t bit = 0; bit < 8 * body.size(); ++bit) {
      const auto mask = std::byte(1u << (bit % 8));
      body[bit / 8] ^= mask;
      for (const Heard& heard : decode_update(body, {true, true}, families, pool).heard) {
        const SharedBytes said = encode(test::said_again(heard), {true, true});
        const Decoded back =
            decode_update(Bytes{*said}.subspan(header_size), {true, true}, families, pool);
        ASSERT_EQ(back.heard.size(), 1u) << sample.name << " bit " << bit;
        ASSERT_EQ(test::listed(back.heard[0].routes), test::listed(heard.routes));
        ++accepted;
      }
      body[bit / 8] ^= mask;
    }
  }
  EXPECT_GT(accepted, 1000u);
}

}  // namespace
}  // namespace tflab::bgp
