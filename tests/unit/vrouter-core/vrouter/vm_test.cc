// Packets that enter from a VM and stay on the node or leave it without a tunnel.

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {
namespace {

using FromVm = Node;

TEST_F(FromVm, reaches_a_neighbour_on_the_same_node_with_one_hop_less) {
  node.receives(vm1, from_vm1(vm2_ip));
  const Frame out = ping(vm2_mac, vr_mac, vm1_ip, vm2_ip, 63);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, out)));
  EXPECT_EQ(node.moved(), Moves().rx(vm1, from_vm1(vm2_ip)).tx(vm2, out).vrf(red, "encaps"));
}

TEST_F(FromVm, ethernet_padding_ends_with_the_ip_packet) {
  const Frame short_one = pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, vm2_ip).udp(1, 2).payload(1);
  node.receives(vm1, short_one.padded(60));
  const Frame out = pkt().eth(vm2_mac, vr_mac).ip4(vm1_ip, vm2_ip).ttl(63).udp(1, 2).payload(1);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, out)));
}

TEST_F(FromVm, ethernet_padding_ends_with_the_ipv6_packet) {
  const Frame in = pkt().eth(vr_mac, vm1_mac).ip6("fd00::1", "fd00::2");
  node.receives(vm1, in.padded(60));
  EXPECT_THAT(node.sent(),
              ElementsAre(sent(vm2, pkt().eth(vm2_mac, vr_mac).ip6("fd00::1", "fd00::2"))));
}

TEST_F(FromVm, ipv6_keeps_its_hop_limit) {
  node.receives(vm1, pkt().eth(vr_mac, vm1_mac).ip6("fd00::1", "fd00::2").udp(1, 2).payload(8));
  const Frame out = pkt().eth(vm2_mac, vr_mac).ip6("fd00::1", "fd00::2").udp(1, 2).payload(8);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, out)));
}

TEST_F(FromVm, a_leaked_route_crosses_vrfs) {
  route(red, vm3_ip + "/32", to_vm3, 27);
  node.receives(vm1, from_vm1(vm3_ip));
  const Frame out = ping(vm3_mac, vr_mac, vm1_ip, vm3_ip, 63);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm3, out)));
  EXPECT_EQ(node.moved(), Moves().rx(vm1, from_vm1(vm3_ip)).tx(vm3, out).vrf(red, "encaps"));
}

TEST_F(FromVm, a_translation_costs_no_hop_of_its_own) {
  translate(NexthopId{20}, blue);
  route(red, "10.32.0.0/12", NexthopId{20}, -1);
  route(red, "10.47.0.0/16", NexthopId{}, -1);
  route(blue, vm2_ip + "/32", to_vm2, 26);
  const Frame in = ping(vr_mac, vm2_mac, vm2_ip, vm3_ip);
  node.receives(vm2, in);
  const Frame out = ping(vm3_mac, vr_mac, vm2_ip, vm3_ip, 63);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm3, out)));
  EXPECT_EQ(node.moved(),
            Moves().rx(vm2, in).tx(vm3, out).vrf(red, "vrf_translates").vrf(blue, "encaps"));
}

TEST_F(FromVm, translations_that_go_in_circles_are_a_loop) {
  route(fabric, "0.0.0.0/0", into_red, -1);
  node.receives(vm1, from_vm1(outside_ip));
  Moves wanted = Moves().rx(vm1, from_vm1(outside_ip)).drop(vm1, Drop::pkt_loop);
  for (int i = 0; i < 4; ++i) wanted.vrf(red, "vrf_translates").vrf(fabric, "vrf_translates");
  EXPECT_EQ(node.moved(), wanted);
  EXPECT_THAT(node.sent(), IsEmpty());
}

TEST_F(FromVm, leaves_natively_when_the_fabric_knows_the_way_back) {
  vm1_is_native();
  node.receives(vm1, from_vm1(peer_ip));
  const Frame out = ping(peer_mac, node_mac, vm1_ip, peer_ip, 63);
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, out)));
  EXPECT_EQ(node.moved(), Moves()
                              .rx(vm1, from_vm1(peer_ip))
                              .tx(eth0, out)
                              .vrf(red, "vrf_translates")
                              .vrf(fabric, "encaps"));
}

TEST_F(FromVm, has_an_invalid_source_when_the_fabric_does_not) {
  node.receives(vm1, from_vm1(peer_ip));
  EXPECT_THAT(node.sent(), IsEmpty());
  EXPECT_EQ(node.moved(), Moves()
                              .rx(vm1, from_vm1(peer_ip))
                              .vrf(red, "vrf_translates")
                              .drop(vm1, Drop::invalid_source));
}

TEST_F(FromVm, S121_what_is_for_the_agent_gets_there_also_when_nothing_leads_back) {
  constexpr NexthopId to_agent{21};
  node.must(SetNexthop{.nexthop = to_agent, .type = NexthopType::receive, .out = pkt0});
  route(red, "169.254.169.254/32", to_agent, -1);
  node.must(DeleteRoute{red, dsl::prefix(vm1_ip + "/32")});
  node.receives(vm1, from_vm1("169.254.169.254"));
  EXPECT_THAT(node.sent(), IsEmpty());
  EXPECT_THAT(node.punted(),
              ElementsAre(punted(Trap::l3_protocols, vm1, red, from_vm1("169.254.169.254", 63))));
  expect_drop(vm1, from_vm1(remote_ip), Drop::invalid_source);
}

