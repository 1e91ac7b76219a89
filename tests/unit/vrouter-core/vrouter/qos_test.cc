// What packets are marked with when they leave: by the map of the interface they came in by.

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {
namespace {

constexpr int af11 = 10, ef = 46, cs1 = 8;

class Qos : public Node {
protected:
  explicit Qos(std::uint32_t flows = 0) : Node{flows} {}

  static constexpr std::uint16_t map{1};

  // EF is class 3, tag priority 5 is class 4, all else class 9, which nobody has made.
  void SetUp() override {
    Node::SetUp();
    node.must(SetForwardingClass{.id = 3, .dscp = af11, .priority = 6, .exp = 5, .queue = 1});
    node.must(SetForwardingClass{.id = 4, .dscp = cs1, .priority = 1, .exp = 1});
    SetQosMap op{.map = map};
    op.dscp.fill(9);
    op.priority.fill(9);
    op.dscp[ef] = 3;
    op.priority[5] = 4;
    node.must(op);
    marks(vm1, VifType::virt, red, vr_mac, vm1_ip, vif_policy | vif_l3);
  }
  void marks(VifId id, VifType type, VrfId vrf, const std::string& mac, const std::string& address,
             std::uint32_t flags) {
    node.must(SetVif{.vif = id,
                     .type = type,
                     .flags = flags,
                     .vrf = vrf,
                     .mac = dsl::mac(mac),
                     .address = dsl::ip4(address),
                     .qos = map});
  }
  Frame asks(const std::string& to, int tos, int ttl = 64) const {
    return pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, to).tos(tos).ttl(ttl).udp(1, 2).payload(9);
  }
  static Frame inner(const std::string& to, int tos) {
    return pkt().ip4(vm1_ip, to).tos(tos).ttl(63).udp(1, 2).payload(9);
  }
  dsl::Pkt outer(int tos) const {
    return pkt().eth(peer_mac, node_mac).ip4(node_ip, peer_ip).tos(tos);
  }
  std::uint16_t source_port() const {
    const auto& o = node.sent().at(0).frame.octets;
    return static_cast<std::uint16_t>(std::to_integer<int>(o[34]) << 8 |
                                      std::to_integer<int>(o[35]));
  }
};

TEST_F(Qos, a_tunnel_is_marked_and_what_is_inside_is_not) {
  node.receives(vm1, asks(remote_ip, ef << 2));
  const Frame by_udp = outer(af11 << 2)
                           .id(0)
                           .udp(source_port(), 6635)
                           .mpls(1000)
                           .tos(5)
                           .ttl(63)
                           .inner(inner(remote_ip, ef << 2));
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, by_udp)));
  node.receives(vm1, asks(remote_gre_ip, ef << 2));
  const Frame by_gre =
      outer(af11 << 2).id(1).gre().mpls(2000).tos(5).ttl(63).inner(inner(remote_gre_ip, ef << 2));
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, by_gre)));
}

TEST_F(Qos, ipv6_inside_is_in_a_class_as_well) {
  node.receives(vm1,
                pkt().eth(vr_mac, vm1_mac).ip6("fd00::1", "fd00::10").tos(ef << 2 | 1).tcp(5, 6));
  const Frame in = pkt().ip6("fd00::1", "fd00::10").tos(ef << 2 | 1).tcp(5, 6);
  const Frame out =
      outer(af11 << 2).id(0).udp(source_port(), 6635).mpls(1000).tos(5).ttl(64).inner(in);
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, out)));
}

TEST_F(Qos, a_class_that_is_not_there_marks_nothing) {
  const auto plain = [&](int id) {
    return outer(0).id(id).gre().mpls(2000).ttl(63).inner(inner(remote_gre_ip, 4));
  };
  node.receives(vm1, asks(remote_gre_ip, 4));
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, plain(0))));
  node.must(DeleteForwardingClass{3});
  node.receives(vm1, asks(remote_gre_ip, ef << 2));
  const Frame out = outer(0).id(1).gre().mpls(2000).ttl(63).inner(inner(remote_gre_ip, ef << 2));
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, out)));
}

TEST_F(Qos, what_leaves_without_a_tunnel_is_marked_itself_and_keeps_its_ecn) {
  vm1_is_native();
  for (int ecn : {0, 1, 3}) {
    node.receives(vm1, asks(peer_ip, ef << 2 | ecn));
    const Frame out = pkt()
                          .eth(peer_mac, node_mac)
                          .ip4(vm1_ip, peer_ip)
                          .tos(af11 << 2 | ecn)
                          .ttl(63)
                          .udp(1, 2)
                          .payload(9);
    EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, out)));
  }
  route(fabric, "fd00::99/128", to_gateway, -1);
  route(fabric, "fd00::1/128", to_vm1, -1);
  route(red, "fd00::99/128", into_fabric, -1);
  const auto six = [&](const std::string& dst, const std::string& src, int tos) {
    return pkt().eth(dst, src).ip6("fd00::1", "fd00::99").tos(tos).udp(1, 2);
  };
  node.receives(vm1, six(vr_mac, vm1_mac, ef << 2 | 2));
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, six(peer_mac, node_mac, af11 << 2 | 2))));
}

