#include "vrouter-core/pipeline/fragments.h"

#include "vrouter-core/wire/icmp.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/ipv6.h"
#include "vrouter-core/wire/ipv6_chain.h"

namespace tflab::vr {

namespace {

struct Piece {
  bool first = false;
  std::uint32_t id = 0;
};

Piece piece_of(const Packet& p) {
  const std::byte* ip = p.meta.ip;
  if (p.meta.v4) return {(load16(ip + 6) & 0x1fff) == 0, load16(ip + 4)};
  const auto* end = p.bytes().data() + p.size();
  const Bytes payload{ip + wire::Ipv6::size, end};
  const auto chain = wire::Ipv6Chain::read(static_cast<wire::Protocol>(ip[6]), payload);
  return {chain.fragment_offset == 0, chain.id};
}

// The datagram: addresses, id, protocol, and the vrf where a flow has its nexthop.
FlowWords datagram_of(const Meta& meta, std::uint32_t id) {
  FlowWords key;
  if (meta.v4) {
    key.word[1] = meta.src4().raw();
    key.word[3] = meta.dst4().raw();
  } else {
    for (std::size_t i = 0; i < 4; ++i) key.word[i] = load64(meta.ip + 8 + 8 * i);
  }
  key.set_rest(NexthopId{meta.vrf.raw()}, static_cast<std::uint8_t>(meta.protocol),
               static_cast<std::uint16_t>(id >> 16), static_cast<std::uint16_t>(id), meta.v4);
  return key;
}

// As of the whole datagram: an echo's id stands in the place of ports (icmp_identity in flow.cc).
wire::Ports ports_of_first(const Packet& p) {
  const Meta& meta = p.meta;
  const Bytes payload{meta.ip + meta.header_size, p.bytes().data() + p.size()};
  const bool icmp = meta.protocol == (meta.v4 ? wire::Protocol::icmp : wire::Protocol::icmpv6);
  if (icmp) return {wire::Icmp::read(payload, meta.v4).id, 0};
  return wire::read_ports(meta.protocol, false, payload);
}

Verdict kept(Packet& p, Traffic& traffic, const FlowWords& datagram) {
  if (!traffic.pieces.exist()) return dropped(p, Drop::no_frag_entry);
  lose_old_pieces(traffic, *p.lane, p.lane->now);
  const bool has_place =
      traffic.pieces.hold({datagram, p.lane->now, p.meta.in, p.meta.priority}, p.received());
  return has_place ? Verdict::wait : dropped(p, Drop::fragment_queue_fail);
}

}  // namespace

void lose_old_pieces(Traffic& traffic, Lane& lane, Instant now) {
  traffic.pieces.lose_if([&](const HeldPieces::Piece& piece) {
    if (now - piece.since <= fragment_timeout) return false;
    lane.count_drop(Drop::fragments, piece.in);
    return true;
  });
}

Verdict know_ports(Packet& p, Traffic& traffic) {
  const Guarded one{traffic.guard};
  const Piece piece = piece_of(p);
  const FlowWords key = datagram_of(p.meta, piece.id);
  std::uint32_t number = traffic.fragments.find(key);
  if (!piece.first) {
    const bool known =
        number != no_flow && p.lane->now - traffic.fragments[number].last_seen <= fragment_timeout;
    if (!known) return kept(p, traffic, key);
    FlowEntry& entry = traffic.fragments[number];
    entry.last_seen = p.lane->now;
    p.meta.ports = {static_cast<std::uint16_t>(entry.next >> 16),
                    static_cast<std::uint16_t>(entry.next)};
    return Verdict::next;
  }
  p.meta.ports = ports_of_first(p);
  if (number == no_flow && traffic.fragments.exists()) number = traffic.fragments.add(key);
  // A full table loses the others of this datagram; this one goes its way.
  if (number == no_flow) return Verdict::next;
  traffic.fragments[number].last_seen = p.lane->now;
  traffic.fragments[number].next = std::uint32_t{p.meta.ports.src} << 16 | p.meta.ports.dst;
  lose_old_pieces(traffic, *p.lane, p.lane->now);
  traffic.pieces.first_came(key);
  return Verdict::next;
}

}  // namespace tflab::vr
