// Octets by chance, and good frames spoiled by chance. Under sanitizers; and each must be accounted
// for exactly once.

#include <random>

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {
namespace {

class Chance : public Node {
protected:
  static constexpr int frames = 200'000;

  std::mt19937 random{20240229};
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); }

  dsl::Octets noise() {
    dsl::Octets octets(below(160));
    for (auto& octet : octets) octet = static_cast<std::byte>(random());
    return octets;
  }
  dsl::Octets spoiled(const std::vector<Frame>& good) {
    dsl::Octets octets = good[below(static_cast<std::uint32_t>(good.size()))].octets;
    for (std::uint32_t i = below(4); i-- > 0;) {
      octets[below(static_cast<std::uint32_t>(octets.size()))] = static_cast<std::byte>(random());
    }
    if (below(4) == 0) octets.resize(below(static_cast<std::uint32_t>(octets.size()) + 20));
    return octets;
  }

  std::vector<Frame> good_from_vm() const {
    return {from_vm1(vm2_ip),
            from_vm1(remote_ip),
            from_vm1(remote_gre_ip),
            from_vm1(peer_ip),
            from_vm1(node_ip),
            from_vm1("172.31.9.9"),
            pkt().eth(broadcast, vm1_mac).arp_request(vm1_mac, vm1_ip, vm2_ip),
            pkt().eth(vr_mac, vm1_mac).ip6("fd00::1", "fd00::10").udp(1, 2).payload(5),
            pkt()
                .eth("33:33:ff:00:00:02", vm1_mac)
                .ip6("fd00::1", "ff02::1:ff00:2")
                .ttl(255)
                .solicit("fd00::2")};
  }
  std::vector<Frame> good_from_fabric() const {
    const Frame inner = pkt().ip4(remote_ip, vm1_ip).udp(5, 6).payload(11);
    const auto arriving = [&] { return pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip); };
    return {arriving().udp(1, 6635).mpls(25).inner(inner),
            arriving().udp(1, 51234).mpls(30).inner(inner),
            arriving().gre().mpls(25).inner(inner),
            ping(node_mac, peer_mac, peer_ip, vm1_ip),
            ping(node_mac, peer_mac, peer_ip, node_ip),
            pkt().eth(broadcast, peer_mac).arp_request(peer_mac, peer_ip, vm1_ip),
            pkt().eth(node_mac, peer_mac).arp_reply(peer_mac, peer_ip, node_mac, node_ip)};
  }

  void storm(VifId in, const std::vector<Frame>& good) {
    vm1_is_native();
    Quiet host;
    Vrouter vrouter{std::as_writable_bytes(std::span{host.memory}), Bench::small(), host};
    for (const Op& op : node.snapshot()) ASSERT_EQ(vrouter.apply(op), Result::done);
    for (int i = 0; i < frames; ++i) {
      const dsl::Octets octets = below(3) == 0 ? noise() : spoiled(good);
      const std::size_t headroom = below(8) == 0 ? below(64) : Vrouter::headroom;
      dsl::Octets buffer(headroom, std::byte{0xa5});
      dsl::put(buffer, octets);
      vrouter.on_frame(Instant{}, in, buffer, headroom);
    }
    const VifCounters counters = vrouter.counters(in);
    EXPECT_EQ(counters.rx_packets, static_cast<std::uint64_t>(frames));
    EXPECT_EQ(counters.rx_packets, host.sent + host.punted - host.both + counters.drops);
    std::uint64_t reasons = 0;
    for (auto n : vrouter.drops()) reasons += n;
    EXPECT_EQ(reasons, counters.drops);
  }

private:
  struct Quiet : Host {
    struct alignas(64) Line {
      std::byte octets[64]{};
    };
    std::vector<Line> memory =
        std::vector<Line>(Vrouter::memory_needed(Bench::small()) / sizeof(Line));
    std::uint64_t sent = 0, punted = 0, both = 0;

    void transmit(VifId, std::span<const std::byte> frame) override {
      ++sent;
      ASSERT_GE(frame.size(), 14u);
    }
    // ARP answers from the fabric are the one kind that goes two ways.
    void punt(Trap why, VifId in, VrfId, std::span<const std::byte> frame) override {
      ++punted;
      if (why == Trap::arp && in == eth0) ++both;
      ASSERT_GE(frame.size(), 14u);
    }
  };
};

TEST_F(Chance, from_a_vm_does_no_harm) {
  storm(vm1, good_from_vm());
}
TEST_F(Chance, from_a_vm_without_policy_does_no_harm) {
  storm(vm2, good_from_vm());
}
TEST_F(Chance, from_the_fabric_does_no_harm) {
  storm(eth0, good_from_fabric());
}
TEST_F(Chance, from_the_node_does_no_harm) {
  storm(vhost0, good_from_fabric());
}
TEST_F(Chance, from_the_agent_does_no_harm) {
  storm(pkt0, good_from_vm());
}

}  // namespace
}  // namespace tflab::vr