TEST_F(Qos, of_several_copies_only_the_nodes_is_marked) {
  constexpr NexthopId several{20}, l2_vm2{21};
  marks(vm1, VifType::virt, red, vr_mac, vm1_ip, vif_l3 | vif_l2);
  node.must(SetNexthop{.nexthop = l2_vm2,
                       .type = NexthopType::encap,
                       .vrf = red,
                       .out = vm2,
                       .family = NexthopFamily::bridge});
  node.must(SetNexthop{.nexthop = several,
                       .type = NexthopType::composite,
                       .flags = nh_valid | nh_multicast,
                       .vrf = red});
  for (std::uint16_t i : {0, 2}) node.must(SetMember{several, i, to_host});
  for (std::uint16_t i : {1, 3}) node.must(SetMember{several, i, l2_vm2});
  node.must(SetMac{.vrf = red, .mac = dsl::mac(broadcast), .nexthop = several});
  const auto said = [](int tos) -> Frame {
    return pkt().eth(broadcast, vm1_mac).ip4(vm1_ip, "10.47.255.255").tos(tos).udp(1, 2);
  };
  node.receives(vm1, said(ef << 2));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vhost0, said(af11 << 2)), sent(vm2, said(ef << 2)),
                                       sent(vhost0, said(af11 << 2)), sent(vm2, said(ef << 2))));
}

TEST_F(Qos, a_machine_hears_what_was_said) {
  node.receives(vm1, asks(vm2_ip, ef << 2));
  const Frame out =
      pkt().eth(vm2_mac, vr_mac).ip4(vm1_ip, vm2_ip).tos(ef << 2).ttl(63).udp(1, 2).payload(9);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, out)));
  marks(eth0, VifType::physical, fabric, node_mac, "0.0.0.0", 0);
  const Frame in = pkt().ip4(remote_ip, vm1_ip).tos(ef << 2).ttl(60).udp(1, 2);
  node.receives(eth0, pkt()
                          .eth(node_mac, peer_mac)
                          .ip4(peer_ip, node_ip)
                          .tos(ef << 2)
                          .udp(9, 6635)
                          .mpls(25)
                          .inner(in));
  const Frame heard =
      pkt().eth(vm1_mac, vr_mac).ip4(remote_ip, vm1_ip).tos(ef << 2).ttl(60).udp(1, 2);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, heard)));
}

TEST_F(Qos, what_the_node_sends_and_gets_is_marked_by_its_interfaces) {
  const auto there = [&](int tos) {
    return pkt().eth(peer_mac, node_mac).ip4(node_ip, peer_ip).tos(tos).udp(1, 2);
  };
  marks(vhost0, VifType::host, fabric, node_mac, node_ip, 0);
  node.receives(vhost0, there(ef << 2));
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, there(af11 << 2))));
  node.receives(eth0, there(ef << 2));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vhost0, there(ef << 2))));
  marks(eth0, VifType::physical, fabric, node_mac, "0.0.0.0", 0);
  node.receives(eth0, there(ef << 2));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vhost0, there(af11 << 2))));
  const Frame arp = pkt().eth(broadcast, node_mac).arp_request(node_mac, node_ip, peer_ip);
  node.receives(vhost0, arp);
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, arp)));
  const Frame runt = pkt().eth(peer_mac, node_mac, 0x0800).payload(10);
  node.receives(vhost0, runt);
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, runt)));
}

// Bridged by the priority of their tag, since nobody reads further there.
TEST_F(Qos, tagged_frames_are_in_a_class_by_their_priority) {
  node.must(SetNexthop{.nexthop = NexthopId{20},
                       .type = NexthopType::tunnel,
                       .flags = nh_valid | nh_tunnel_vxlan,
                       .out = eth0,
                       .dst = dsl::mac(peer_mac),
                       .src = dsl::mac(node_mac),
                       .sip = dsl::ip4(node_ip),
                       .dip = dsl::ip4(peer_ip)});
  node.must(SetMac{red, dsl::mac("02:aa:00:00:00:09"), NexthopId{20}, {}, 0, Vni{5000}});
  marks(vm1, VifType::virt, red, vr_mac, vm1_ip, vif_l3 | vif_l2);
  const auto tos_of = [&](int tci) {
    node.receives(
        vm1, pkt().eth("02:aa:00:00:00:09", vm1_mac).vlan(tci).ip4(vm1_ip, remote_ip).udp(1, 2));
    EXPECT_EQ(node.sent().size(), 1u);
    return std::to_integer<int>(node.sent().at(0).frame.octets.at(15));
  };
  EXPECT_EQ(tos_of(5 << 13 | 100), cs1 << 2);
  EXPECT_EQ(tos_of(4 << 13 | 100), 0);
}

TEST_F(Qos, pieces_of_one_packet_are_marked_alike) {
  node.must(SetVif{eth0, VifType::physical, 0, fabric, 600, dsl::mac(node_mac)});
  node.receives(
      vm1,
      pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, remote_gre_ip).tos(ef << 2).udp(1, 2).payload(1000));
  ASSERT_EQ(node.sent().size(), 2u);
  for (const Sent& piece : node.sent())
    EXPECT_EQ(std::to_integer<int>(piece.frame.octets.at(15)), af11 << 2);
}

