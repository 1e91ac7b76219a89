// Each header as octets and as a value, side by side; and every truncation.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <vector>

#include "vrouter-core/wire/arp.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/flow_key.h"
#include "vrouter-core/wire/gre.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/ipv6.h"
#include "vrouter-core/wire/mpls.h"
#include "vrouter-core/wire/neighbour.h"
#include "vrouter-core/wire/udp.h"

namespace tflab::wire {
namespace {

std::vector<std::byte> bytes(std::initializer_list<int> octets) {
  std::vector<std::byte> out;
  for (int octet : octets) out.push_back(static_cast<std::byte>(octet));
  return out;
}

template <class Header>
void expect_refused_when_cut(Bytes wire) {
  for (std::size_t n = 0; n < wire.size(); ++n) {
    Reader cut{wire.first(n)};
    Header::read(cut);
    EXPECT_FALSE(cut.ok()) << "accepted " << n << " of " << wire.size() << " octets";
  }
}

template <class Header>
void expect_written(const Header& value, Bytes wire) {
  std::array<std::byte, 64> room;
  room.fill(std::byte{0xa5});  // so that an octet nobody wrote shows
  Writer out{room};
  value.write(out);
  EXPECT_TRUE(std::ranges::equal(out.written(), wire));
  for (std::size_t n = 0; n < wire.size(); ++n) {
    Writer small{std::span{room}.first(n)};
    value.write(small);
    EXPECT_FALSE(small.ok()) << "wrote into " << n << " octets";
  }
}

template <class Header>
void expect_round_trip(const Header& value, const std::vector<std::byte>& wire) {
  expect_written(value, wire);
  Reader in{wire};
  EXPECT_EQ(Header::read(in), value);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.left(), 0u);
  expect_refused_when_cut<Header>(wire);
}

constexpr Mac mac_a{{2, 0, 0, 0, 0, 0xa}}, mac_b{{2, 0, 0, 0, 0, 0xb}};

TEST(Wire, ethernet) {
  expect_round_trip(Ethernet{mac_a, mac_b, EtherType::ipv6},
                    bytes({2, 0, 0, 0, 0, 0xa, 2, 0, 0, 0, 0, 0xb, 0x86, 0xdd}));
  EXPECT_TRUE((Ethernet{mac_a, mac_b, EtherType::vlan}.tagged()));
  EXPECT_TRUE((Ethernet{mac_a, mac_b, EtherType::qinq}.tagged()));
  EXPECT_FALSE((Ethernet{mac_a, mac_b, EtherType::arp}.tagged()));
}

TEST(Wire, arp) {
  const auto wire = bytes(
      {0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 0xa, 10, 0, 0, 1, 2, 0, 0, 0, 0, 0xb, 10, 0, 0, 2});
  expect_round_trip(Arp{Arp::Op::reply, mac_a, Ip4{0x0a000001}, mac_b, Ip4{0x0a000002}}, wire);
  for (std::size_t at : {1, 2, 3, 4, 5}) {
    auto other = wire;
    other[at] ^= std::byte{0x10};
    Reader in{other};
    Arp::read(in);
    EXPECT_FALSE(in.ok()) << "octet " << at;
  }
}

TEST(Wire, ipv4) {
  // The header of RFC 1071 explanations everywhere: its checksum is 0xb861.
  const auto wire = bytes({0x45, 0,    0,    0x73, 0, 0, 0x40, 0,    0x40, 0x11,
                           0xb8, 0x61, 0xc0, 0xa8, 0, 1, 0xc0, 0xa8, 0,    0xc7});
  const Ipv4 value{.total_length = 0x73,
                   .dont_fragment = true,
                   .ttl = 64,
                   .protocol = Protocol::udp,
                   .src = Ip4{0xc0a80001},
                   .dst = Ip4{0xc0a800c7}};
  expect_round_trip(value, wire);
  EXPECT_EQ(checksum(wire), 0);
}

TEST(Wire, ipv4_skips_options_and_refuses_what_is_no_ipv4) {
  auto wire =
      bytes({0x46, 0, 0, 0x18, 0, 0, 0x20, 7, 1, 6, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 7, 7, 7, 7});
  Reader in{wire};
  const auto ip = Ipv4::read(in);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.left(), 0u);
  EXPECT_EQ(ip.header_size, 24);
  EXPECT_TRUE(ip.more_fragments);
  EXPECT_EQ(ip.fragment_offset, 7);
  EXPECT_TRUE(ip.fragment());
  expect_refused_when_cut<Ipv4>(wire);
  for (int first : {0x44, 0x40, 0x65, 0x56}) {
    wire[0] = static_cast<std::byte>(first);
    Reader odd{wire};
    Ipv4::read(odd);
    EXPECT_FALSE(odd.ok()) << first;
  }
}

