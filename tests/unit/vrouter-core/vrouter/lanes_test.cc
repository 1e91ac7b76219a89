// Packets on several lanes, and operations that change one copy of the tables while packets read
// the other.

#include <array>
#include <atomic>
#include <thread>

#include "tests/unit/vrouter-core/vrouter/twofold.h"

namespace tflab::vr {
namespace {

class Lanes : public Node {
protected:
  Lanes() : Node{24} {}
  void SetUp() override {
    Node::SetUp();
    two.must(node.snapshot());
  }

  SetVif learns(VifId vif, NexthopId nexthop) const {
    return {.vif = vif,
            .type = VifType::virt,
            .flags = vif_l2 | vif_mac_learn,
            .vrf = red,
            .mac = dsl::mac(vr_mac),
            .nexthop = nexthop};
  }
  static SetNexthop frames_to(NexthopId id, VifId out) {
    return {.nexthop = id,
            .type = NexthopType::encap,
            .vrf = red,
            .out = out,
            .family = NexthopFamily::bridge};
  }

  Twofold two{Bench::small(24)};
};

TEST_F(Lanes, count_apart_and_are_read_as_a_sum) {
  two.receives(0, vm1, from_vm1(vm2_ip));
  two.receives(1, vm1, from_vm1(vm2_ip));
  two.receives(1, vm1, from_vm1(vm2_ip).cut(20));
  EXPECT_EQ(two.sent, 2u);
  const VifCounters in = two.core.counters(vm1), out = two.core.counters(vm2);
  EXPECT_EQ(in.rx_packets, 3u);
  EXPECT_EQ(in.rx_bytes, 2 * from_vm1(vm2_ip).size() + 20);
  EXPECT_EQ(in.drops, 1u);
  EXPECT_EQ(out.tx_packets, 2u);
  EXPECT_EQ(two.core.counters(red).encaps, 2u);
  EXPECT_EQ(two.dropped(), 1u);
}

TEST_F(Lanes, what_gets_a_number_again_begins_to_count_at_zero) {
  two.receives(1, vm3, ping(vr_mac, vm3_mac, vm3_ip, "10.99.0.1"));
  ASSERT_EQ(two.core.counters(vm3).rx_packets, 1u);
  const SetVif again{.vif = vm3, .type = VifType::virt, .flags = vif_l3, .vrf = blue};
  two.must({DeleteRoute{blue, dsl::prefix(vm3_ip + "/32")}, DeleteNexthop{to_vm3}, DeleteVif{vm3},
            again});
  EXPECT_EQ(two.core.counters(vm3), VifCounters{});
  two.receives(0, vm3, ping(vr_mac, vm3_mac, vm3_ip, "10.99.0.1"));
  EXPECT_EQ(two.core.counters(vm3).rx_packets, 1u);
}

TEST_F(Lanes, packets_find_what_was_published) {
  const DeleteRoute gone{red, dsl::prefix(vm2_ip + "/32")};
  ASSERT_EQ(two.core.apply(gone), Result::done);
  two.receives(0, vm1, from_vm1(vm2_ip));
  EXPECT_EQ(two.sent, 1u);
  two.core.publish();
  two.receives(0, vm1, from_vm1(vm2_ip));
  two.receives(1, vm1, from_vm1(vm2_ip));
  EXPECT_EQ(two.sent, 1u);
  EXPECT_EQ(two.core.follow(gone), Result::done);
}

TEST_F(Lanes, flows_are_set_once_and_answered_when_all_see_the_tables) {
  const SetFlow flow{.key = {to_vm1, dsl::ip4(vm1_ip), dsl::ip4(vm2_ip), 17, 1, 2}};
  EXPECT_EQ(two.tell({DeleteFlow{flow.key}, flow}),
            (std::vector{Result::no_such_flow, Result::done}));
  EXPECT_EQ(two.tell({DeleteFlow{flow.key}}), std::vector{Result::done});
}

TEST_F(Lanes, a_frame_that_sees_old_tables_leaves_nothing_of_them_behind) {
  constexpr NexthopId l2{30};
  const std::string nomad = "02:00:00:00:00:55";
  two.must({learns(vm2, NexthopId{}), frames_to(l2, vm1), learns(vm1, l2)});
  // vm1's nexthop goes, and vm2 gets one of that number; meanwhile vm1 speaks.
  const std::vector<Op> ops = {learns(vm1, NexthopId{}), DeleteNexthop{l2}, frames_to(l2, vm2)};
  for (const Op& op : ops) ASSERT_EQ(two.core.apply(op), Result::done);
  const Frame says = pkt().eth(vm2_mac, nomad).ip4(vm1_ip, vm2_ip).udp(1, 2);
  two.receives(0, vm1, says);
  const Frame asks = pkt().eth(nomad, vm2_mac).ip4(vm2_ip, vm1_ip).udp(1, 2);
  two.receives(1, vm2, asks);
  EXPECT_EQ(two.sent, 1u) << "as long as the tables say so";
  two.core.publish();
  two.receives(1, vm2, asks);
  EXPECT_EQ(two.sent, 1u) << "not to vm2";
}

// Readers of a lane, as RCU has them: odd while a packet is on its way.
class Epochs {
public:
  void begin(std::uint32_t lane) { ++at_[lane].value; }
  void end(std::uint32_t lane) { ++at_[lane].value; }
  void wait() const {
    for (const auto& lane : at_) {
      const std::uint64_t seen = lane.value;
      while (seen % 2 == 1 && lane.value == seen) std::this_thread::yield();
    }
  }

private:
  struct alignas(64) Epoch {
    std::atomic<std::uint64_t> value{0};
  };
  std::array<Epoch, Twofold::lanes> at_;
};

// One route and one nexthop are rewritten in one batch, again and again: label and tunnel end must
// always be of the same batch, flows count every packet, and all are accounted for.
TEST_F(Lanes, two_threads_forward_while_routes_are_rewritten) {
  const SetFlow there{.key = {to_vm3, dsl::ip4(vm3_ip), dsl::ip4(vm1_ip), 17, 1, 2}};
  two.must({SetVif{.vif = vm3,
                   .type = VifType::virt,
                   .flags = vif_policy | vif_l3,
                   .vrf = red,
                   .mac = dsl::mac(vr_mac),
                   .address = dsl::ip4(vm3_ip),
                   .nexthop = to_vm3},
            there});
  const auto rewritten = [](bool odd) -> std::vector<Op> {
    const SetNexthop tunnel{.nexthop = by_udp,
                            .type = NexthopType::tunnel,
                            .flags = nh_valid | nh_tunnel_udp_mpls,
                            .out = eth0,
                            .sip = dsl::ip4(node_ip),
                            .dip = dsl::ip4(odd ? "172.31.0.1" : "172.31.0.2")};
    const IpPrefix four = dsl::prefix(remote_ip + "/32"), six = dsl::prefix("fd00::10/128");
    return {DeleteRoute{red, four},
            DeleteRoute{red, six},
            DeleteNexthop{by_udp},
            tunnel,
            SetRoute{red, four, by_udp, Label{odd ? 201u : 200u}, route_label_valid},
            SetRoute{red, six, by_udp, Label{9}, route_label_valid}};
  };
  two.must(rewritten(false));
  std::atomic<std::uint64_t> wrong{0};
  two.judge = [&](VifId out, std::span<const std::byte> frame) {
    if (out != eth0) return;
    // Ethernet, IPv4, UDP, label: the last octets of the outer destination and of the label.
    const auto end = static_cast<unsigned>(frame[33]) % 2;
    const auto label = static_cast<unsigned>(frame[44]) >> 4 & 1;
    if (end != label) ++wrong;
  };
  constexpr int each = 20'000;
  const Frame far = from_vm1(remote_ip);
  const Frame near = pkt().eth(vr_mac, vm3_mac).ip4(vm3_ip, vm1_ip).udp(1, 2).payload(8);
  Epochs epochs;
  std::atomic<int> running{2};
  const auto forward = [&](std::uint32_t lane) {
    for (int i = 0; i < each; ++i) {
      epochs.begin(lane);
      two.receives(lane, i % 2 == 0 ? vm1 : vm3, i % 2 == 0 ? far : near);
      epochs.end(lane);
    }
    --running;
  };
  std::thread one{forward, 0}, other{forward, 1};
  int batches = 0;
  for (; running > 0; ++batches) {
    for (const Result result : two.tell(rewritten(batches % 2 == 0), [&] { epochs.wait(); }))
      ASSERT_EQ(result, Result::done);
    two.core.expire(Instant{}, {});
  }
  one.join();
  other.join();
  EXPECT_GT(batches, 10);
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(two.dropped(), 0u);
  EXPECT_EQ(two.punted, 0u);
  EXPECT_EQ(two.sent, 2u * each);
  EXPECT_EQ(two.core.counters(vm1).rx_packets, std::uint64_t{each});
  EXPECT_EQ(two.core.counters(vm3).rx_packets, std::uint64_t{each});
  EXPECT_EQ(two.core.counters(there.key).packets, std::uint64_t{each});
}

}  // namespace
}  // namespace tflab::vr
