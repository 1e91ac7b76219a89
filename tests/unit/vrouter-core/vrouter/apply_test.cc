// Operations: every refusal has its reason and leaves no trace, and a snapshot can be applied
// again.

#include <algorithm>

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {
namespace {

class Apply : public Node {
protected:
  static constexpr std::uint32_t flow_room = 24;
  Apply() : Node{flow_room} {}

  // Refused, and nothing changed.
  void refused(const Op& op, Result why) {
    const auto before = node.snapshot();
    EXPECT_EQ(node.apply(op), why);
    EXPECT_TRUE(before == node.snapshot()) << "a refusal left a trace";
  }
  static SetNexthop nexthop(NexthopType type) {
    return {.nexthop = NexthopId{20}, .type = type, .out = vm1, .sip = Ip4{1}, .dip = Ip4{2}};
  }
  static SetRoute to(VrfId vrf, const std::string& prefix, NexthopId nexthop) {
    return {vrf, dsl::prefix(prefix), nexthop, Label{}, 0};
  }
};

TEST_F(Apply, vrfs) {
  refused(SetVrf{VrfId{4}}, Result::out_of_range);
  refused(DeleteVrf{VrfId{3}}, Result::no_such_vrf);
  refused(DeleteVrf{VrfId{400}}, Result::no_such_vrf);
  node.must(SetVrf{VrfId{3}});
  node.must(SetVrf{VrfId{3}});
  node.must(DeleteVrf{VrfId{3}});
  refused(DeleteVrf{VrfId{3}}, Result::no_such_vrf);
}

TEST_F(Apply, a_vrf_stays_while_a_route_a_vif_or_a_nexthop_names_it) {
  const VrfId vrf{3};
  const auto holds = [&](const Op& name, const Op& unname) {
    node.must(name);
    node.must(name);  // naming twice is naming once
    refused(DeleteVrf{vrf}, Result::in_use);
    node.must(unname);
    node.must(DeleteVrf{vrf});
    node.must(SetVrf{vrf});
  };
  node.must(SetVrf{vrf});
  holds(to(vrf, "10.0.0.0/8", NexthopId{}), DeleteRoute{vrf, dsl::prefix("10.0.0.0/8")});
  holds(to(vrf, "fd00::/8", NexthopId{}), DeleteRoute{vrf, dsl::prefix("fd00::/8")});
  holds(SetVif{.vif = VifId{6}, .vrf = vrf}, DeleteVif{VifId{6}});
  holds(SetVif{.vif = VifId{6}, .vrf = vrf}, SetVif{.vif = VifId{6}, .vrf = red});
  SetNexthop named = nexthop(NexthopType::vrf_translate);
  named.vrf = vrf;
  holds(named, DeleteNexthop{NexthopId{20}});
  holds(named, nexthop(NexthopType::discard));  // replaced in place by one that names nothing
}

TEST_F(Apply, vifs) {
  refused(SetVif{.vif = VifId{10}}, Result::out_of_range);
  refused(SetVif{.vif = VifId{6}, .vrf = VrfId{3}}, Result::no_such_vrf);
  refused(SetVif{.vif = VifId{6}, .type = static_cast<VifType>(8)}, Result::bad_value);
  refused(DeleteVif{VifId{6}}, Result::no_such_vif);
  refused(DeleteVif{VifId{600}}, Result::no_such_vif);
  refused(DeleteVif{vm1}, Result::in_use);
  node.must(SetVif{.vif = VifId{6}, .vrf = red});
  node.must(DeleteVif{VifId{6}});
}

TEST_F(Apply, a_vif_that_comes_back_counts_from_zero) {
  const VifId vif{6};
  node.must(SetVif{.vif = vif, .type = VifType::virt, .vrf = red});
  node.receives(vif, from_vm1(vm2_ip));
  EXPECT_EQ(node.vrouter().counters(vif).rx_packets, 1u);
  node.must(SetVif{.vif = vif, .type = VifType::virt, .vrf = blue});
  EXPECT_EQ(node.vrouter().counters(vif).rx_packets, 1u);
  node.must(DeleteVif{vif});
  node.must(SetVif{.vif = vif, .type = VifType::virt, .vrf = red});
  EXPECT_EQ(node.vrouter().counters(vif), VifCounters{});
}

TEST_F(Apply, nexthops) {
  SetNexthop beyond = nexthop(NexthopType::discard);
  beyond.nexthop = NexthopId{64};
  refused(beyond, Result::out_of_range);
  SetNexthop builtin = nexthop(NexthopType::discard);
  builtin.nexthop = NexthopId{0};
  refused(builtin, Result::bad_value);
  refused(DeleteNexthop{NexthopId{0}}, Result::bad_value);
  refused(DeleteNexthop{NexthopId{20}}, Result::no_such_nexthop);
  refused(DeleteNexthop{NexthopId{6400}}, Result::no_such_nexthop);
  for (auto type : {NexthopType::dead, NexthopType::composite}) {
    refused(nexthop(type), Result::bad_value);
  }
  for (auto type : {NexthopType::encap, NexthopType::receive}) {
    SetNexthop astray = nexthop(type);
    astray.out = VifId{7};
    refused(astray, Result::no_such_vif);
  }
  for (auto type : {NexthopType::encap, NexthopType::vrf_translate}) {
    SetNexthop astray = nexthop(type);
    astray.vrf = VrfId{3};
    refused(astray, Result::no_such_vrf);
  }
  node.must(nexthop(NexthopType::resolve));
  node.must(nexthop(NexthopType::encap));
  node.must(DeleteNexthop{NexthopId{20}});
}

TEST_F(Apply, a_tunnel_needs_one_encapsulation_and_two_ends) {
  const auto tunnel = [](std::uint32_t flags) {
    SetNexthop op = nexthop(NexthopType::tunnel);
    op.flags = flags;
    return op;
  };
  for (std::uint32_t flags : {0u, +nh_valid, +nh_tunnel_gre, nh_valid | nh_l3_vxlan | nh_tunnel_gre,
                              nh_valid | nh_tunnel_gre | nh_tunnel_udp_mpls}) {
    refused(tunnel(flags), Result::bad_value);
  }
  SetNexthop endless = tunnel(nh_valid | nh_tunnel_gre);
  endless.dip = Ip4{};
  refused(endless, Result::bad_value);
  endless = tunnel(nh_valid | nh_tunnel_gre);
  endless.sip = Ip4{};
  refused(endless, Result::bad_value);
  SetNexthop astray = tunnel(nh_valid | nh_tunnel_gre);
  astray.out = VifId{7};
  refused(astray, Result::no_such_vif);
  node.must(tunnel(nh_valid | nh_tunnel_gre));
  node.must(tunnel(nh_valid | nh_tunnel_udp_mpls));
  node.must(tunnel(nh_valid | nh_tunnel_vxlan | nh_l3_vxlan));
}

TEST_F(Apply, a_nexthop_stays_while_a_route_or_a_label_names_it) {
  const NexthopId id{20};
  node.must(nexthop(NexthopType::discard));
  for (int twice = 0; twice < 2; ++twice) {
    node.must(to(red, "10.0.0.0/8", id));
    node.must(to(blue, "10.0.0.0/8", id));
    node.must(BindLabel{Label{40}, id});
  }
  refused(DeleteNexthop{id}, Result::in_use);
  node.must(DeleteRoute{red, dsl::prefix("10.0.0.0/8")});
  refused(DeleteNexthop{id}, Result::in_use);
  node.must(to(blue, "10.0.0.0/8", to_vm1));  // the route goes over to another nexthop
  refused(DeleteNexthop{id}, Result::in_use);
  node.must(BindLabel{Label{40}, to_vm1});  // and the label
  node.must(DeleteNexthop{id});
}

TEST_F(Apply, a_nexthop_is_replaced_under_its_routes) {
  encap(to_vm2, vm1, red, vm1_mac, vr_mac);
  node.receives(vm2, ping(vr_mac, vm2_mac, outside_ip, vm2_ip));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, ping(vm1_mac, vr_mac, outside_ip, vm2_ip, 63))));
  node.must(DeleteVif{vm2});  // nothing names it any more
}