TEST_F(Qos, a_sub_interface_writes_its_tag) {
  const VifId sub{6};
  SetVif tagged{.vif = sub,
                .type = VifType::virtual_vlan,
                .flags = vif_l3,
                .vrf = blue,
                .mac = dsl::mac(vr_mac),
                .parent = vm2,
                .vlan = 100};
  node.must(tagged);
  encap(NexthopId{20}, sub, red, vm2_mac, vr_mac);
  route(red, "10.32.0.9/32", NexthopId{20}, -1);
  const auto out = [&](int tci) {
    return pkt()
        .eth(vm2_mac, vr_mac)
        .vlan(tci)
        .ip4(vm1_ip, "10.32.0.9")
        .tos(ef << 2)
        .ttl(63)
        .udp(1, 2)
        .payload(9);
  };
  const Frame in = asks("10.32.0.9", ef << 2), marked = out(6 << 13 | 100);
  const Frame untagged = marked.cut(marked.size() - 4);
  node.receives(vm1, in);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, marked)));
  EXPECT_EQ(node.moved(), Moves().rx(vm1, in).tx(sub, untagged).tx(vm2, marked).vrf(red, "encaps"));
  vif(vm1, VifType::virt, vif_policy | vif_l3, red, vr_mac, vm1_ip);
  node.receives(vm1, in);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, out(100))));
  tagged.parent = VifId{9};
  node.must(tagged);
  node.receives(vm1, in);
  EXPECT_EQ(node.moved(), Moves().rx(vm1, in).drop(vm1, Drop::invalid_if).vrf(red, "encaps"));
}

TEST_F(Qos, a_map_that_an_interface_names_stays) {
  EXPECT_EQ(node.apply(DeleteQosMap{map}), Result::in_use);
  vif(vm1, VifType::virt, vif_policy | vif_l3, red, vr_mac, vm1_ip);
  node.must(DeleteQosMap{map});
  EXPECT_EQ(node.apply(DeleteQosMap{map}), Result::no_such_qos_map);
  EXPECT_EQ(node.apply(SetVif{.vif = vm1, .type = VifType::virt, .vrf = red, .qos = map}),
            Result::no_such_qos_map);
  EXPECT_EQ(node.apply(SetQosMap{.map = 0}), Result::bad_value);
  EXPECT_EQ(node.apply(SetQosMap{.map = 4}), Result::out_of_range);
  EXPECT_EQ(node.apply(SetForwardingClass{.dscp = 64}), Result::bad_value);
  EXPECT_EQ(node.apply(SetForwardingClass{.priority = 8}), Result::bad_value);
  EXPECT_EQ(node.apply(SetForwardingClass{.exp = 8}), Result::bad_value);
  EXPECT_EQ(node.apply(DeleteForwardingClass{200}), Result::no_such_class);
}

// A flow may name a map; then it is not the interface's that marks its packets.
class FlowQos : public Qos {
protected:
  FlowQos() : Qos{24} {}
  static constexpr std::uint16_t other{2};

  void SetUp() override {
    Qos::SetUp();
    SetQosMap op{.map = other};
    op.dscp.fill(4);
    node.must(op);
    node.must(SetVif{.vif = vm1,
                     .type = VifType::virt,
                     .flags = vif_policy | vif_l3,
                     .vrf = red,
                     .mac = dsl::mac(vr_mac),
                     .address = dsl::ip4(vm1_ip),
                     .nexthop = to_vm1,
                     .qos = map});
  }
  void flow(std::uint16_t qos) {
    node.must(
        SetFlow{.key = {to_vm1, dsl::ip4(vm1_ip), dsl::ip4(remote_gre_ip), 17, 1, 2}, .qos = qos});
  }
  int marked(int tos) {
    node.receives(vm1, asks(remote_gre_ip, tos));
    EXPECT_EQ(node.sent().size(), 1u);
    return std::to_integer<int>(node.sent().at(0).frame.octets.at(15)) >> 2;
  }
};

TEST_F(FlowQos, the_map_of_a_flow_goes_before_the_interfaces) {
  flow(0);
  EXPECT_EQ(marked(ef << 2), af11);
  flow(other);
  EXPECT_EQ(marked(ef << 2), cs1);
  EXPECT_EQ(marked(0), cs1);
  bool found = false;
  for (const Op& op : node.snapshot()) {
    const auto* set = std::get_if<SetFlow>(&op);
    found = found || (set != nullptr && set->qos == other);
  }
  EXPECT_TRUE(found);
  node.must(DeleteQosMap{other});
  EXPECT_EQ(marked(ef << 2), 0) << "as in the original, a map that is gone marks nothing";
  const SetFlow beyond{.key = {to_vm1, dsl::ip4(vm1_ip), dsl::ip4(remote_gre_ip), 17, 1, 2},
                       .qos = 4};
  EXPECT_EQ(node.apply(beyond), Result::out_of_range);
}

}  // namespace
}  // namespace tflab::vr
