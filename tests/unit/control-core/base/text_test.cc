#include "control-core/base/text.h"

#include <gtest/gtest.h>

namespace tflab {
namespace {

TEST(Text, addresses_are_printed_as_the_field_writes_them) {
  EXPECT_EQ(to_text(Ip4{0xac1f0e2f}), "172.31.14.47");
  EXPECT_EQ(to_text(Ip4{}), "0.0.0.0");
  EXPECT_EQ(to_text(IpPrefix::host(Ip4{0x0a2ffffc})), "10.47.255.252/32");
  EXPECT_EQ(to_text(IpPrefix{}), "0.0.0.0/0");
  EXPECT_EQ(to_text(Mac{{0x0e, 0x92, 0xcc, 0xbd, 0xaa, 0x08}}), "0e:92:cc:bd:aa:08");
  EXPECT_EQ(to_text(IpAddr{Ip6{}}), "::");
}

// Each text is the only form of its address (RFC 5952), so it must come back unchanged.
TEST(Text, ipv6_takes_the_shortest_form_and_comes_back) {
  for (const char* text :
       {"::", "::1", "1::", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "2001:0:0:1::1",
        "2001:db8::1:0:0:1", "fe80::ff:fe00:1", "::ffff:10.1.2.3", "1:2:3:4:5:6:7:8", "1::8",
        "0:1:1:1:1:1:1:1", "::2:3:4:5:6:7"}) {
    const auto address = parse_ip(text);
    ASSERT_TRUE(address) << text;
    EXPECT_FALSE(address->is_v4()) << text;
    EXPECT_EQ(to_text(*address), text);
  }
}

TEST(Text, other_spellings_of_an_ipv6_address_are_understood) {
  EXPECT_EQ(parse_ip("2001:0DB8:0:0:0:0:0:1"), parse_ip("2001:db8::1"));
  EXPECT_EQ(parse_ip("::10.1.2.3"), parse_ip("::a01:203"));
  EXPECT_EQ(parse_ip("1:2:3:4:5:6:7::"), parse_ip("1:2:3:4:5:6:7:0"));
}

TEST(Text, sloppy_addresses_are_refused) {
  for (const char* text : {"",
                           "1.2.3",
                           "1.2.3.4.5",
                           "010.0.0.1",
                           "1.2.3.256",
                           "1.2.3.4 ",
                           " 1.2.3.4",
                           "1.2.3.+4",
                           "1..2.3",
                           "1.2.3.",
                           ":",
                           ":::",
                           "1:2",
                           "1::2::3",
                           "12345::",
                           "g::",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7::8",
                           ":1::2",
                           "1::2:",
                           "1.2.3.4::",
                           "::1.2.3",
                           "fe80::1%eth0",
                           "1:2:3:4:5:6:7:1.2.3.4"}) {
    EXPECT_FALSE(parse_ip(text)) << text;
  }
}

TEST(Text, prefixes_need_a_length_that_fits) {
  EXPECT_EQ(to_text(*parse_prefix("10.1.2.3/8")), "10.0.0.0/8");
  EXPECT_EQ(to_text(*parse_prefix("2001:db8::1/32")), "2001:db8::/32");
  EXPECT_TRUE(parse_exact_prefix("10.0.0.0/8"));
  EXPECT_FALSE(parse_exact_prefix("10.0.0.1/8"));
  for (const char* text : {"10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/08",
                           "10.0.0.0/-1", "/8", "10.0.0.0/8/8"})
    EXPECT_FALSE(parse_prefix(text)) << text;
}

TEST(Text, macs_have_six_two_digit_octets) {
  EXPECT_EQ(to_text(*parse_mac("FF:ff:00:01:0A:b0")), "ff:ff:00:01:0a:b0");
  for (const char* text : {"", "ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff:ff", "ff-ff-ff-ff-ff-ff",
                           "ff:ff:ff:ff:ff:0g", "f:ff:ff:ff:ff:fff"})
    EXPECT_FALSE(parse_mac(text)) << text;
}

TEST(Text, numbers_are_decimal_and_fit_32_bits) {
  EXPECT_EQ(parse_u32("4294967295"), 4294967295u);
  EXPECT_EQ(parse_u32("0"), 0u);
  for (const char* text : {"", "4294967296", "00", "+1", "-1", "1 ", "0x1", "99999999999"})
    EXPECT_FALSE(parse_u32(text)) << text;
}

}  // namespace
}  // namespace tflab
