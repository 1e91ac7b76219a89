// Frames: VLANs, MACs, VXLAN, who gets a broadcast and who does not, and what watchers see.

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {
namespace {

class Bridging : public Node {
protected:
  static constexpr NexthopId l2_vm1{20}, l2_vm2{21}, by_vxlan{22}, by_vxlan2{23}, routed{24},
      flood{25}, remote{26}, into_red_l2{27}, by_udp2{28};
  static constexpr Vni red_vni{5000};
  inline static const std::string far_mac = "02:aa:00:00:00:09", peer2_ip = "172.31.14.48";

  void SetUp() override {
    Node::SetUp();
    bridges(vm1, vm1_ip, 0, l2_vm1);
    bridges(vm2, vm2_ip, 0, l2_vm2);
    l2(l2_vm1, vm1);
    l2(l2_vm2, vm2);
    vxlan(by_vxlan, peer_ip);
    vxlan(by_vxlan2, peer2_ip);
    node.must(SetNexthop{.nexthop = routed, .type = NexthopType::l2_receive, .vrf = red});
    node.must(SetNexthop{.nexthop = into_red_l2,
                         .type = NexthopType::vrf_translate,
                         .vrf = red,
                         .family = NexthopFamily::bridge});
    node.must(BindVni{red_vni, into_red_l2});
    mac(vm1_mac, l2_vm1);
    mac(vm2_mac, l2_vm2);
    mac(far_mac, by_vxlan, red_vni);
  }

  void bridges(VifId id, const std::string& address, std::uint32_t more, NexthopId nexthop) {
    node.must(SetVif{.vif = id,
                     .type = VifType::virt,
                     .flags = vif_l3 | vif_l2 | more,
                     .vrf = red,
                     .mac = dsl::mac(vr_mac),
                     .address = dsl::ip4(address),
                     .nexthop = nexthop});
  }
  void l2(NexthopId id, VifId out) {
    node.must(SetNexthop{.nexthop = id,
                         .type = NexthopType::encap,
                         .vrf = red,
                         .out = out,
                         .family = NexthopFamily::bridge});
  }
  void vxlan(NexthopId id, const std::string& to) {
    node.must(SetNexthop{.nexthop = id,
                         .type = NexthopType::tunnel,
                         .flags = nh_valid | nh_tunnel_vxlan,
                         .out = eth0,
                         .dst = dsl::mac(peer_mac),
                         .src = dsl::mac(node_mac),
                         .sip = dsl::ip4(node_ip),
                         .dip = dsl::ip4(to)});
  }
  void mac(const std::string& address, NexthopId nexthop, Vni vni = {}) {
    node.must(SetMac{.vrf = red, .mac = dsl::mac(address), .nexthop = nexthop, .vni = vni});
  }
  // ff:ff:ff:ff:ff:ff leads to both machines, and to two other vrouters, one copy each.
  void floods() {
    composite(remote, nh_composite_evpn);
    composite(flood, 0);
    node.must(SetMember{remote, 0, by_vxlan, red_vni.raw()});
    node.must(SetMember{remote, 1, by_vxlan2, red_vni.raw()});
    node.must(SetMember{flood, 0, l2_vm1});
    node.must(SetMember{flood, 1, l2_vm2});
    node.must(SetMember{flood, 2, remote});
    mac(broadcast, flood);
  }
  void composite(NexthopId id, std::uint32_t flags) {
    node.must(SetNexthop{.nexthop = id,
                         .type = NexthopType::composite,
                         .flags = nh_valid | nh_multicast | flags,
                         .vrf = red});
  }
  static Frame vxlan_header(std::uint32_t vni, std::uint8_t flags = 8) {
    dsl::Octets octets;
    dsl::put(octets, flags, 1), dsl::put(octets, 0, 3), dsl::put(octets, vni, 3),
        dsl::put(octets, 0, 1);
    return {octets};
  }
  // As it arrives from the fabric.
  dsl::Pkt arriving(const Frame& inside, std::uint32_t vni = red_vni.raw(),
                    std::uint8_t flags = 8) const {
    return pkt()
        .eth(node_mac, peer_mac)
        .ip4(peer_ip, node_ip)
        .udp(50000, 4789)
        .inner(vxlan_header(vni, flags))
        .inner(inside);
  }
  // The frame inside what was sent in VXLAN, after a look at what is around it.
  Frame inside(const Sent& sent, const std::string& to = peer_ip) const {
    const dsl::Octets& all = sent.frame.octets;
    EXPECT_EQ(sent.out, eth0);
    EXPECT_GT(all.size(), 50u);
    const Frame outer = pkt()
                            .eth(peer_mac, node_mac)
                            .ip4(node_ip, to)
                            .id(all.at(18) == std::byte{} ? static_cast<int>(all.at(19)) : -1)
                            .udp(static_cast<std::uint16_t>(static_cast<int>(all.at(34)) << 8 |
                                                            static_cast<int>(all.at(35))),
                                 4789)
                            .inner(vxlan_header(red_vni.raw()))
                            .inner({dsl::Octets(all.begin() + 50, all.end())});
    EXPECT_THAT(sent.frame, is_frame(outer));
    EXPECT_GE(static_cast<int>(all.at(34)), 0xc0) << "source ports are 49152 to 65535";
    return {dsl::Octets(all.begin() + 50, all.end())};
  }
  // Of a frame in MPLSoUDP.
  static int label_in(const dsl::Octets& all) {
    return static_cast<int>(all.at(42)) << 12 | static_cast<int>(all.at(43)) << 4 |
           static_cast<int>(all.at(44)) >> 4;
  }
  Frame between(const std::string& dst, const std::string& src) const {
    return pkt().eth(dst, src).ip4(vm1_ip, vm2_ip).ttl(1).echo().payload(20);
  }
};

TEST_F(Bridging, questions_of_a_network_without_addresses_are_left_to_its_machines) {
  floods();
  for (const auto& [vif, address, nexthop] :
       {std::tuple{vm1, vm1_ip, l2_vm1}, {vm2, vm2_ip, l2_vm2}})
    node.must(SetVif{.vif = vif,
                     .type = VifType::virt,
                     .flags = vif_l2,
                     .vrf = red,
                     .mac = dsl::mac(vr_mac),
                     .address = dsl::ip4(address),
                     .nexthop = nexthop});
  const Frame ask = pkt().eth(broadcast, vm1_mac).arp_request(vm1_mac, vm1_ip, vm2_ip);
  node.receives(vm1, ask);
  const auto copies = node.sent();
  ASSERT_EQ(copies.size(), 3u);
  EXPECT_THAT(copies[0], sent(vm2, ask));
  EXPECT_THAT(inside(copies[1]), is_frame(ask));
  EXPECT_THAT(inside(copies[2], peer2_ip), is_frame(ask));
  const Frame announcement = pkt().eth(broadcast, vm1_mac).arp_request(vm1_mac, vm1_ip, vm1_ip);
  node.receives(vm1, announcement);
  EXPECT_EQ(node.sent().size(), 3u);
  const Frame answer = pkt().eth(vm1_mac, vm2_mac).arp_reply(vm2_mac, vm2_ip, vm1_mac, vm1_ip);
  node.receives(vm2, answer);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, answer)));
}