TEST_F(FromVm, may_not_speak_for_its_neighbour) {
  expect_drop(vm1, ping(vr_mac, vm1_mac, vm2_ip, remote_ip), Drop::invalid_source);
  expect_drop(vm1, pkt().eth(vr_mac, vm1_mac).ip6("fd00::2", "fd00::10").udp(1, 2),
              Drop::invalid_source);
}

TEST_F(FromVm, without_policy_the_source_is_not_checked) {
  node.receives(vm2, ping(vr_mac, vm2_mac, "1.2.3.4", vm1_ip));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, ping(vm1_mac, vr_mac, "1.2.3.4", vm1_ip, 63))));
}

TEST_F(FromVm, the_node_itself_is_reached_through_a_receive_nexthop) {
  vm1_is_native();
  node.receives(vm1, from_vm1(node_ip));
  const Frame out = ping(node_mac, vr_mac, vm1_ip, node_ip, 63);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vhost0, out)));
  EXPECT_EQ(node.moved(), Moves()
                              .rx(vm1, from_vm1(node_ip))
                              .tx(vhost0, out)
                              .vrf(red, "vrf_translates")
                              .vrf(fabric, "receives"));
}

TEST_F(FromVm, an_unknown_fabric_neighbour_is_for_the_agent_to_resolve) {
  vm1_is_native();
  node.receives(vm1, from_vm1("172.31.9.9"));
  EXPECT_THAT(node.sent(), IsEmpty());
  EXPECT_THAT(node.punted(),
              ElementsAre(punted(Trap::resolve, vm1, fabric, from_vm1("172.31.9.9", 63))));
  EXPECT_EQ(
      node.moved(),
      Moves().rx(vm1, from_vm1("172.31.9.9")).vrf(red, "vrf_translates").vrf(fabric, "resolves"));
}

TEST_F(FromVm, without_a_route_is_discarded) {
  const Frame in = ping(vr_mac, vm3_mac, vm3_ip, "10.9.9.9");
  node.receives(vm3, in);
  EXPECT_EQ(node.moved(), Moves().rx(vm3, in).vrf(blue, "discards").drop(vm3, Drop::discard));
}

TEST_F(FromVm, a_last_hop_goes_to_the_agent_as_it_came) {
  for (int ttl : {0, 1}) {
    node.receives(vm1, from_vm1(vm2_ip, ttl));
    EXPECT_THAT(node.sent(), IsEmpty());
    EXPECT_THAT(node.punted(),
                ElementsAre(punted(Trap::zero_ttl, vm1, red, from_vm1(vm2_ip, ttl))));
    EXPECT_EQ(node.moved(), Moves().rx(vm1, from_vm1(vm2_ip, ttl)));
  }
  node.receives(vm1, from_vm1(vm2_ip, 2));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, ping(vm2_mac, vr_mac, vm1_ip, vm2_ip, 1))));
}

TEST_F(FromVm, a_hop_limit_of_none_goes_to_the_agent) {
  const Frame in = pkt().eth(vr_mac, vm1_mac).ip6("fd00::1", "fd00::2").ttl(0).udp(1, 2);
  node.receives(vm1, in);
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::zero_ttl, vm1, red, in)));
}

TEST_F(FromVm, a_nexthop_that_is_not_valid_is_not_used) {
  node.must(SetNexthop{.nexthop = NexthopId{20}, .type = NexthopType::discard, .flags = 0});
  route(red, "10.8.0.0/16", NexthopId{20}, -1);
  expect_drop(vm1, from_vm1("10.8.0.1"), Drop::invalid_nh);
}

TEST_F(FromVm, the_agent_may_answer_a_trap_at_once) {
  struct Agent : Bench {
    void punt(Trap why, VifId in, VrfId vrf, std::span<const std::byte> frame) override {
      Bench::punt(why, in, vrf, frame);
      must(DeleteRoute{fabric, dsl::prefix("172.31.0.0/16")});
      must(DeleteNexthop{on_link});
      must(UnbindLabel{Label{25}});
      const dsl::Octets copy(frame.begin(), frame.end());
      vrouter().inject(eth0, copy);
    }
  } busy;
  for (const Op& op : node.snapshot()) busy.must(op);
  busy.must(SetRoute{fabric, dsl::prefix(vm1_ip + "/32"), to_vm1, Label{}, 0});
  busy.receives(vm1, from_vm1("172.31.9.9"));
  EXPECT_EQ(busy.punted().size(), 1u);
  EXPECT_THAT(busy.sent(), ElementsAre(sent(eth0, from_vm1("172.31.9.9", 63))));
}

TEST_F(FromVm, what_the_agent_injects_leaves_as_it_is) {
  const Frame frame = from_vm1(vm2_ip);
  node.injects(vm2, frame);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, frame)));
  EXPECT_EQ(node.moved(), Moves().tx(vm2, frame));
  node.injects(VifId{7}, frame);
  EXPECT_THAT(node.sent(), IsEmpty());
  EXPECT_EQ(node.moved(), Moves().lost(Drop::invalid_if));
}

}  // namespace
}  // namespace tflab::vr
