#include "control-core/bgp/open.h"

#include <gtest/gtest.h>

#include "control-core/bgp/message.h"
#include "tests/dsl/bgp_samples.h"
#include "tests/dsl/bytes.h"

namespace tflab::bgp {
namespace {

using test::hex;
using test::Octets;
using test::to_hex;

// 4, AS 64512, 90 seconds, 172.31.14.47
const std::string fixed = "04 fc00 005a ac1f0e2f";

Octets body_of(const Octets& message) {
  return {message.begin() + header_size, message.end()};
}
Open decoded(const std::string& body) {
  const auto result = decode_open(hex(body));
  EXPECT_TRUE(std::holds_alternative<Open>(result)) << body;
  return std::holds_alternative<Open>(result) ? std::get<Open>(result) : Open{};
}
Notification refused(const std::string& body) {
  const auto result = decode_open(hex(body));
  EXPECT_TRUE(std::holds_alternative<Notification>(result)) << body;
  return std::holds_alternative<Notification>(result) ? std::get<Notification>(result)
                                                      : Notification{};
}

TEST(Open, octets_and_value_side_by_side) {
  Open open;
  open.my_as = 64512;
  open.hold_seconds = 90;
  open.identifier = Ip4{0xac1f0e2f};
  open.families = {Family::inet_vpn, Family::route_target, Family::evpn, Family::ermvpn};
  open.four_byte_as = Asn{4200000000};
  open.graceful_restart = GracefulRestart{};
  const std::string body = fixed +
                           "24 02 22"
                           "0104 0001 00 80"
                           "0104 0001 00 84"
                           "0104 0019 00 46"
                           "0104 0001 00 f3"
                           "4104 fa56ea00"
                           "4002 0000";
  EXPECT_EQ(to_hex(encode(open)), std::string(32, 'f') + "004101" + to_hex(hex(body)));
  EXPECT_EQ(decoded(body), open);
}

TEST(Open, everything_that_can_be_offered_comes_back) {
  Open open = test::sample_open();
  open.graceful_restart =
      GracefulRestart{true, false, 4095, {{Family::inet, true}, {Family::evpn, false}}};
  open.long_lived = {{Family::inet, true, 0xffffff}, {Family::evpn, false, 0}};
  open.route_refresh = open.enhanced_route_refresh = open.extended_messages = true;
  const auto result = decode_open(body_of(encode(open)));
  ASSERT_TRUE(std::holds_alternative<Open>(result));
  EXPECT_EQ(std::get<Open>(result), open);
}

TEST(Open, every_truncation_is_refused) {
  test::expect_no_truncation_is_accepted(body_of(encode(test::sample_open())), [](Bytes b) {
    return std::holds_alternative<Open>(decode_open(b));
  });
}

TEST(Open, an_old_or_new_version_is_told_ours) {
  EXPECT_EQ(refused("03 fc00 005a ac1f0e2f 00"), (Notification{2, 1, hex("0004")}));
  EXPECT_EQ(refused("05 fc00 005a ac1f0e2f 00"), (Notification{2, 1, hex("0004")}));
}

TEST(Open, lengths_that_do_not_add_up_are_malformed) {
  for (const char* rest : {"01", "03 02 02 01", "02 02 01", "00 00", "04 02 03 0104", "ff 01",
                           "ff ff 00", "ff ff 0007 02 0002 01", "04 02 02 41 04", "03 02 01 41"})
    EXPECT_EQ(refused(fixed + rest), (Notification{2, 0, {}})) << rest;
}

TEST(Open, only_the_capability_parameter_is_known) {
  EXPECT_EQ(refused(fixed + "04 01 02 0000"), (Notification{2, 4, {}}));
}

// RFC 9072: the same parameters with two octets of length.
TEST(Open, extended_parameters_say_the_same) {
  EXPECT_EQ(decoded(fixed + "ff ff 0009 02 0006 0104 0001 00 80"),
            decoded(fixed + "08 02 06 0104 0001 00 80"));
}

TEST(Open, several_parameters_add_up_and_repeats_count_once) {
  const Open open = decoded(fixed +
                            "18 02 06 0104 0001 00 80"
                            "02 06 0104 0019 00 46"
                            "02 06 0104 0001 00 80");
  EXPECT_EQ(open.families, (std::vector{Family::inet_vpn, Family::evpn}));
}

TEST(Open, unknown_capabilities_and_families_are_passed_over) {
  const Open open = decoded(fixed + "10 02 0e 0200 4600 0104 4004 00 47 c800 4900");
  EXPECT_TRUE(open.families.empty());
}

// A capability of the wrong size says nothing, and the next one is still found.
TEST(Open, a_capability_too_short_for_its_kind_is_passed_over) {
  const Open open = decoded(fixed + "15 02 13 4100 4103 000001 4001 80 0101 00 0104 0001 00 01");
  EXPECT_FALSE(open.four_byte_as);
  EXPECT_FALSE(open.graceful_restart);
  EXPECT_EQ(open.families, std::vector{Family::inet});
}

TEST(Open, a_cut_family_of_graceful_restart_is_left_out) {
  const Open open = decoded(fixed + "0d 02 0b 4009 8078 0001 80 80 0001 80");
  ASSERT_TRUE(open.graceful_restart);
  EXPECT_EQ(*open.graceful_restart,
            (GracefulRestart{true, false, 120, {{Family::inet_vpn, true}}}));
}

}  // namespace
}  // namespace tflab::bgp