TEST_F(Bridging, a_frame_for_another_machine_is_passed_on_as_it_is) {
  const Frame frame = between(vm2_mac, vm1_mac);
  node.receives(vm1, frame);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, frame)));
  EXPECT_EQ(node.moved(), Moves().rx(vm1, frame).tx(vm2, frame).vrf(red, "l2_encaps"));
}

TEST_F(Bridging, what_is_no_ip_packet_is_bridged_too) {
  const Frame frame = pkt().eth(vm2_mac, vm1_mac, 0x88b5).payload(30);
  node.receives(vm1, frame);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, frame)));
  const Frame tagged = pkt().eth(vm2_mac, vm1_mac).vlan(7).ip4(vm1_ip, vm2_ip).udp(1, 2);
  node.receives(vm1, tagged);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, tagged)));
}

TEST_F(Bridging, a_frame_for_a_machine_elsewhere_goes_in_vxlan) {
  const Frame frame = between(far_mac, vm1_mac);
  node.receives(vm1, frame);
  ASSERT_EQ(node.sent().size(), 1u);
  EXPECT_THAT(inside(node.sent()[0]), is_frame(frame));
  EXPECT_EQ(node.moved(),
            Moves().rx(vm1, frame).tx(eth0, node.sent()[0].frame).vrf(red, "vxlan_tunnels"));
}

