// What passes between the fabric and the node itself, and what is taken out for native VMs.

#include <optional>

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {
namespace {

class Fabric : public Node {
protected:
  void crosses(VifId in, const Frame& frame, VifId out) {
    node.receives(in, frame);
    EXPECT_THAT(node.sent(), ElementsAre(sent(out, frame)));
    EXPECT_THAT(node.punted(), IsEmpty());
    EXPECT_EQ(node.moved(), Moves().rx(in, frame).tx(out, frame));
  }
};

TEST_F(Fabric, frames_for_the_node_arrive_as_they_came) {
  crosses(eth0, ping(node_mac, peer_mac, peer_ip, node_ip), vhost0);
  crosses(eth0, pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip).udp(1, 53).payload(9), vhost0);
  crosses(eth0, pkt().eth(broadcast, peer_mac).ip4(peer_ip, "255.255.255.255").udp(67, 68), vhost0);
  crosses(eth0, pkt().eth(node_mac, peer_mac).ip6("fe80::1", "fe80::2").ttl(1).udp(1, 2), vhost0);
  crosses(eth0, pkt().eth(node_mac, peer_mac, 0x88cc).payload(50), vhost0);
  crosses(eth0, pkt().eth(node_mac, peer_mac).vlan(7).ip4(peer_ip, node_ip).udp(1, 6635), vhost0);
}

TEST_F(Fabric, what_is_broken_but_not_ours_to_judge_passes_too) {
  crosses(eth0, ping(node_mac, peer_mac, peer_ip, node_ip).cut(20), vhost0);
  crosses(eth0, pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip).checksum(7).tcp(1, 2), vhost0);
}

TEST_F(Fabric, tunnels_that_are_not_ours_pass) {
  const Frame body = pkt().mpls(25).ip4(remote_ip, vm1_ip).udp(1, 2);
  const auto to_node = [&] { return pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip); };
  crosses(eth0, to_node().gre().type(0x0800).inner(body), vhost0);
  crosses(eth0, to_node().gre().type(0x8847).fragment(0x1000).inner(body), vhost0);
  crosses(eth0, to_node().fragment(0x0004).udp(1, 6635).inner(body), vhost0);
  crosses(eth0, pkt().eth(node_mac, peer_mac).ip4(peer_ip, "172.31.1.1").udp(1, 6635).inner(body),
          vhost0);
  crosses(eth0, pkt().eth(vm1_mac, peer_mac).ip4(peer_ip, node_ip).udp(1, 6635).inner(body),
          vhost0);
}

TEST_F(Fabric, a_native_vm_is_routed_to_with_one_hop_less) {
  vm1_is_native();
  const Frame in = ping(node_mac, peer_mac, peer_ip, vm1_ip);
  node.receives(eth0, in);
  const Frame out = ping(vm1_mac, vr_mac, peer_ip, vm1_ip, 63);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, out)));
  EXPECT_EQ(node.moved(), Moves().rx(eth0, in).tx(vm1, out).vrf(fabric, "encaps"));
}

TEST_F(Fabric, a_vm_that_is_not_native_is_not_there) {
  crosses(eth0, ping(node_mac, peer_mac, peer_ip, vm1_ip), vhost0);
}

TEST_F(Fabric, packets_for_a_native_vm_are_judged) {
  vm1_is_native();
  const auto to_vm = [&] { return pkt().eth(node_mac, peer_mac).ip4(peer_ip, vm1_ip); };
  expect_drop(eth0, to_vm().checksum(9).udp(1, 2), Drop::cksum_err);
  expect_drop(eth0, to_vm().length(9000).udp(1, 2), Drop::invalid_packet);
  node.receives(eth0, to_vm().ttl(1).udp(1, 2));
  EXPECT_THAT(node.punted(),
              ElementsAre(punted(Trap::zero_ttl, eth0, fabric, to_vm().ttl(1).udp(1, 2))));
}

TEST_F(Fabric, a_native_vm_of_another_node_is_the_nodes_business) {
  crosses(eth0, ping(vm2_mac, peer_mac, peer_ip, vm1_ip), vhost0);
  vm1_is_native();
  crosses(eth0, ping(vm2_mac, peer_mac, peer_ip, vm1_ip), vhost0);
}

TEST_F(Fabric, neighbours_are_told_where_a_native_vm_is) {
  vm1_is_native();
  const Frame in = pkt().eth(broadcast, peer_mac).arp_request(peer_mac, peer_ip, vm1_ip);
  node.receives(eth0, in.padded(60));
  const Frame out = pkt().eth(peer_mac, node_mac).arp_reply(node_mac, vm1_ip, peer_mac, peer_ip);
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, out)));
  EXPECT_EQ(node.moved(),
            Moves().rx(eth0, in.padded(60)).tx(eth0, out).vrf(fabric, "arp_physical_stitches"));
}

TEST_F(Fabric, other_questions_are_the_nodes) {
  vm1_is_native();
  crosses(eth0, pkt().eth(broadcast, peer_mac).arp_request(peer_mac, peer_ip, node_ip), vhost0);
  crosses(eth0, pkt().eth(broadcast, peer_mac).arp_request(peer_mac, peer_ip, vm2_ip), vhost0);
  crosses(eth0, pkt().eth(broadcast, peer_mac).arp_request(peer_mac, vm1_ip, vm1_ip), vhost0);
  crosses(eth0, pkt().eth(broadcast, peer_mac, 0x0806).payload(5), vhost0);
}

