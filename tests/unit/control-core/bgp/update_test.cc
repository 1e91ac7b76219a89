#include "control-core/bgp/update.h"

#include <gtest/gtest.h>

#include "control-core/bgp/message.h"
#include "tests/dsl/bgp_samples.h"
#include "tests/dsl/bytes.h"

namespace tflab::bgp {
namespace {

using test::hex;
using test::Octets;
using test::to_hex;

constexpr Dialect internal{true, true}, external{false, true};
const std::vector<Family> everything = test::all_families();

std::string be16_hex(std::size_t n) {
  return to_hex(Octets{static_cast<std::byte>(n >> 8), static_cast<std::byte>(n & 0xff)});
}
// An UPDATE's body around attributes and classic fields, lengths filled in.
Octets body(const std::string& attributes, const std::string& routes = "",
            const std::string& withdrawn = "") {
  return hex(be16_hex(hex(withdrawn).size()) + withdrawn + be16_hex(hex(attributes).size()) +
             attributes + routes);
}
std::string message(const std::string& attributes) {
  const Octets inner = body(attributes);
  return std::string(32, 'f') + be16_hex(header_size + inner.size()) + "02" + to_hex(inner);
}
std::string without_blanks(const std::string& text) {
  return to_hex(hex(text));
}

// The bodies of the messages in a run.
std::vector<Octets> bodies(const SharedBytes& run) {
  std::vector<Octets> out;
  Framer framer;
  Bytes rest{*run};
  while (auto found = framer.next(rest)) {
    const auto& one = std::get<Framer::Message>(*found);
    EXPECT_EQ(one.type, MessageType::update);
    out.emplace_back(one.body.begin(), one.body.end());
  }
  EXPECT_TRUE(rest.empty());
  return out;
}

Nlri key(Family family, const char* text) {
  return *parse_nlri(family, text);
}

class UpdateCodec : public ::testing::Test {
protected:
  Decoded decode(const Octets& octets, Dialect dialect = internal) {
    return decode_update(octets, dialect, everything, pool);
  }
  Update reach(Family family, const Attributes& set, std::vector<Reach> routes) {
    return {family, pool.intern(set), std::move(routes), {}, false};
  }
  AttributePool pool;
};

// What all announcements below begin with: ORIGIN, LOCAL_PREF 200, AS_PATH, two communities.
const std::string head = "400101 00 400504 000000c8 400200";
const std::string communities = "c01010 0002fc00007a1201 030c000000000002";

TEST_F(UpdateCodec, octets_and_value_side_by_side) {
  const std::string rd = "0001ac1f29ec0002";
  const struct {
    Family family;
    const char* route;
    std::uint32_t label;
    std::string attributes;
  } cases[] = {
      {Family::inet, "10.47.255.252/32", 0,
       "400101 00 400304 ac1f29ec 400504 000000c8 400200" + communities +
           "900e000e 0001 01 04 ac1f29ec 00 20 0a2ffffc"},
      {Family::inet6, "2001:db8::/32", 0,
       head + communities + "900e001a 0002 01 10 00000000000000000000ffff ac1f29ec 00 20 20010db8"},
      {Family::inet_vpn, "172.31.41.236:2:10.47.255.252/32", 25,
       head + communities + "900e0021 0001 80 0c 0000000000000000 ac1f29ec 00 78 000191" + rd +
           "0a2ffffc"},
      {Family::inet6_vpn, "172.31.41.236:2:2001:db8::/32", 25,
       head + communities +
           "900e002d 0002 80 18 0000000000000000 00000000000000000000ffff ac1f29ec 00 78 000191" +
           rd + "20010db8"},
      {Family::route_target, "64512:target:64512:8000001", 0,
       head + communities + "900e0016 0001 84 04 ac1f29ec 00 60 0000fc00 0002fc00007a1201"},
      {Family::evpn, "3-172.31.41.236:2-2-172.31.41.236", 0,
       head + communities + "900e001c 0019 46 04 ac1f29ec 00 0311" + rd + "00000002 20 ac1f29ec"},
      {Family::ermvpn, "1-172.31.41.236:2-172.31.14.47,255.255.255.255,0.0.0.0", 0,
       head + communities + "900e0021 0001 f3 04 ac1f29ec 00 0116" + rd +
           "ac1f0e2f 20 00000000 20 ffffffff"},
      {Family::inet_labeled, "10.1.0.0/16", 16,
       head + communities + "900e000f 0001 04 04 ac1f29ec 00 28 000101 0a01"},
  };
  for (const auto& [family, route, label, attributes] : cases) {
    const Update update = reach(family, test::plain_attributes(), {{key(family, route), label}});
    EXPECT_EQ(to_hex(*encode(update, internal)), without_blanks(message(attributes))) << route;
    const Decoded back = decode(body(attributes));
    EXPECT_EQ(back.damage, Damage::none) << route;
    ASSERT_EQ(back.heard.size(), 1u) << route;
    EXPECT_EQ(back.heard[0].family, family);
    EXPECT_EQ(test::listed(back.heard[0].routes), update.reach);
    EXPECT_EQ(back.heard[0].attributes, update.attributes) << "one set, one object";
  }
}

TEST_F(UpdateCodec, withdrawals_and_end_of_rib_side_by_side) {
  Update gone;
  gone.family = Family::inet_vpn;
  gone.unreach = {key(Family::inet_vpn, "172.31.41.236:2:10.47.255.252/32")};
  EXPECT_EQ(to_hex(*encode(gone, internal)),
            without_blanks(message("900f0013 0001 80 78 800000 0001ac1f29ec0002 0a2ffffc")));
  Update end;
  end.family = Family::evpn;
  end.end_of_rib = true;
  EXPECT_EQ(to_hex(*encode(end, internal)), without_blanks(message("900f0003 0019 46")));
}

Attributes as_received(Attributes set, Dialect dialect) {
  if (dialect.ibgp) {
    set.local_pref = set.effective_local_pref();
  } else {
    set.local_pref.reset();
    set.originator_id.reset();
    set.cluster_list.clear();
  }
  return set;
}

std::vector<Reach> bare(const std::vector<Nlri>& keys) {
  std::vector<Reach> out;
  for (const Nlri& each : keys) out.push_back({each});
  return out;
}

TEST_F(UpdateCodec, one_of_everything_comes_back_in_every_dialect) {
  for (const test::UpdateSample& sample : test::update_samples(pool))
    for (Dialect dialect : test::all_dialects) {
      Update sent = sample.update;
      if (sent.attributes && !dialect.ibgp) {
        Attributes set = *sent.attributes;
        set.as_path.prepend(Asn{65009});  // as any speaker to another AS does
        sent.attributes = pool.intern(set);
      }
      const auto messages = bodies(encode(sent, dialect));
      ASSERT_EQ(messages.size(), 1u) << sample.name;
      const Decoded back = decode(messages[0], dialect);
      EXPECT_EQ(back.damage, Damage::none) << sample.name;
      EXPECT_EQ(back.routes_ignored, 0u) << sample.name;
      ASSERT_EQ(back.heard.size(), 1u) << sample.name;
      const Heard& got = back.heard[0];
      EXPECT_EQ(got.family, sent.family) << sample.name;
      EXPECT_EQ(test::listed(got.routes), sent.attributes ? sent.reach : bare(sent.unreach))
          << sample.name;
      EXPECT_EQ(got.end_of_rib, sent.end_of_rib) << sample.name;
      ASSERT_EQ(got.attributes != nullptr, sent.attributes != nullptr) << sample.name;
      if (sent.attributes) {
        EXPECT_EQ(*got.attributes, as_received(*sent.attributes, dialect)) << sample.name;
      }
    }
}

TEST_F(UpdateCodec, every_truncation_is_refused) {
  for (const test::UpdateSample& sample : test::update_samples(pool))
    for (const Octets& whole : bodies(encode(sample.update, internal)))
      test::expect_no_truncation_is_accepted(whole, [&](Bytes cut) {
        const Decoded d = decode_update(cut, internal, everything, pool);
        EXPECT_TRUE(d.heard.empty());
        return d.damage != Damage::reset_session;
      });
}

TEST_F(UpdateCodec, many_routes_fill_messages_to_the_brim) {
  constexpr std::size_t attributes = 40, mp_head = 4 + 9, a_route = 5;
  constexpr std::size_t room = longest_message - header_size - 4 - attributes - mp_head;
  static_assert(room % a_route == 0);
  std::vector<Reach> routes;
  for (std::uint32_t i = 0; i < 3 * room / a_route; ++i)
    routes.push_back({InetRoute{IpPrefix::host(Ip4{0x0a000000 + i})}});
  const auto run = encode(reach(Family::inet, test::plain_attributes(), routes), internal);
  EXPECT_EQ(run->size(), 3 * longest_message);
  const auto messages = bodies(run);
  std::vector<Reach> back;
  for (const Octets& one : messages) {
    const Decoded d = decode(one);
    ASSERT_EQ(d.heard.size(), 1u);
    EXPECT_LE(one.size() + header_size, longest_message);
    d.heard[0].routes.each([&](const Reach& route) { back.push_back(route); });
  }
  EXPECT_EQ(back, routes);
}

// What cannot be said must not leave an older truth standing.
TEST_F(UpdateCodec, routes_whose_attributes_do_not_fit_a_message_are_withdrawn) {
  Attributes set = test::plain_attributes();
  set.ext_communities.assign(506, ExtCommunity{7});  // 4048 octets
  const Reach route{key(Family::inet_vpn, "64512:7:10.0.0.0/8"), 25};
  const auto messages = bodies(encode(reach(Family::inet_vpn, set, {route}), internal));
  ASSERT_EQ(messages.size(), 1u);
  const Decoded d = decode(messages[0]);
  ASSERT_EQ(d.heard.size(), 1u);
  EXPECT_EQ(d.heard[0].attributes, nullptr);
  EXPECT_EQ(test::keys(d.heard[0]), std::vector{route.nlri});
}

TEST_F(UpdateCodec, nothing_to_say_is_no_message) {
  EXPECT_TRUE(encode({}, internal)->empty());
  const Update native = reach(Family::ermvpn, {}, {{ErmvpnRoute{}}});
  EXPECT_TRUE(encode(native, internal)->empty());
}

// --- what old speakers send ----------------------------------------------------------------------

const std::string classic = "400101 00 400200 400304 0a000001 400504 00000064";

TEST_F(UpdateCodec, classic_fields_are_read) {
  const Decoded d = decode(body(classic, "10 0a01 18 0a0203", "08 0b"));
  EXPECT_EQ(d.damage, Damage::none);
  ASSERT_EQ(d.heard.size(), 2u);
  EXPECT_EQ(test::keys(d.heard[0]), std::vector{key(Family::inet, "11.0.0.0/8")});
  EXPECT_EQ(
      test::listed(d.heard[1].routes),
      (std::vector<Reach>{{key(Family::inet, "10.1.0.0/16")}, {key(Family::inet, "10.2.3.0/24")}}));
  EXPECT_EQ(d.heard[1].attributes->next_hop, IpAddr{Ip4{0x0a000001}});
}

// RFC 4271 section 4.3: the route is announced.
TEST_F(UpdateCodec, a_route_both_withdrawn_and_announced_is_announced_last) {
  const Decoded d = decode(body(classic, "10 0a01", "10 0a01"));
  ASSERT_EQ(d.heard.size(), 2u);
  EXPECT_EQ(d.heard[0].attributes, nullptr);
  EXPECT_NE(d.heard[1].attributes, nullptr);
}

TEST_F(UpdateCodec, two_families_in_one_message_have_their_own_next_hops) {
  const Decoded good =
      decode(body("900e0016 0001 84 04 0a000009 00 60 0000fc00 0002fc0000000001"
                  "900f0007 0019 46 07 02 0000" +
                      classic,
                  "10 0a01"));
  EXPECT_EQ(good.damage, Damage::none);
  EXPECT_EQ(good.routes_ignored, 1u) << "e-vpn type 7";
  ASSERT_EQ(good.heard.size(), 2u);
  EXPECT_EQ(good.heard[0].attributes->next_hop, IpAddr{Ip4{0x0a000009}});
  EXPECT_EQ(good.heard[1].attributes->next_hop, IpAddr{Ip4{0x0a000001}});
}

TEST_F(UpdateCodec, end_of_rib_has_exactly_two_forms) {
  const Decoded inet = decode(body(""));
  ASSERT_EQ(inet.heard.size(), 1u);
  EXPECT_TRUE(inet.heard[0].end_of_rib);
  EXPECT_EQ(inet.heard[0].family, Family::inet);
  const Decoded vpn = decode(body("800f03 0001 80"));
  ASSERT_EQ(vpn.heard.size(), 1u);
  EXPECT_TRUE(vpn.heard[0].end_of_rib);
  EXPECT_EQ(vpn.heard[0].family, Family::inet_vpn);
  EXPECT_TRUE(decode(body("800f03 0001 80" + classic)).heard.empty());
  EXPECT_TRUE(decode(body(classic)).heard.empty());
}

TEST_F(UpdateCodec, families_not_spoken_are_passed_over) {
  const std::vector<Family> only_vpn{Family::inet_vpn};
  const auto silent = [&](const Octets& octets) {
    const Decoded d = decode_update(octets, internal, only_vpn, pool);
    return d.damage == Damage::none && d.heard.empty();
  };
  EXPECT_TRUE(silent(body(head + "900e0016 0001 84 04 0a000009 00 60 0000fc00 0002fc0000000001")));
  EXPECT_TRUE(silent(body(head + "900e0006 4004 47 01 ff 00")));
  EXPECT_TRUE(silent(body("800f03 0019 46")));
  EXPECT_TRUE(silent(body("")));
  EXPECT_TRUE(silent(body(classic, "10 0a01", "10 0a02")));
}

TEST_F(UpdateCodec, S62_a_path_that_passed_an_old_speaker_is_whole_again) {
  const std::string attributes =
      "400101 00 400206 02 02 fde9 5ba0 c01106 02 01 fa56ea00 400304 0a000001"
      "c00706 5ba0 0a000001 c01208 fa56ea00 0a000001";
  const Decoded d = decode(body(attributes, "10 0a01"), {false, false});
  ASSERT_EQ(d.heard.size(), 1u);
  EXPECT_EQ(to_text(d.heard[0].attributes->as_path), "65001 4200000000");
  EXPECT_EQ(d.heard[0].attributes->aggregator->as, Asn{4200000000});
}

// RFC 6793 section 4.2.3: the aggregator is newer than what the four-octet attributes say.
TEST_F(UpdateCodec, four_octet_attributes_yield_to_a_newer_aggregator) {
  const std::string attributes =
      "400101 00 400206 02 02 fde9 5ba0 c01106 02 01 fa56ea00 400304 0a000001"
      "c00706 fde9 0a000001 c01208 fa56ea00 0a000001";
  const Decoded d = decode(body(attributes, "10 0a01"), {false, false});
  ASSERT_EQ(d.heard.size(), 1u);
  EXPECT_EQ(to_text(d.heard[0].attributes->as_path), "65001 23456");
  EXPECT_EQ(d.heard[0].attributes->aggregator->as, Asn{65001});
}

TEST_F(UpdateCodec, the_order_of_attributes_does_not_matter) {
  const std::string reach_first = "900e0016 0001 84 04 0a000009 00 60 0000fc00 0002fc0000000001";
  const Decoded a = decode(body(reach_first + head + communities));
  const Decoded b = decode(body(communities + head + reach_first));
  ASSERT_EQ(a.heard.size(), 1u);
  ASSERT_EQ(b.heard.size(), 1u);
  EXPECT_EQ(a.heard[0].attributes, b.heard[0].attributes);
}

// Labels are VNIs when a community says so, and it may stand after them.
TEST_F(UpdateCodec, what_a_label_is_does_not_depend_on_order_either) {
  const std::string evpn =
      "900e002c 0019 46 04 0a000009 00 0221 0001ac1f29ec0002 00000000000000000000 00000000 30 "
      "0e92ccbdaa08 00 001389";
  const std::string pmsi = "c01609 00 06 001389 0a000009";
  const std::string vxlan = "c01008 030c000000000008";
  const auto labels = [&](const std::string& attributes) {
    const Decoded d = decode(body(attributes));
    EXPECT_EQ(d.heard.size(), 1u);
    return std::pair{test::listed(d.heard[0].routes)[0].label,
                     d.heard[0].attributes->pmsi_tunnel->label};
  };
  EXPECT_EQ(labels(head + evpn + pmsi + vxlan), std::pair(5001u, 5001u));
  EXPECT_EQ(labels(vxlan + pmsi + evpn + head), std::pair(5001u, 5001u));
  EXPECT_EQ(labels(head + evpn + pmsi), std::pair(5001u >> 4, 5001u >> 4));
}

// --- damage --------------------------------------------------------------------------------------

struct Hurt {
  const char* what;
  const char* attributes;
  Damage damage;
  Dialect dialect = internal;
};

constexpr Damage none = Damage::none, discard = Damage::discard_attribute,
                 withdraw = Damage::treat_as_withdraw, reset = Damage::reset_session;

// Every set but the marked ones is complete for a classic announcement.
// clang-format off
const Hurt hurts[] = {
    {"whole", "400101 00 400200 400304 0a000001", none},
    {"ORIGIN too long", "400102 0000 400200 400304 0a000001", withdraw},
    {"ORIGIN 3", "400101 03 400200 400304 0a000001", withdraw},
    {"ORIGIN optional", "c00101 00 400200 400304 0a000001", withdraw},
    {"ORIGIN partial", "600101 00 400200 400304 0a000001", none},
    {"ORIGIN extended length", "50010001 00 400200 400304 0a000001", none},
    {"ORIGIN twice", "400101 00 400101 03 400200 400304 0a000001", none},
    {"no ORIGIN", "400200 400304 0a000001", withdraw},
    {"no AS_PATH", "400101 00 400304 0a000001", withdraw},
    {"no NEXT_HOP", "400101 00 400200", withdraw},
    {"nothing", "", withdraw},
    {"AS_PATH of AS 0", "400101 00 400206 0201 00000000 400304 0a000001", withdraw},
    {"AS_PATH overrun", "400101 00 400206 0202 0000fde9 400304 0a000001", withdraw},
    {"AS_PATH empty from outside", "400101 00 400200 400304 0a000001", withdraw, external},
    {"AS_PATH from outside", "400101 00 400206 0201 0000fde9 400304 0a000001", none, external},
    {"NEXT_HOP short", "400101 00 400200 400303 0a0000", withdraw},
    {"MED short", "400101 00 400200 400304 0a000001 800403 000000", withdraw},
    {"LOCAL_PREF short", "400101 00 400200 400304 0a000001 400503 000000", withdraw},
    {"LOCAL_PREF short from outside", "400101 00 400206 0201 0000fde9 400304 0a000001 400503 000000", discard, external},
    {"ATOMIC_AGGREGATE long", "400101 00 400200 400304 0a000001 400601 00", discard},
    {"AGGREGATOR short", "400101 00 400200 400304 0a000001 c00706 fde9 0a000001", discard},
    {"AGGREGATOR of AS 0", "400101 00 400200 400304 0a000001 c00708 00000000 0a000001", discard},
    {"COMMUNITIES empty", "400101 00 400200 400304 0a000001 c00800", withdraw},
    {"ORIGINATOR_ID short", "400101 00 400200 400304 0a000001 800903 0a0000", withdraw},
    {"ORIGINATOR_ID short from outside", "400101 00 400206 0201 0000fde9 400304 0a000001 800903 0a0000", discard, external},
    {"CLUSTER_LIST odd", "400101 00 400200 400304 0a000001 800a05 0a00000100", withdraw},
    {"EXTENDED_COMMUNITIES odd", "400101 00 400200 400304 0a000001 c01007 00020000000000", withdraw},
    {"PMSI_TUNNEL short", "400101 00 400200 400304 0a000001 c01604 00060000", withdraw},
    {"AS4_PATH odd", "400101 00 400200 400304 0a000001 c01103 020200", discard},
    {"EDGE_DISCOVERY without blocks", "400101 00 400200 400304 0a000001 c0f106 04 ac1f29ec 00", withdraw},
    {"worst of two", "400101 03 400200 400304 0a000001 400601 00", withdraw},
    {"unknown optional", "400101 00 400200 400304 0a000001 c0c803 010203", none},
    {"unknown optional non-transitive", "400101 00 400200 400304 0a000001 80c800", none},
    {"unknown well-known", "400101 00 400200 400304 0a000001 40c801 00", reset},
    {"attribute overruns", "400101 00 400200 400304 0a000001 c008ff 00", withdraw},
    {"one stray octet", "400101 00 400200 400304 0a000001 40", withdraw},
    {"MP_REACH twice", "400101 00 400200 400304 0a000001 800e05 0001 80 00 00 800e05 0001 80 00 00", reset},
    {"MP_REACH short", "400101 00 400200 400304 0a000001 800e04 0001 80 00", reset},
    {"MP_REACH next hop of 5", "400101 00 400200 400304 0a000001 800e0a 0001 84 05 0a00000000 00", reset},
    {"MP_REACH well-known", "400101 00 400200 400304 0a000001 400e05 4004 47 00 00", reset},
    {"MP_UNREACH short", "400101 00 400200 400304 0a000001 800f02 0001", reset},
    {"MP_UNREACH route cut", "400101 00 400200 400304 0a000001 800f05 0001 80 78 00", reset},
};
// clang-format on

TEST_F(UpdateCodec, damage_costs_what_the_standard_says) {
  for (const Hurt& hurt : hurts) {
    const Decoded d = decode(body(hurt.attributes, "10 0a01"), hurt.dialect);
    EXPECT_EQ(d.damage, hurt.damage) << hurt.what;
    const std::size_t expected = hurt.damage == reset ? 0 : 1;
    ASSERT_EQ(d.heard.size(), expected) << hurt.what;
    if (hurt.damage == reset) {
      EXPECT_EQ(d.fault.code, update_error) << hurt.what;
      continue;
    }
    EXPECT_EQ(d.heard[0].routes.size(), 1u) << hurt.what;
    EXPECT_EQ(d.heard[0].attributes == nullptr, hurt.damage == withdraw) << hurt.what;
  }
}

TEST_F(UpdateCodec, a_discarded_attribute_is_gone) {
  const Decoded d = decode(body(classic + "400601 00 c00706 fde9 0a000001", "10 0a01"));
  EXPECT_FALSE(d.heard[0].attributes->atomic_aggregate);
  EXPECT_FALSE(d.heard[0].attributes->aggregator);
}

TEST_F(UpdateCodec, a_session_is_reset_with_the_offending_attribute) {
  EXPECT_EQ(decode(body(classic + "40c801 00")).fault, (Notification{3, 2, hex("40c80100")}));
  EXPECT_EQ(decode(body("800e04 0001 80 00")).fault, (Notification{3, 9, hex("800e0400018000")}));
  EXPECT_EQ(decode(body("400f03 0001 80")).fault, (Notification{3, 4, hex("400f03000180")}));
  EXPECT_EQ(decode(body(classic, "21 0a01020304")).fault, (Notification{3, 10, {}}));
  EXPECT_EQ(decode(body(classic, "", "20 0a01")).fault, (Notification{3, 10, {}}));
  EXPECT_EQ(decode(hex("0000 0001")).fault, (Notification{3, 1, {}}));
  EXPECT_EQ(decode(hex("0005 0000")).fault, (Notification{3, 1, {}}));
}

TEST_F(UpdateCodec, a_set_that_was_refused_is_not_kept) {
  decode(body("400101 03 400200 400304 0a000001", "10 0a01"));
  decode(body(classic + "40c801 00", "10 0a01"));
  EXPECT_EQ(pool.size(), 0u);
}

}  // namespace
}  // namespace tflab::bgp