TEST_F(Bridging, a_label_can_stand_in_front_of_a_frame_as_well) {
  node.must(SetMac{.vrf = red,
                   .mac = dsl::mac(far_mac),
                   .nexthop = by_udp,
                   .label = Label{77},
                   .flags = mac_label_valid});
  const Frame frame = between(far_mac, vm1_mac);
  node.receives(vm1, frame);
  ASSERT_EQ(node.sent().size(), 1u);
  const dsl::Octets& all = node.sent()[0].frame.octets;
  EXPECT_THAT((Frame{dsl::Octets(all.begin() + 46, all.end())}), is_frame(frame));
  EXPECT_EQ(label_in(all), 77);
}

TEST_F(Bridging, from_vxlan_the_mac_inside_leads_to_the_machine) {
  const Frame frame = between(vm1_mac, far_mac);
  const Frame in = arriving(frame);
  node.receives(eth0, in);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, frame)));
  EXPECT_EQ(node.moved(),
            Moves().rx(eth0, in).tx(vm1, frame).vrf(red, "vrf_translates").vrf(red, "l2_encaps"));
}

TEST_F(Bridging, K10_vxlan_without_flag_i_or_with_an_unknown_vni_is_dropped) {
  const Frame frame = between(vm1_mac, far_mac);
  expect_drop(eth0, arriving(frame, red_vni.raw(), 0), Drop::invalid_vnid);
  expect_drop(eth0, arriving(frame, 0), Drop::invalid_vnid);
  expect_drop(eth0, arriving(frame, 0xffffff), Drop::invalid_vnid);
  expect_drop(eth0, pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip).udp(1, 4789).payload(7),
              Drop::pull);
  const Frame runt = arriving(frame.cut(13));
  node.receives(eth0, runt);
  EXPECT_THAT(node.sent(), IsEmpty());
  EXPECT_EQ(node.moved(), Moves().rx(eth0, runt).drop(eth0, Drop::pull));
  node.receives(eth0, arriving(frame, red_vni.raw(), 0xff));  // reserved bits are ignored
  EXPECT_EQ(node.sent().size(), 1u);
}

TEST_F(Bridging, unknown_macs_are_dropped_unless_they_shall_be_flooded) {
  const Frame frame = between("02:00:00:00:00:77", vm1_mac);
  node.receives(vm1, frame);
  EXPECT_EQ(node.moved(), Moves().rx(vm1, frame).drop(vm1, Drop::l2_no_route));
  floods();
  node.receives(vm1, frame);
  EXPECT_THAT(node.sent(), IsEmpty());
  bridges(vm1, vm1_ip, vif_unknown_flood, l2_vm1);
  node.receives(vm1, frame);
  EXPECT_EQ(node.sent().size(), 3u);
}

TEST_F(Bridging, K27_a_broadcast_reaches_everybody_once_but_its_sender) {
  floods();
  const Frame frame = pkt().eth(broadcast, vm1_mac).ip4(vm1_ip, "10.47.255.255").udp(1, 2);
  node.receives(vm1, frame);
  ASSERT_EQ(node.sent().size(), 3u);
  EXPECT_THAT(node.sent()[0], sent(vm2, frame));
  EXPECT_THAT(inside(node.sent()[1], peer_ip), is_frame(frame));
  EXPECT_THAT(inside(node.sent()[2], peer2_ip), is_frame(frame));
  EXPECT_EQ(node.moved(), Moves()
                              .rx(vm1, frame)
                              .tx(vm2, frame)
                              .tx(eth0, node.sent()[1].frame)
                              .tx(eth0, node.sent()[2].frame)
                              .vrf(red, "l2_encaps")
                              .vrf(red, "vxlan_tunnels")
                              .vrf(red, "vxlan_tunnels")
                              .vrf(red, "l2_mcast_composites")
                              .vrf(red, "l2_mcast_composites")
                              .add("copies", 2));
}

TEST_F(Bridging, K27_what_another_vrouter_has_replicated_stays_here) {
  floods();
  const Frame frame = pkt().eth(broadcast, far_mac).ip4(remote_ip, "10.47.255.255").udp(1, 2);
  node.receives(eth0, arriving(frame));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, frame), sent(vm2, frame)));
}

