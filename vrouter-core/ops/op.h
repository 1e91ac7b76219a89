#pragma once
// How the control side changes the forwarding state: plain values, so that they can be logged,
// compared, replayed, sent to the kernel module. Applying one is all or nothing (result.h).

#include <array>
#include <cstdint>
#include <variant>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/id.h"

namespace tflab::vr {

// Numbers are the original's (vr_interface.h), so that dumps read the same.
enum class VifType : std::uint8_t { host = 0, agent = 1, physical = 2, virt = 3 };

// Flag values of the original; letters are those `vif --list` prints.
enum VifFlag : std::uint32_t {
  vif_policy = 0x1,       // P: source check and (later) flow lookup on ingress
  vif_xconnect = 0x2,     // X
  vif_l3 = 0x40,          // L3
  vif_l2 = 0x80,          // L2
  vif_dhcp = 0x100,       // D
  vif_vhost_phys = 0x200  // Vp
};

struct SetVrf {
  VrfId vrf{};
  friend bool operator==(const SetVrf&, const SetVrf&) = default;
};
struct DeleteVrf {
  VrfId vrf{};
  friend bool operator==(const DeleteVrf&, const DeleteVrf&) = default;
};

// A virtual interface. `mac` is the vrouter's own address on it (what it answers ARP with and
// sends from); frames in from a VM are looked up in `vrf`. `address` is the one IPv4 address that
// lives behind it (for the host vif: the vrouter's own), zero when there is none.
struct SetVif {
  VifId vif{};
  VifType type{};
  std::uint32_t flags = 0;
  VrfId vrf{};
  std::uint16_t mtu = 9160;
  Mac mac{};
  Ip4 address{};
  friend bool operator==(const SetVif&, const SetVif&) = default;
};
struct DeleteVif {
  VifId vif{};
  friend bool operator==(const DeleteVif&, const DeleteVif&) = default;
};

// Numbers are the original's (vr_nexthop.h).
enum class NexthopType : std::uint8_t {
  dead = 0,
  receive = 1,  // to the host vif `out`
  encap = 2,    // Ethernet rewrite (dst, src) and out of `out`
  tunnel = 3,   // push label, tunnel header, outer IP sip -> dip, Ethernet, out of `out`
  resolve = 4,  // on-link: the agent must learn the MAC first (punt)
  discard = 5,
  composite = 6,
  vrf_translate = 7,  // look up again in `vrf`
  l2_receive = 8
};

enum NexthopFlag : std::uint32_t {
  nh_valid = 0x1,
  nh_policy = 0x2,
  nh_tunnel_gre = 0x8,        // MPLSoGRE
  nh_tunnel_udp_mpls = 0x40,  // MPLSoUDP
  nh_tunnel_vxlan = 0x80
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
  friend bool operator==(const SetNexthop&, const SetNexthop&) = default;
};
struct DeleteNexthop {
  NexthopId nexthop{};
  friend bool operator==(const DeleteNexthop&, const DeleteNexthop&) = default;
};

// Flag values of the original (vr_route.h); letters are those `rt --dump` prints.
enum RouteFlag : std::uint16_t {
  route_label_valid = 0x1,  // L: push `label` when the nexthop is a tunnel
  route_arp_proxy = 0x2,    // P
  route_arp_trap = 0x4,     // T
  route_arp_flood = 0x8     // F
};

struct SetRoute {
  VrfId vrf{};
  IpPrefix prefix{};
  NexthopId nexthop{};
  Label label{};
  std::uint16_t flags = 0;
  friend bool operator==(const SetRoute&, const SetRoute&) = default;
};
struct DeleteRoute {
  VrfId vrf{};
  IpPrefix prefix{};
  friend bool operator==(const DeleteRoute&, const DeleteRoute&) = default;
};

struct BindLabel {
  Label label{};
  NexthopId nexthop{};
  friend bool operator==(const BindLabel&, const BindLabel&) = default;
};
struct UnbindLabel {
  Label label{};
  friend bool operator==(const UnbindLabel&, const UnbindLabel&) = default;
};

using Op = std::variant<SetVrf, DeleteVrf, SetVif, DeleteVif, SetNexthop, DeleteNexthop, SetRoute,
                        DeleteRoute, BindLabel, UnbindLabel>;

}  // namespace tflab::vr