TEST_F(Apply, routes) {
  refused(to(VrfId{3}, "10.0.0.0/8", to_vm1), Result::no_such_vrf);
  refused(to(VrfId{300}, "10.0.0.0/8", to_vm1), Result::no_such_vrf);
  refused(to(red, "10.0.0.0/8", NexthopId{63}), Result::no_such_nexthop);
  refused(to(red, "10.0.0.0/8", NexthopId{6300}), Result::no_such_nexthop);
  SetRoute odd = to(red, "10.0.0.0/8", to_vm1);
  odd.flags = 0x4000;
  refused(odd, Result::bad_value);
  refused(SetRoute{red, IpPrefix{Ip4{}, 33}, to_vm1, Label{}, 0}, Result::bad_value);
  refused(SetRoute{red, IpPrefix{Ip6{}, 129}, to_vm1, Label{}, 0}, Result::bad_value);
  refused(DeleteRoute{red, IpPrefix{Ip4{}, 33}}, Result::bad_value);
  refused(DeleteRoute{VrfId{3}, dsl::prefix("10.0.0.0/8")}, Result::no_such_vrf);
  refused(DeleteRoute{red, dsl::prefix("10.0.0.0/8")}, Result::no_such_route);
  refused(DeleteRoute{red, dsl::prefix("fd00::/16")}, Result::no_such_route);
}