TEST_F(Bridging, K27_a_tree_passes_on_to_all_neighbours_but_the_one_it_came_from) {
  composite(remote, nh_composite_fabric);
  composite(flood, 0);
  node.must(SetNexthop{.nexthop = by_udp2,
                       .type = NexthopType::tunnel,
                       .flags = nh_valid | nh_tunnel_udp_mpls,
                       .out = eth0,
                       .dst = dsl::mac(peer_mac),
                       .src = dsl::mac(node_mac),
                       .sip = dsl::ip4(node_ip),
                       .dip = dsl::ip4(peer2_ip)});
  SetNexthop tree{.nexthop = flood,
                  .type = NexthopType::composite,
                  .flags = nh_valid | nh_multicast,
                  .vrf = red,
                  .family = NexthopFamily::bridge};
  node.must(tree);
  node.must(SetMember{remote, 0, by_udp, 100});
  node.must(SetMember{remote, 1, by_udp2, 200});
  node.must(SetMember{flood, 0, remote});
  node.must(SetMember{flood, 1, l2_vm1});
  node.must(BindLabel{Label{40}, flood});
  const Frame frame = pkt().eth(broadcast, far_mac).ip4(remote_ip, "10.47.255.255").udp(1, 2);
  node.receives(
      eth0, pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip).udp(9, 6635).mpls(40).inner(frame));
  ASSERT_EQ(node.sent().size(), 2u);
  EXPECT_EQ(node.sent()[0].out, eth0);
  const dsl::Octets& all = node.sent()[0].frame.octets;
  EXPECT_EQ(label_in(all), 200);
  EXPECT_THAT((Frame{dsl::Octets(all.begin() + 46, all.end())}), is_frame(frame));
  EXPECT_THAT(node.sent()[1], sent(vm1, frame));
}

TEST_F(Bridging, K27_what_did_not_come_out_of_the_tree_does_not_go_into_it) {
  constexpr NexthopId tree{29};
  floods();
  composite(tree, nh_composite_fabric);
  node.must(SetMember{tree, 0, by_udp, 100});
  node.must(SetNexthop{.nexthop = flood,
                       .type = NexthopType::composite,
                       .flags = nh_valid | nh_multicast,
                       .vrf = red,
                       .family = NexthopFamily::bridge});
  node.must(SetMember{flood, 3, tree});
  node.must(BindLabel{Label{40}, flood});
  const Frame frame = pkt().eth(broadcast, far_mac).ip4(remote_ip, "10.47.255.255").udp(1, 2);
  const auto from_peer2 = [&] { return pkt().eth(node_mac, peer_mac).ip4(peer2_ip, node_ip); };
  node.receives(eth0, from_peer2().udp(9, 4789).inner(vxlan_header(5000)).inner(frame));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, frame), sent(vm2, frame)));
  node.receives(eth0, from_peer2().udp(9, 6635).mpls(40).inner(frame));
  ASSERT_EQ(node.sent().size(), 3u) << "out of the tree: not to those outside of it";
  EXPECT_THAT(node.sent()[0], sent(vm1, frame));
  EXPECT_THAT(node.sent()[1], sent(vm2, frame));
  EXPECT_EQ(label_in(node.sent()[2].frame.octets), 100);
}

