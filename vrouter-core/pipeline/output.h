#pragma once
#include "vrouter-core/pipeline/stage.h"
#include "vrouter-core/pipeline/tunnel.h"

namespace tflab::vr {

// The end of every packet that has a nexthop: does what that says.
struct Output {
  static constexpr const char* name = "output";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    const Forward& row = t.forward[p.meta.nexthop.raw()];
    if (!row.valid()) return dropped(p, Drop::invalid_nh);
    VrfCounters& counters = p.lane->vrf(p.meta.vrf);
    if (row.type == NexthopType::tunnel) [[likely]]
      return tunnel(p, counters, row);
    if (row.type == NexthopType::encap) return encap(p, counters, row);
    return not_forwarded(p, t, counters, row);
  }

private:
  TFLAB_HOT Verdict tunnel(Packet& p, VrfCounters& counters, const Forward& row) {
    if (!p.meta.route.is_route()) return dropped(p, Drop::invalid_label);
    if ((row.flags & nh_tunnel_vxlan) != 0) return in_vxlan(p, counters, row);
    if ((p.meta.route.flags() & route_label_valid) == 0) return dropped(p, Drop::invalid_label);
    if ((row.flags & nh_tunnel_udp_mpls) != 0) [[likely]] {
      ++counters.udp_mpls_tunnels;
      return tunnelled_in_udp(p, row);
    }
    ++counters.gre_mpls_tunnels;
    return tunnelled_in_gre(p, row);
  }

  TFLAB_HOT Verdict in_vxlan(Packet& p, VrfCounters& counters, const Forward& row) {
    ++counters.vxlan_tunnels;
    if (!p.meta.bridged) {
      if ((row.flags & nh_l3_vxlan) == 0) return dropped(p, Drop::invalid_nh);
      if (!push_ethernet(p, router_mac(row), own_mac(row))) return dropped(p, Drop::push);
    }
    return tunnelled_in_vxlan(p, row);
  }

  TFLAB_HOT Verdict encap(Packet& p, VrfCounters& counters, const Forward& row) {
    if (p.meta.bridged) {
      ++counters.l2_encaps;
      return transmitted(p, row.out);
    }
    ++counters.encaps;
    const auto room = p.push(wire::Ethernet::size);
    if (room.empty()) return dropped(p, Drop::push);
    __builtin_memcpy(room.data(), row.header.data(), wire::Ethernet::size - 2);
    store(room.data() + wire::Ethernet::size - 2, static_cast<std::uint16_t>(type_of(p)));
    return transmitted(p, row.out);
  }

  static wire::EtherType type_of(const Packet& p) {
    return p.meta.v4 ? wire::EtherType::ipv4 : wire::EtherType::ipv6;
  }
  static bool push_ethernet(Packet& p, const Mac& dst, const Mac& src);
  // For the node, for the agent, for nobody, or for several.
  static Verdict not_forwarded(Packet& p, const Tables& t, VrfCounters& counters,
                               const Forward& row);
  static Verdict receive(Packet& p, const Tables& t, const Forward& row);
  static Verdict resolve(Packet& p, const Tables& t);
};

}  // namespace tflab::vr
