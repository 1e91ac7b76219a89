#include "vrouter-core/pipeline/ethernet_in.h"

namespace tflab::vr {

Verdict EthernetIn::run(Packet& p, Tables&) {
  Reader in{p.bytes()};
  p.meta.eth = wire::Ethernet::read(in);
  if (!in.ok()) return dropped(p, Drop::pull);
  p.pop(wire::Ethernet::size);
  return Verdict::next;
}

Verdict ToOurMac::run(Packet& p, Tables& t) {
  const wire::Ethernet& eth = p.meta.eth;
  if (eth.tagged() || eth.src.multicast()) return dropped(p, Drop::invalid_packet);
  if (eth.dst != t.vif(p.meta.in)->set.mac) return dropped(p, Drop::l2_no_route);
  return Verdict::next;
}

}  // namespace tflab::vr
