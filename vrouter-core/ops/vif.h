#pragma once
// Operations on VRFs and interfaces.

#include <cstdint>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/id.h"

namespace tflab::vr {

// Numbers are the original's (vr_interface.h), so that dumps read the same.
enum class VifType : std::uint8_t {
  host = 0,
  agent = 1,
  physical = 2,
  virt = 3,
  virtual_vlan = 6,  // what is behind one VLAN tag of a virtual interface
  monitoring = 9     // gets a copy of what passes another interface
};

constexpr bool is_machine(VifType type) {
  return type == VifType::virt || type == VifType::virtual_vlan;
}

// Flag values of the original; letters are those `vif --list` prints.
enum VifFlag : std::uint32_t {
  vif_policy = 0x1,              // P: flow lookup; a source check where it names no nexthop
  vif_xconnect = 0x2,            // X
  vif_mirror_rx = 0x8,           // Mr
  vif_mirror_tx = 0x10,          // Mt
  vif_l3 = 0x40,                 // L3
  vif_l2 = 0x80,                 // L2: frames that are not for the vrouter are bridged
  vif_dhcp = 0x100,              // D: its DHCP goes to the agent
  vif_vhost_phys = 0x200,        // Vp
  vif_no_arp_proxy = 0x1000,     // Mnp: answers for the gateway alone
  vif_monitored = 0x8000,        // Mon: `monitor` gets a copy
  vif_unknown_flood = 0x10000,   // Uuf: frames to unknown MACs take the broadcast way
  vif_drop_new_flows = 0x40000,  // Df
  vif_mac_learn = 0x80000,       // L
  vif_mac_proxy = 0x100000       // Proxy: answers every ARP request with its own MAC
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
  std::uint16_t mtu = 9160;  // of the IP packet, or of what an Ethernet header would be in front of
  Mac mac{};
  Ip4 address{};
  NexthopId nexthop{};      // leads out of it: names its flows, and is where learned MACs are
  VifId parent{};           // virtual_vlan: whose frames with `vlan` are its own
  std::uint16_t vlan = 0;   // virtual_vlan: 1 to 4094
  VifId monitor{};          // vif_monitored: where the copies go
  std::uint8_t mirror = 0;  // vif_mirror_rx, vif_mirror_tx: which mirror
  std::uint16_t qos = 0;    // QoS map of frames that come in; 0: none
  friend bool operator==(const SetVif&, const SetVif&) = default;
};
struct DeleteVif {
  VifId vif{};
  friend bool operator==(const DeleteVif&, const DeleteVif&) = default;
};

// Where copies go that interfaces with vif_mirror_rx or vif_mirror_tx make: whole frames, to a
// tunnel with the number as label or VNI, or out of an interface.
struct SetMirror {
  std::uint8_t mirror = 0;
  NexthopId nexthop{};
  std::uint32_t number = 0;
  friend bool operator==(const SetMirror&, const SetMirror&) = default;
};
struct DeleteMirror {
  std::uint8_t mirror = 0;
  friend bool operator==(const DeleteMirror&, const DeleteMirror&) = default;
};

}  // namespace tflab::vr
