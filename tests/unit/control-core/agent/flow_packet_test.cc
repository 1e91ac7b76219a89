#include "control-core/agent/flow_packet.h"

#include <gtest/gtest.h>

#include "tests/dsl/packet.h"

namespace tflab::agent {
namespace {

using dsl::Frame;
using dsl::pkt;

const std::string gateway = "00:00:5e:00:01:00", ours = "0e:00:00:00:00:01",
                  theirs = "0e:00:00:00:00:02";
const Ip4 own = dsl::ip4("192.0.2.11");

std::optional<FlowPacket> read(const Frame& frame) {
  return read_flow_packet(frame.octets, own, {dsl::mac(gateway), dsl::mac(ours)},
                          [](Label label) { return label == Label{40}; });
}

Frame inner() {
  return pkt().ip4("10.1.0.3", "10.1.0.4").udp(1000, 53).payload(8).frame();
}

TEST(FlowPacket, has_the_ports_of_what_has_ports) {
  const auto packet =
      read(pkt().eth(ours, theirs).ip4("10.1.0.3", "10.1.0.4").tcp(1000, 80).payload(4).frame());
  ASSERT_TRUE(packet);
  EXPECT_FALSE(packet->label);
  EXPECT_EQ(packet->key, (vr::FlowKey{.src = dsl::ip4("10.1.0.3"),
                                      .dst = dsl::ip4("10.1.0.4"),
                                      .protocol = 6,
                                      .src_port = 1000,
                                      .dst_port = 80}));
}

TEST(FlowPacket, has_the_id_of_an_echo_in_place_of_a_port) {
  const auto packet = read(pkt().eth(ours, theirs).ip4("10.1.0.3", "10.1.0.4").echo().frame());
  ASSERT_TRUE(packet);
  EXPECT_NE(packet->key.src_port, 0);
  EXPECT_EQ(packet->key.dst_port, 0);
}

// A router's VRF is told by the vrouter, so the VNI need not be.
TEST(FlowPacket, is_what_vxlan_to_us_carries_for_the_router_here) {
  const Frame frame = pkt().eth(ours, theirs).ip4("10.1.0.3", "10.1.0.4").udp(1000, 53).payload(8);
  const auto arriving = [&](std::uint8_t flags, std::uint16_t to) {
    dsl::Octets vxlan;
    dsl::put(vxlan, flags, 1), dsl::put(vxlan, 0, 3), dsl::put(vxlan, 5000, 3),
        dsl::put(vxlan, 0, 1);
    return read(pkt()
                    .eth(ours, theirs)
                    .ip4("192.0.2.12", "192.0.2.11")
                    .udp(50000, to)
                    .inner(Frame{vxlan})
                    .inner(frame)
                    .frame());
  };
  const auto packet = arriving(8, 4789);
  ASSERT_TRUE(packet);
  EXPECT_FALSE(packet->label);
  EXPECT_EQ(packet->key.src, IpAddr{dsl::ip4("10.1.0.3")});
  EXPECT_EQ(packet->key.dst_port, 53);
  // Anything else is a datagram to this node.
  for (const auto& other : {arriving(0, 4789), arriving(8, 4790)}) {
    ASSERT_TRUE(other);
    EXPECT_EQ(other->key.src, IpAddr{dsl::ip4("192.0.2.12")});
  }
}

TEST(FlowPacket, is_what_a_tunnel_to_us_carries_and_tells_the_label) {
  for (const Frame& frame : {pkt()
                                 .eth(ours, theirs)
                                 .ip4("192.0.2.12", "192.0.2.11")
                                 .udp(50000, 6635)
                                 .mpls(18)
                                 .inner(inner())
                                 .frame(),
                             pkt()
                                 .eth(ours, theirs)
                                 .ip4("192.0.2.12", "192.0.2.11")
                                 .gre()
                                 .mpls(18)
                                 .inner(inner())
                                 .frame()}) {
    const auto packet = read(frame);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->label, Label{18});
    EXPECT_EQ(packet->key.src, IpAddr{dsl::ip4("10.1.0.3")});
    EXPECT_EQ(packet->key.dst_port, 53);
  }
}

TEST(FlowPacket, of_a_bridged_frame_the_ends_count_in_a_tunnel_or_not) {
  const Frame frame = pkt().eth(theirs, ours).ip4("10.1.0.3", "10.1.0.4").udp(1000, 53).frame();
  dsl::Octets vxlan;
  dsl::put(vxlan, std::uint64_t{8} << 56 | std::uint64_t{5000} << 8, 8);
  vxlan.insert(vxlan.end(), frame.octets.begin(), frame.octets.end());
  const auto outer = [] { return pkt().eth(ours, theirs).ip4("192.0.2.12", "192.0.2.11"); };
  for (const Frame& each : {frame, outer().udp(50000, 6635).mpls(40).inner(frame).frame(),
                            outer().gre().mpls(40).inner(frame).frame(),
                            outer().udp(50000, 4789).inner({vxlan}).frame()}) {
    const auto packet = read(each);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->ends, (FrameEnds{dsl::mac(ours), dsl::mac(theirs)}));
    EXPECT_EQ(packet->tunnelled, each.octets != frame.octets);
    EXPECT_EQ(packet->key.dst_port, 53);
  }
  const auto routed = read(outer().udp(50000, 6635).mpls(18).inner(inner()).frame());
  ASSERT_TRUE(routed);
  EXPECT_FALSE(routed->ends);
  const auto to_router =
      read(pkt().eth(ours, theirs).ip4("10.1.0.3", "10.1.0.4").udp(1000, 53).frame());
  ASSERT_TRUE(to_router);
  EXPECT_FALSE(to_router->ends);
}

TEST(FlowPacket, a_tunnel_to_somebody_else_is_a_packet_like_any_other) {
  const auto packet = read(pkt()
                               .eth(ours, theirs)
                               .ip4("10.1.0.3", "192.0.2.12")
                               .udp(50000, 6635)
                               .mpls(18)
                               .inner(inner())
                               .frame());
  ASSERT_TRUE(packet);
  EXPECT_FALSE(packet->label);
  EXPECT_EQ(packet->key.dst_port, 6635);
}

TEST(FlowPacket, of_a_datagram_in_pieces_only_the_first_tells) {
  const auto piece = [](int flags_and_offset) {
    return pkt()
        .eth(ours, theirs)
        .ip4("10.1.0.3", "10.1.0.4")
        .fragment(flags_and_offset)
        .udp(1000, 53)
        .payload(8)
        .frame();
  };
  ASSERT_TRUE(read(piece(0x2000)));
  EXPECT_EQ(read(piece(0x2000))->key.dst_port, 53);
  EXPECT_FALSE(read(piece(0x2010)));
}

TEST(FlowPacket, cut_anywhere_does_no_harm) {
  const Frame whole = pkt()
                          .eth(ours, theirs)
                          .ip4("192.0.2.12", "192.0.2.11")
                          .udp(50000, 6635)
                          .mpls(18)
                          .inner(inner())
                          .frame();
  for (std::size_t n = 0; n < whole.size(); ++n) read(whole.cut(n));
  EXPECT_FALSE(read(whole.cut(20)));
}

}  // namespace
}  // namespace tflab::agent