TEST_F(Bridging, K27_a_list_that_checks_sources_takes_only_what_its_own_ends_say) {
  floods();
  const auto lists = [&](std::uint32_t flags) {
    node.must(SetNexthop{.nexthop = flood,
                         .type = NexthopType::composite,
                         .flags = nh_valid | nh_multicast | flags,
                         .vrf = red});
  };
  const Frame said = pkt().eth(broadcast, far_mac, 0x88b5).payload(50);
  const auto from = [&](const std::string& end) {
    return pkt()
        .eth(node_mac, peer_mac)
        .ip4(end, node_ip)
        .udp(50000, 4789)
        .inner(vxlan_header(red_vni.raw()))
        .inner(said);
  };
  const std::string stranger = "172.31.99.99";
  node.receives(eth0, from(stranger));
  EXPECT_EQ(node.sent().size(), 2u) << "nobody asks";
  lists(nh_validate_mcast_source);
  node.receives(eth0, from(stranger));
  EXPECT_THAT(node.sent(), IsEmpty());
  EXPECT_EQ(node.moved(), Moves()
                              .rx(eth0, from(stranger))
                              .drop(eth0, Drop::invalid_mcast_source)
                              .vrf(red, "vrf_translates")
                              .vrf(red, "l2_mcast_composites"));
  for (const std::string& end : {peer_ip, peer2_ip}) {
    node.receives(eth0, from(end));
    EXPECT_EQ(node.sent().size(), 2u);
  }
  // Neighbours in a tree are among its ends; machines are nobody's.
  composite(remote, nh_composite_fabric);
  node.receives(eth0, from(peer2_ip));
  EXPECT_EQ(node.sent().size(), 2u);
  node.receives(vm1, pkt().eth(broadcast, vm1_mac, 0x88b5).payload(50));
  EXPECT_EQ(node.sent().size(), 3u);
  node.must(DeleteMember{remote, 1});
  node.receives(eth0, from(peer2_ip));
  EXPECT_THAT(node.sent(), IsEmpty());
}

TEST_F(Bridging, composites_in_circles_end) {
  composite(flood, 0);
  composite(remote, 0);
  node.must(SetMember{flood, 0, remote});
  node.must(SetMember{remote, 0, flood});
  mac(broadcast, flood);
  const Frame frame = pkt().eth(broadcast, vm1_mac).ip4(vm1_ip, "10.47.255.255").udp(1, 2);
  node.receives(vm1, frame);
  EXPECT_THAT(node.sent(), IsEmpty());
  EXPECT_EQ(node.vrouter().drops()[static_cast<std::size_t>(Drop::pkt_loop)], 1u);
}

TEST_F(Bridging, a_broadcast_for_nobody_is_discarded) {
  composite(flood, 0);
  node.must(SetMember{flood, 0, l2_vm1});
  mac(broadcast, flood);
  const Frame frame = pkt().eth(broadcast, vm1_mac).ip4(vm1_ip, "10.47.255.255").udp(1, 2);
  node.receives(vm1, frame);
  EXPECT_EQ(node.moved(),
            Moves().rx(vm1, frame).drop(vm1, Drop::discard).vrf(red, "l2_mcast_composites"));
}

TEST_F(Bridging, a_frame_to_the_vrouters_own_mac_in_another_place_is_routed) {
  mac("02:00:00:00:00:99", routed);
  node.receives(vm1, pkt().eth("02:00:00:00:00:99", vm1_mac).ip4(vm1_ip, vm2_ip).udp(1, 2));
  const Frame out = pkt().eth(vm2_mac, vr_mac).ip4(vm1_ip, vm2_ip).ttl(63).udp(1, 2);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, out)));
}

TEST_F(Bridging, evpn_type_5_wraps_a_packet_in_a_frame_to_the_other_routers_mac) {
  node.must(SetNexthop{.nexthop = NexthopId{30},
                       .type = NexthopType::tunnel,
                       .flags = nh_valid | nh_tunnel_vxlan | nh_l3_vxlan,
                       .out = eth0,
                       .dst = dsl::mac(peer_mac),
                       .src = dsl::mac(node_mac),
                       .sip = dsl::ip4(node_ip),
                       .dip = dsl::ip4(peer_ip),
                       .inner_dst = dsl::mac(far_mac)});
  node.must(SetRoute{
      .vrf = red, .prefix = dsl::prefix("10.99.0.0/16"), .nexthop = NexthopId{30}, .vni = red_vni});
  node.receives(vm1, from_vm1("10.99.1.1"));
  ASSERT_EQ(node.sent().size(), 1u);
  EXPECT_THAT(inside(node.sent()[0]), is_frame(ping(far_mac, node_mac, vm1_ip, "10.99.1.1", 63)));
  // And back: the VNI's VRF has our router MAC as one of its own. We are the second router.
  mac(node_mac, routed);
  node.receives(eth0, arriving(ping(node_mac, far_mac, "10.99.1.1", vm1_ip, 63)));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, ping(vm1_mac, vr_mac, "10.99.1.1", vm1_ip, 62))));
}