TEST_F(Apply, a_full_table_takes_no_route_but_keeps_all_it_has) {
  std::uint32_t more = 0;
  const auto one = [](std::uint32_t n) { return IpPrefix{Ip4{0x0b000000 + n}, 32}; };
  while (node.apply(SetRoute{blue, one(more), to_vm3, Label{}, 0}) == Result::done) {
    ASSERT_LT(++more, 50u);
  }
  refused(SetRoute{blue, one(more), to_vm3, Label{}, 0}, Result::table_full);
  refused(to(blue, "10.0.0.0/9", to_vm3), Result::table_full);
  node.must(SetRoute{blue, one(0), to_vm1, Label{}, 0});  // replacing needs no place
  node.must(to(blue, "fd00::1/128", to_vm3));             // IPv6 has a table of its own
  for (std::uint32_t i = 0; i < more; ++i) node.must(DeleteRoute{blue, one(i)});
  node.must(to(blue, "10.0.0.0/9", to_vm3));
}

TEST_F(Apply, members) {
  SetNexthop composite = nexthop(NexthopType::composite);
  refused(composite, Result::bad_value);
  composite.flags = nh_valid | nh_composite_ecmp | nh_multicast;
  refused(composite, Result::bad_value);
  composite.flags = nh_valid | nh_composite_ecmp;
  for (const std::uint8_t fields : {0, 0x20, 0xff}) {
    composite.hash_fields = fields;
    refused(composite, Result::bad_value);
  }
  composite.hash_fields = hash_src_ip;
  node.must(composite);
  const NexthopId id = composite.nexthop;
  refused(SetMember{id, 0, NexthopId{63}, 5}, Result::no_such_nexthop);
  refused(SetMember{NexthopId{63}, 0, to_vm1, 5}, Result::no_such_nexthop);
  refused(SetMember{NexthopId{6300}, 0, to_vm1, 5}, Result::no_such_nexthop);
  refused(SetMember{to_vm1, 0, to_vm2, 5}, Result::bad_value);
  refused(SetMember{id, 0, id, 5}, Result::bad_value);
  refused(SetMember{id, 0, NexthopId{}, 5}, Result::bad_value);
  refused(SetMember{id, 0, to_vm1, 1u << 24}, Result::bad_value);
  refused(SetMember{id, 4096, to_vm1, 5}, Result::out_of_range);
  refused(DeleteMember{id, 0}, Result::no_such_member);
  refused(DeleteMember{to_vm1, 0}, Result::bad_value);
  node.must(SetNexthop{.nexthop = NexthopId{21}});
  node.must(SetMember{id, 20, NexthopId{21}, 5});
  refused(DeleteNexthop{NexthopId{21}}, Result::in_use);
  refused(SetMember{id, 4095, to_vm1, 5}, Result::table_full);
  node.must(DeleteMember{id, 20});
  node.must(SetMember{id, 1, NexthopId{21}, 5});
  node.must(SetMember{id, 1, to_vm1, 6});  // the place goes over to another
  node.must(DeleteNexthop{NexthopId{21}});
  node.must(DeleteNexthop{id});  // and takes its list with it
}

