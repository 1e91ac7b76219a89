#include "control-core/bgp/attribute.h"

#include <gtest/gtest.h>

#include "control-core/bgp/as_path.h"
#include "tests/dsl/bgp_samples.h"
#include "tests/dsl/bytes.h"

namespace tflab::bgp {
namespace {

using test::hex;
using test::to_hex;

constexpr Dialect narrow{true, false}, wide{true, true};

struct Case {
  std::uint8_t code;
  Dialect dialect;
  const char* octets;  // of the value
  void (*set)(Attributes& attributes);
};

const Case cases[] = {
    {1, wide, "02", [](Attributes& a) { a.origin = Origin::incomplete; }},
    {2, wide, "0202 0000fde9 fa56ea00 0102 00000001 00000002",
     [](Attributes& a) {
       a.as_path = {{{AsSegment::sequence, {Asn{65001}, Asn{4200000000}}},
                     {AsSegment::set, {Asn{1}, Asn{2}}}}};
     }},
    {2, narrow, "0202 fde9 5ba0 0102 0001 0002",
     [](Attributes& a) {
       a.as_path = {
           {{AsSegment::sequence, {Asn{65001}, Asn{23456}}}, {AsSegment::set, {Asn{1}, Asn{2}}}}};
     }},
    {4, wide, "00000064", [](Attributes& a) { a.med = 100; }},
    {5, wide, "000000c8", [](Attributes& a) { a.local_pref = 200; }},
    {6, wide, "", [](Attributes& a) { a.atomic_aggregate = true; }},
    {7, wide, "fa56ea00 0a000001",
     [](Attributes& a) {
       a.aggregator = {Asn{4200000000}, Ip4{0x0a000001}};
     }},
    {7, narrow, "fde9 0a000001",
     [](Attributes& a) {
       a.aggregator = {Asn{65001}, Ip4{0x0a000001}};
     }},
    {8, wide, "ffffff01 fde80001",
     [](Attributes& a) {
       a.communities = {Community::no_export, Community{0xfde80001}};
     }},
    {9, wide, "0a000002", [](Attributes& a) { a.originator_id = Ip4{0x0a000002}; }},
    {10, wide, "0a000003 0a000004",
     [](Attributes& a) {
       a.cluster_list = {Ip4{0x0a000003}, Ip4{0x0a000004}};
     }},
    {16, wide, "0002fc00007a1201 030c000000000002",
     [](Attributes& a) {
       a.ext_communities = {ExtCommunity::target(RouteTarget::as2(64512, 8000001)),
                            ExtCommunity::encapsulation(Encap::gre)};
     }},
    {241, wide,
     "04 ac1f29ec 10 000003e8 000007cf 00000bb8 00000f9f 04 ac1f29ed 08 00000007 00000007",
     [](Attributes& a) {
       a.edge_discovery = {{Ip4{0xac1f29ec}, {{1000, 1999}, {3000, 3999}}},
                           {Ip4{0xac1f29ed}, {{7, 7}}}};
     }},
    {242, wide, "04 ac1f29ec 000003e8 ac1f29ed 000007d0",
     [](Attributes& a) {
       a.edge_forwarding = {{Ip4{0xac1f29ec}, 1000, Ip4{0xac1f29ed}, 2000}};
     }},
    {243, wide, "8071fc0000000005 8071fc0000000006",
     [](Attributes& a) {
       a.origin_vn_path = {ExtCommunity::origin_vn(Asn{64512}, 5),
                           ExtCommunity::origin_vn(Asn{64512}, 6)};
     }},
};

bool reads(const AttributeRow& row, Incoming& message, Bytes value) {
  Reader in{value};
  return row.read(in, message) && in.done();
}

Incoming incoming(Dialect dialect) {
  Incoming message;
  message.dialect = dialect;
  return message;
}

TEST(Attribute, octets_and_value_side_by_side) {
  for (const Case& c : cases) {
    const AttributeRow& row = *attribute_row(c.code);
    Attributes value;
    c.set(value);
    Incoming message = incoming(c.dialect);
    EXPECT_TRUE(reads(row, message, hex(c.octets))) << row.name;
    EXPECT_EQ(message.set, value) << row.name;
    const Outgoing from{value, c.dialect, Family::inet_vpn};
    EXPECT_TRUE(row.sent(from)) << row.name;
    EXPECT_EQ(to_hex(test::written([&](Writer& out) { row.write(out, from); })),
              to_hex(hex(c.octets)))
        << row.name;
  }
}

// A list may end after any element and a path after any segment; anything else is malformed.
TEST(Attribute, truncations_are_refused_wherever_an_element_is_cut) {
  const auto is_boundary = [](const Case& c, std::size_t n) {
    if (c.code == 2) return n == 0 || n == (c.dialect.four_byte_as ? 10u : 6u);
    if (c.code == 8 || c.code == 10) return n == 4;
    if (c.code == 16 || c.code == 243) return n == 8;
    return c.code == 241 && n == 22;
  };
  for (const Case& c : cases) {
    const auto whole = hex(c.octets);
    for (std::size_t n = 0; n < whole.size(); ++n) {
      const test::Octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
      Incoming message = incoming(c.dialect);
      EXPECT_EQ(reads(*attribute_row(c.code), message, cut), is_boundary(c, n))
          << attribute_row(c.code)->name << " cut to " << n;
    }
  }
}

TEST(Attribute, malformed_values_are_refused) {
  const struct {
    std::uint8_t code;
    const char* octets;
  } malformed[] = {
      {1, "03"},
      {1, "0000"},
      {2, "0200"},
      {2, "0301 0000fde9"},
      {2, "0001 0000fde9"},
      {2, "0201 00000000"},
      {2, "0202 0000fde9"},
      {3, "0a0000"},
      {3, "0a00000000"},
      {4, "000000"},
      {5, "0000000000"},
      {6, "00"},
      {7, "fde9 0a000001"},
      {7, "00000000 0a000001"},
      {8, ""},
      {8, "ffffff"},
      {9, "0a0000"},
      {10, ""},
      {10, "0a0000"},
      {16, ""},
      {16, "0002fc00007a12"},
      {22, "00060000"},
      {22, "00 06 000000 0a0000"},
      {22, "00 06 000000 0a00000000000000"},
      {241, ""},
      {241, "04 ac1f29ec 00"},
      {241, "04 ac1f29ec 07 00000000000000"},
      {241, "10 ac1f29ec 08 0000000000000000"},
      {241, "04 ac1f29ec 10 0000000000000000"},
      {242, ""},
      {242, "06 ac1f29ec 00000000 ac1f29ed 00000000"},
      {243, ""},
      {243, "80"},
  };
  for (const auto& [code, octets] : malformed) {
    Incoming message = incoming(wide);
    EXPECT_FALSE(reads(*attribute_row(code), message, hex(octets))) << int{code} << ' ' << octets;
  }
}

std::vector<int> codes_sent(const Attributes& set, Dialect dialect, Family family) {
  const auto octets = test::written([&](Writer& out) {
    EXPECT_TRUE(write_attributes(out, {set, dialect, family}));
  });
  std::vector<int> codes;
  Reader in{octets};
  while (in.left() > 0) {
    const unsigned flags = in.u8();
    codes.push_back(in.u8());
    const AttributeRow* row = attribute_row(static_cast<std::uint8_t>(codes.back()));
    EXPECT_EQ(flags & 0xc0, row != nullptr ? row->flags : 0xc0);
    in.take((flags & extended_length) != 0 ? in.be16() : in.u8());
  }
  EXPECT_TRUE(in.ok());
  return codes;
}

TEST(Attribute, order_is_that_of_the_original) {
  Attributes set = test::rich_attributes();
  set.edge_discovery = test::tree_attributes().edge_discovery;
  set.edge_forwarding = test::tree_attributes().edge_forwarding;
  set.pmsi_tunnel = PmsiTunnel{};
  using Codes = std::vector<int>;
  EXPECT_EQ(codes_sent(set, {true, true}, Family::inet),
            (Codes{1, 3, 4, 5, 6, 7, 9, 10, 2, 241, 242, 8, 16, 243, 22, 32, 250}));
  EXPECT_EQ(codes_sent(set, {true, false}, Family::inet_vpn),
            (Codes{1, 4, 5, 6, 7, 18, 9, 10, 2, 17, 241, 242, 8, 16, 243, 22, 32, 250}));
  EXPECT_EQ(codes_sent(set, {false, true}, Family::inet_vpn),
            (Codes{1, 4, 6, 7, 2, 241, 242, 8, 16, 243, 22, 32, 250}));
  EXPECT_EQ(codes_sent({}, {true, true}, Family::evpn), (Codes{1, 5, 2}));
  EXPECT_EQ(codes_sent({}, {false, true}, Family::evpn), (Codes{1, 2}));
}

TEST(Attribute, a_med_of_zero_and_an_edge_without_labels_are_not_sent) {
  Attributes set;
  set.med = 0;
  set.edge_discovery = {{Ip4{1}, {}}};
  EXPECT_EQ(codes_sent(set, {true, true}, Family::ermvpn), (std::vector<int>{1, 5, 2}));
}

TEST(Attribute, a_long_value_has_an_extended_length) {
  Attributes set;
  set.ext_communities.assign(32, ExtCommunity{7});
  const auto octets = test::written([&](Writer& out) {
    EXPECT_TRUE(write_attributes(out, {set, wide, Family::inet_vpn}));
  });
  EXPECT_NE(to_hex(octets).find("d0100100"), std::string::npos);
}

TEST(Attribute, more_than_a_message_holds_is_refused) {
  Attributes set;
  set.ext_communities.assign(600, ExtCommunity{7});
  std::array<std::byte, 4096> room;
  Writer out{room};
  EXPECT_FALSE(write_attributes(out, {set, wide, Family::inet_vpn}));
}

TEST(Attribute, an_edge_with_many_blocks_is_told_in_pieces) {
  Attributes set;
  set.edge_discovery = {{Ip4{1}, std::vector<LabelBlock>(40, LabelBlock{5, 6})}};
  const AttributeRow& row = *attribute_row(241);
  const Outgoing from{set, wide, Family::ermvpn};
  Incoming message = incoming(wide);
  EXPECT_TRUE(reads(row, message, test::written([&](Writer& out) { row.write(out, from); })));
  ASSERT_EQ(message.set.edge_discovery.size(), 2u);
  EXPECT_EQ(message.set.edge_discovery[0].labels.size(), 31u);
  EXPECT_EQ(message.set.edge_discovery[1].labels.size(), 9u);
}

AsPath sequence(std::vector<Asn> asns) {
  return {{{AsSegment::sequence, std::move(asns)}}};
}

// RFC 6793 section 4.2.3, the example of a path that grew after it passed an old speaker.
TEST(AsPath, the_two_forms_of_a_path_are_merged) {
  const AsPath old = sequence({Asn{275}, Asn{250}, as_trans, as_trans});
  const AsPath as4 = sequence({Asn{70000}, Asn{80000}});
  EXPECT_EQ(merged(old, as4), sequence({Asn{275}, Asn{250}, Asn{70000}, Asn{80000}}));
  EXPECT_EQ(merged(as4, old), as4) << "the longer AS4_PATH does not count";
  EXPECT_EQ(merged(as4, sequence({Asn{1}, Asn{2}})), sequence({Asn{1}, Asn{2}}));
}

TEST(AsPath, a_sequence_longer_than_a_segment_is_cut) {
  const AsPath longer = sequence(std::vector<Asn>(600, Asn{7}));
  const auto octets =
      test::written([&](Writer& out) { write_as_path(out, longer, AsWidth::four); });
  EXPECT_EQ(octets.size(), 3 * 2 + 600 * 4u);
  Reader in{octets};
  const auto back = read_as_path(in, AsWidth::four);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->length(), 600u);
}

}  // namespace
}  // namespace tflab::bgp