TEST_F(Bridging, evpn_type_5_goes_from_router_to_router_as_long_as_it_has_hops) {
  mac(node_mac, routed);
  node.receives(eth0, arriving(ping(node_mac, far_mac, "10.99.1.1", vm1_ip, 2)));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, ping(vm1_mac, vr_mac, "10.99.1.1", vm1_ip, 1))));
  const Frame last = arriving(ping(node_mac, far_mac, "10.99.1.1", vm1_ip, 1));
  node.receives(eth0, last);
  ASSERT_EQ(node.punted().size(), 1u);
  EXPECT_EQ(node.punted()[0].why, Trap::zero_ttl);
  EXPECT_EQ(node.punted()[0].frame.octets, last.octets);
}

TEST_F(Bridging, macs_are_learned_move_and_grow_old) {
  bridges(vm1, vm1_ip, vif_mac_learn, l2_vm1);
  bridges(vm2, vm2_ip, vif_mac_learn, l2_vm2);
  const std::string nomad = "02:00:00:00:00:55";
  const auto knows = [&](VifId where) {
    const Frame frame = between(nomad, where == vm1 ? vm2_mac : vm1_mac);
    node.receives(where == vm1 ? vm2 : vm1, frame);
    return node.sent().size() == 1 && node.sent()[0].out == where;
  };
  EXPECT_FALSE(knows(vm1));
  node.receives(vm1, between(vm2_mac, nomad));
  EXPECT_TRUE(knows(vm1));
  node.receives(vm2, between(vm1_mac, nomad));
  EXPECT_TRUE(knows(vm2)) << "it has moved";
  // The agent may take away what it made, whatever was learned meanwhile.
  for (int third = 1; third <= 5; ++third) {
    EXPECT_EQ(knows(vm2), third <= 4) << third;
    node.now = Instant{} + seconds(101 * third);
    node.vrouter().expire(node.now, {});
  }
}

TEST_F(Bridging, K19_a_machine_cannot_take_anothers_mac) {
  bridges(vm1, vm1_ip, vif_mac_learn, l2_vm1);
  expect_drop(vm1, between(far_mac, vm2_mac), Drop::invalid_source);
  expect_drop(vm1, between(far_mac, "03:00:00:00:00:01"), Drop::invalid_packet);
}

TEST_F(Bridging, what_was_learned_keeps_nothing_from_going) {
  bridges(vm1, vm1_ip, vif_mac_learn, l2_vm1);
  node.must(SetNexthop{.nexthop = NexthopId{30},
                       .type = NexthopType::encap,
                       .vrf = red,
                       .out = vm1,
                       .family = NexthopFamily::bridge});
  bridges(vm1, vm1_ip, vif_mac_learn, NexthopId{30});
  node.receives(vm1, between(vm2_mac, "02:00:00:00:00:55"));
  node.must(DeleteNexthop{NexthopId{30}});
  expect_drop(vm2, between("02:00:00:00:00:55", vm2_mac), Drop::l2_no_route);
}

TEST_F(Bridging, a_tag_leads_into_the_sub_interface) {
  const VifId sub{6};
  node.must(SetVif{.vif = sub,
                   .type = VifType::virtual_vlan,
                   .flags = vif_l3,
                   .vrf = blue,
                   .mac = dsl::mac(vr_mac),
                   .parent = vm1,
                   .vlan = 100});
  const Frame in = pkt().eth(vr_mac, vm1_mac).vlan(100).ip4("10.32.0.9", vm3_ip).udp(1, 2);
  node.receives(vm1, in);
  const Frame out = pkt().eth(vm3_mac, vr_mac).ip4("10.32.0.9", vm3_ip).ttl(63).udp(1, 2);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm3, out)));
  const Frame untagged = pkt().eth(vr_mac, vm1_mac).ip4("10.32.0.9", vm3_ip).udp(1, 2);
  EXPECT_EQ(node.moved(), Moves().rx(vm1, in).rx(sub, untagged).tx(vm3, out).vrf(blue, "encaps"));
}

