#pragma once
// The node that benches of the forwarding core put on a BenchCore: who is there, how its tables are
// furnished, and the frames that they forward.

#include <cstdint>
#include <vector>

#include "cli/bench.h"
#include "cli/bench_core.h"
#include "cli/bench_floor.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::cli {

inline constexpr Mac node_mac{{0x0e, 1, 1, 1, 1, 1}}, peer_mac{{0x0e, 2, 2, 2, 2, 2}};
inline constexpr Mac vr_mac{{0, 0, 0x5e, 0, 1, 0}}, vm_mac{{2, 0, 0, 0, 0, 1}};
inline constexpr Ip4 node_ip{0x08000002}, peer_ip{0x08000003}, vm_ip{0xac100001};
inline constexpr Ip4 floating_ip{0xc0a80001};  // what NAT makes of the machine's
inline constexpr VifId fabric_vif{0}, host_vif{1}, first_vm{2};
inline constexpr NexthopId by_udp{1}, by_gre{2}, by_vxlan{3}, to_vm{4};
inline constexpr std::uint32_t label = 1000, vni = 5000;

// What is forwarded, over and over.
struct Traffic {
  std::vector<Floor::Frame> frames;
  std::vector<VifId> vifs;
  std::vector<std::uint16_t> vrfs;
  std::size_t size = Floor::frame_size;
  void add(const Floor::Frame& frame, std::uint16_t vrf);
};

Floor::Frame udp_frame(Ip4 src, Ip4 dst, std::uint16_t src_port, const Mac& to);
vr::SetNexthop tunnel_nexthop(NexthopId id, std::uint32_t flag);

// `vrfs` tenants, one machine each, and the four nexthops above.
void furnish(BenchCore& node, std::uint16_t vrfs, std::uint32_t vif_flags);

// Of the first tenant: MACs behind a VXLAN tunnel and frames to them.
Mac tunnelled_mac(std::uint32_t i);
Traffic to_macs(BenchCore& node, std::uint32_t macs);

// Of the first tenant: flows to the fabric, both ways, and frames of up to 65,536 of them. With
// `nat` their source becomes the floating address.
Traffic in_flows(BenchCore& node, std::uint32_t flows, bool nat);

// Calls once() until 50 ms of CPU time are gone; nanoseconds an item. The clock is looked at
// rarely, for it takes as long as ten packets.
template <class Once>
double rate(Once once) {
  constexpr std::size_t between_looks = 4096;
  std::size_t items = 0;
  const double start = thread_cpu_ns();
  double now = start;
  while (now - start < 50e6) {
    const std::size_t next_look = items + between_looks;
    while (items < next_look) items += once();
    now = thread_cpu_ns();
  }
  return (now - start) / static_cast<double>(items);
}

}  // namespace tflab::cli