TEST_F(Fabric, answers_reach_the_node_and_the_agent) {
  const Frame in = pkt().eth(node_mac, peer_mac).arp_reply(peer_mac, peer_ip, node_mac, node_ip);
  node.receives(eth0, in);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vhost0, in)));
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::arp, eth0, fabric, in)));
  EXPECT_EQ(node.moved(), Moves().rx(eth0, in).tx(vhost0, in).add("copies", 1));
}

TEST_F(Fabric, frames_of_the_node_leave_as_they_are) {
  crosses(vhost0, ping(peer_mac, node_mac, node_ip, peer_ip), eth0);
  crosses(vhost0, ping(peer_mac, node_mac, node_ip, vm1_ip), eth0);
  crosses(vhost0, pkt().eth(broadcast, node_mac).arp_request(node_mac, node_ip, peer_ip), eth0);
  crosses(vhost0, pkt().eth("33:33:00:00:00:02", node_mac).ip6("fe80::1", "ff02::2").udp(1, 2),
          eth0);
}

TEST_F(Fabric, the_node_reaches_its_native_vm_whatever_mac_it_sends_to) {
  vm1_is_native();
  const Frame in = ping(peer_mac, node_mac, node_ip, vm1_ip);
  node.receives(vhost0, in);
  const Frame out = ping(vm1_mac, vr_mac, node_ip, vm1_ip, 63);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, out)));
  EXPECT_EQ(node.moved(), Moves().rx(vhost0, in).tx(vm1, out).vrf(fabric, "encaps"));
}

TEST_F(Fabric, the_node_is_told_where_its_native_vm_is) {
  vm1_is_native();
  const Frame in = pkt().eth(broadcast, node_mac).arp_request(node_mac, node_ip, vm1_ip);
  node.receives(vhost0, in);
  const Frame out = pkt().eth(node_mac, vr_mac).arp_reply(vr_mac, vm1_ip, node_mac, node_ip);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vhost0, out)));
}

TEST_F(Fabric, a_group_frame_of_the_node_is_not_for_one_vm) {
  vm1_is_native();
  crosses(vhost0, ping(broadcast, node_mac, node_ip, vm1_ip), eth0);
}

TEST_F(Fabric, a_native_vm_behind_a_nexthop_that_is_not_valid_is_not_there) {
  vm1_is_native();
  node.must(SetNexthop{.nexthop = to_vm1,
                       .type = NexthopType::encap,
                       .flags = 0,
                       .vrf = red,
                       .out = vm1,
                       .dst = dsl::mac(vm1_mac)});
  crosses(eth0, ping(node_mac, peer_mac, peer_ip, vm1_ip), vhost0);
  expect_drop(vm1, from_vm1(vm2_ip), Drop::invalid_source);
}

TEST_F(Fabric, the_ends_of_the_wire_come_and_go_and_the_lowest_is_the_end) {
  Bench wire;
  const VifId other{7};
  wire.must(SetVrf{fabric});
  wire.must(SetVif{.vif = eth0, .type = VifType::physical});
  const Frame in = ping(node_mac, peer_mac, peer_ip, node_ip);
  const auto end = [&]() -> std::optional<VifId> {
    wire.receives(eth0, in);
    return wire.sent().empty() ? std::nullopt : std::optional{wire.sent()[0].out};
  };
  EXPECT_EQ(end(), std::nullopt);
  wire.must(SetVif{.vif = other, .type = VifType::host});
  EXPECT_EQ(end(), other);
  wire.must(SetVif{.vif = vhost0, .type = VifType::host});
  EXPECT_EQ(end(), vhost0);
  wire.must(DeleteVif{vhost0});
  EXPECT_EQ(end(), other);
  wire.must(SetVif{.vif = other, .type = VifType::virt});
  EXPECT_EQ(end(), std::nullopt);
}

TEST_F(Fabric, without_the_other_end_there_is_nowhere_to_go) {
  Bench alone;
  alone.must(SetVrf{fabric});
  alone.must(SetVif{.vif = eth0, .type = VifType::physical, .mac = dsl::mac(node_mac)});
  const Frame in = ping(node_mac, peer_mac, peer_ip, node_ip);
  alone.receives(eth0, in);
  EXPECT_EQ(alone.moved(), Moves().rx(eth0, in).drop(eth0, Drop::nowhere_to_go));
  const Frame reply = pkt().eth(node_mac, peer_mac).arp_reply(peer_mac, peer_ip, node_mac, node_ip);
  alone.receives(eth0, reply);
  EXPECT_THAT(alone.punted(), ElementsAre(punted(Trap::arp, eth0, fabric, reply)));
}

TEST_F(Fabric, frames_from_interfaces_that_give_none_are_dropped) {
  const Frame in = from_vm1(vm2_ip);
  expect_drop(pkt0, in, Drop::interface_rx_discard);
  node.receives(VifId{6}, in);
  EXPECT_EQ(node.moved(), Moves().lost(Drop::invalid_if));
  node.receives(VifId{600}, in);
  EXPECT_EQ(node.moved(), Moves().lost(Drop::invalid_if));
}

}  // namespace
}  // namespace tflab::vr
