#include "vrouter-core/ops/octets.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/dsl/bytes.h"

namespace tflab::vr {
namespace {

using test::Octets;

constexpr Ip6 v6{{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}};
constexpr Mac mac{{2, 0, 0, 0, 0, 7}}, other_mac{{2, 0, 0, 0, 0, 8}};
constexpr FlowKey key{.nexthop = NexthopId{7},
                      .src = Ip4{0x0a000001},
                      .dst = Ip4{0x0a000002},
                      .protocol = 6,
                      .src_port = 1000,
                      .dst_port = 80};
constexpr FlowKey key6{
    .nexthop = NexthopId{9}, .src = v6, .dst = v6, .protocol = 58, .src_port = 5};

SetQosMap some_map() {
  SetQosMap map{.map = 4095};
  map.dscp[63] = 1, map.priority[7] = 2, map.exp[0] = 3;
  return map;
}

// One of each kind, in the order of Op, no field left at its default.
const std::vector<Op>& samples() {
  static const std::vector<Op> all = {
      SetVrf{VrfId{3}},
      DeleteVrf{VrfId{4}},
      SetVif{.vif = VifId{5},
             .type = VifType::virtual_vlan,
             .flags = vif_policy | vif_mac_proxy,
             .vrf = VrfId{2},
             .mtu = 1400,
             .mac = mac,
             .address = Ip4{0x0a000009},
             .nexthop = NexthopId{70000},
             .parent = VifId{6},
             .vlan = 4000,
             .monitor = VifId{8},
             .mirror = 3,
             .qos = 400},
      DeleteVif{VifId{0xffff}},
      SetNexthop{.nexthop = NexthopId{1048575},
                 .type = NexthopType::tunnel,
                 .flags = nh_valid | nh_l3_vxlan,
                 .vrf = VrfId{1},
                 .out = VifId{2},
                 .dst = mac,
                 .src = other_mac,
                 .sip = Ip4{0xc0000201},
                 .dip = Ip4{0xc0000202},
                 .family = NexthopFamily::bridge,
                 .inner_dst = mac,
                 .hash_fields = hash_src_ip | hash_dst_port},
      DeleteNexthop{NexthopId{2}},
      SetRoute{.vrf = VrfId{1},
               .prefix = {Ip4{0x0a010000}, 16},
               .nexthop = NexthopId{3},
               .label = Label{1048575},
               .flags = route_label_valid,
               .vni = Vni{0xffffff},
               .mac = mac},
      DeleteRoute{VrfId{1}, {v6, 128}},
      BindLabel{Label{16}, NexthopId{3}},
      UnbindLabel{Label{17}},
      SetMember{NexthopId{1}, 2, NexthopId{3}, 4},
      DeleteMember{NexthopId{1}, 2},
      SetMac{VrfId{1}, mac, NexthopId{2}, Label{3}, mac_label_valid, Vni{5}},
      DeleteMac{VrfId{1}, mac},
      BindVni{Vni{5}, NexthopId{6}},
      UnbindVni{Vni{5}},
      SetFlow{.key = key6,
              .reverse = key6,
              .action = FlowAction::nat,
              .flags = flow_snat,
              .source = NexthopId{4},
              .vrf = VrfId{3},
              .ecmp_index = 2,
              .qos = 7},
      DeleteFlow{key},
      SetMirror{1, NexthopId{2}, 3},
      DeleteMirror{9},
      SetForwardingClass{200, 46, 5, 6, 7},
      DeleteForwardingClass{201},
      some_map(),
      DeleteQosMap{4000},
  };
  return all;
}

std::optional<Op> read_whole(Bytes octets) {
  Reader in{octets};
  const auto op = read_op(in);
  return in.done() ? op : std::nullopt;
}

TEST(OpOctets, stand_as_they_are_written_down) {
  EXPECT_EQ(test::to_hex(test::written([](Writer& out) { write(out, samples()[6]); })),
            "06"
            "0001"
            "040a01000010"
            "00000003"
            "000fffff"
            "0001"
            "00ffffff"
            "020000000007");
}

TEST(OpOctets, each_kind_comes_back_and_no_truncation_is_taken) {
  ASSERT_EQ(samples().size(), std::variant_size_v<Op>);
  for (std::size_t kind = 0; kind < samples().size(); ++kind) {
    const Op& op = samples()[kind];
    ASSERT_EQ(op.index(), kind);
    const Octets octets = test::written([&](Writer& out) { write(out, op); });
    EXPECT_LE(octets.size(), longest_op);
    EXPECT_EQ(read_whole(octets), op) << "kind " << kind;
    test::expect_no_truncation_is_accepted(octets,
                                           [](Bytes cut) { return read_whole(cut).has_value(); });
  }
}

TEST(OpOctets, follow_each_other) {
  const Octets all = test::written([](Writer& out) {
    for (const Op& op : samples()) write(out, op);
  });
  Reader in{all};
  std::vector<Op> back;
  while (in.left() > 0)
    if (const auto op = read_op(in)) back.push_back(*op);
  EXPECT_EQ(back, samples());
}

TEST(OpOctets, what_is_no_operation_is_refused) {
  EXPECT_FALSE(read_whole(test::hex("14")));                      // no such kind
  EXPECT_FALSE(read_whole(test::hex("09 00100000")));             // a label of 21 bits
  EXPECT_FALSE(read_whole(test::hex("07 0001 05 0a010000 10")));  // IP version 5
  EXPECT_FALSE(read_whole(test::hex("07 0001 04 0a010000 21")));  // a /33
  EXPECT_FALSE(read_whole(test::hex("00 0001 00")));              // more than one
}

TEST(OpOctets, random_octets_read_and_write_back_the_same) {
  std::mt19937 random{7};
  int read_ones = 0;
  for (int i = 0; i < 20000; ++i) {
    Octets octets(1 + random() % 110);
    for (std::byte& octet : octets) octet = static_cast<std::byte>(random());
    octets[0] = static_cast<std::byte>(random() % 22);
    Reader in{octets};
    const auto op = read_op(in);
    if (!op) continue;
    ++read_ones;
    const Octets again = test::written([&](Writer& out) { write(out, *op); });
    EXPECT_EQ(read_whole(again), op);
  }
  EXPECT_GT(read_ones, 1000);
}

TEST(CounterOctets, come_back) {
  DropCounters drops{};
  for (std::size_t i = 0; i < drops.size(); ++i) drops[i] = i << 33 | 5;
  const VifCounters vif{1, 2, 3, 4, 1ull << 63};
  const FlowCounters flow{1, 2, tcp_established};
  VrfCounters vrf;
  vrf.discards = 8;
  vrf.unknown_unicast_floods = 9;
  const Octets octets = test::written([&](Writer& out) {
    write(out, drops);
    write(out, vif);
    write(out, flow);
    write(out, vrf);
    write(out, key);
  });
  Reader in{octets};
  DropCounters drops_back;
  VifCounters vif_back;
  FlowCounters flow_back;
  VrfCounters vrf_back;
  FlowKey key_back;
  read(in, drops_back);
  read(in, vif_back);
  read(in, flow_back);
  read(in, vrf_back);
  read(in, key_back);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.left(), 0u);
  EXPECT_EQ(drops_back, drops);
  EXPECT_EQ(vif_back, vif);
  EXPECT_EQ(flow_back, flow);
  EXPECT_EQ(vrf_back, vrf);
  EXPECT_EQ(key_back, key);
}

}  // namespace
}  // namespace tflab::vr
