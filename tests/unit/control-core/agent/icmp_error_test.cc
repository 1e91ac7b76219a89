#include "control-core/agent/icmp_error.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "control-core/agent/nexthops.h"
#include "control-core/base/text.h"
#include "tests/unit/control-core/agent/lab.h"
#include "vrouter-core/ops/trap.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/icmp.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/ipv6.h"

namespace tflab::agent {
namespace {

using Frame = std::vector<std::byte>;
using wire::EtherType;
using wire::Protocol;

const Mac machine{{0x02, 0, 0, 0, 0, 1}};
const IpAddr six = *parse_ip("2001:db8::5"), far_six = *parse_ip("2001:db8::9");

// IPv4 of `size` octets with DF, whose first octet of payload is `type`.
Frame v4(std::string_view src, std::string_view dst, std::uint16_t size, std::uint8_t type = 8,
         std::uint16_t offset = 0) {
  Frame frame(wire::Ethernet::size + size);
  Writer out{frame};
  wire::Ethernet{vrouter_mac, machine, EtherType::ipv4}.write(out);
  wire::Ipv4 ip;
  ip.total_length = size;
  ip.dont_fragment = true;
  ip.fragment_offset = offset;
  ip.ttl = 64;
  ip.protocol = Protocol::icmp;
  ip.src = ip4(src);
  ip.dst = ip4(dst);
  ip.write(out);
  out.u8(type);
  return frame;
}

Frame v6(const IpAddr& src, const IpAddr& dst, std::uint16_t payload, std::uint8_t type = 128) {
  Frame frame(wire::Ethernet::size + wire::Ipv6::size + payload);
  Writer out{frame};
  wire::Ethernet{vrouter_mac, machine, EtherType::ipv6}.write(out);
  wire::Ipv6{payload, Protocol::icmpv6, 64, src.v6(), dst.v6()}.write(out);
  out.u8(type);
  return frame;
}

TEST(IcmpError, ipv4_hears_from_the_router_how_long_its_packet_may_be) {
  const Frame sent = v4("10.1.0.3", "10.1.0.4", 1500);
  const auto answer = icmp_error(IcmpError::too_big, sent, ip4("10.1.0.254"), 1468);
  ASSERT_TRUE(answer);
  Reader in{*answer};
  EXPECT_EQ(wire::Ethernet::read(in), (wire::Ethernet{machine, vrouter_mac, EtherType::ipv4}));
  const Bytes packet = Bytes{*answer}.subspan(wire::Ethernet::size);
  const auto ip = wire::Ipv4::read(in);
  EXPECT_EQ(ip.src, ip4("10.1.0.254"));
  EXPECT_EQ(ip.dst, ip4("10.1.0.3"));
  EXPECT_EQ(ip.total_length, 576) << "RFC 1812 section 4.3.2.3";
  EXPECT_EQ(packet.size(), 576u);
  EXPECT_EQ(checksum(packet.first(wire::Ipv4::size)), 0);
  EXPECT_EQ(checksum(packet.subspan(wire::Ipv4::size)), 0);
  EXPECT_EQ(in.be16(), 0x0304) << "unreachable, fragmentation needed";
  in.be16();
  EXPECT_EQ(in.be32(), 1468u);
  const Bytes quoted = in.take(576 - 28);
  EXPECT_TRUE(std::ranges::equal(quoted, Bytes{sent}.subspan(wire::Ethernet::size, 576 - 28)));
}

TEST(IcmpError, ipv6_hears_that_its_packet_is_too_big) {
  const Frame sent = v6(six, far_six, 1460);
  const auto answer = icmp_error(IcmpError::too_big, sent, *parse_ip("2001:db8::1"), 1468);
  ASSERT_TRUE(answer);
  Reader in{*answer};
  EXPECT_EQ(wire::Ethernet::read(in), (wire::Ethernet{machine, vrouter_mac, EtherType::ipv6}));
  const auto ip = wire::Ipv6::read(in);
  EXPECT_EQ(ip.dst, six.v6());
  EXPECT_EQ(ip.payload_length, 1280 - wire::Ipv6::size) << "RFC 4443 section 2.4 (c)";
  const Bytes message = Bytes{*answer}.subspan(wire::Ethernet::size + wire::Ipv6::size);
  EXPECT_EQ(checksum(message, ip.pseudo_sum(ip.payload_length)), 0);
  EXPECT_EQ(in.be16(), 0x0200) << "packet too big";
  in.be16();
  EXPECT_EQ(in.be32(), 1468u);
}

TEST(IcmpError, a_short_packet_is_quoted_whole) {
  const auto answer =
      icmp_error(IcmpError::too_big, v4("10.1.0.3", "10.1.0.4", 60), ip4("10.1.0.254"), 40);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->size(), wire::Ethernet::size + 20 + 8 + 60);
}

TEST(IcmpError, RFC1122_3_2_2_silence_about_errors_later_pieces_and_many) {
  const IpAddr router = ip4("10.1.0.254"), router6 = *parse_ip("2001:db8::1");
  EXPECT_FALSE(icmp_error(IcmpError::too_big, v4("10.1.0.3", "10.1.0.4", 1500, 3), router, 1468))
      << "about an error";
  EXPECT_FALSE(icmp_error(IcmpError::too_big, v4("10.1.0.3", "10.1.0.4", 1500, 8, 5), router, 1468))
      << "a later piece";
  EXPECT_FALSE(icmp_error(IcmpError::too_big, v4("10.1.0.3", "224.0.0.1", 1500), router, 1468));
  EXPECT_FALSE(
      icmp_error(IcmpError::too_big, v4("10.1.0.3", "255.255.255.255", 1500), router, 1468));
  EXPECT_FALSE(icmp_error(IcmpError::too_big, v4("0.0.0.0", "10.1.0.4", 1500), router, 1468));
  EXPECT_FALSE(icmp_error(IcmpError::too_big, v6(six, far_six, 1460, 1), router6, 1468))
      << "about an error";
  EXPECT_FALSE(icmp_error(IcmpError::too_big, v6(IpAddr{Ip6{}}, far_six, 1460), router6, 1468));
  EXPECT_TRUE(icmp_error(IcmpError::too_big, v6(six, *parse_ip("ff05::1"), 1460), router6, 1468))
      << "RFC 4443 (e.3)";
}

TEST(IcmpError, no_frame_that_is_cut_short_is_answered) {
  const IpAddr router = ip4("10.1.0.254");
  const Frame whole = v4("10.1.0.3", "10.1.0.4", 60);
  for (std::size_t size = 0; size < wire::Ethernet::size + wire::Ipv4::size; ++size) {
    EXPECT_FALSE(icmp_error(IcmpError::too_big, Bytes{whole}.first(size), router, 40)) << size;
    EXPECT_FALSE(ip_destination(Bytes{whole}.first(size))) << size;
  }
  EXPECT_EQ(ip_destination(whole), IpAddr{ip4("10.1.0.4")});
  EXPECT_EQ(ip_destination(v6(six, far_six, 8)), far_six);
}

TEST(IcmpError, a_packet_without_hops_is_quoted_to_its_sender) {
  struct Case {
    Frame sent;
    IpAddr router;
    std::uint16_t kind;
  };
  const Case cases[] = {{v4("10.1.0.3", "10.1.0.4", 60), ip4("10.1.0.254"), 0x0b00},
                        {v6(six, far_six, 40), *parse_ip("2001:db8::1"), 0x0300}};
  for (const auto& [sent, router, kind] : cases) {
    const auto answer = icmp_error(IcmpError::hops_exceeded, sent, router, 1468);
    ASSERT_TRUE(answer);
    Reader in{*answer};
    in.take(wire::Ethernet::size + (router.is_v4() ? wire::Ipv4::size : wire::Ipv6::size));
    EXPECT_EQ(in.be16(), kind);
    in.be16();
    EXPECT_EQ(in.be32(), 0u) << "unused";
    EXPECT_TRUE(std::ranges::equal(in.rest(), Bytes{sent}.subspan(wire::Ethernet::size)));
  }
  EXPECT_FALSE(icmp_error(IcmpError::hops_exceeded, v6(six, *parse_ip("ff05::1"), 40),
                          *parse_ip("2001:db8::1"), 0))
      << "to a group only what is too big is answered";
}

TEST(IcmpPace, a_burst_then_one_by_one) {
  IcmpPace pace;
  Instant now{5'000'000'000};
  const auto taken = [&](int asked) {
    int count = 0;
    for (int i = 0; i < asked; ++i) count += pace.take(now);
    return count;
  };
  EXPECT_EQ(taken(100), IcmpPace::burst);
  now = now + IcmpPace::each;
  EXPECT_EQ(taken(100), 1);
  now = now + IcmpPace::each * 3;
  EXPECT_EQ(taken(100), 3);
  now = now + IcmpPace::each * 1000;
  EXPECT_EQ(taken(100), IcmpPace::burst) << "silence earns no more than that";
}

// A lab with one machine, vif 3, in 10.47.240.0/20.
class AgentErrors : public testing::Test {
protected:
  AgentErrors() : lab_{config()} {
    lab_.start();
    lab_.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25, {Encap::udp})});
  }

  auto answers(vr::Trap why, VifId in, const Frame& frame) {
    lab_.sent.clear();
    lab_.agent.on_trap(lab_.now, static_cast<std::uint16_t>(why), in, VrfId{2}, frame);
    lab_.drain();
    return lab_.sent;
  }

  Lab lab_;

