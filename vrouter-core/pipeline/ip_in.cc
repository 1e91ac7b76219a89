#include "vrouter-core/pipeline/ip_in.h"

#include "vrouter-core/wire/ipv6.h"
#include "vrouter-core/wire/ipv6_chain.h"

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
  const auto chain = wire::Ipv6Chain::read(ip.next_header, Bytes{p.bytes()}.subspan(Ipv6::size));
  if (!chain.sound) return dropped(p, Drop::invalid_packet);
  p.meta.ip = p.bytes().data();
  p.meta.v4 = false;
  p.meta.header_size = static_cast<std::uint16_t>(Ipv6::size + chain.size);
  p.meta.protocol = chain.protocol;
  p.meta.fragment = chain.fragment;
  p.meta.ports = wire::read_ports(chain.protocol, chain.fragment,
                                  Bytes{p.bytes()}.subspan(p.meta.header_size));
  if (!p.meta.tunnelled) p.meta.ttl = ip.hop_limit;
  return Verdict::next;
}

Verdict IpIn::noted(Packet& p) {
  const wire::EtherType type = p.meta.eth.type;
  if (type != wire::EtherType::ipv4 && type != wire::EtherType::ipv6) return Verdict::next;
  Packet inner = p;
  inner.pop(wire::Ethernet::size);
  if ((type == wire::EtherType::ipv4 ? ipv4(inner) : ipv6(inner)) != Verdict::next) {
    return Verdict::next;
  }
  inner.meta.ttl = p.meta.ttl;
  p.meta = inner.meta;
  return Verdict::next;
}

}  // namespace tflab::vr
