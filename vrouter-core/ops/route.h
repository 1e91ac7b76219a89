#pragma once
// Operations on what leads to a nexthop: prefixes, MACs, labels, VNIs.

#include <cstdint>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/id.h"

namespace tflab::vr {

// Flag values of the original (vr_route.h); letters are those `rt --dump` prints.
enum RouteFlag : std::uint16_t {
  route_label_valid = 0x1,  // L: push `label` when the nexthop is a tunnel
  route_arp_proxy = 0x2,    // P
  route_arp_trap = 0x4,     // T
  route_arp_flood = 0x8     // F
};

// At most one of label and VNI: they are the one number in front of the packet. A route for one
// address may know the MAC of the machine that has it (EVPN tells both together): who asks for the
// address hears of that MAC, and its frames are bridged there.
struct SetRoute {
  VrfId vrf{};
  IpPrefix prefix{};
  NexthopId nexthop{};
  Label label{};
  std::uint16_t flags = 0;
  Vni vni{};
  Mac mac{};
  friend bool operator==(const SetRoute&, const SetRoute&) = default;
};
struct DeleteRoute {
  VrfId vrf{};
  IpPrefix prefix{};
  friend bool operator==(const DeleteRoute&, const DeleteRoute&) = default;
};

enum MacFlag : std::uint8_t {
  mac_label_valid = 0x1,
  mac_learned = 0x2  // by the vrouter itself; goes away when it is not heard of (Vrouter::expire)
};

// A bridge table entry. ff:ff:ff:ff:ff:ff is the way of broadcast, unknown unicast and multicast.
struct SetMac {
  VrfId vrf{};
  Mac mac{};
  NexthopId nexthop{};
  Label label{};
  std::uint8_t flags = 0;
  Vni vni{};
  friend bool operator==(const SetMac&, const SetMac&) = default;
};
struct DeleteMac {
  VrfId vrf{};
  Mac mac{};
  friend bool operator==(const DeleteMac&, const DeleteMac&) = default;
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

// Frames that arrive with this VNI.
struct BindVni {
  Vni vni{};
  NexthopId nexthop{};
  friend bool operator==(const BindVni&, const BindVni&) = default;
};
struct UnbindVni {
  Vni vni{};
  friend bool operator==(const UnbindVni&, const UnbindVni&) = default;
};

}  // namespace tflab::vr
