// The packet sentences themselves, against frames written down by hand.

#include "tests/dsl/packet.h"

#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::dsl {
namespace {

std::string hex(const Frame& frame) {
  std::string text;
  for (auto octet : frame.octets) {
    char digits[4];
    std::snprintf(digits, sizeof digits, "%02x", std::to_integer<unsigned>(octet));
    text += digits;
  }
  return text;
}

TEST(PacketSentence, is_the_frame_on_the_wire) {
  EXPECT_EQ(hex(pkt()
                    .eth("00:00:5e:00:01:00", "02:00:00:00:00:01")
                    .ip4("192.0.2.1", "192.0.2.2")
                    .id(0x1234)
                    .udp(1000, 53)
                    .payload(2)),
            "00005e0001000200000000010800"
            "4500001e123400004011e497c0000201c0000202"
            "03e80035000a0000"
            "5a5a");
}

TEST(PacketSentence, nests_a_packet_behind_a_label) {
  EXPECT_EQ(hex(pkt().mpls(1000).ttl(63).ip4("192.0.2.1", "192.0.2.2")),
            "003e813f"
            "450000140000000040fdf5e9c0000201c0000202");
}

TEST(PacketDifference, names_the_field) {
  const Frame a = pkt().eth("02:00:00:00:00:01", "02:00:00:00:00:02").ip4("1.1.1.1", "2.2.2.2");
  const Frame b = a.with(22, 63);
  EXPECT_EQ(differences(a, a), "");
  EXPECT_EQ(differences(a, b), "\n  ip4.ttl: want 64, got 63");
}

TEST(PacketDifference, tells_frames_of_two_kinds_apart) {
  const Frame arp = pkt()
                        .eth("02:00:00:00:00:01", "02:00:00:00:00:02")
                        .arp_request("02:00:00:00:00:02", "1.1.1.1", "2.2.2.2");
  const Frame tunnel = pkt()
                           .eth("02:00:00:00:00:01", "02:00:00:00:00:02")
                           .ip4("1.1.1.1", "2.2.2.2")
                           .udp(50000, 6635)
                           .mpls(16)
                           .ip6("fd00::1", "fd00::2")
                           .udp(1, 2)
                           .payload(3);
  EXPECT_NE(differences(arp, tunnel).find("\n  eth.type: want 0806, got 0800"), std::string::npos);
  EXPECT_NE(testing::PrintToString(tunnel).find("mpls.label=16"), std::string::npos);
  EXPECT_NE(testing::PrintToString(tunnel).find("ip6.dst=fd00::2"), std::string::npos);
  // No truncation is told beyond its end.
  for (std::size_t n = 0; n < tunnel.size(); ++n) testing::PrintToString(tunnel.cut(n));
}

}  // namespace
}  // namespace tflab::dsl
