// Frames in batches end as they would one by one.

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {
namespace {

class Batches : public Node {
protected:
  // vm3 bridges, so that its frames may end where they are looked up.
  void SetUp() override {
    Node::SetUp();
    vif(vm3, VifType::virt, vif_l3 | vif_l2, blue, vr_mac, vm3_ip);
  }
  struct Arrived {
    VifId in;
    Frame frame;
  };
  std::vector<Arrived> mixed() const {
    const auto arriving = [&] { return pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip); };
    const Frame inside = pkt().ip4(remote_ip, vm1_ip).ttl(63).udp(5, 6);
    return {{vm1, from_vm1(vm2_ip)},
            {vm1, from_vm1(remote_ip)},
            {eth0, arriving().udp(9, 6635).mpls(25).inner(inside)},
            {VifId{9}, from_vm1(vm2_ip)},
            {vm1, from_vm1(outside_ip, 1)},
            {vm2, from_vm1("1.2.3.4").cut(20)},
            {vm3, pkt().eth(vm2_mac, vm3_mac).ip4(vm3_ip, vm2_ip).udp(1, 2)},  // a MAC nobody has
            {vm1, pkt().eth(broadcast, vm1_mac).arp_request(vm1_mac, vm1_ip, vm2_ip)},
            {vhost0, ping(peer_mac, node_mac, node_ip, peer_ip)},
            {eth0, ping(node_mac, peer_mac, peer_ip, node_ip)},
            {pkt0, from_vm1(vm2_ip)}};
  }
};

TEST_F(Batches, end_as_single_frames_do) {
  Bench twin{Bench::small(0)};
  for (const Op& op : node.snapshot()) twin.must(op);
  std::vector<Arrived> all;
  for (int i = 0; i < 9; ++i) {
    for (const Arrived& one : mixed()) all.push_back(one);  // 99: more than three batches
  }
  std::vector<Sent> sent_alone;
  std::vector<Punted> punted_alone;
  for (const Arrived& one : all) {
    node.receives(one.in, one.frame);
    sent_alone.insert(sent_alone.end(), node.sent().begin(), node.sent().end());
    punted_alone.insert(punted_alone.end(), node.punted().begin(), node.punted().end());
  }
  std::vector<dsl::Octets> buffers;
  std::vector<Vrouter::Arrival> arrivals;
  for (const Arrived& one : all) {
    dsl::Octets& buffer = buffers.emplace_back(Vrouter::headroom);
    dsl::put(buffer, one.frame.octets);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    arrivals.push_back({all[i].in, buffers[i], Vrouter::headroom});
  }
  twin.vrouter().on_frames(Instant{}, arrivals);
  ASSERT_EQ(twin.sent().size(), sent_alone.size());
  for (std::size_t i = 0; i < sent_alone.size(); ++i) {
    EXPECT_THAT(twin.sent()[i], sent(sent_alone[i].out, sent_alone[i].frame)) << i;
  }
  ASSERT_EQ(twin.punted().size(), punted_alone.size());
  for (std::size_t i = 0; i < punted_alone.size(); ++i) {
    EXPECT_THAT(twin.punted()[i].frame, is_frame(punted_alone[i].frame)) << i;
  }
  EXPECT_EQ(twin.vrouter().drops(), node.vrouter().drops());
  EXPECT_EQ(node.vrouter().drops()[static_cast<std::size_t>(Drop::l2_no_route)], 9u);
  for (VifId vif : {eth0, vhost0, pkt0, vm1, vm2, vm3}) {
    EXPECT_EQ(twin.vrouter().counters(vif), node.vrouter().counters(vif)) << vif.raw();
  }
}

// K28: a host that changes tables when it is handed a frame: frames of the same batch go by the old
// table or the new one, and each ends somewhere.
TEST_F(Batches, K28_tables_may_change_between_the_frames_of_a_batch) {
  struct Meddler : Host {
    Vrouter* core = nullptr;
    int sent = 0;
    void transmit(VifId, std::span<const std::byte>) override {
      ++sent;
      core->apply(DeleteRoute{red, dsl::prefix(vm2_ip + "/32")});
      core->apply(UnbindLabel{Label{26}});
      core->apply(DeleteRoute{red, dsl::prefix("fd00::2/128")});
      EXPECT_EQ(core->apply(DeleteNexthop{to_vm2}),
                sent == 1 ? Result::done : Result::no_such_nexthop);
    }
    void punt(Trap, VifId, VrfId, std::span<const std::byte>) override {}
  } meddler;
  struct alignas(64) Line {
    std::byte octets[64]{};
  };
  std::vector<Line> memory(Vrouter::memory_needed(Bench::small()) / sizeof(Line));
  Vrouter core{std::as_writable_bytes(std::span{memory}), Bench::small(), meddler};
  meddler.core = &core;
  for (const Op& op : node.snapshot()) ASSERT_EQ(core.apply(op), Result::done);
  std::vector<dsl::Octets> buffers(3);
  std::vector<Vrouter::Arrival> arrivals;
  for (dsl::Octets& buffer : buffers) {
    buffer.resize(Vrouter::headroom);
    dsl::put(buffer, from_vm1(vm2_ip).octets);
    arrivals.push_back({vm1, buffer, Vrouter::headroom});
  }
  core.on_frames(Instant{}, arrivals);
  EXPECT_EQ(meddler.sent, 1);
  EXPECT_EQ(core.drops()[static_cast<std::size_t>(Drop::invalid_nh)], 2u);
}

}  // namespace
}  // namespace tflab::vr
