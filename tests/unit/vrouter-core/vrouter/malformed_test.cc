// Frames from a VM that must not get far, each with its reason.

#include <array>
#include <random>

#include "tests/unit/vrouter-core/vrouter/node.h"
#include "vrouter-core/pipeline/ip_in.h"

namespace tflab::vr {
namespace {

class Malformed : public Node {
protected:
  dsl::Pkt to_vm2() const { return pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, vm2_ip); }
  dsl::Pkt six(const std::string& src, const std::string& dst) const {
    return pkt().eth(vr_mac, vm1_mac).ip6(src, dst);
  }
  static constexpr std::size_t ip = 14;  // where the IP header begins
};

TEST_F(Malformed, every_truncation_of_an_ipv4_packet_is_refused) {
  const Frame whole = to_vm2().udp(1, 2).payload(8);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    expect_drop(vm1, whole.cut(n), n < ip + 20 ? Drop::pull : Drop::invalid_packet);
  }
}

TEST_F(Malformed, every_truncation_of_an_ipv6_packet_is_refused) {
  const Frame whole = six("fd00::1", "fd00::2").udp(1, 2).payload(8);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    expect_drop(vm1, whole.cut(n), n < ip + 40 ? Drop::pull : Drop::invalid_packet);
  }
}

TEST_F(Malformed, lengths_that_cannot_be) {
  expect_drop(vm1, to_vm2().length(19).udp(1, 2), Drop::invalid_packet);
  expect_drop(vm1, to_vm2().length(29).udp(1, 2), Drop::invalid_packet);
  expect_drop(vm1, to_vm2().udp(1, 2).frame().with(ip, 0x44), Drop::invalid_packet);
  expect_drop(vm1, to_vm2().udp(1, 2).frame().with(ip, 0x4f), Drop::pull);
  expect_drop(vm1, six("fd00::1", "fd00::2").length(9).udp(1, 2), Drop::invalid_packet);
}

// Of headers that no packet has, too: sums that carry, and those that are all ones or nearly so.
TEST(HeaderSum, says_what_the_checksum_says) {
  std::mt19937 random{20};
  int sound = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::array<std::byte, wire::Ipv4::size> header{};
    for (std::byte& octet : header)
      octet = random() % 3 == 0 ? std::byte{0xff} : std::byte{static_cast<std::uint8_t>(random())};
    header[0] = std::byte{0x45};
    if (i % 2 == 0) {
      store(header.data() + 10, std::uint16_t{0});
      store(header.data() + 10, static_cast<std::uint16_t>(checksum(header) + i % 4 / 2));
    }
    const bool expected = checksum(header) == 0;
    sound += expected ? 1 : 0;
    ASSERT_EQ(IpIn::sound_sum(header.data(), header.size()), expected) << i;
  }
  EXPECT_GT(sound, 40'000);
}

TEST_F(Malformed, a_wrong_checksum) {
  expect_drop(vm1, to_vm2().checksum(0).udp(1, 2), Drop::cksum_err);
}

TEST_F(Malformed, options_are_part_of_the_header) {
  dsl::Octets o = to_vm2().length(32).udp(1, 2).frame().octets;
  const dsl::Octets option(4, std::byte{1});  // four times "no operation"
  o.insert(o.begin() + ip + 20, option.begin(), option.end());
  o[ip] = std::byte{0x46};
  o[ip + 10] = o[ip + 11] = std::byte{0};
  dsl::put_at(o, ip + 10, dsl::internet_checksum({o.begin() + ip, o.begin() + ip + 24}));
  node.receives(vm1, {o});
  ASSERT_EQ(node.sent().size(), 1u);
  EXPECT_EQ(node.sent()[0].out, vm2);
  const auto& out = node.sent()[0].frame.octets;
  EXPECT_EQ(dsl::internet_checksum({out.begin() + ip, out.begin() + ip + 24}), 0);
  o[ip + 20] = std::byte{7};  // options are under the checksum too
  expect_drop(vm1, {o}, Drop::cksum_err);
}

TEST_F(Malformed, a_version_that_does_not_fit_the_type) {
  expect_drop(vm1, to_vm2().udp(1, 2).frame().with(ip, 0x65), Drop::invalid_packet);
  expect_drop(vm1, pkt().eth(vr_mac, vm1_mac, 0x86dd).ip4(vm1_ip, vm2_ip).udp(1, 2),
              Drop::invalid_packet);
  expect_drop(vm1, pkt().eth(vr_mac, vm1_mac, 0x88cc).payload(40), Drop::invalid_protocol);
}

TEST_F(Malformed, addresses_that_never_pass_a_router) {
  for (const std::string bad : {"0.1.2.3", "127.0.0.1", "224.0.0.5", "255.255.255.255"}) {
    expect_drop(vm1, pkt().eth(vr_mac, vm1_mac).ip4(bad, vm2_ip).udp(1, 2), Drop::invalid_packet);
    expect_drop(vm1, pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, bad).udp(1, 2), Drop::invalid_packet);
  }
  for (const std::string bad : {"::", "::1", "ff02::1"}) {
    expect_drop(vm1, six(bad, "fd00::2").udp(1, 2), Drop::invalid_packet);
    expect_drop(vm1, six("fd00::1", bad).udp(1, 2), Drop::invalid_packet);
  }
  expect_drop(vm1, six("fe80::1", "fd00::2").udp(1, 2), Drop::nowhere_to_go);
  expect_drop(vm1, six("fd00::1", "febf::2").udp(1, 2), Drop::nowhere_to_go);
}

TEST_F(Malformed, frames_for_others_need_a_bridge) {
  expect_drop(vm1, ping(vm2_mac, vm1_mac, vm1_ip, vm2_ip), Drop::l2_no_route);
  expect_drop(vm1, pkt().eth(broadcast, vm1_mac).ip4("0.0.0.0", "255.255.255.255").udp(68, 67),
              Drop::l2_no_route);
}

TEST_F(Malformed, tagged_frames_and_group_senders) {
  expect_drop(vm1, pkt().eth(vr_mac, vm1_mac).vlan(5).ip4(vm1_ip, vm2_ip).udp(1, 2),
              Drop::invalid_packet);
  expect_drop(vm1, ping(vr_mac, "03:00:00:00:00:01", vm1_ip, vm2_ip), Drop::invalid_packet);
}

}  // namespace
}  // namespace tflab::vr
