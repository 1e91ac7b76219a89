#pragma once
// What the forwarding core counts. Plain values: the host copies them out, pages and tests compare
// them. A packet ends in exactly one place: transmitted, received by the host, punted or dropped.

#include <array>
#include <cstdint>

#include "vrouter-core/base/drop.h"

namespace tflab::vr {

using DropCounters = std::array<std::uint64_t, drop_reasons>;  // indexed by Drop

struct VifCounters {
  std::uint64_t rx_packets = 0, rx_bytes = 0;
  std::uint64_t tx_packets = 0, tx_bytes = 0;
  std::uint64_t drops = 0;
  friend bool operator==(const VifCounters&, const VifCounters&) = default;
};

struct FlowCounters {
  std::uint64_t packets = 0, octets = 0;
  std::uint16_t tcp = 0;  // TcpState
  friend bool operator==(const FlowCounters&, const FlowCounters&) = default;
};

// Which nexthops a VRF's packets took; the names are those `vrfstats` prints.
struct VrfCounters {
  std::uint64_t discards = 0, resolves = 0, receives = 0, vrf_translates = 0;
  std::uint64_t encaps = 0, udp_mpls_tunnels = 0, gre_mpls_tunnels = 0, vxlan_tunnels = 0;
  std::uint64_t arp_virtual_proxies = 0, arp_physical_floods = 0;
  std::uint64_t arp_virtual_floods = 0, arp_virtual_stitches = 0, arp_physical_stitches = 0;
  std::uint64_t ecmp_composites = 0, l2_mcast_composites = 0, l2_encaps = 0, l2_receives = 0;
  std::uint64_t unknown_unicast_floods = 0;
  friend bool operator==(const VrfCounters&, const VrfCounters&) = default;
};

}  // namespace tflab::vr
