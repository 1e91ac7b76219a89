#include "vrouter-core/pipeline/ip_in.h"

#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/ipv6.h"

namespace tflab::vr {

namespace {

using wire::Ipv4;
using wire::Ipv6;

// "This" network, loopback, multicast and the limited broadcast never pass a router
// (RFC 1812 section 5.3.7).
bool routable(Ip4 address) {
  const std::uint32_t first = address.raw() >> 24;
  return first != 0 && first != 127 && first >> 4 != 14 && address != Ip4{0xffffffff};
}
bool routable(const Ip6& address) {
  constexpr Ip6 loopback{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  return address != Ip6{} && address != loopback && !wire::multicast(address);
}

Verdict ipv4_in(Packet& p) {
  if (p.size() < Ipv4::size) return dropped(p, Drop::pull);
  Reader in{p.bytes()};
  const auto ip = Ipv4::read(in);
  if (ip.header_size > p.size()) return dropped(p, Drop::pull);
  if (!in.ok() || ip.total_length < ip.header_size || ip.total_length > p.size()) {
    return dropped(p, Drop::invalid_packet);
  }
  if (checksum(p.bytes().first(ip.header_size)) != 0) return dropped(p, Drop::cksum_err);
  if (!routable(ip.src) || !routable(ip.dst)) return dropped(p, Drop::invalid_packet);
  p.trim(ip.total_length);
  p.meta.src = ip.src;
  p.meta.dst = ip.dst;
  p.meta.header_size = ip.header_size;
  p.meta.protocol = ip.protocol;
  p.meta.fragment = ip.fragment();
  if (!p.meta.tunnelled) p.meta.ttl = ip.ttl;
  return Verdict::next;
}

Verdict ipv6_in(Packet& p) {
  Reader in{p.bytes()};
  const auto ip = Ipv6::read(in);
  if (p.size() < Ipv6::size) return dropped(p, Drop::pull);
  if (ip.payload_length > p.size() - Ipv6::size) return dropped(p, Drop::invalid_packet);
  if (!routable(ip.src) || !routable(ip.dst)) return dropped(p, Drop::invalid_packet);
  // RFC 4291 section 2.5.6: link-local addresses end at the link.
  if (wire::link_local(ip.src) || wire::link_local(ip.dst)) return dropped(p, Drop::nowhere_to_go);
  p.trim(Ipv6::size + ip.payload_length);
  p.meta.src = ip.src;
  p.meta.dst = ip.dst;
  p.meta.header_size = Ipv6::size;
  p.meta.protocol = ip.next_header;
  if (!p.meta.tunnelled) p.meta.ttl = ip.hop_limit;
  return Verdict::next;
}

// Inside a tunnel only the version can tell; on Ethernet the type has told already.
wire::EtherType told_type(const Packet& p, unsigned version) {
  if (!p.meta.tunnelled) return p.meta.eth.type;
  if (version == 4) return wire::EtherType::ipv4;
  return version == 6 ? wire::EtherType::ipv6 : wire::EtherType{};
}

}  // namespace

Verdict IpIn::run(Packet& p, Tables&) {
  if (p.size() == 0) return dropped(p, Drop::pull);
  const auto version = static_cast<unsigned>(p.bytes()[0] >> 4);
  const wire::EtherType type = told_type(p, version);
  if (type != wire::EtherType::ipv4 && type != wire::EtherType::ipv6) {
    return dropped(p, Drop::invalid_protocol);
  }
  const bool v4 = type == wire::EtherType::ipv4;
  if (version != (v4 ? 4u : 6u)) return dropped(p, Drop::invalid_packet);
  return v4 ? ipv4_in(p) : ipv6_in(p);
}

}  // namespace tflab::vr
