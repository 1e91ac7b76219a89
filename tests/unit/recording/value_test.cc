// Values to JSON and back.

#include "recording/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recording/event_fields.h"

namespace tflab::recording {
namespace {

using testing::HasSubstr;

struct Two {
  int a = 0;
  std::optional<Ip4> b;
};
static_assert(members<Two>() == 2);
static_assert(members<config::ControlNode>() ==
              std::tuple_size_v<decltype(Fields<config::ControlNode>::list)>);

std::vector<vr::Op> operations() {
  using namespace vr;
  const Mac mac{{2, 0xaa, 0, 0, 0, 1}};
  return {SetVrf{VrfId{1}},
          DeleteVrf{VrfId{2}},
          SetVif{.vif = VifId{3},
                 .type = VifType::virt,
                 .flags = vif_policy | vif_l3,
                 .vrf = VrfId{1},
                 .mtu = 1500,
                 .mac = mac,
                 .address = Ip4{0x0a000001},
                 .parent = VifId{2},
                 .vlan = 7},
          DeleteVif{VifId{3}},
          SetNexthop{.nexthop = NexthopId{5},
                     .type = NexthopType::tunnel,
                     .flags = nh_valid | nh_tunnel_vxlan | nh_l3_vxlan,
                     .vrf = VrfId{1},
                     .out = VifId{3},
                     .dst = mac,
                     .src = mac,
                     .sip = Ip4{0x0a000001},
                     .dip = Ip4{0x0a000002},
                     .family = NexthopFamily::bridge,
                     .inner_dst = mac,
                     .hash_fields = hash_src_ip | hash_dst_port},
          SetMember{NexthopId{6}, 3, NexthopId{5}, 77},
          DeleteMember{NexthopId{6}, 3},
          SetMac{VrfId{1}, mac, NexthopId{5}, Label{30}, mac_label_valid, Vni{}},
          DeleteMac{VrfId{1}, mac},
          BindVni{Vni{5000}, NexthopId{5}},
          UnbindVni{Vni{5000}},
          SetFlow{.key = {.nexthop = NexthopId{2}, .src = Ip4{1}, .dst = Ip4{2}, .protocol = 6},
                  .action = FlowAction::nat,
                  .flags = flow_snat | flow_dpat,
                  .ecmp_index = 0,
                  .qos = 3},
          DeleteFlow{.key = {.nexthop = NexthopId{2}, .src = Ip4{1}}},
          SetMirror{1, NexthopId{5}, 9},
          DeleteMirror{1},
          SetForwardingClass{.id = 3, .dscp = 46, .priority = 5, .exp = 6, .queue = 1},
          DeleteForwardingClass{3},
          SetQosMap{.map = 7, .dscp = {1, 2, 3}, .priority = {4}, .exp = {5, 6}},
          DeleteQosMap{7},
          SetNexthop{.nexthop = NexthopId{6}, .flags = 0},
          SetNexthop{.nexthop = NexthopId{6}, .flags = nh_valid | 0x40000000},
          DeleteNexthop{NexthopId{6}},
          SetRoute{.vrf = VrfId{1},
                   .prefix = *parse_prefix("fd00::/64"),
                   .nexthop = NexthopId{5},
                   .label = Label{25},
                   .flags = route_label_valid},
          SetRoute{.vrf = VrfId{1}, .prefix = *parse_prefix("10.0.0.1/32"), .mac = mac},
          DeleteRoute{VrfId{1}, *parse_prefix("10.0.0.0/8")},
          BindLabel{Label{1048575}, NexthopId{5}},
          UnbindLabel{Label{16}}};
}

TEST(Value, every_operation_comes_back_as_it_was) {
  for (const vr::Op& op : operations()) {
    vr::Op back;
    read(Json::parse(write(op).dump()), back);
    EXPECT_EQ(back, op) << write(op);
  }
}

TEST(Value, what_is_as_in_a_fresh_struct_is_left_out) {
  EXPECT_EQ(write(vr::Op{vr::SetNexthop{.nexthop = NexthopId{6}}}).dump(),
            R"({"op":"set-nexthop","nexthop":6,"type":"discard"})");
}

TEST(Value, a_key_is_not_written) {
  config::BgpPeer peer;
  peer.name = "cn2";
  peer.md5_key = "open sesame";
  EXPECT_EQ(write(peer).dump().find("sesame"), std::string::npos);
  EXPECT_EQ(write(peer)["md5_key"], "hidden");
}

TEST(Value, a_whole_configuration_comes_back_as_it_was) {
  config::ControlNode node;
  node.name = "cn1";
  node.address = *parse_ip("10.0.0.1");
  node.cluster_id = Ip4{7};
  config::BgpPeer peer;
  peer.name = "cn2";
  peer.as = Asn{65001};
  peer.families = {Family::evpn};
  node.peers.push_back(peer);
  config::Network network;
  network.name = "red";
  network.targets = {*parse_target("target:64512:1")};
  network.forwarding = config::ForwardingMode::l3;
  node.fabric.networks.push_back(network);
  node.fabric.policies["p"].rules.push_back(
      {.pass = false, .src = "a", .dst = "b", .traffic = {}, .qos_config = "q"});
  config::ControlNode back;
  read(write(node), back);
  EXPECT_EQ(back, node);
}

std::string refusal(const char* text) {
  vr::Op op;
  try {
    read(Json::parse(text), op);
  } catch (const Unreadable& fault) {
    return fault.what();
  }
  return "read";
}

TEST(Value, what_cannot_be_read_is_told_with_the_way_to_it) {
  EXPECT_THAT(refusal(R"({"op":"set-everything"})"), HasSubstr("not a kind known here"));
  EXPECT_THAT(refusal(R"({"vrf":1})"), HasSubstr("not an object with \"op\""));
  EXPECT_THAT(refusal(R"({"op":"set-vrf"})"), HasSubstr("\"vrf\" is missing"));
  EXPECT_THAT(refusal(R"({"op":"set-vrf","vrf":65536})"),
              HasSubstr("set-vrf.vrf: not a number that fits"));
  EXPECT_THAT(refusal(R"({"op":"set-vrf","vrf":-1})"), HasSubstr("not a number that fits"));
  EXPECT_THAT(refusal(R"({"op":"set-vrf","vrf":1,"vfr":1})"), HasSubstr("not known here: \"vfr\""));
  EXPECT_THAT(refusal(R"({"op":"set-route","vrf":1,"prefix":"10.0.0.0","nexthop":1})"),
              HasSubstr("set-route.prefix: not a prefix"));
  EXPECT_THAT(refusal(R"({"op":"bind-label","label":1048576,"nexthop":1})"),
              HasSubstr("bind-label.label: not a label"));
  EXPECT_THAT(refusal(R"({"op":"set-vif","vif":1,"type":"virtual","flags":["fast"]})"),
              HasSubstr("set-vif.flags: not a flag known here"));
}

TEST(Value, octets_are_whole_and_in_small_hex) {
  EXPECT_EQ(to_hex(*from_hex("00ff10")), "00ff10");
  for (const char* bad : {"0", "0g", "FF", "0x00", " 00"}) EXPECT_FALSE(from_hex(bad)) << bad;
}

}  // namespace
}  // namespace tflab::recording
