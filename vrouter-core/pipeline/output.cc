#include "vrouter-core/pipeline/output.h"

#include "vrouter-core/pipeline/tunnel.h"

namespace tflab::vr {

namespace {

std::span<std::byte> push_ethernet(Packet& p, const Mac& dst, const Mac& src) {
  const auto room = p.push(wire::Ethernet::size);
  if (room.empty()) return room;
  const auto type = p.meta.v4 ? wire::EtherType::ipv4 : wire::EtherType::ipv6;
  Writer out{room};
  wire::Ethernet{dst, src, type}.write(out);
  return room;
}

Verdict tunnel(Packet& p, Tables& t, VrfCounters& counters, const Forward& nexthop) {
  if ((p.meta.route.flags() & route_label_valid) == 0) return dropped(p, Drop::invalid_label);
  if ((nexthop.flags & nh_tunnel_udp_mpls) != 0) {
    ++counters.udp_mpls_tunnels;
    return tunnelled_in_udp(p, t, nexthop);
  }
  ++counters.gre_mpls_tunnels;
  return tunnelled_in_gre(p, t, nexthop);
}

Verdict encap(Packet& p, const Forward& nexthop) {
  const auto room = p.push(wire::Ethernet::size);
  if (room.empty()) return dropped(p, Drop::push);
  __builtin_memcpy(room.data(), nexthop.header.data(), wire::Ethernet::size - 2);
  const auto type = p.meta.v4 ? wire::EtherType::ipv4 : wire::EtherType::ipv6;
  store(room.data() + wire::Ethernet::size - 2, static_cast<std::uint16_t>(type));
  return transmitted(p, nexthop.out);
}

// The node gets the packet in a frame of its own; it came from the vrouter on the incoming side.
Verdict receive(Packet& p, const Tables& t, const Forward& nexthop) {
  if (push_ethernet(p, t.vif(nexthop.out)->set.mac, t.vif(p.meta.in)->set.mac).empty()) {
    return dropped(p, Drop::push);
  }
  return transmitted(p, nexthop.out);
}

// The TTL is already the next hop's: an agent that keeps the packet sends it on as it is.
Verdict resolve(Packet& p, const Tables& t) {
  const Mac ours = t.vif(p.meta.in)->set.mac;
  const Mac from = p.meta.tunnelled ? ours : p.meta.eth.src;
  if (push_ethernet(p, ours, from).empty()) return dropped(p, Drop::push);
  p.meta.trap = Trap::resolve;
  return Verdict::punt;
}

}  // namespace

Verdict Output::run(Packet& p, Tables& t) {
  const Forward& nexthop = t.forward[p.meta.nexthop.raw()];
  if (!nexthop.valid()) return dropped(p, Drop::invalid_nh);
  VrfCounters nobody;  // a label's nexthop need not belong to a vrf
  VrfRow* vrf = t.vrf(p.meta.vrf);
  VrfCounters& counters = vrf != nullptr ? vrf->counters : nobody;
  switch (nexthop.type) {
    case NexthopType::encap:
      ++counters.encaps;
      return encap(p, nexthop);
    case NexthopType::tunnel:
      return tunnel(p, t, counters, nexthop);
    case NexthopType::receive:
      ++counters.receives;
      return receive(p, t, nexthop);
    case NexthopType::resolve:
      ++counters.resolves;
      return resolve(p, t);
    case NexthopType::discard:
      ++counters.discards;
      return dropped(p, Drop::discard);
    default:
      return dropped(p, Drop::invalid_nh);
  }
}

}  // namespace tflab::vr
