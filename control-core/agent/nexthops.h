#pragma once
// Nexthops that mean the same are one nexthop: routes and labels count the references, the last
// one to go takes it out of the vrouter. What needs a neighbour's MAC drops packets until the MAC
// is known and is then replaced in place, so that no route has to move.

#include <absl/container/flat_hash_set.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "control-core/agent/lowest_free.h"
#include "control-core/agent/neighbours.h"
#include "control-core/agent/output.h"
#include "control-core/agent/underlay.h"
#include "vrouter-core/ops/op.h"

namespace tflab::agent {

// The vrouter's own MAC towards machines (what it answers their ARP with): the VRRP address.
inline constexpr Mac vrouter_mac{{0x00, 0x00, 0x5e, 0x00, 0x01, 0x00}};

// What a nexthop means. A neighbour's MAC is not part of that.
struct NexthopKey {
  enum class Kind : std::uint8_t {
    discard,
    receive,
    resolve,
    interface,
    arp,
    tunnel,
    vrf,
    ecmp,
    bridge,      // a frame to a machine, as it is
    bridge_vrf,  // a frame out of VXLAN: to its MAC in this VRF
    l2_receive,  // a frame for the vrouter's own MAC: routed in this VRF
    flood,       // a broadcast frame: to the machines here, to the tree and to those outside of it
    tree,        // the neighbours in the VRF's multicast tree
    outsiders    // those in no tree: ingress replication
  };
  Kind kind = Kind::discard;
  VifId vif{};              // receive, resolve, interface, bridge
  VrfId vrf{};              // interface, bridge: the machine's own; vrf, bridge_vrf: where to look
                            // next; others: whose
  Mac mac{};                // interface: the machine's; tunnel: the router's at the far end
  Ip4 ip{};                 // arp: the neighbour; tunnel: the far end
  std::uint32_t encap = 0;  // tunnel: nh_tunnel_gre, nh_tunnel_udp_mpls or nh_tunnel_vxlan, the
                            // latter for packets with nh_l3_vxlan
  bool policy = false;      // interface, bridge: packets to it belong to flows
  IpPrefix prefix{};        // ecmp: the route's. Its members come and go, and it stays what it is
  std::uint8_t hash_fields = 0;  // ecmp: what it chooses by (HashField)
  friend auto operator<=>(const NexthopKey&, const NexthopKey&) = default;

  static NexthopKey discard() { return {}; }
  static NexthopKey receive(VifId vif) { return {.kind = Kind::receive, .vif = vif}; }
  static NexthopKey resolve(VifId vif) { return {.kind = Kind::resolve, .vif = vif}; }
  static NexthopKey interface(VifId vif, VrfId vrf, const Mac& mac, bool policy = false) {
    return {.kind = Kind::interface, .vif = vif, .vrf = vrf, .mac = mac, .policy = policy};
  }
  static NexthopKey arp(Ip4 neighbour) { return {.kind = Kind::arp, .ip = neighbour}; }
  static NexthopKey tunnel(Ip4 to, std::uint32_t encap) {
    return {.kind = Kind::tunnel, .ip = to, .encap = encap};
  }
  // Packets in VXLAN: from router to router, each of which has a MAC inside the tunnel.
  static NexthopKey tunnel_to_router(Ip4 to, const Mac& router) {
    return {.kind = Kind::tunnel,
            .mac = router,
            .ip = to,
            .encap = vr::nh_tunnel_vxlan | vr::nh_l3_vxlan};
  }
  static NexthopKey translate(VrfId vrf) { return {.kind = Kind::vrf, .vrf = vrf}; }
  static NexthopKey ecmp(VrfId vrf, const IpPrefix& prefix, std::uint8_t hash_fields) {
    return {.kind = Kind::ecmp, .vrf = vrf, .prefix = prefix, .hash_fields = hash_fields};
  }
  static NexthopKey bridge(VifId vif, VrfId vrf, bool policy = false) {
    return {.kind = Kind::bridge, .vif = vif, .vrf = vrf, .policy = policy};
  }
  static NexthopKey bridge_vrf(VrfId vrf) { return {.kind = Kind::bridge_vrf, .vrf = vrf}; }
  static NexthopKey l2_receive(VrfId vrf) { return {.kind = Kind::l2_receive, .vrf = vrf}; }
  static NexthopKey flood(VrfId vrf) { return {.kind = Kind::flood, .vrf = vrf}; }
  static NexthopKey tree(VrfId vrf) { return {.kind = Kind::tree, .vrf = vrf}; }
  static NexthopKey outsiders(VrfId vrf) { return {.kind = Kind::outsiders, .vrf = vrf}; }