TEST_F(Apply, macs) {
  const Mac mac = dsl::mac(vm1_mac);
  refused(SetMac{VrfId{3}, mac, to_vm1}, Result::no_such_vrf);
  refused(SetMac{VrfId{300}, mac, to_vm1}, Result::no_such_vrf);
  refused(SetMac{red, mac, NexthopId{63}}, Result::no_such_nexthop);
  refused(SetMac{red, Mac{}, to_vm1}, Result::bad_value);
  refused(SetMac{.vrf = red, .mac = mac, .nexthop = to_vm1, .flags = 0x40}, Result::bad_value);
  refused(
      SetMac{.vrf = red, .mac = mac, .label = Label{5}, .flags = mac_label_valid, .vni = Vni{5}},
      Result::bad_value);
  refused(SetMac{.vrf = red, .mac = mac, .label = Label{5}}, Result::bad_value);
  refused(DeleteMac{red, mac}, Result::no_such_mac);
  refused(DeleteMac{VrfId{3}, mac}, Result::no_such_vrf);
  node.must(SetVrf{VrfId{3}});
  node.must(SetNexthop{.nexthop = NexthopId{21}});
  node.must(SetMac{.vrf = VrfId{3}, .mac = mac, .nexthop = NexthopId{21}, .vni = Vni{0xffffff}});
  refused(DeleteVrf{VrfId{3}}, Result::in_use);
  refused(DeleteNexthop{NexthopId{21}}, Result::in_use);
  node.must(DeleteMac{VrfId{3}, mac});
  node.must(DeleteVrf{VrfId{3}});
  node.must(DeleteNexthop{NexthopId{21}});
  std::uint8_t n = 0;
  while (node.apply(SetMac{.vrf = red, .mac = {{2, 0, 0, 0, 0, n}}}) == Result::done) ++n;
  EXPECT_EQ(n, Bench::small().macs);
}

TEST_F(Apply, vnis) {
  refused(BindVni{Vni{1u << 24}, to_vm1}, Result::out_of_range);
  refused(BindVni{Vni{5}, NexthopId{63}}, Result::no_such_nexthop);
  refused(UnbindVni{Vni{5}}, Result::no_such_vni);
  node.must(SetNexthop{.nexthop = NexthopId{21}});
  node.must(BindVni{Vni{5}, NexthopId{21}});
  refused(DeleteNexthop{NexthopId{21}}, Result::in_use);
  node.must(BindVni{Vni{5}, to_vm1});
  node.must(DeleteNexthop{NexthopId{21}});
  node.must(UnbindVni{Vni{5}});
}

TEST_F(Apply, a_route_for_one_address_may_know_whose_it_is) {
  const auto knows = [&](const std::string& prefix, const std::string& mac) {
    SetRoute op = to(blue, prefix, to_vm3);
    op.mac = dsl::mac(mac);
    return op;
  };
  refused(knows("10.0.0.0/31", vm3_mac), Result::bad_value);
  refused(knows("fd00::/127", vm3_mac), Result::bad_value);
  for (const std::string prefix : {"10.0.0.1/32", "fd00::9/128"}) {
    const auto before = node.snapshot();
    node.must(knows(prefix, vm3_mac));
    EXPECT_THAT(node.snapshot(), testing::Contains(Op{knows(prefix, vm3_mac)}));
    node.must(knows(prefix, vm2_mac));
    EXPECT_THAT(node.snapshot(), testing::Contains(Op{knows(prefix, vm2_mac)}));
    node.must(to(blue, prefix, to_vm3));
    EXPECT_THAT(node.snapshot(), testing::Contains(Op{to(blue, prefix, to_vm3)}));
    node.must(knows(prefix, vm3_mac));
    node.must(DeleteRoute{blue, dsl::prefix(prefix)});
    EXPECT_TRUE(before == node.snapshot());
    node.must(to(blue, prefix, to_vm3));
    EXPECT_THAT(node.snapshot(), testing::Contains(Op{to(blue, prefix, to_vm3)}));
  }
  for (int n = 0; n < 8; ++n) node.must(knows("10.0.1." + std::to_string(n) + "/32", vm3_mac));
  refused(knows("10.0.2.1/32", vm3_mac), Result::table_full);
}

TEST_F(Apply, sub_interfaces_share_no_tag) {
  const SetVif sub{
      .vif = VifId{6}, .type = VifType::virtual_vlan, .vrf = red, .parent = vm1, .vlan = 100};
  SetVif odd = sub;
  for (std::uint16_t vlan : {0, 4095, 5000}) {
    odd.vlan = vlan;
    refused(odd, Result::bad_value);
  }
  odd = sub, odd.parent = VifId{6};
  refused(odd, Result::bad_value);
  odd = sub, odd.parent = VifId{10};
  refused(odd, Result::out_of_range);
  odd = sub, odd.nexthop = NexthopId{64};
  refused(odd, Result::out_of_range);
  node.must(sub);
  node.must(sub);
  odd = sub, odd.vif = VifId{7};
  refused(odd, Result::bad_value);
  node.must(DeleteVif{VifId{6}});
  node.must(odd);
}

