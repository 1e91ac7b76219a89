#include "vrouter-core/pipeline/ip_in.h"

#include "vrouter-core/wire/ipv6.h"

namespace tflab::vr {

using wire::Ipv6;

bool IpIn::passes_routers(const Ip6& address) {
  constexpr Ip6 loopback{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  return address != Ip6{} && address != loopback && !wire::multicast(address);
}

Verdict IpIn::ipv6(Packet& p) {
  if (p.size() < Ipv6::size) return dropped(p, Drop::pull);
  Reader in{p.bytes()};
  const auto ip = Ipv6::read(in);
  if (ip.payload_length > p.size() - Ipv6::size) return dropped(p, Drop::invalid_packet);
  if (!passes_routers(ip.src) || !passes_routers(ip.dst)) return dropped(p, Drop::invalid_packet);
  // RFC 4291 section 2.5.6: link-local addresses end at the link.
  if (wire::link_local(ip.src) || wire::link_local(ip.dst)) return dropped(p, Drop::nowhere_to_go);
  p.trim(Ipv6::size + ip.payload_length);
  p.meta.ip = p.bytes().data();
  p.meta.v4 = false;
  p.meta.header_size = Ipv6::size;
  p.meta.protocol = ip.next_header;
  if (!p.meta.tunnelled) p.meta.ttl = ip.hop_limit;
  return Verdict::next;
}

}  // namespace tflab::vr