private:
  static config::Vrouter config() {
    config::Vrouter out = quick_start();
    out.mtu = 1500;
    return out;
  }
};

TEST_F(AgentErrors, the_gateway_of_the_machines_subnet_tells_what_the_tunnel_leaves) {
  const auto told =
      answers(vr::Trap::handle_df, VifId{3}, v4("10.47.255.252", "10.47.255.10", 1500));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].vif, VifId{3});
  Reader in{told[0].frame};
  in.take(wire::Ethernet::size);
  EXPECT_EQ(wire::Ipv4::read(in).src, ip4("10.47.255.254"));
  in.be32();
  EXPECT_EQ(in.be32(), 1500u - 20 - 8 - 4);
  EXPECT_TRUE(
      answers(vr::Trap::handle_df, fabric_vif, v4("10.47.255.252", "10.47.255.10", 1500)).empty())
      << "from the underlay";
  EXPECT_TRUE(answers(vr::Trap::handle_df, VifId{3}, v6(six, far_six, 1460)).empty())
      << "has no IPv6 address";
}

TEST_F(AgentErrors, the_gateway_is_the_first_hop_of_a_traceroute) {
  const auto told = answers(vr::Trap::zero_ttl, VifId{3}, v4("10.47.255.252", "10.47.255.10", 60));
  ASSERT_EQ(told.size(), 1u);
  Reader in{told[0].frame};
  in.take(wire::Ethernet::size);
  EXPECT_EQ(wire::Ipv4::read(in).src, ip4("10.47.255.254"));
  EXPECT_EQ(in.be16(), 0x0b00) << "time exceeded in transit";
}

TEST_F(AgentErrors, a_machine_that_asks_for_errors_gets_a_burst_of_them) {
  std::size_t told = 0;
  for (int i = 0; i < 100; ++i)
    told += answers(vr::Trap::zero_ttl, VifId{3}, v4("10.47.255.252", "10.47.255.10", 60)).size();
  EXPECT_EQ(told, std::size_t{IcmpPace::burst});
}

}  // namespace
}  // namespace tflab::agent
