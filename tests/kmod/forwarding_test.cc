// What the module does with packets: what the same core does on a bench.

#include <random>

#include "tests/kmod/kernel_node.h"

namespace tflab::kmod_test {
namespace {

using namespace vr;

class KmodForwarding : public KernelNode {};

TEST_F(KmodForwarding, L10_between_two_machines_of_a_vrf) {
  both_receive(vm1, from_vm1(vm2_ip));
  ASSERT_EQ(sent.size(), 1u);
  both_receive(vm2, ping(vr_mac, vm2_mac, vm2_ip, vm1_ip));
  ASSERT_EQ(sent.size(), 1u);
  expect_same_state();
}

TEST_F(KmodForwarding, L10_through_mpls_over_udp_and_gre_and_back) {
  both_receive(vm1, from_vm1(remote_ip));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].out, eth0);
  both_receive(vm1, from_vm1(remote_gre_ip));
  ASSERT_EQ(sent.size(), 1u);
  const auto inner = [&] { return pkt().ip4(remote_ip, vm1_ip).ttl(63).echo().payload(20); };
  both_receive(
      eth0,
      pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip).udp(50000, 6635).mpls(25).inner(inner()));
  both_receive(eth0,
               pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip).gre().mpls(25).inner(inner()));
  expect_same_state();
}

TEST_F(KmodForwarding, L10_proxies_traps_drops_and_the_hosts_own_packets) {
  both_receive(vm1, pkt().eth(broadcast, vm1_mac).arp_request(vm1_mac, vm1_ip, vm2_ip));
  ASSERT_EQ(sent.size(), 1u);
  both_receive(vm1, from_vm1(vm2_ip, 1));
  ASSERT_EQ(owner.traps.size(), 1u);
  both_receive(vm1, ping(vr_mac, vm1_mac, "10.9.9.9", vm2_ip));  // not its address
  both_receive(vm1, from_vm1(vm2_ip).cut(20));
  both_receive(vhost0, ping(peer_mac, node_mac, node_ip, peer_ip));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].out, eth0);
  both_receive(eth0, ping(node_mac, peer_mac, peer_ip, node_ip));
  expect_same_state();
}

TEST_F(KmodForwarding, a_tag_that_the_stack_took_off_is_seen) {
  both_receive(eth0, pkt().eth(node_mac, peer_mac).vlan(7).ip4(peer_ip, node_ip).echo().payload(9));
  both_receive(vm1, pkt().eth(vr_mac, vm1_mac).vlan(7).ip4(vm1_ip, vm2_ip).echo().payload(9));
  expect_same_state();
}

TEST_F(KmodForwarding, L07_frames_of_every_length_and_of_chance) {
  std::mt19937 random{3};
  const Frame ours = from_vm1(remote_ip);
  const Frame theirs = pkt()
                           .eth(node_mac, peer_mac)
                           .ip4(peer_ip, node_ip)
                           .udp(50000, 6635)
                           .mpls(25)
                           .inner(pkt().ip4(remote_ip, vm1_ip).echo());
  for (std::size_t n = 14; n <= ours.size(); ++n) both_receive(vm1, ours.cut(n));
  for (int i = 0; i < 300; ++i) {
    Frame frame = i % 2 == 0 ? ours : theirs;
    for (unsigned changes = random() % 5; changes > 0; --changes)
      frame.octets[12 + random() % (frame.size() - 12)] = static_cast<std::byte>(random());
    both_receive(i % 2 == 0 ? vm1 : eth0, frame);
  }
  expect_same_state();
}

TEST_F(KmodForwarding, frames_of_the_agent) {
  const Frame frame = from_vm1(vm2_ip);
  kmod->inject(vm2, frame.octets);
  node.injects(vm2, frame);
  within_a_second([&] { return look(), !sent.empty(); });
  expect_same();
  sent.clear();
  node.receives(vm1, frame);
  kmod->receive(vm1, frame.octets);
  within_a_second([&] { return look(), !sent.empty(); });
  expect_same();
  expect_same_state();
}

TEST_F(KmodForwarding, refusals_come_back_with_their_operation) {
  kmod->apply(DeleteVrf{red});
  kmod->apply(SetVrf{VrfId{9}});
  kmod->apply(SetNexthop{.nexthop = NexthopId{1u << 20}});
  kmod->settle();
  ASSERT_EQ(owner.refusals.size(), 2u);
  EXPECT_EQ(owner.refusals[0], std::pair(Op{DeleteVrf{red}}, Result::in_use));
  EXPECT_EQ(owner.refusals[1].second, Result::out_of_range);
}

TEST_F(KmodForwarding, thousands_of_routes_are_one_dump) {
  for (std::uint32_t i = 0; i < 5000; ++i)
    kmod->apply(
        SetRoute{red, IpPrefix::host(Ip4{0x0b000000 + i}), by_udp, Label{100}, route_label_valid});
  const agent::Datapath datapath = kmod->datapath();
  EXPECT_TRUE(owner.refusals.empty());
  EXPECT_EQ(datapath.tables.size(), node.snapshot().size() + 5000);
}

TEST_F(KmodForwarding, L08_a_device_that_goes_and_comes_again) {
  wires.erase(vm2);
  kmod->inject(vm2, from_vm1(vm2_ip).octets);  // nowhere: counted, not sent
  wires[vm2] = std::make_unique<netns::Cable>(vm2);
  both_receive(vm1, from_vm1(vm2_ip));
  ASSERT_EQ(sent.size(), 1u);
  ip({"link set vr-4 down", "link set vr-4 name elsewhere"});
  wires.at(vm1)->send(from_vm1(vm2_ip).octets);
  ip({"link set elsewhere name vr-4", "link set vr-4 up"});
  both_receive(vm1, from_vm1(vm2_ip));
  EXPECT_EQ(sent.size(), 1u);
}

class KmodFlows : public KernelNode {
protected:
  KmodFlows() : KernelNode{16} {}
};

TEST_F(KmodFlows, are_asked_for_set_counted_and_swept) {
  SetVif with_flows = std::get<SetVif>(node.snapshot()[6]);
  ASSERT_EQ(with_flows.vif, vm1);
  with_flows.nexthop = to_vm1;
  node.must(with_flows);
  kmod->apply(with_flows);
  kmod->settle();
  both_receive(vm1, from_vm1(vm2_ip));
  ASSERT_EQ(owner.traps.size(), 1u);
  EXPECT_EQ(owner.traps[0].why, Trap::flow_miss);
  const SetFlow flow{
      .key = {.nexthop = to_vm1, .src = dsl::ip4(vm1_ip), .dst = dsl::ip4(vm2_ip), .protocol = 17}};
  node.must(flow);
  kmod->apply(flow);
  kmod->settle();
  expect_same_state();
  EXPECT_TRUE(kmod->sweep().empty());
  clock.skip_to(seconds(1000));
  std::vector<FlowKey> gone;
  for (std::uint32_t i = 0; i < Vrouter::sweeps_per_round; ++i)
    for (const FlowKey& key : kmod->sweep()) gone.push_back(key);
  EXPECT_EQ(gone, std::vector{flow.key});
}

}  // namespace
}  // namespace tflab::kmod_test
