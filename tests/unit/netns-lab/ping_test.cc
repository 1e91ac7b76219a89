#include "netns-lab/lab/ping.h"

#include <gtest/gtest.h>

#include "control-core/base/text.h"

namespace tflab::netns {
namespace {

TEST(Ping, counts_replies_and_keeps_the_ttl_of_the_last) {
  const auto result = parse_ping(
      "PING 10.47.255.251 (10.47.255.251) 56(84) bytes of data.\n"
      "64 bytes from 10.47.255.251: icmp_seq=1 ttl=63 time=0.112 ms\n"
      "64 bytes from 10.47.255.251: icmp_seq=2 ttl=62 time=0.093 ms\n"
      "\n"
      "--- 10.47.255.251 ping statistics ---\n"
      "2 packets transmitted, 2 received, 0% packet loss, time 201ms\n"
      "rtt min/avg/max/mdev = 0.093/0.102/0.112/0.009 ms\n");
  EXPECT_EQ(result.sent, 2u);
  EXPECT_EQ(result.received, 2u);
  EXPECT_EQ(result.ttl, 62u);
}

TEST(Ping, that_nobody_answered_has_no_ttl) {
  const auto result = parse_ping(
      "PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.\n"
      "From 10.0.0.9 icmp_seq=1 Destination Host Unreachable\n"
      "\n"
      "--- 10.0.0.1 ping statistics ---\n"
      "3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 402ms\n");
  EXPECT_EQ(result.sent, 3u);
  EXPECT_EQ(result.received, 0u);
  EXPECT_EQ(result.ttl, std::nullopt);
}

TEST(Ping, that_was_too_big_says_what_fits_from_the_wire_and_from_memory) {
  const auto told = parse_ping(
      "PING 10.1.0.22 (10.1.0.22) 1441(1469) bytes of data.\n"
      "From 10.1.0.254 icmp_seq=1 Frag needed and DF set (mtu = 1468)\n"
      "\n"
      "--- 10.1.0.22 ping statistics ---\n"
      "2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 201ms\n");
  EXPECT_EQ(told.path_mtu, 1468u);
  EXPECT_EQ(told.sent, 2u);
  EXPECT_EQ(parse_ping("ping: local error: message too long, mtu=1468\n").path_mtu, 1468u);
}

TEST(Ping, that_used_up_its_hops_says_where) {
  const auto told = parse_ping(
      "PING 10.1.0.22 (10.1.0.22) 56(84) bytes of data.\n"
      "From 10.1.0.254 icmp_seq=1 Time to live exceeded\n"
      "\n"
      "--- 10.1.0.22 ping statistics ---\n"
      "2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 201ms\n");
  EXPECT_EQ(told.expired_at, parse_ip("10.1.0.254"));
  EXPECT_EQ(told.received, 0u);
  EXPECT_EQ(parse_ping("From 2001:db8::1 icmp_seq=1 Time exceeded: Hop limit\n").expired_at,
            parse_ip("2001:db8::1"));
  EXPECT_EQ(parse_ping("Time to live exceeded\n").expired_at, std::nullopt);
}

TEST(Ping, that_said_nothing_sent_nothing) {
  EXPECT_EQ(parse_ping("").sent, 0u);
  EXPECT_EQ(parse_ping("\n\n ttl=\n packets transmitted").sent, 0u);
}

}  // namespace
}  // namespace tflab::netns
