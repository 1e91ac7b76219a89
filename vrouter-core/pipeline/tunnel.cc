#include "vrouter-core/pipeline/tunnel.h"

#include "vrouter-core/base/hash.h"
#include "vrouter-core/wire/flow_key.h"
#include "vrouter-core/wire/gre.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/mpls.h"
#include "vrouter-core/wire/udp.h"

namespace tflab::vr {

namespace {

void add(Hash& hash, const IpAddr& address) {
  for (std::size_t i = 0; i < address.bits() / 8; i += 4) {
    hash.add(std::uint32_t{address.octet(i)} << 24 | std::uint32_t{address.octet(i + 1)} << 16 |
             std::uint32_t{address.octet(i + 2)} << 8 | address.octet(i + 3));
  }
}

// Everything in front of the inner packet, so that the room is asked for once.
template <class Tunnel>
Verdict tunnelled(Packet& p, Tables& t, const SetNexthop& nexthop, wire::Protocol protocol,
                  const Tunnel& tunnel) {
  constexpr std::size_t outer = wire::Ipv4::size + Tunnel::size + wire::MplsEntry::size;
  const std::size_t total = outer + p.size();
  if (total > 0xffff) return dropped(p, Drop::push);
  const auto room = p.push(wire::Ethernet::size + outer);
  if (room.empty()) return dropped(p, Drop::push);

  Writer out{room};
  wire::Ethernet{nexthop.dst, nexthop.src, wire::EtherType::ipv4}.write(out);
  wire::Ipv4{.total_length = static_cast<std::uint16_t>(total),
             .id = t.next_ip_id++,
             .ttl = 64,
             .protocol = protocol,
             .src = nexthop.sip,
             .dst = nexthop.dip}
      .write(out);
  tunnel.write(out);
  wire::MplsEntry{p.meta.route.label(), true, p.meta.ttl}.write(out);
  return transmitted(p, nexthop.out);
}

}  // namespace

std::uint16_t entropy_port(const Packet& p) {
  const auto ports =
      wire::read_ports(p.meta.protocol, p.meta.fragment, p.bytes().subspan(p.meta.header_size));
  Hash hash;
  hash.add(p.meta.vrf.raw()).add(std::uint32_t{ports.src} << 16 | ports.dst);
  hash.add(static_cast<std::uint32_t>(p.meta.protocol));
  add(hash, p.meta.src);
  add(hash, p.meta.dst);
  constexpr std::uint64_t first = 49152, ports_in_range = 65536 - first;
  return static_cast<std::uint16_t>(first + (hash.value() * ports_in_range >> 32));
}

Verdict tunnelled_in_udp(Packet& p, Tables& t, const SetNexthop& nexthop) {
  const std::size_t length = wire::Udp::size + wire::MplsEntry::size + p.size();
  const wire::Udp udp{.src_port = entropy_port(p),
                      .dst_port = wire::mpls_over_udp_port,
                      .length = static_cast<std::uint16_t>(length)};
  return tunnelled(p, t, nexthop, wire::Protocol::udp, udp);
}

Verdict tunnelled_in_gre(Packet& p, Tables& t, const SetNexthop& nexthop) {
  const wire::Gre gre{static_cast<std::uint16_t>(wire::EtherType::mpls)};
  return tunnelled(p, t, nexthop, wire::Protocol::gre, gre);
}

}  // namespace tflab::vr
