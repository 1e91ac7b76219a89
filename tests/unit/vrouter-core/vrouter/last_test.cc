// Of which frames the host hears that it may keep their buffer.

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {
namespace {

class Keeper : public Bench {
public:
  void transmit_last(VifId out, std::span<const std::byte> frame) override {
    ++kept;
    transmit(out, frame);
  }
  int kept = 0;
};

class LastTransmit : public Node {
protected:
  void SetUp() override {
    Node::SetUp();
    for (const Op& op : node.snapshot()) keeper.must(op);
  }
  Keeper keeper;
};

TEST_F(LastTransmit, is_said_of_a_frame_that_goes_one_way) {
  keeper.receives(vm1, from_vm1(vm2_ip));
  keeper.receives(vm1, from_vm1(remote_ip));
  keeper.receives(vhost0, ping(peer_mac, node_mac, node_ip, peer_ip));
  EXPECT_EQ(keeper.kept, 3);
}

TEST_F(LastTransmit, is_not_said_of_pieces_nor_of_what_the_agent_sends) {
  SetVif small{vm2, VifType::virt, vif_l3, red, 100, dsl::mac(vr_mac), dsl::ip4(vm2_ip)};
  keeper.must(small);
  keeper.receives(vm1, pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, vm2_ip).echo().payload(200));
  EXPECT_GT(keeper.sent().size(), 1u);
  keeper.injects(vm2, from_vm1(vm2_ip));
  EXPECT_EQ(keeper.kept, 0);
}

TEST_F(LastTransmit, is_said_behind_the_copy_for_who_watches) {
  const VifId watcher{6};
  vif(watcher, VifType::monitoring, 0, red, vr_mac, "0.0.0.0");
  for (const Op& op : node.snapshot()) keeper.must(op);
  SetVif watched{vm1,  VifType::virt,    vif_l3 | vif_monitored, red,
                 9160, dsl::mac(vr_mac), dsl::ip4(vm1_ip)};
  watched.monitor = watcher;
  keeper.must(watched);
  keeper.receives(vm1, from_vm1(vm2_ip));
  EXPECT_EQ(keeper.sent().size(), 2u);
  EXPECT_EQ(keeper.kept, 1);
}

}  // namespace
}  // namespace tflab::vr
