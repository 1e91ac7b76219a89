#pragma once
// A vrouter on a bench: frames in, frames and traps out, and which counters moved meanwhile.
// The tables are those of a compute node with two tenants' networks, "red" and "blue".

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tests/dsl/packet.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::vr {

using dsl::Frame;
using dsl::is_frame;
using dsl::pkt;
using testing::ElementsAre;
using testing::IsEmpty;

// Which counters moved, by how much. Equality is of all of them: what is not named must not move.
class Moves {
public:
  Moves& rx(VifId vif, const Frame& frame) { return packet(vif, "rx", frame.size()); }
  Moves& tx(VifId vif, const Frame& frame) { return packet(vif, "tx", frame.size()); }
  Moves& drop(VifId vif, Drop why) {
    add(of(vif) + "drops", 1);
    return lost(why);
  }
  Moves& lost(Drop why) { return add("drop." + std::string{name_of(why).scenario}, 1); }
  Moves& vrf(VrfId vrf, const std::string& counter) { return add(of(vrf) + counter, 1); }
  Moves& add(const std::string& counter, std::uint64_t by) {
    if (by != 0) moved_[counter] += by;
    return *this;
  }

  static std::string of(VifId vif) { return "vif" + std::to_string(vif.raw()) + "."; }
  static std::string of(VrfId vrf) { return "vrf" + std::to_string(vrf.raw()) + "."; }

  friend bool operator==(const Moves&, const Moves&) = default;
  friend void PrintTo(const Moves& moves, std::ostream* out) {
    for (const auto& [counter, by] : moves.moved_) *out << "\n  " << counter << " +" << by;
  }

private:
  Moves& packet(VifId vif, const std::string& way, std::size_t size) {
    add(of(vif) + way + "_packets", 1);
    return add(of(vif) + way + "_bytes", size);
  }
  std::map<std::string, std::uint64_t> moved_;
};

struct Sent {
  VifId out;
  Frame frame;
};
struct Punted {
  Trap why;
  VifId in;
  VrfId vrf;
  Frame frame;
};
inline void PrintTo(const Sent& s, std::ostream* out) {
  *out << "out of vif " << s.out.raw() << ' ';
  PrintTo(s.frame, out);
}
inline void PrintTo(const Punted& p, std::ostream* out) {
  *out << "trap " << static_cast<int>(p.why) << " from vif " << p.in.raw() << " vrf " << p.vrf.raw()
       << ' ';
  PrintTo(p.frame, out);
}
MATCHER_P2(sent, out, frame, "") {
  *result_listener << "out of vif " << arg.out.raw() << ' ';
  return arg.out == out && ExplainMatchResult(is_frame(frame), arg.frame, result_listener);
}
MATCHER_P4(punted, why, in, vrf, frame, "") {
  return arg.why == why && arg.in == in && arg.vrf == vrf &&
         ExplainMatchResult(is_frame(frame), arg.frame, result_listener);
}

class Bench : public Host {
public:
  Bench() : Bench{small()} {}
  explicit Bench(const Limits& limits)
      : limits_{limits},
        memory_(Vrouter::memory_needed(limits) / sizeof(Line)),
        vrouter_{std::as_writable_bytes(std::span{memory_}), limits, *this} {}
  virtual ~Bench() = default;

  static Limits small(std::uint32_t flows = 0, std::uint32_t held_pieces = 0) {
    return {.vifs = 10,
            .vrfs = 4,
            .nexthops = 64,
            .labels = 64,
            .routes4 = 48,
            .routes6 = 48,
            .machines = 8,
            .macs = 32,
            .vnis = 8,
            .member_groups = 8,
            .flows = flows,
            .held_flows = 8,
            .fragments = flows,
            .held_pieces = held_pieces,
            .mirrors = 2,
            .qos_maps = 4};
  }

  Result apply(const Op& op) { return vrouter_.apply(op); }
  void must(const Op& op) { ASSERT_EQ(vrouter_.apply(op), Result::done); }

  // Gives the vrouter a frame in a buffer that is exactly as long, so that a sanitizer sees a step
  // past either end; forgets what came of frames before.
  void receives(VifId in, const Frame& frame, std::size_t headroom = Vrouter::headroom) {
    sent_.clear();
    punted_.clear();
    const auto before = counters();
    dsl::Octets buffer(headroom, std::byte{0xa5});
    dsl::put(buffer, frame.octets);
    vrouter_.on_frame(now, in, buffer, headroom);
    note_moves(before);
  }
  void injects(VifId out, const Frame& frame) {
    sent_.clear();
    const auto before = counters();
    vrouter_.inject(out, frame.octets);
    note_moves(before);
  }

  // What the vrouter is told the time is.
  Instant now{};

  const std::vector<Sent>& sent() const { return sent_; }
  const std::vector<Punted>& punted() const { return punted_; }
  const Moves& moved() const { return moved_; }
  const Vrouter& vrouter() const { return vrouter_; }
  Vrouter& vrouter() { return vrouter_; }

  std::vector<Op> snapshot() const {
    struct Kept : OpSink {
      std::vector<Op> ops;
      void take(const Op& op) override { ops.push_back(op); }
    } kept;
    vrouter_.snapshot(kept);
    return kept.ops;
  }

  void transmit(VifId out, std::span<const std::byte> frame) override {
    sent_.push_back({out, {{frame.begin(), frame.end()}}});
  }
  void punt(Trap why, VifId in, VrfId vrf, std::span<const std::byte> frame) override {
    punted_.push_back({why, in, vrf, {{frame.begin(), frame.end()}}});
  }

private:
  struct alignas(64) Line {
    std::byte octets[64]{};
  };

  std::map<std::string, std::uint64_t> counters() const {
    std::map<std::string, std::uint64_t> all{{"copies", vrouter_.copies()}};
    for (std::size_t i = 0; i < drop_reasons; ++i) {
      all["drop." + std::string{drop_names[i].scenario}] = vrouter_.drops()[i];
    }
    for (std::uint16_t i = 0; i < limits_.vifs; ++i) add_vif(all, VifId{i});
    for (std::uint16_t i = 0; i < limits_.vrfs; ++i) add_vrf(all, VrfId{i});
    return all;
  }
  void add_vif(std::map<std::string, std::uint64_t>& all, VifId id) const {
    const VifCounters c = vrouter_.counters(id);
    const std::string vif = Moves::of(id);
    all[vif + "rx_packets"] = c.rx_packets, all[vif + "rx_bytes"] = c.rx_bytes;
    all[vif + "tx_packets"] = c.tx_packets, all[vif + "tx_bytes"] = c.tx_bytes;
    all[vif + "drops"] = c.drops;
  }
  void add_vrf(std::map<std::string, std::uint64_t>& all, VrfId id) const {
    const VrfCounters c = vrouter_.counters(id);
    const std::string vrf = Moves::of(id);
    all[vrf + "discards"] = c.discards, all[vrf + "resolves"] = c.resolves;
    all[vrf + "receives"] = c.receives, all[vrf + "vrf_translates"] = c.vrf_translates;
    all[vrf + "encaps"] = c.encaps, all[vrf + "udp_mpls_tunnels"] = c.udp_mpls_tunnels;
    all[vrf + "gre_mpls_tunnels"] = c.gre_mpls_tunnels;
    all[vrf + "vxlan_tunnels"] = c.vxlan_tunnels;
    all[vrf + "arp_virtual_proxies"] = c.arp_virtual_proxies;
    all[vrf + "arp_physical_floods"] = c.arp_physical_floods;
    all[vrf + "arp_virtual_stitches"] = c.arp_virtual_stitches;
    all[vrf + "arp_physical_stitches"] = c.arp_physical_stitches;
    all[vrf + "arp_virtual_floods"] = c.arp_virtual_floods;
    all[vrf + "ecmp_composites"] = c.ecmp_composites;
    all[vrf + "l2_mcast_composites"] = c.l2_mcast_composites;
    all[vrf + "l2_encaps"] = c.l2_encaps, all[vrf + "l2_receives"] = c.l2_receives;
    all[vrf + "unknown_unicast_floods"] = c.unknown_unicast_floods;
  }
  void note_moves(const std::map<std::string, std::uint64_t>& before) {
    moved_ = {};
    for (const auto& [name, now] : counters()) moved_.add(name, now - before.at(name));
  }

  Limits limits_;
  std::vector<Line> memory_;
  std::vector<Sent> sent_;
  std::vector<Punted> punted_;
  Moves moved_;
  Vrouter vrouter_;
};

class Node : public testing::Test {
protected:
  explicit Node(std::uint32_t flows = 0, std::uint32_t held_pieces = 0)
      : node{Bench::small(flows, held_pieces)} {}

  static constexpr VrfId fabric{0}, red{1}, blue{2};
  static constexpr VifId eth0{0}, vhost0{1}, pkt0{2}, vm1{3}, vm2{4}, vm3{5};
  static constexpr NexthopId to_host{1}, to_vm1{2}, to_vm2{3}, to_vm3{4}, by_udp{5}, by_gre{6},
      into_fabric{7}, into_red{8}, on_link{9}, to_gateway{10};

  inline static const std::string node_mac = "0e:92:cc:bd:aa:08", vr_mac = "00:00:5e:00:01:00",
                                  vm1_mac = "02:aa:00:00:00:01", vm2_mac = "02:aa:00:00:00:02",
                                  vm3_mac = "02:aa:00:00:00:03", peer_mac = "0e:11:22:33:44:55",
                                  broadcast = "ff:ff:ff:ff:ff:ff";
  inline static const std::string node_ip = "172.31.41.236", peer_ip = "172.31.14.47",
                                  vm1_ip = "10.47.255.252", vm2_ip = "10.47.255.251",
                                  vm3_ip = "10.32.0.5", remote_ip = "10.47.255.10",
                                  remote_gre_ip = "10.47.255.11", outside_ip = "8.8.8.8";

  void SetUp() override {
    for (VrfId vrf : {fabric, red, blue}) node.must(SetVrf{vrf});
    vif(eth0, VifType::physical, 0, fabric, node_mac, "0.0.0.0");
    vif(vhost0, VifType::host, 0, fabric, node_mac, node_ip);
    vif(pkt0, VifType::agent, 0, fabric, vr_mac, "0.0.0.0");
    vif(vm1, VifType::virt, vif_policy | vif_l3, red, vr_mac, vm1_ip);
    vif(vm2, VifType::virt, vif_l3, red, vr_mac, vm2_ip);
    vif(vm3, VifType::virt, vif_policy | vif_l3, blue, vr_mac, vm3_ip);
    node.must(SetNexthop{.nexthop = to_host, .type = NexthopType::receive, .out = vhost0});
    encap(to_vm1, vm1, red, vm1_mac, vr_mac);
    encap(to_vm2, vm2, red, vm2_mac, vr_mac);
    encap(to_vm3, vm3, blue, vm3_mac, vr_mac);
    encap(to_gateway, eth0, fabric, peer_mac, node_mac);
    tunnel(by_udp, nh_tunnel_udp_mpls);
    tunnel(by_gre, nh_tunnel_gre);
    translate(into_fabric, fabric);
    translate(into_red, red);
    node.must(SetNexthop{.nexthop = on_link, .type = NexthopType::resolve});

    route(red, vm1_ip + "/32", to_vm1, 25);
    route(red, vm2_ip + "/32", to_vm2, 26);
    route(red, remote_ip + "/32", by_udp, 1000);
    route(red, remote_gre_ip + "/32", by_gre, 2000);
    route(red, "0.0.0.0/0", into_fabric, -1);
    route(red, "fd00::1/128", to_vm1, 25);
    route(red, "fd00::2/128", to_vm2, 26);
    route(red, "fd00::10/128", by_udp, 1000);
    route(blue, vm3_ip + "/32", to_vm3, 27);
    route(fabric, node_ip + "/32", to_host, -1);
    route(fabric, peer_ip + "/32", to_gateway, -1);
    route(fabric, "172.31.0.0/16", on_link, -1);
    node.must(BindLabel{Label{25}, to_vm1});
    node.must(BindLabel{Label{26}, to_vm2});
    node.must(BindLabel{Label{30}, into_red});
  }

  void vif(VifId id, VifType type, std::uint32_t flags, VrfId vrf, const std::string& mac,
           const std::string& address) {
    node.must(SetVif{id, type, flags, vrf, 9160, dsl::mac(mac), dsl::ip4(address)});
  }
  void encap(NexthopId id, VifId out, VrfId vrf, const std::string& dst, const std::string& src) {
    node.must(SetNexthop{.nexthop = id,
                         .type = NexthopType::encap,
                         .vrf = vrf,
                         .out = out,
                         .dst = dsl::mac(dst),
                         .src = dsl::mac(src)});
  }
  void tunnel(NexthopId id, std::uint32_t flag) {
    node.must(SetNexthop{.nexthop = id,
                         .type = NexthopType::tunnel,
                         .flags = nh_valid | flag,
                         .out = eth0,
                         .dst = dsl::mac(peer_mac),
                         .src = dsl::mac(node_mac),
                         .sip = dsl::ip4(node_ip),
                         .dip = dsl::ip4(peer_ip)});
  }
  void translate(NexthopId id, VrfId vrf) {
    node.must(SetNexthop{.nexthop = id, .type = NexthopType::vrf_translate, .vrf = vrf});
  }
  // A negative label is none.
  void route(VrfId vrf, const std::string& prefix, NexthopId nexthop, int label) {
    const Label l{static_cast<std::uint32_t>(label < 0 ? 0 : label)};
    const std::uint16_t flags = label < 0 ? 0 : route_label_valid;
    node.must(SetRoute{vrf, dsl::prefix(prefix), nexthop, l, flags});
  }
  // The red network is forwarded in the fabric, as with a provider network and its policy.
  void vm1_is_native() { route(fabric, vm1_ip + "/32", to_vm1, -1); }

  Frame ping(const std::string& dst_mac, const std::string& src_mac, const std::string& src,
             const std::string& dst, int ttl = 64) const {
    return pkt().eth(dst_mac, src_mac).ip4(src, dst).ttl(ttl).echo().payload(20);
  }
  Frame from_vm1(const std::string& dst, int ttl = 64) const {
    return ping(vr_mac, vm1_mac, vm1_ip, dst, ttl);
  }
  void expect_drop(VifId in, const Frame& frame, Drop why) {
    node.receives(in, frame);
    EXPECT_THAT(node.sent(), IsEmpty());
    EXPECT_THAT(node.punted(), IsEmpty());
    EXPECT_EQ(node.moved(), Moves().rx(in, frame).drop(in, why));
  }

  Bench node;
};

}  // namespace tflab::vr
