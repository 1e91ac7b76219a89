#pragma once
// Operations on nexthops: what is done with a packet when it is known where it goes.

#include <cstdint>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/hash_fields.h"
#include "vrouter-core/base/id.h"

namespace tflab::vr {

// Numbers are the original's (vr_nexthop.h).
enum class NexthopType : std::uint8_t {
  dead = 0,
  receive = 1,  // to the host vif `out`
  encap = 2,    // Ethernet rewrite (dst, src) and out of `out`
  tunnel = 3,   // push label, tunnel header, outer IP sip -> dip, Ethernet, out of `out`
  resolve = 4,  // on-link: the agent must learn the MAC first (punt)
  discard = 5,
  composite = 6,      // its members: one of them (ECMP), or each (multicast)
  vrf_translate = 7,  // look up again in `vrf`
  l2_receive = 8      // a MAC of the vrouter's own: the frame is routed
};

// Whether what it gets is an IP packet or a whole Ethernet frame.
enum class NexthopFamily : std::uint8_t { ip = 0, bridge = 1 };

enum NexthopFlag : std::uint32_t {
  nh_valid = 0x1,
  nh_policy = 0x2,            // what a label leads here passes the flow table first
  nh_tunnel_gre = 0x8,        // MPLSoGRE
  nh_multicast = 0x20,        // composite: to every member; may validate who speaks in a tunnel
  nh_tunnel_udp_mpls = 0x40,  // MPLSoUDP
  nh_tunnel_vxlan = 0x80,
  nh_composite_fabric = 0x200,  // multicast: the vrouter's neighbours in the tree
  nh_composite_ecmp = 0x400,    // to one member, by the packet's flow
  nh_composite_evpn = 0x1000,   // multicast: other vrouters, one copy each (ingress replication)
  nh_composite_encap = 0x2000,  // multicast: the machines here
  nh_unknown_flood = 0x10000,   // vrf_translate, bridge: unknown MACs take the broadcast way
  nh_l3_vxlan = 0x02000000,     // tunnel: an IP packet gets an inner Ethernet header (EVPN type 5)
  nh_validate_mcast_source = 0x08000000
};

// Id 0 is the built-in discard and cannot be set or deleted.
struct SetNexthop {
  NexthopId nexthop{};
  NexthopType type = NexthopType::discard;
  std::uint32_t flags = nh_valid;
  VrfId vrf{};       // vrf_translate: where to look next; encap: the VM's own vrf
  VifId out{};       // receive, encap, tunnel
  Mac dst{}, src{};  // encap, tunnel: outer Ethernet
  Ip4 sip{}, dip{};  // tunnel
  NexthopFamily family = NexthopFamily::ip;
  Mac inner_dst{};  // tunnel with nh_l3_vxlan: the other end's router MAC
  // ECMP: the fields of a packet that choose (HashField); at least one.
  std::uint8_t hash_fields = all_hash_fields;
  friend bool operator==(const SetNexthop&, const SetNexthop&) = default;
};
struct DeleteNexthop {
  NexthopId nexthop{};
  friend bool operator==(const DeleteNexthop&, const DeleteNexthop&) = default;
};

// Place `index` of a composite's list. A place may be empty: ECMP keeps the others where they are,
// so that only flows of the member that went away move. The number goes in front of the packet when
// the member is a tunnel (a label, or a VNI).
struct SetMember {
  NexthopId composite{};
  std::uint16_t index = 0;
  NexthopId member{};
  std::uint32_t number = 0;
  friend bool operator==(const SetMember&, const SetMember&) = default;
};
struct DeleteMember {
  NexthopId composite{};
  std::uint16_t index = 0;
  friend bool operator==(const DeleteMember&, const DeleteMember&) = default;
};

}  // namespace tflab::vr
