// Octets by chance, and good frames spoiled by chance. Under sanitizers; and each must be accounted
// for exactly once.

#include <random>

#include "tests/unit/vrouter-core/vrouter/twofold.h"

namespace tflab::vr {
namespace {

class Chance : public Node {
protected:
  static constexpr int frames = 100'000;

  static Limits tables() { return Bench::small(24, 4); }

  std::mt19937 random{20240229};
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); }

  dsl::Octets noise() {
    dsl::Octets octets(below(160));
    for (auto& octet : octets) octet = static_cast<std::byte>(random());
    return octets;
  }
  dsl::Octets spoiled(const std::vector<Frame>& good) {
    dsl::Octets octets = good[below(static_cast<std::uint32_t>(good.size()))].octets;
    for (std::uint32_t i = below(4); i-- > 0;) {
      octets[below(static_cast<std::uint32_t>(octets.size()))] = static_cast<std::byte>(random());
    }
    if (below(4) == 0) octets.resize(below(static_cast<std::uint32_t>(octets.size()) + 20));
    return octets;
  }

  std::vector<Frame> good_from_vm() const {
    return {from_vm1(vm2_ip),
            from_vm1(remote_ip),
            from_vm1(remote_gre_ip),
            from_vm1(peer_ip),
            from_vm1(node_ip),
            from_vm1("172.31.9.9"),
            pkt().eth(broadcast, vm1_mac).arp_request(vm1_mac, vm1_ip, vm2_ip),
            pkt().eth(vr_mac, vm1_mac).ip6("fd00::1", "fd00::10").udp(1, 2).payload(5),
            pkt()
                .eth("33:33:ff:00:00:02", vm1_mac)
                .ip6("fd00::1", "ff02::1:ff00:2")
                .ttl(255)
                .solicit("fd00::2")};
  }
  std::vector<Frame> good_from_fabric() const {
    const Frame inner = pkt().ip4(remote_ip, vm1_ip).udp(5, 6).payload(11);
    const auto arriving = [&] { return pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip); };
    return {arriving().udp(1, 6635).mpls(25).inner(inner),
            arriving().udp(1, 51234).mpls(30).inner(inner),
            arriving().gre().mpls(25).inner(inner),
            ping(node_mac, peer_mac, peer_ip, vm1_ip),
            ping(node_mac, peer_mac, peer_ip, node_ip),
            pkt().eth(broadcast, peer_mac).arp_request(peer_mac, peer_ip, vm1_ip),
            pkt().eth(node_mac, peer_mac).arp_reply(peer_mac, peer_ip, node_mac, node_ip)};
  }

  void storm(VifId in, const std::vector<Frame>& good) {
    vm1_is_native();
    Quiet host;
    Vrouter vrouter{std::as_writable_bytes(std::span{host.memory}), Bench::small(), host};
    for (const Op& op : node.snapshot()) ASSERT_EQ(vrouter.apply(op), Result::done);
    for (int i = 0; i < frames; ++i) {
      const dsl::Octets octets = below(3) == 0 ? noise() : spoiled(good);
      const std::size_t headroom = below(8) == 0 ? below(64) : Vrouter::headroom;
      dsl::Octets buffer(headroom, std::byte{0xa5});
      dsl::put(buffer, octets);
      vrouter.on_frame(Instant{}, in, buffer, headroom);
    }
    EXPECT_EQ(vrouter.counters(in).rx_packets, static_cast<std::uint64_t>(frames));
    expect_accounted(frames, vrouter, host);
    EXPECT_EQ(dropped_in(vrouter), vrouter.counters(in).drops);
  }

  static std::uint64_t dropped_in(const Vrouter& vrouter) {
    std::uint64_t reasons = 0;
    for (auto n : vrouter.drops()) reasons += n;
    return reasons;
  }
  struct Quiet;
  static std::vector<Op> taken(const Vrouter& vrouter) {
    struct Kept : OpSink {
      std::vector<Op> ops;
      void take(const Op& op) override { ops.push_back(op); }
    } kept;
    vrouter.snapshot(kept);
    return kept.ops;
  }
  // K30
  static void expect_accounted(std::uint64_t received, const Vrouter& vrouter, const Quiet& host) {
    EXPECT_EQ(received + vrouter.copies(),
              host.sent + host.punted + dropped_in(vrouter) + vrouter.waiting());
  }

  struct Quiet : Host {
    struct alignas(64) Line {
      std::byte octets[64]{};
    };
    std::vector<Line> memory = std::vector<Line>(Vrouter::memory_needed(tables()) / sizeof(Line));
    std::uint64_t sent = 0, punted = 0;

    void transmit(VifId, std::span<const std::byte> frame) override {
      ++sent;
      ASSERT_GE(frame.size(), 14u);
    }
    void punt(Trap, VifId, VrfId, std::span<const std::byte> frame) override {
      ++punted;
      ASSERT_GE(frame.size(), 14u);
    }
  };
};