  bool composite() const {
    return kind == Kind::ecmp || kind == Kind::flood || kind == Kind::tree ||
           kind == Kind::outsiders;
  }
};

// Of a composite nexthop: one of the ways of ECMP, where flows remember the place it stands in, or
// who gets a copy.
struct Member {
  NexthopKey key;
  Label label;  // of a tunnel
  Vni vni{};    // instead of a label, in VXLAN
  friend bool operator==(const Member&, const Member&) = default;
};

class Nexthops {
public:
  struct Row {
    NexthopId id;
    std::uint32_t references = 0;
  };
  // Of a composite: a member keeps its place; one that goes leaves it empty for the next to come.
  using Places = std::vector<std::optional<Member>>;

  Nexthops(const Underlay& underlay, Neighbours& neighbours, Outputs& out)
      : underlay_{underlay}, neighbours_{neighbours}, out_{out} {}
  Nexthops(const Nexthops&) = delete;
  Nexthops& operator=(const Nexthops&) = delete;

  // Programs the nexthop if it is a new one. Discard is the built-in nexthop 0.
  NexthopId acquire(const NexthopKey& key);
  void release(NexthopId id);
  // What an ECMP nexthop chooses among, or a multicast one copies to, from now on.
  void set_members(NexthopId composite, const std::vector<Member>& members);
  // The neighbour's MAC became known, changed or was lost.
  void neighbour_changed(Ip4 neighbour);
  // Not counting `own` references of the neighbour's own route to its arp nexthop.
  bool uses(Ip4 neighbour, std::uint32_t own) const;

  std::optional<NexthopId> find(const NexthopKey& key) const;
  std::optional<Row> row(const NexthopKey& key) const;  // nothing refers to it: none
  const Places& places(NexthopId composite) const;
  std::size_t count() const { return by_key_.size(); }
  // All of them, in order of their ids.
  template <class Take>
  void each(Take take) const {
    for (std::uint32_t n = 0; n < slots_.size(); ++n)
      if (slots_[n].references > 0)
        take(key_of(NexthopId{n}), Row{NexthopId{n}, slots_[n].references});
  }
  // What the vrouter is told of it, with what is known of neighbours now.
  vr::SetNexthop content(NexthopId id, const NexthopKey& key) const;

private:
  // How often a nexthop is referred to (never: the id is free), and of a tunnel with nothing but a
  // far end, its key. With thousands of far ends this is what a vRouter's agent is made of, so it
  // is small, and a key is found by the ids of those that hash alike.
  struct Slot {
    std::uint32_t references = 0;
    std::uint32_t encap = 0;  // none: the key is in others_
    Ip4 ip{};
  };
  struct Other {
    NexthopKey key;
    Places places;
  };
  struct Hash {
    using is_transparent = void;
    const Nexthops* all;
    std::size_t operator()(const NexthopKey& key) const;
    std::size_t operator()(NexthopId id) const { return operator()(all->key_of(id)); }
  };
  struct Equal {
    using is_transparent = void;
    const Nexthops* all;
    bool operator()(NexthopId a, NexthopId b) const { return a == b; }
    bool operator()(NexthopId id, const NexthopKey& key) const { return all->key_of(id) == key; }
  };

  Slot& slot(NexthopId id) { return slots_[id.raw()]; }
  NexthopKey key_of(NexthopId id) const;
  void put_member(NexthopId composite, Places& places, std::size_t place,
                  std::optional<Member> member);
  std::optional<Ip4> neighbour_of(const NexthopKey& key) const;
  bool leads_to(NexthopId id, Ip4 neighbour) const;
  std::vector<NexthopId> all_via(Ip4 neighbour) const;

  const Underlay& underlay_;
  Neighbours& neighbours_;
  Outputs& out_;
  LowestFree<NexthopId> ids_{NexthopId{1}};
  std::deque<Slot> slots_;  // by id
  std::map<NexthopId, Other> others_;
  absl::flat_hash_set<NexthopId, Hash, Equal> by_key_{0, Hash{this}, Equal{this}};
  // On the segment, without those that the gateway leads to.
  std::map<Ip4, std::vector<NexthopId>> by_neighbour_;
};

}  // namespace tflab::agent
