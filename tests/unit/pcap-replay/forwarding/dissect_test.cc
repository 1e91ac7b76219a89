// Frames as fields: what is understood, and that every octet is in one of them.

#include "pcap-replay/forwarding/dissect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "pcap-replay/capture/file.h"
#include "pcap-replay/capture/reader.h"
#include "pcap-replay/forwarding/case.h"
#include "pcap-replay/forwarding/verify.h"
#include "tests/dsl/source_tree.h"

namespace tflab::forwarding {
namespace {

std::string value(const std::vector<Field>& fields, const std::string& name) {
  for (const Field& field : fields)
    if (field.name == name) return field.value;
  return "absent";
}

std::vector<std::vector<std::byte>> frames() {
  std::vector<std::vector<std::byte>> all;
  for (const char* name :
       {"encap-mpls-udp/ip4-tcp", "encap-mpls-gre/ip6-ping", "decap/gre-checksum-and-key",
        "local/ip4-options", "local/ip4-first-fragment", "arp/padded", "nd/from-vm-for-neighbour",
        "drop/invalid-packet-vlan"}) {
    const Case one = load_case(test::in_tree("pcap-replay/cases").string() + '/' + name);
    for (const Arrival& in : one.arrivals) all.push_back(in.frame);
    for (const Sent& out : *one.expected) all.push_back(out.frame);
  }
  return all;
}

TEST(Dissect, a_tunnel_is_told_header_by_header) {
  const Case one = load_case(test::in_tree("pcap-replay/cases/encap-mpls-udp/ip4-udp").string());
  const auto fields = dissect(one.expected->at(0).frame);
  EXPECT_EQ(value(fields, "udp.dst"), "6635");
  EXPECT_EQ(value(fields, "udp.checksum"), "none");
  EXPECT_EQ(value(fields, "mpls.label"), "1000");
  EXPECT_EQ(value(fields, "mpls.ttl"), "63");
  EXPECT_EQ(value(fields, "ip4.checksum"), "good");
  EXPECT_EQ(value(fields, "inner.ip4.ttl"), "63");
  EXPECT_EQ(value(fields, "inner.udp.checksum"), "good");
  EXPECT_EQ(one_line(one.expected->at(0).frame),
            "0e:92:cc:bd:aa:08 > 0e:11:22:33:44:55 172.31.41.236 > 172.31.14.47 ttl 64 udp 50000 > "
            "6635 label 1000 10.47.255.252 > 10.47.255.10 ttl 63 udp 1000 > 53, 82 octets");
}

TEST(Dissect, every_single_octet_changed_is_a_difference) {
  for (const auto& frame : frames()) {
    if (frame.size() > 200) continue;
    for (std::size_t at = 0; at < frame.size(); ++at) {
      auto changed = frame;
      changed[at] ^= std::byte{0x10};
      ASSERT_FALSE(differing_fields(frame, changed, {}).empty())
          << one_line(frame) << " octet " << at;
    }
  }
}

TEST(Dissect, every_truncation_and_random_octets_are_told_without_harm) {
  std::mt19937 random{1};
  for (const auto& frame : frames()) {
    if (frame.size() > 200) continue;
    for (std::size_t size = 0; size <= frame.size(); ++size) dissect({frame.data(), size});
    auto noise = frame;
    for (int i = 0; i < 8; ++i)
      noise[random() % std::max<std::size_t>(1, noise.size())] = static_cast<std::byte>(random());
    dissect(noise);
    one_line(noise);
  }
}

}  // namespace
}  // namespace tflab::forwarding