// Tables by chance: every kind of operation with values from a small range, so that they name one
// another, replace and contradict one another; most are refused for some reason.
class AnyTables : public Chance {
protected:
  NexthopId nexthop() { return NexthopId{below(20)}; }
  VrfId vrf() { return VrfId{static_cast<std::uint16_t>(below(4))}; }
  VifId vif() { return VifId{static_cast<std::uint16_t>(below(10))}; }
  Mac mac() { return dsl::mac(pick({vr_mac, vm1_mac, vm2_mac, vm3_mac, node_mac, broadcast})); }
  Ip4 ip() { return dsl::ip4(pick({vm1_ip, vm2_ip, remote_ip, peer_ip, node_ip, outside_ip})); }
  std::string pick(std::initializer_list<std::string> from) {
    return from.begin()[below(static_cast<std::uint32_t>(from.size()))];
  }
  std::uint32_t bits(std::uint32_t mask) { return static_cast<std::uint32_t>(random()) & mask; }
  IpPrefix prefix() {
    if (below(4) == 0) return IpPrefix{dsl::ip6(pick({"fd00::1", "fd00::2", "fd00::10"})), 128};
    return IpPrefix{ip(), static_cast<std::uint8_t>(pick({"0", "8", "32", "33"}) == "8" ? 8 : 32)};
  }
  FlowKey flow() {
    return {nexthop(),
            ip(),
            ip(),
            static_cast<std::uint8_t>(below(2) == 0 ? 17 : 1),
            static_cast<std::uint16_t>(below(8)),
            static_cast<std::uint16_t>(below(8))};
  }
  SetVif some_vif() {
    constexpr VifType types[] = {VifType::host,         VifType::agent,     VifType::physical,
                                 VifType::virt,         VifType::virt,      VifType::virt,
                                 VifType::virtual_vlan, VifType::monitoring};
    SetVif op{.vif = vif(),
              .type = types[below(8)],
              .flags = bits(0x1fffff),
              .vrf = vrf(),
              .mac = mac(),
              .address = ip(),
              .nexthop = nexthop(),
              .parent = vif(),
              .vlan = static_cast<std::uint16_t>(below(4)),
              .monitor = vif(),
              .mirror = static_cast<std::uint8_t>(below(3)),
              .qos = static_cast<std::uint16_t>(below(2) == 0 ? 0 : below(5))};
    if (below(4) == 0) op.mtu = static_cast<std::uint16_t>(below(200));
    return op;
  }
  SetNexthop some_nexthop() {
    constexpr std::uint32_t kinds[] = {nh_tunnel_gre,
                                       nh_tunnel_udp_mpls,
                                       nh_tunnel_vxlan,
                                       nh_tunnel_vxlan | nh_l3_vxlan,
                                       nh_composite_ecmp,
                                       nh_multicast,
                                       nh_multicast | nh_validate_mcast_source,
                                       0,
                                       nh_policy};
    return {.nexthop = nexthop(),
            .type = static_cast<NexthopType>(below(9)),
            .flags = (below(8) == 0 ? 0u : +nh_valid) | kinds[below(9)],
            .vrf = vrf(),
            .out = vif(),
            .dst = mac(),
            .src = mac(),
            .sip = ip(),
            .dip = ip(),
            .family = static_cast<NexthopFamily>(below(2)),
            .inner_dst = mac(),
            .hash_fields = static_cast<std::uint8_t>(below(8) == 0 ? below(256) : all_hash_fields)};
  }
  SetQosMap some_qos_map() {
    SetQosMap map{.map = static_cast<std::uint16_t>(below(5))};
    for (auto& id : map.dscp) id = static_cast<std::uint8_t>(below(5));
    for (auto& id : map.priority) id = static_cast<std::uint8_t>(below(5));
    return map;
  }
  Op operation() {
    const auto small = [&](std::uint32_t n) { return static_cast<std::uint16_t>(below(n)); };
    const bool labelled = below(2) == 0;
    const Label label{labelled ? 16 + below(48) : 0};
    const Vni vni{labelled ? 0 : below(4)};
    switch (below(22)) {
      case 0:
        return SetVrf{vrf()};
      case 1:
        return below(8) == 0 ? Op{DeleteVrf{vrf()}} : Op{SetVrf{vrf()}};
      case 2:
      case 3:
        return some_vif();
      case 4:
        return below(8) == 0 ? Op{DeleteVif{vif()}} : Op{some_vif()};
      case 5:
      case 6:
      case 7:
        return some_nexthop();
      case 8:
        return DeleteNexthop{nexthop()};
      case 9:
      case 10:
        return SetRoute{vrf(),
                        prefix(),
                        nexthop(),
                        label,
                        static_cast<std::uint16_t>(bits(0xe) | (labelled ? 1 : 0)),
                        vni,
                        below(4) == 0 ? mac() : Mac{}};
      case 11:
        return DeleteRoute{vrf(), prefix()};
      case 12:
        return BindLabel{Label{16 + below(48)}, nexthop()};
      case 13:
        return SetMember{nexthop(), small(20), nexthop(), below(100)};
      case 14:
        return DeleteMember{nexthop(), small(20)};
      case 15:
        return SetMac{vrf(),
                      mac(),
                      nexthop(),
                      label,
                      static_cast<std::uint8_t>(labelled ? mac_label_valid : 0),
                      vni};
      case 16:
        return BindVni{Vni{below(4)}, nexthop()};
      case 17:
        return SetMirror{static_cast<std::uint8_t>(below(3)), nexthop(), below(100)};
      case 18:
        return DeleteFlow{flow()};
      case 19:
        return below(4) == 0 ? Op{DeleteQosMap{small(5)}} : Op{some_qos_map()};
      case 20:
        return SetForwardingClass{
            static_cast<std::uint8_t>(below(4)), static_cast<std::uint8_t>(below(70)),
            static_cast<std::uint8_t>(below(9)), static_cast<std::uint8_t>(below(8)), 1};
      default:
        return SetFlow{.key = flow(),
                       .reverse = below(2) == 0 ? FlowKey{} : flow(),
                       .action = static_cast<FlowAction>(below(4)),
                       .flags = static_cast<std::uint16_t>(bits(0x401e)),
                       .source = nexthop(),
                       .vrf = vrf(),
                       .ecmp_index = static_cast<std::uint8_t>(below(20)),
                       .qos = small(5)};
    }
  }
  std::vector<Frame> good_frames() {
    std::vector<Frame> all = good_from_vm();
    for (const Frame& frame : good_from_fabric()) all.push_back(frame);
    dsl::Octets vxlan;
    dsl::put(vxlan, 0x0800'0000'0000'0100ull, 8);
    const Frame inside = from_vm1(vm2_ip);
    const auto arriving = [&] { return pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip); };
    all.push_back(arriving().udp(50000, 4789).inner({vxlan}).inner(inside));
    all.push_back(arriving().udp(50000, 6635).mpls(20).inner(inside));
    all.push_back(pkt().eth(broadcast, vm1_mac).ip4(vm1_ip, outside_ip).udp(1, 2).payload(40));
    all.push_back(pkt().eth(vr_mac, vm1_mac).vlan(1).ip4(vm1_ip, vm2_ip).udp(3, 4));
    all.push_back(
        pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, remote_ip).fragment(0x2000).udp(1, 2).payload(16));
    all.push_back(pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, vm2_ip).tcp(1, 2));
    const Frame quoted = pkt().ip4(vm2_ip, vm1_ip).udp(2, 1);
    for (int field : {0x2001, 0x0002})
      all.push_back(
          pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, vm2_ip).fragment(field).type(17).payload(16));
    all.push_back(pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, vm2_ip).echo().type(3).inner(quoted));
    return all;
  }
};