TEST_F(Apply, mirrors) {
  refused(SetMirror{2, to_vm1, 0}, Result::out_of_range);
  refused(SetMirror{0, NexthopId{63}, 0}, Result::no_such_nexthop);
  refused(SetMirror{0, to_vm1, 1u << 24}, Result::bad_value);
  refused(DeleteMirror{0}, Result::no_such_mirror);
  node.must(SetNexthop{.nexthop = NexthopId{21}});
  node.must(SetMirror{0, NexthopId{21}, 5});
  refused(DeleteNexthop{NexthopId{21}}, Result::in_use);
  node.must(SetMirror{0, to_vm1, 5});
  node.must(DeleteNexthop{NexthopId{21}});
  node.must(DeleteMirror{0});
}

TEST_F(Apply, flows) {
  const FlowKey there{to_vm1, Ip4{1}, Ip4{2}, 17, 3, 4}, back{to_vm2, Ip4{2}, Ip4{1}, 17, 4, 3};
  const SetFlow flow{.key = there, .reverse = back, .source = to_vm1};
  SetFlow odd = flow;
  odd.key.nexthop = NexthopId{64};
  refused(odd, Result::out_of_range);
  odd = flow, odd.source = NexthopId{64};
  refused(odd, Result::out_of_range);
  odd = flow, odd.key.src = Ip6{};
  refused(odd, Result::bad_value);
  odd = flow, odd.action = FlowAction::hold;
  refused(odd, Result::bad_value);
  odd = flow, odd.flags = 1;
  refused(odd, Result::bad_value);
  odd = flow, odd.flags = flow_vrf_translate, odd.vrf = VrfId{3};
  refused(odd, Result::no_such_vrf);
  refused(DeleteFlow{there}, Result::no_such_flow);
  node.must(flow);
  node.must(SetFlow{.key = back, .reverse = there});
  const auto ops = node.snapshot();
  EXPECT_EQ(std::count(ops.begin(), ops.end(), Op{flow}), 1) << "the two have found each other";
  for (std::uint32_t n = 0; n < flow_room - 2; ++n) {
    odd = flow, odd.key.src_port = static_cast<std::uint16_t>(100 + n);
    node.must(odd);
  }
  odd.key.src_port = 99;
  refused(odd, Result::table_full);
  node.must(DeleteFlow{back});
  node.must(odd);
}

TEST_F(Apply, without_a_flow_table_flows_are_refused) {
  Limits limits = Bench::small();
  limits.flows = 0;
  Bench plain{limits};
  EXPECT_EQ(plain.apply(SetFlow{}), Result::table_full);
  EXPECT_EQ(plain.apply(DeleteFlow{}), Result::no_such_flow);
}

TEST_F(Apply, labels) {
  refused(BindLabel{Label{64}, to_vm1}, Result::out_of_range);
  refused(BindLabel{Label{15}, to_vm1}, Result::bad_value);
  refused(BindLabel{Label{40}, NexthopId{63}}, Result::no_such_nexthop);
  refused(UnbindLabel{Label{40}}, Result::no_such_label);
  refused(UnbindLabel{Label{4000}}, Result::no_such_label);
  node.must(BindLabel{Label{40}, to_vm1});
  node.must(UnbindLabel{Label{40}});
  refused(UnbindLabel{Label{40}}, Result::no_such_label);
}

TEST_F(Apply, a_snapshot_makes_the_same_tables_again) {
  const auto ops = node.snapshot();
  EXPECT_EQ(ops.size(), 3u + 6 + 10 + 12 + 3);
  Bench twin;
  for (const Op& op : ops) twin.must(op);
  EXPECT_TRUE(twin.snapshot() == ops);
  twin.receives(vm1, from_vm1(vm2_ip));
  EXPECT_THAT(twin.sent(), ElementsAre(sent(vm2, ping(vm2_mac, vr_mac, vm1_ip, vm2_ip, 63))));
}

