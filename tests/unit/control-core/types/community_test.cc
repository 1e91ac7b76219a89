#include "control-core/types/community.h"

#include <gtest/gtest.h>

namespace tflab {
namespace {

TEST(ExtCommunity, octets_print_as_the_original_prints_them) {
  const struct {
    std::uint64_t wire;
    const char* text;
  } cases[] = {
      {0x0002fc00007a1201, "target:64512:8000001"},
      {0x0102ac1f0e2f0004, "target:172.31.14.47:4"},
      {0x0202fa56ea000001, "target:4200000000:1"},
      {0x0003ff8401020304, "soo:65412:16909060"},
      {0x01030a010101ffff, "soo:10.1.1.1:65535"},
      {0x0203ff8401020304, "soo:4286841090:772"},
      {0x0009ff8400000000, "source-as:65412:0"},
      {0x0209ff8401020304, "source-as:4286841090:772"},
      {0x010b0a0101014321, "rt-import:10.1.1.1:17185"},
      {0x030c00000000000d, "encapsulation:udp"},
      {0x030c000000000010, "encapsulation:native"},
      {0x030c0000000000ff, "encapsulation:unspecified"},
      {0x030d000000000000, "defaultgw:0"},
      {0x03aaf80000000000, "load-balance:field-hash"},
      {0x03aaf80080000000, "load-balance:source-bias"},
      {0x0600000000010000, "mobility:non-sticky:65536"},
      {0x0600010000000001, "mobility:sticky:1"},
      {0x06010000000003e8, "esilabel:aa:1000"},
      {0x0601010000000000, "esilabel:sa:0"},
      {0x0602010203040506, "esimport:01:02:03:04:05:06"},
      {0x06030a0b0c0d0e0f, "rtrmac:0a:0b:0c:0d:0e:0f"},
      {0x0605000000000000, "etree:root:0"},
      {0x0605010000000100, "etree:leaf:16"},
      {0x0609000100000000, "evpn-mcast-flags:1"},
      {0x8004fc000000000b, "secgroup:64512:11"},
      {0x8204fa56ea00000b, "secgroup:4200000000:11"},
      {0x8071ff8404030201, "originvn:65412:67305985"},
      {0x82710063cfd0069a, "originvn:6541264:1690"},
      {0x8084006400000064, "tag:100:100"},
      {0x8085ffffffffffff, "subcluster:65535:4294967295"},
      {0x8285ffffffffffff, "subcluster:4294967295:65535"},
      {0xc000000000070000, "local_sequence_number:7"},
      {0x4042deadbeef0102, "ext community: 4042deadbeef0102"},
  };
  for (const auto& [wire, text] : cases) EXPECT_EQ(to_text(ExtCommunity{wire}), text);
}

TEST(ExtCommunity, makers_write_the_octets_of_their_specification) {
  EXPECT_EQ(ExtCommunity::encapsulation(Encap::gre).wire(), 0x030c000000000002u);
  EXPECT_EQ(ExtCommunity::origin_vn(Asn{65412}, 16909060).wire(), 0x8071ff8401020304u);
  EXPECT_EQ(ExtCommunity::origin_vn(Asn{6541264}, 1690).wire(), 0x82710063cfd0069au);
  EXPECT_EQ(ExtCommunity::mac_mobility(true, 1).wire(), 0x0600010000000001u);
  EXPECT_EQ(ExtCommunity::mac_mobility(false, 0x01020304).wire(), 0x0600000001020304u);
  EXPECT_EQ(ExtCommunity::security_group(Asn{64512}, 11).wire(), 0x8004fc000000000bu);
  EXPECT_EQ(ExtCommunity::security_group(Asn{4200000000}, 11).wire(), 0x8204fa56ea00000bu);
  EXPECT_EQ(ExtCommunity::router_mac(Mac{{0xff, 2, 3, 4, 5, 6}}).wire(), 0x0603ff0203040506u);
  EXPECT_EQ(ExtCommunity::etree(true, 16).wire(), 0x0605010000000100u);
  EXPECT_EQ(ExtCommunity::load_balance({}).wire(), 0x03aaf80000000000u);
  EXPECT_EQ(ExtCommunity::load_balance({hash_src_ip | hash_dst_port, true}).wire(),
            0x03aa880080000000u);
  EXPECT_EQ(ExtCommunity::tag(Asn{64512}, 0x00030001).wire(), 0x8084fc0000030001u);
}

// Neither width holds both, and the index is what routes are told apart by.
TEST(ExtCommunity, a_large_index_of_a_large_as_keeps_the_index) {
  const auto community = ExtCommunity::origin_vn(Asn{4200000000}, 70000);
  EXPECT_EQ(community.as_origin_vn(), 70000u);
  EXPECT_EQ(community.origin_vn_as(), Asn{23456});
}

TEST(ExtCommunity, any_choice_of_fields_reads_back_and_none_means_all) {
  for (unsigned fields = 0; fields <= all_hash_fields; ++fields)
    for (const bool source_bias : {false, true}) {
      const LoadBalance said{static_cast<std::uint8_t>(fields), source_bias};
      const LoadBalance read{some_hash_fields(said.fields), source_bias};
      EXPECT_EQ(ExtCommunity::load_balance(said).as_load_balance(), read) << fields;
    }
  EXPECT_EQ(ExtCommunity{0x03aa070000000000}.as_load_balance(), LoadBalance{});
}

TEST(ExtCommunity, a_tag_reads_back_in_either_width) {
  EXPECT_EQ(ExtCommunity::tag(Asn{64512}, 0xffffffff).as_tag(), 0xffffffffu);
  EXPECT_EQ(ExtCommunity::tag(Asn{4200000000}, 7).as_tag(), 7u);
}

TEST(ExtCommunity, readers_answer_for_their_own_kind_only) {
  const RouteTarget target = RouteTarget::as2(64512, 7);
  EXPECT_EQ(ExtCommunity::target(target).as_target(), target);
  EXPECT_EQ(ExtCommunity::encapsulation(Encap::vxlan).as_encapsulation(), Encap::vxlan);
  EXPECT_EQ(ExtCommunity::origin_vn(Asn{4200000000}, 7).as_origin_vn(), 7u);
  EXPECT_EQ(ExtCommunity::origin_vn(Asn{4200000000}, 7).origin_vn_as(), Asn{4200000000});
  const auto mobility = ExtCommunity::mac_mobility(true, 9).as_mac_mobility();
  ASSERT_TRUE(mobility);
  EXPECT_TRUE(mobility->sticky);
  EXPECT_EQ(mobility->sequence, 9u);

  const ExtCommunity other = ExtCommunity::router_mac(Mac{});
  EXPECT_FALSE(other.as_target() || other.as_encapsulation() || other.as_origin_vn() ||
               other.origin_vn_as() || other.as_mac_mobility() || other.as_load_balance() ||
               other.as_tag());
  EXPECT_FALSE(ExtCommunity{0x8002000000000001}.as_target());
}

TEST(Encap, names_read_back) {
  for (const char* name : {"unspecified", "gre", "vxlan", "nvgre", "mpls", "mpls-o-gre",
                           "vxlan-gpe", "udp", "native"}) {
    ASSERT_TRUE(parse_encap(name)) << name;
    EXPECT_EQ(to_text(*parse_encap(name)), name);
  }
  EXPECT_FALSE(parse_encap("MPLSoGRE"));
}

TEST(Community, well_known_ones_have_names_and_others_two_numbers) {
  for (const char* text : {"accept-own", "llgr-stale", "no-llgr", "no-reoriginate", "no-export",
                           "no-advertise", "no-export-subconfed", "65000:1", "0:0"}) {
    ASSERT_TRUE(parse_community(text)) << text;
    EXPECT_EQ(to_text(*parse_community(text)), text);
  }
  EXPECT_EQ(parse_community("65535:65281"), Community::no_export);
  for (const char* text : {"", "no_export", "65536:1", "1:65536", "1", "1:2:3"})
    EXPECT_FALSE(parse_community(text)) << text;
}

}  // namespace
}  // namespace tflab