TEST_F(Bridging, arp_is_flooded_trapped_or_answered_as_its_route_says) {
  floods();
  const Frame ask = pkt().eth(broadcast, vm1_mac).arp_request(vm1_mac, vm1_ip, vm2_ip);
  node.must(SetRoute{red, dsl::prefix(vm2_ip + "/32"), to_vm2, Label{26},
                     route_label_valid | route_arp_flood});
  node.receives(vm1, ask);
  EXPECT_EQ(node.sent().size(), 3u);
  EXPECT_EQ(node.sent()[0].out, vm2);
  node.receives(vm2, pkt().eth(vm1_mac, vm2_mac).arp_reply(vm2_mac, vm2_ip, vm1_mac, vm1_ip));
  ASSERT_EQ(node.sent().size(), 1u);
  EXPECT_EQ(node.sent()[0].out, vm1);
  node.must(SetRoute{red, dsl::prefix(vm2_ip + "/32"), to_vm2, Label{26},
                     route_label_valid | route_arp_trap});
  node.receives(vm1, ask);
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::arp, vm1, red, ask)));
  bridges(vm1, vm1_ip, vif_no_arp_proxy, l2_vm1);
  expect_drop(vm1, ask, Drop::invalid_arp);
  bridges(vm1, vm1_ip, vif_mac_proxy, l2_vm1);
  node.receives(vm1, ask);
  ASSERT_EQ(node.sent().size(), 1u);
  EXPECT_EQ(node.sent()[0].out, vm1);
}

TEST_F(Bridging, K18_dhcp_is_the_agents) {
  bridges(vm1, vm1_ip, vif_dhcp, l2_vm1);
  const Frame discover =
      pkt().eth(broadcast, vm1_mac).ip4("0.0.0.0", "255.255.255.255").udp(68, 67).payload(300);
  node.receives(vm1, discover);
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::l3_protocols, vm1, red, discover)));
  const Frame six =
      pkt().eth("33:33:00:01:00:02", vm1_mac).ip6("fe80::1", "ff02::1:2").udp(546, 547).payload(30);
  node.receives(vm1, six);
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::l3_protocols, vm1, red, six)));
  bridges(vm1, vm1_ip, 0, l2_vm1);
  node.receives(vm1, discover);
  EXPECT_THAT(node.punted(), IsEmpty());
}

TEST_F(Bridging, a_service_of_the_agent_is_reached_by_a_route) {
  node.must(SetNexthop{.nexthop = NexthopId{30}, .type = NexthopType::receive, .out = pkt0});
  route(red, "169.254.169.254/32", NexthopId{30}, -1);
  const Frame in = from_vm1("169.254.169.254");
  node.receives(vm1, in);
  ASSERT_EQ(node.punted().size(), 1u);
  EXPECT_EQ(node.punted()[0].why, Trap::l3_protocols);
}

TEST_F(Bridging, a_mirror_gets_the_frame_as_it_came_and_a_monitor_what_passes) {
  const VifId tap{7};
  node.must(SetVif{.vif = tap, .type = VifType::monitoring});
  node.must(SetMirror{1, by_vxlan2, red_vni.raw()});
  node.must(SetVif{.vif = vm1,
                   .type = VifType::virt,
                   .flags = vif_l3 | vif_mirror_rx | vif_monitored,
                   .vrf = red,
                   .mac = dsl::mac(vr_mac),
                   .address = dsl::ip4(vm1_ip),
                   .monitor = tap,
                   .mirror = 1});
  const Frame in = from_vm1(vm2_ip);
  node.receives(vm1, in);
  ASSERT_EQ(node.sent().size(), 3u);
  EXPECT_THAT(node.sent()[0], sent(tap, in));
  EXPECT_THAT(inside(node.sent()[1], peer2_ip), is_frame(in));
  EXPECT_THAT(node.sent()[2], sent(vm2, ping(vm2_mac, vr_mac, vm1_ip, vm2_ip, 63)));
  const Frame answer = ping(vr_mac, vm2_mac, vm2_ip, vm1_ip);
  node.receives(vm2, answer);
  ASSERT_EQ(node.sent().size(), 2u) << "monitored both ways, mirrored one";
  EXPECT_THAT(node.sent()[0], sent(tap, ping(vm1_mac, vr_mac, vm2_ip, vm1_ip, 63)));
  expect_drop(tap, in, Drop::interface_rx_discard);
}

}  // namespace
}  // namespace tflab::vr
