#include "sim/ns3/segment.h"

#include <gmock/gmock.h>

#include <optional>
#include <stdexcept>

#include "sim/ns3/pinger.h"
#include "tests/unit/sim/simulation.h"
#include "vrouter-core/wire/arp.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::sim {
namespace {

using testing::ElementsAre;

SharedBytes frame(Mac to, Mac from, std::size_t octets) {
  auto bytes = std::make_shared<std::vector<std::byte>>(octets);
  Writer out{*bytes};
  wire::Ethernet{to, from, wire::EtherType::ipv4}.write(out);
  return bytes;
}

struct SegmentTest : Simulation {
  // 1 Gb/s: an octet takes 8 ns.
  Segment segment{{.delay = micros(250), .rate_bps = 1'000'000'000, .mtu = 1500}};
  struct Arrival {
    std::uint8_t at;
    std::int64_t ns;
    std::size_t octets;
    bool operator==(const Arrival&) const = default;
  };
  std::vector<Arrival> arrivals;

  PortId attach(std::uint8_t last) {
    return segment.attach(mac(last), last, [this, last](const SharedBytes& bytes) {
      arrivals.push_back({last, now().ns, bytes->size()});
    });
  }
};

TEST_F(SegmentTest, a_frame_arrives_after_its_transmit_time_and_the_delay) {
  const PortId a = attach(1);
  attach(2);
  segment.send(a, frame(mac(2), mac(1), 1000));
  run_for(seconds(1));
  EXPECT_THAT(arrivals, ElementsAre(SegmentTest::Arrival{2, (1000 + 24) * 8 + 250'000, 1000}));
}

TEST_F(SegmentTest, a_short_frame_takes_as_long_as_one_of_sixty_octets) {
  EXPECT_EQ(segment.transmit_time(42), segment.transmit_time(60));
  EXPECT_EQ(segment.transmit_time(60).ns, 84 * 8);
}

TEST_F(SegmentTest, frames_of_one_sender_leave_one_after_another_and_other_senders_do_not_wait) {
  const PortId a = attach(1);
  attach(2);
  const PortId c = attach(3);
  segment.send(a, frame(mac(2), mac(1), 976));
  segment.send(a, frame(mac(2), mac(1), 476));
  segment.send(c, frame(mac(2), mac(3), 976));
  run_for(seconds(1));
  EXPECT_THAT(arrivals, ElementsAre(Arrival{2, 8'000 + 250'000, 976},  // of a
                                    Arrival{2, 8'000 + 250'000, 976},  // of c, at the same time
                                    Arrival{2, 12'000 + 250'000, 476}));
}

TEST_F(SegmentTest, a_broadcast_reaches_everybody_but_its_sender) {
  const PortId a = attach(1);
  attach(2);
  attach(3);
  segment.send(a, frame(Mac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, mac(1), 60));
  run_for(seconds(1));
  EXPECT_THAT(arrivals,
              ElementsAre(Arrival{2, 84 * 8 + 250'000, 60}, Arrival{3, 84 * 8 + 250'000, 60}));
}

TEST_F(SegmentTest, a_frame_for_an_unknown_address_is_counted_and_reaches_nobody) {
  const PortId a = attach(1);
  attach(2);
  segment.send(a, frame(mac(9), mac(1), 60));
  segment.send(a, frame(mac(1), mac(1), 60));
  run_for(seconds(1));
  EXPECT_TRUE(arrivals.empty());
  EXPECT_EQ(segment.counters().nobody, 2u);
}

TEST_F(SegmentTest, what_is_under_way_to_a_detached_port_is_lost_and_it_sends_no_more) {
  const PortId a = attach(1);
  const PortId b = attach(2);
  segment.send(a, frame(mac(2), mac(1), 60));
  run_for(micros(100));
  segment.detach(b);
  segment.send(b, frame(mac(1), mac(2), 60));
  run_for(seconds(1));
  EXPECT_TRUE(arrivals.empty());
  EXPECT_EQ(segment.counters().dead, 2u);
}

TEST_F(SegmentTest, nothing_gets_across_a_partition_until_it_is_healed) {
  const PortId a = attach(1), b = attach(2);
  attach(3);
  for (std::uint8_t n = 1; n <= 3; ++n) segment.serve(PortId{n}, Ip4{n});
  segment.separate({Ip4{1}, Ip4{3}});
  segment.send(a, frame(mac(2), mac(1), 100));
  segment.send(b, frame(mac(1), mac(2), 100));
  segment.send(a, frame(broadcast_mac, mac(1), 100));
  run_for(seconds(1));
  ASSERT_EQ(arrivals.size(), 1u);  // the broadcast, at the one on the same side
  EXPECT_EQ(arrivals[0].at, 3);
  EXPECT_EQ(segment.counters().cut_off, 3u);
  segment.separate({});
  segment.send(a, frame(mac(2), mac(1), 100));
  run_for(seconds(1));
  EXPECT_EQ(arrivals.size(), 2u);
}

TEST_F(SegmentTest, nothing_gets_to_or_from_who_is_unplugged_whatever_else_is_apart) {
  const PortId a = attach(1), b = attach(2);
  attach(3);
  for (std::uint8_t n = 1; n <= 3; ++n) segment.serve(PortId{n}, Ip4{n});
  segment.plug(Ip4{1}, false);
  segment.send(a, frame(mac(2), mac(1), 100));
  segment.send(b, frame(mac(1), mac(2), 100));
  segment.send(b, frame(broadcast_mac, mac(2), 100));
  run_for(seconds(1));
  ASSERT_EQ(arrivals.size(), 1u);
  EXPECT_EQ(arrivals[0].at, 3);
  segment.separate({Ip4{1}});
  segment.plug(Ip4{1}, true);
  segment.send(a, frame(mac(2), mac(1), 100));
  run_for(seconds(1));
  EXPECT_EQ(arrivals.size(), 1u);
}

TEST_F(SegmentTest, a_frame_longer_than_the_mtu_is_dropped) {
  const PortId a = attach(1);
  attach(2);
  segment.send(a, frame(mac(2), mac(1), 1514));
  segment.send(a, frame(mac(2), mac(1), 1515));
  run_for(seconds(1));
  EXPECT_EQ(arrivals.size(), 1u);
  EXPECT_EQ(segment.counters().too_long, 1u);
}

TEST_F(SegmentTest, a_sender_that_is_too_fast_loses_what_its_queue_does_not_hold) {
  Segment narrow{{.rate_bps = 1'000'000, .queue_bytes = 10'000}};
  const PortId a = narrow.attach(mac(1), 1, [](const SharedBytes&) {});
  narrow.attach(mac(2), 2, [](const SharedBytes&) {});
  for (int i = 0; i < 20; ++i) narrow.send(a, frame(mac(2), mac(1), 1000));
  EXPECT_EQ(narrow.counters().sent, 9u);  // 9 x 1024 octets on the wire, the tenth would not fit
  EXPECT_EQ(narrow.counters().queue_full, 11u);
}

TEST_F(SegmentTest, two_ports_cannot_have_one_address) {
  const PortId a = attach(1);
  EXPECT_THROW(attach(1), std::runtime_error);
  segment.detach(a);
  EXPECT_NO_THROW(attach(1));
}

TEST_F(SegmentTest, a_tap_sees_what_leaves_and_what_arrives) {
  std::vector<std::pair<Direction, std::size_t>> seen;
  const PortId a = segment.attach(
      mac(1), 1, [](const SharedBytes&) {},
      [&](Direction way, Bytes bytes) { seen.emplace_back(way, bytes.size()); });
  const PortId b = attach(2);
  segment.send(a, frame(mac(2), mac(1), 100));
  segment.send(b, frame(mac(1), mac(2), 200));
  run_for(seconds(1));
  EXPECT_THAT(seen, ElementsAre(std::pair{Direction::out, 100}, std::pair{Direction::in, 200}));
}

struct PingTest : Simulation {
  Segment segment{{}};
  std::vector<std::pair<unsigned, unsigned>> replies;
  Pinger pinger_at(PlainNode& station, Pinger::Shape shape = {}) {
    return {station.node, 7, shape,
            [this](std::uint16_t sequence, unsigned ttl) { replies.emplace_back(sequence, ttl); }};
  }
};

TEST_F(PingTest, a_station_is_found_by_arp_and_answers_with_ttl_64) {
  PlainNode a{segment, 1}, b{segment, 2};
  Pinger pinger = pinger_at(a);
  EXPECT_TRUE(pinger.send(PlainNode::address(2), 1));
  EXPECT_TRUE(pinger.send(PlainNode::address(2), 2));
  run_for(millis(10));
  EXPECT_THAT(replies, ElementsAre(std::pair{1, 64}, std::pair{2, 64}));
}

TEST_F(PingTest, an_ipv6_neighbour_is_discovered_and_answers_with_hop_limit_64) {
  PlainNode a{segment, 1}, b{segment, 2};
  for (PlainNode* station : {&a, &b})
    add_address(station->node, station->device, PlainNode::address6(station == &a ? 1 : 2), 64);
  Pinger pinger = pinger_at(a);
  EXPECT_TRUE(pinger.send(PlainNode::address6(2), 1));
  EXPECT_TRUE(pinger.send(PlainNode::address(2), 2));
  run_for(millis(10));
  EXPECT_THAT(replies, testing::UnorderedElementsAre(std::pair{1, 64}, std::pair{2, 64}));
}

TEST_F(PingTest, off_link_ipv6_goes_by_the_default_route_and_nowhere_without_one) {
  PlainNode a{segment, 1}, b{segment, 2}, without{segment, 3};
  add_address(a.node, a.device, PlainNode::address6(1), 64);
  add_address(b.node, b.device, PlainNode::address6(2), 64);
  Ip6 elsewhere = PlainNode::address6(9);
  elsewhere.octets[7] = 1;
  Pinger pinger = pinger_at(a);
  EXPECT_FALSE(pinger.send(elsewhere, 1));
  set_default_route(a.node, a.device, PlainNode::address6(2));
  EXPECT_TRUE(pinger.send(elsewhere, 2)) << "nobody answers, but it leaves";
  EXPECT_TRUE(pinger.send(PlainNode::address6(2), 3));
  run_for(millis(10));
  EXPECT_THAT(replies, ElementsAre(std::pair{3, 64}));
  EXPECT_FALSE(pinger_at(without).send(PlainNode::address6(2), 3)) << "has IPv4 only";
}

TEST_F(PingTest, what_is_longer_than_a_station_takes_comes_in_pieces_and_is_put_together) {
  PlainNode a{segment, 1}, b{segment, 2};
  Pinger pinger = pinger_at(a, {.size = 4000});
  EXPECT_TRUE(pinger.send(PlainNode::address(2), 1));
  run_for(millis(10));
  EXPECT_THAT(replies, ElementsAre(std::pair{1, 64}));
}

TEST_F(PingTest, a_packet_that_must_not_be_cut_says_so) {
  PlainNode a{segment, 1};
  std::vector<bool> dont_fragment;
  const PortId b = segment.attach(mac(2), 2, [&](const SharedBytes& frame) {
    Reader in{*frame};
    if (wire::Ethernet::read(in).type == wire::EtherType::ipv4)
      dont_fragment.push_back(wire::Ipv4::read(in).dont_fragment);
  });
  std::vector<std::byte> answer(wire::Ethernet::size + wire::Arp::size);
  Writer out{answer};
  wire::Ethernet{mac(1), mac(2), wire::EtherType::arp}.write(out);
  wire::Arp{wire::Arp::Op::reply, mac(2), PlainNode::address(2), mac(1), PlainNode::address(1)}
      .write(out);
  Pinger plain = pinger_at(a), whole = pinger_at(a, {.dont_fragment = true});
  EXPECT_TRUE(plain.send(PlainNode::address(2), 1));
  EXPECT_TRUE(whole.send(PlainNode::address(2), 2));
  run_for(millis(1));
  segment.send(b, std::make_shared<std::vector<std::byte>>(answer));
  run_for(millis(10));
  EXPECT_THAT(dont_fragment, ElementsAre(false, true));
}

TEST_F(PingTest, a_station_does_not_forward_for_others) {
  PlainNode a{segment, 1}, b{segment, 2}, c{segment, 3};
  add_route(a.node, IpPrefix::host(Ip4{0xc6336401}), PlainNode::address(2));
  add_route(b.node, IpPrefix::host(Ip4{0xc6336401}), PlainNode::address(3));
  Pinger pinger = pinger_at(a);
  EXPECT_TRUE(pinger.send(Ip4{0xc6336401}, 1));
  run_for(seconds(5));
  EXPECT_TRUE(replies.empty());
}

TEST_F(PingTest, without_a_route_nothing_is_sent) {
  PlainNode a{segment, 1};
  Pinger pinger = pinger_at(a);
  const IpPrefix far{Ip4{0xc6336400}, 24};
  EXPECT_FALSE(pinger.send(Ip4{0xc6336401}, 1));
  add_route(a.node, far, PlainNode::address(2));
  EXPECT_TRUE(pinger.send(Ip4{0xc6336401}, 2));
  remove_route(a.node, far, PlainNode::address(2));
  EXPECT_FALSE(pinger.send(Ip4{0xc6336401}, 3));
}

}  // namespace
}  // namespace tflab::sim
