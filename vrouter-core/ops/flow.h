#pragma once
// Operations on flows. A flow is one direction; most have a reverse flow, and the two name each
// other by key.

#include <compare>
#include <cstdint>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/id.h"

namespace tflab::vr {

// An ICMP or ICMPv6 echo has its id as source port, in both directions; what has no ports has
// zeroes. The nexthop is the interface's own (from a machine) or the one a label led to, so that
// equal addresses in two VRFs are two flows.
struct FlowKey {
  NexthopId nexthop{};
  IpAddr src{}, dst{};
  std::uint8_t protocol = 0;
  std::uint16_t src_port = 0, dst_port = 0;
  friend auto operator<=>(const FlowKey&, const FlowKey&) = default;
};

// Numbers are the original's (vr_flow.h).
enum class FlowAction : std::uint8_t { drop = 0, hold = 1, forward = 2, nat = 3 };

enum FlowFlag : std::uint16_t {
  flow_snat = 0x2,   // the source address becomes the reverse flow's destination
  flow_spat = 0x4,   // the source port, the reverse flow's destination port
  flow_dnat = 0x8,   // the destination address, the reverse flow's source
  flow_dpat = 0x10,  // the destination port, the reverse flow's source port
  flow_evict_candidate = 0x400,
  flow_evicted = 0x800,
  flow_vrf_translate = 0x4000  // the route is looked up in `vrf`
};

enum TcpState : std::uint16_t {
  tcp_fin = 0x1,
  tcp_half_close = 0x2,
  tcp_fin_reverse = 0x4,
  tcp_syn = 0x8,
  tcp_syn_reverse = 0x10,
  tcp_established = 0x20,
  tcp_established_reverse = 0x40,
  tcp_reset = 0x80,
  tcp_dead = 0x8000
};

inline constexpr std::uint8_t no_ecmp_index = 0xff;

struct SetFlow {
  FlowKey key{};
  FlowKey reverse{};  // all zero: none
  FlowAction action = FlowAction::forward;
  std::uint16_t flags = 0;
  NexthopId source{};  // packets must come from where this leads; discard: from anywhere
  VrfId vrf{};         // flow_vrf_translate
  std::uint8_t ecmp_index = no_ecmp_index;  // which member of a composite, once chosen
  std::uint16_t qos = 0;  // the map that marks its packets; 0: that of the interface they come by
  friend bool operator==(const SetFlow&, const SetFlow&) = default;
};
struct DeleteFlow {
  FlowKey key{};
  friend bool operator==(const DeleteFlow&, const DeleteFlow&) = default;
};

}  // namespace tflab::vr
