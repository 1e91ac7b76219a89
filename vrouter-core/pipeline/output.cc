#include "vrouter-core/pipeline/output.h"

#include "vrouter-core/pipeline/proxy.h"
#include "vrouter-core/pipeline/tunnel.h"

namespace tflab::vr {

namespace {

wire::EtherType type_of(const Packet& p) {
  return p.meta.v4 ? wire::EtherType::ipv4 : wire::EtherType::ipv6;
}

bool push_ethernet(Packet& p, const Mac& dst, const Mac& src) {
  const auto room = p.push(wire::Ethernet::size);
  if (room.empty()) return false;
  Writer out{room};
  wire::Ethernet{dst, src, type_of(p)}.write(out);
  return true;
}

Verdict in_vxlan(Packet& p, Tables& t, VrfCounters& counters, const Forward& row) {
  ++counters.vxlan_tunnels;
  if (!p.meta.bridged) {
    const SetNexthop& nexthop = t.nexthop(p.meta.nexthop)->set;
    if ((row.flags & nh_l3_vxlan) == 0) return dropped(p, Drop::invalid_nh);
    if (!push_ethernet(p, nexthop.inner_dst, nexthop.src)) return dropped(p, Drop::push);
  }
  return tunnelled_in_vxlan(p, t, row);
}

Verdict tunnel(Packet& p, Tables& t, VrfCounters& counters, const Forward& row) {
  if (!p.meta.route.is_route()) return dropped(p, Drop::invalid_label);
  if ((row.flags & nh_tunnel_vxlan) != 0) return in_vxlan(p, t, counters, row);
  if ((p.meta.route.flags() & route_label_valid) == 0) return dropped(p, Drop::invalid_label);
  if ((row.flags & nh_tunnel_udp_mpls) != 0) {
    ++counters.udp_mpls_tunnels;
    return tunnelled_in_udp(p, t, row);
  }
  ++counters.gre_mpls_tunnels;
  return tunnelled_in_gre(p, t, row);
}

Verdict encap(Packet& p, VrfCounters& counters, const Forward& row) {
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

// The node gets the packet in a frame of its own; it came from the vrouter on the incoming side.
// What is for the agent goes there as received.
Verdict receive(Packet& p, const Tables& t, const Forward& row) {
  const SetVif& out = t.vifs[row.out.raw()].set;
  if (out.type == VifType::agent) return punted_as_received(p, Trap::l3_protocols);
  if (p.meta.bridged) return transmitted(p, row.out);
  if (!push_ethernet(p, out.mac, t.vifs[p.meta.in.raw()].set.mac)) return dropped(p, Drop::push);
  return transmitted(p, row.out);
}

// The TTL is already the next hop's: an agent that keeps the packet sends it on as it is.
Verdict resolve(Packet& p, const Tables& t) {
  if (p.meta.bridged) return dropped(p, Drop::invalid_nh);
  const Mac ours = t.vifs[p.meta.in.raw()].set.mac;
  const Mac from = p.meta.tunnelled ? ours : p.meta.eth.src;
  if (!push_ethernet(p, ours, from)) return dropped(p, Drop::push);
  p.meta.trap = Trap::resolve;
  return Verdict::punt;
}

}  // namespace

Verdict Output::run(Packet& p, Tables& t) {
  const Forward& row = t.forward[p.meta.nexthop.raw()];
  if (!row.valid()) return dropped(p, Drop::invalid_nh);
  VrfRow* vrf = t.vrf(p.meta.vrf);  // a label's nexthop need not belong to one
  VrfCounters& counters = vrf != nullptr ? vrf->counters : t.of_no_vrf;
  switch (row.type) {
    case NexthopType::encap:
      return encap(p, counters, row);
    case NexthopType::tunnel:
      return tunnel(p, t, counters, row);
    case NexthopType::receive:
      ++counters.receives;
      return receive(p, t, row);
    case NexthopType::resolve:
      ++counters.resolves;
      return resolve(p, t);
    case NexthopType::discard:
      ++counters.discards;
      return dropped(p, Drop::discard);
    case NexthopType::composite:
      ++counters.l2_mcast_composites;
      return (row.flags & nh_multicast) != 0 ? Verdict::replicate : dropped(p, Drop::invalid_nh);
    default:
      return dropped(p, Drop::invalid_nh);
  }
}

}  // namespace tflab::vr
