#include "vrouter-core/pipeline/output.h"

#include "vrouter-core/base/assert.h"
#include "vrouter-core/pipeline/tunnel.h"

namespace tflab::vr {

namespace {

std::span<std::byte> push_ethernet(Packet& p, const Mac& dst, const Mac& src) {
  const auto room = p.push(wire::Ethernet::size);
  if (room.empty()) return room;
  const auto type = p.meta.dst.is_v4() ? wire::EtherType::ipv4 : wire::EtherType::ipv6;
  Writer out{room};
  wire::Ethernet{dst, src, type}.write(out);
  return room;
}

Verdict framed(Packet& p, VifId out, const Mac& dst, const Mac& src) {
  if (push_ethernet(p, dst, src).empty()) return dropped(p, Drop::push);
  return transmitted(p, out);
}

Verdict tunnel(Packet& p, Tables& t, VrfCounters& counters, const SetNexthop& nexthop) {
  if ((p.meta.route.flags() & route_label_valid) == 0) return dropped(p, Drop::invalid_label);
  if ((nexthop.flags & nh_tunnel_udp_mpls) != 0) {
    ++counters.udp_mpls_tunnels;
    return tunnelled_in_udp(p, t, nexthop);
  }
  ++counters.gre_mpls_tunnels;
  return tunnelled_in_gre(p, t, nexthop);
}

// The node gets the packet in a frame of its own; it came from the vrouter on the incoming side.
Verdict receive(Packet& p, const Tables& t, const SetNexthop& nexthop) {
  return framed(p, nexthop.out, t.vif(nexthop.out)->set.mac, t.vif(p.meta.in)->set.mac);
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
  const SetNexthop& nexthop = t.nexthop(p.meta.nexthop)->set;
  if ((nexthop.flags & nh_valid) == 0) return dropped(p, Drop::invalid_nh);
  VrfCounters nobody;  // a label's nexthop need not belong to a vrf
  VrfRow* vrf = t.vrf(p.meta.vrf);
  VrfCounters& counters = vrf != nullptr ? vrf->counters : nobody;
  switch (nexthop.type) {
    case NexthopType::encap:
      ++counters.encaps;
      return framed(p, nexthop.out, nexthop.dst, nexthop.src);
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