TEST_F(AnyTables, K30_every_frame_is_accounted_for_and_snapshots_hold_all_there_is) {
  const auto good = good_frames();
  for (int round = 0; round < 20; ++round) {
    Quiet host;
    Vrouter vrouter{std::as_writable_bytes(std::span{host.memory}), tables(), host};
    std::uint64_t received = 0;
    for (int i = 0; i < 4000; ++i) {
      // Mostly tables at first, mostly frames later.
      if (below(4000) > static_cast<std::uint32_t>(i)) {
        for (int n = 0; n < 4; ++n) vrouter.apply(operation());
        continue;
      }
      dsl::Octets buffer(Vrouter::headroom, std::byte{0xa5});
      dsl::put(buffer, spoiled(good));
      vrouter.on_frame(Instant{} + millis(i), vif(), buffer, Vrouter::headroom);
      ++received;
      if (below(100) == 0)
        vrouter.expire(Instant{} + millis(i), {.flow = seconds(1), .mac = seconds(1)});
    }
    expect_accounted(received, vrouter, host);
    const auto ops = taken(vrouter);
    Quiet other;
    Vrouter twin{std::as_writable_bytes(std::span{other.memory}), tables(), other};
    for (const Op& op : ops) ASSERT_EQ(twin.apply(op), Result::done);
    ASSERT_TRUE(taken(twin) == ops) << "round " << round;
  }
}