// One of each kind, with all that its kind uses.
std::vector<SetNexthop> nexthops_of_each_kind() {
  const SetNexthop common{.nexthop = NexthopId{20},
                          .flags = nh_valid | nh_policy,
                          .vrf = VrfId{1},
                          .out = VifId{1},
                          .family = NexthopFamily::bridge};
  std::vector<SetNexthop> kinds;
  for (const auto type : {NexthopType::receive, NexthopType::encap, NexthopType::tunnel,
                          NexthopType::resolve, NexthopType::discard, NexthopType::composite,
                          NexthopType::vrf_translate, NexthopType::l2_receive}) {
    kinds.push_back(common);
    kinds.back().type = type;
  }
  SetNexthop& encap = kinds[1];
  encap.dst = dsl::mac("02:11:22:33:44:55"), encap.src = dsl::mac("02:66:77:88:99:aa");
  SetNexthop& several = kinds[5];
  several.flags |= nh_composite_ecmp, several.hash_fields = hash_src_ip | hash_dst_port;
  SetNexthop tunnel = encap;
  tunnel.type = NexthopType::tunnel, tunnel.sip = Ip4{0x0a2f0001}, tunnel.dip = Ip4{0xfea10203};
  kinds[2] = tunnel, kinds[2].flags |= nh_tunnel_gre;
  for (const std::uint32_t way : {+nh_tunnel_udp_mpls, +nh_tunnel_vxlan}) {
    kinds.push_back(tunnel);
    kinds.back().flags |= way;
  }
  tunnel.flags |= nh_tunnel_vxlan | nh_l3_vxlan, tunnel.inner_dst = dsl::mac("02:bb:cc:dd:ee:ff");
  kinds.push_back(tunnel);
  return kinds;
}

TEST_F(Apply, a_snapshot_gives_back_what_a_nexthop_of_each_kind_was_set_to) {
  for (const SetNexthop& before : nexthops_of_each_kind())
    for (const SetNexthop& now : nexthops_of_each_kind()) {
      node.must(before);
      node.must(now);  // in its place
      EXPECT_THAT(node.snapshot(), testing::Contains(Op{now}))
          << "kind " << int{std::uint8_t(now.type)} << " after " << int{std::uint8_t(before.type)};
    }
}

TEST_F(Apply, what_a_kind_of_nexthop_does_not_use_is_not_kept) {
  SetNexthop receive = nexthop(NexthopType::receive);
  node.must(receive);
  receive.sip = receive.dip = Ip4{};
  EXPECT_THAT(node.snapshot(), testing::Contains(Op{receive}));
}

TEST_F(Apply, a_snapshot_forgets_history) {
  const auto ops = node.snapshot();
  Bench other;
  for (const Op& op : ops) {
    other.must(op);
    // Routes again in another order, and one too many for a while.
    if (std::holds_alternative<BindLabel>(op)) {
      other.must(to(red, "10.47.0.0/17", to_vm1));
      for (auto again = ops.rbegin(); again != ops.rend(); ++again) {
        if (const auto* r = std::get_if<SetRoute>(&*again)) {
          other.must(DeleteRoute{r->vrf, r->prefix});
          other.must(*again);
        }
      }
      other.must(DeleteRoute{red, dsl::prefix("10.47.0.0/17")});
    }
  }
  EXPECT_TRUE(other.snapshot() == ops);
}

TEST_F(Apply, everything_can_be_taken_back) {
  auto ops = node.snapshot();
  for (auto op = ops.rbegin(); op != ops.rend(); ++op) {
    if (auto* o = std::get_if<SetRoute>(&*op)) node.must(DeleteRoute{o->vrf, o->prefix});
    if (auto* o = std::get_if<BindLabel>(&*op)) node.must(UnbindLabel{o->label});
    if (auto* o = std::get_if<SetNexthop>(&*op)) node.must(DeleteNexthop{o->nexthop});
    if (auto* o = std::get_if<SetVif>(&*op)) node.must(DeleteVif{o->vif});
    if (auto* o = std::get_if<SetVrf>(&*op)) node.must(DeleteVrf{o->vrf});
  }
  EXPECT_THAT(node.snapshot(), IsEmpty());
  for (const Op& op : ops) node.must(op);
  EXPECT_TRUE(node.snapshot() == ops);
}

TEST(Limits, default_memory_is_counted_in_whole_lines) {
  EXPECT_EQ(Vrouter::memory_needed(Limits{}) % 64, 0u);
  EXPECT_LT(Vrouter::memory_needed(Limits{}), 5u << 20);
}

}  // namespace
}  // namespace tflab::vr
