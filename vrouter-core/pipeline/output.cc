#include "vrouter-core/pipeline/output.h"

#include "vrouter-core/pipeline/proxy.h"

namespace tflab::vr {

bool Output::push_ethernet(Packet& p, const Mac& dst, const Mac& src) {
  const auto room = p.push(wire::Ethernet::size);
  if (room.empty()) return false;
  Writer out{room};
  wire::Ethernet{dst, src, type_of(p)}.write(out);
  return true;
}

// The node gets the packet in a frame of its own; it came from the vrouter on the incoming side.
// What is for the agent goes there as received.
Verdict Output::receive(Packet& p, const Tables& t, const Forward& row) {
  const SetVif& out = t.vifs[row.out.raw()].set;
  if (out.type == VifType::agent) return punted_as_received(p, Trap::l3_protocols);
  if (p.meta.bridged) return transmitted(p, row.out);
  if (!push_ethernet(p, out.mac, t.vifs[p.meta.in.raw()].set.mac)) return dropped(p, Drop::push);
  return transmitted(p, row.out);
}

// The TTL is already the next hop's: an agent that keeps the packet sends it on as it is.
Verdict Output::resolve(Packet& p, const Tables& t) {
  if (p.meta.bridged) return dropped(p, Drop::invalid_nh);
  const Mac ours = t.vifs[p.meta.in.raw()].set.mac;
  const Mac from = p.meta.tunnelled ? ours : p.meta.eth.src;
  if (!push_ethernet(p, ours, from)) return dropped(p, Drop::push);
  p.meta.trap = Trap::resolve;
  return Verdict::punt;
}

Verdict Output::not_forwarded(Packet& p, const Tables& t, VrfCounters& counters,
                              const Forward& row) {
  switch (row.type) {
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