// What one lane and one copy of the tables do, two lanes and two copies do, batch by batch; and the
// copies are alike, though they may have become so by other ways.
TEST_F(AnyTables, two_lanes_and_two_copies_do_what_one_does) {
  const auto good = good_frames();
  for (int round = 0; round < 8; ++round) {
    Quiet host;
    Vrouter one{std::as_writable_bytes(std::span{host.memory}), tables(), host};
    Twofold two{tables()};
    for (int i = 0; i < 3000; ++i) {
      if (below(3000) > static_cast<std::uint32_t>(i)) {
        std::vector<Op> ops;
        std::vector<Result> results;
        for (std::uint32_t n = below(12); n-- > 0;) ops.push_back(operation());
        for (const Op& op : ops) results.push_back(one.apply(op));
        ASSERT_EQ(two.tell(ops), results);
        continue;
      }
      dsl::Octets buffer(Vrouter::headroom, std::byte{0xa5});
      dsl::put(buffer, spoiled(good));
      dsl::Octets same = buffer;
      const VifId in = vif();
      const Instant now = Instant{} + millis(i);
      one.on_frame(now, in, buffer, Vrouter::headroom);
      two.core.on_frame(below(2), now, in, same, Vrouter::headroom);
      if (below(100) != 0) continue;
      one.expire(now, {.flow = seconds(1), .mac = seconds(1)});
      two.core.expire(now, {.flow = seconds(1), .mac = seconds(1)});
    }
    EXPECT_EQ(two.sent, host.sent);
    EXPECT_EQ(two.punted, host.punted);
    EXPECT_EQ(two.core.copies(), one.copies());
    EXPECT_EQ(two.core.drops(), one.drops());
    for (std::uint16_t i = 0; i < tables().vifs; ++i)
      EXPECT_EQ(two.core.counters(VifId{i}), one.counters(VifId{i})) << "vif " << i;
    for (std::uint16_t i = 0; i < tables().vrfs; ++i)
      EXPECT_EQ(two.core.counters(VrfId{i}), one.counters(VrfId{i})) << "vrf " << i;
    ASSERT_TRUE(taken(two.core) == taken(one)) << "round " << round;
    two.core.publish();
    ASSERT_TRUE(taken(two.core) == taken(one)) << "round " << round;
  }
}

TEST_F(Chance, from_a_vm_does_no_harm) {
  storm(vm1, good_from_vm());
}
TEST_F(Chance, from_a_vm_without_policy_does_no_harm) {
  storm(vm2, good_from_vm());
}
TEST_F(Chance, from_the_fabric_does_no_harm) {
  storm(eth0, good_from_fabric());
}
TEST_F(Chance, from_the_node_does_no_harm) {
  storm(vhost0, good_from_fabric());
}
TEST_F(Chance, from_the_agent_does_no_harm) {
  storm(pkt0, good_from_vm());
}

}  // namespace
}  // namespace tflab::vr