TEST(Wire, ipv4_loses_a_hop_in_place_and_stays_sound) {
  for (int ttl = 1; ttl < 256; ++ttl) {
    for (std::uint16_t id : {0, 0x1234, 0xb861, 0xffff}) {
      std::array<std::byte, Ipv4::size> room{};
      Writer out{room};
      const Ipv4 before{
          .id = id, .ttl = static_cast<std::uint8_t>(ttl), .protocol = Protocol::icmp};
      before.write(out);
      Ipv4::decrement_ttl(&room[0]);
      EXPECT_EQ(checksum(room), 0);
      Reader in{room};
      Ipv4 after = Ipv4::read(in);
      EXPECT_EQ(after.ttl, ttl - 1);
      ++after.ttl;
      EXPECT_EQ(after, before);
    }
  }
}

TEST(Wire, ipv6) {
  Ip6 src, dst;
  src.octets[0] = dst.octets[0] = 0xfd;
  src.octets[15] = 1;
  dst.octets[15] = 2;
  auto wire = bytes({0x60, 0, 0, 0, 0, 5, 17, 63});
  for (auto octet : src.octets) wire.push_back(static_cast<std::byte>(octet));
  for (auto octet : dst.octets) wire.push_back(static_cast<std::byte>(octet));
  expect_round_trip(Ipv6{5, Protocol::udp, 63, src, dst}, wire);
  wire[0] = std::byte{0x45};
  Reader in{wire};
  Ipv6::read(in);
  EXPECT_FALSE(in.ok());
}

TEST(Wire, link_local_addresses) {
  EXPECT_TRUE(link_local(link_local_of(mac_a)));
  const Ip6 expected{{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 0, 0x0a}};
  EXPECT_EQ(link_local_of(mac_a), expected);
  EXPECT_FALSE(link_local(Ip6{{0xfe, 0xc0}}));
  EXPECT_TRUE(multicast(Ip6{{0xff, 2}}));
}

TEST(Wire, udp) {
  expect_round_trip(Udp{0xc001, 6635, 12, 0x1234}, bytes({0xc0, 1, 0x19, 0xeb, 0, 12, 0x12, 0x34}));
}

TEST(Wire, gre) {
  expect_round_trip(Gre{0x8847}, bytes({0, 0, 0x88, 0x47}));
  const auto keyed = bytes({0xa0, 0, 0x88, 0x47, 1, 2, 3, 4, 5, 6, 7, 8});
  Reader in{keyed};
  EXPECT_EQ(Gre::read(in), (Gre{0x8847, 12}));
  EXPECT_EQ(in.left(), 0u);
  expect_refused_when_cut<Gre>(keyed);
  for (int flags : {0x10, 0x40, 0x01}) {
    const auto odd = bytes({flags, flags == 1 ? 1 : 0, 0x88, 0x47});
    Reader other{odd};
    Gre::read(other);
    EXPECT_FALSE(other.ok()) << flags;
  }
}

TEST(Wire, mpls) {
  expect_round_trip(MplsEntry{Label{0xabcde}, true, 63}, bytes({0xab, 0xcd, 0xe1, 63}));
  expect_round_trip(MplsEntry{Label{16}, false, 0}, bytes({0, 1, 0, 0}));
}

TEST(Wire, neighbour_solicitation) {
  auto wire = bytes({135, 0, 0x12, 0x34, 0, 0, 0, 0});
  wire.resize(24, std::byte{0x11});
  Reader in{wire};
  Ip6 target;
  target.octets.fill(0x11);
  EXPECT_EQ(NeighbourSolicitation::read(in).target, target);
  EXPECT_TRUE(in.ok());
  expect_refused_when_cut<NeighbourSolicitation>(wire);
  wire[1] = std::byte{1};
  Reader odd{wire};
  NeighbourSolicitation::read(odd);
  EXPECT_FALSE(odd.ok());
}

TEST(Wire, neighbour_advertisement_carries_the_checksum_of_both_headers) {
  Ip6 a, b;
  a.octets.fill(0xaa);
  b.octets.fill(0x0b);
  const Ipv6 ip{NeighbourAdvertisement::size, Protocol::icmpv6, 255, a, b};
  std::array<std::byte, 40> room;
  room.fill(std::byte{0xa5});
  Writer out{room};
  NeighbourAdvertisement{a, mac_b}.write(out, ip);
  ASSERT_EQ(out.written().size(), NeighbourAdvertisement::size);
  EXPECT_EQ(checksum(out.written(), ip.pseudo_sum(NeighbourAdvertisement::size)), 0);
  EXPECT_EQ(out.written()[0], std::byte{136});
  EXPECT_EQ(out.written()[4], std::byte{0xc0});
  EXPECT_EQ(out.written()[24], std::byte{2});
  EXPECT_EQ(out.written()[31], std::byte{0xb});
}

TEST(Wire, ports_are_only_where_they_are) {
  const auto payload = bytes({1, 2, 3, 4, 5});
  const Ports ports{0x0102, 0x0304};
  EXPECT_EQ(read_ports(Protocol::tcp, false, payload), ports);
  EXPECT_EQ(read_ports(Protocol::sctp, false, payload), ports);
  EXPECT_EQ(read_ports(Protocol::udp, true, payload), Ports{});
  EXPECT_EQ(read_ports(Protocol::icmp, false, payload), Ports{});
  EXPECT_EQ(read_ports(Protocol::udp, false, Bytes{payload}.first(3)), Ports{});
}

}  // namespace
}  // namespace tflab::wire
