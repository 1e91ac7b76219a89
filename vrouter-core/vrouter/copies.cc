#include "vrouter-core/vrouter/copies.h"

#include <array>

#include "vrouter-core/base/checksum.h"
#include "vrouter-core/pipeline/paths.h"
#include "vrouter-core/pipeline/tunnel.h"

namespace tflab::vr {

namespace {

constexpr std::uint8_t deepest = 4;  // composites in composites

// Split horizon: not back out of the interface or the tunnel it came in by. What another vrouter
// replicated for all is not replicated for all again, and goes along the tree only if it came by
// the label that leads into it here.
bool leads_back(const Packet& p, const Tables& t, NexthopId member) {
  const Forward& row = t.forward[member.raw()];
  const Meta& meta = p.meta;
  switch (row.type) {
    case NexthopType::encap:
      return !meta.tunnelled && row.out == meta.in;
    case NexthopType::tunnel:
      return meta.tunnelled && far_end(row) == meta.outer_src;
    case NexthopType::composite:
      return meta.tunnelled && ((row.flags & nh_composite_evpn) != 0 ||
                                ((row.flags & nh_composite_fabric) != 0 && !meta.nexthop_known));
    default:
      return false;
  }
}

bool tunnels_to(const Forward& row, Ip4 end) {
  return row.type == NexthopType::tunnel && far_end(row) == end;
}

// What comes in a tunnel must come from one of those that the list has among its own: the tree's
// neighbours, or a vrouter that replicates for all.
bool source_belongs(const Packet& p, const Tables& t, const Forward& list) {
  bool found = false;
  t.members.each(list.members, [&](std::uint16_t, const Member& m) {
    const Forward& others = t.forward[m.nexthop.raw()];
    const bool elsewhere = (others.flags & (nh_composite_fabric | nh_composite_evpn)) != 0;
    if (others.type != NexthopType::composite || !elsewhere) return;
    t.members.each(others.members, [&](std::uint16_t, const Member& end) {
      found = found || tunnels_to(t.forward[end.nexthop.raw()], p.meta.outer_src);
    });
  });
  return found;
}

void send_copy(const Packet& p, const Tables& t, Member member) {
  Packet copy = p;
  copy.meta.depth = static_cast<std::uint8_t>(p.meta.depth + 1);
  copy.meta.nexthop = member.nexthop;
  copy.meta.route = RouteEntry::route(member.nexthop, member.number, route_label_valid);
  const bool too_deep = copy.meta.depth > deepest;
  finish(copy, t, too_deep ? dropped(copy, Drop::pkt_loop) : Onward::run(copy, t));
}

// A header of a piece: `offset` counts octets of the datagram's payload.
void write_piece_header(std::byte* at, Bytes header, std::size_t size, std::size_t offset,
                        bool more) {
  __builtin_memmove(at, header.data(), header.size());
  const auto field = static_cast<std::uint16_t>((more ? 0x2000 : 0) | offset / 8);
  store(at + 2, static_cast<std::uint16_t>(header.size() + size));
  store(at + 6, field);
  store(at + 10, std::uint16_t{0});
  store(at + 10, checksum({at, header.size()}));
}

}  // namespace

void replicate(Packet& p, const Tables& t) {
  const NexthopId list = p.meta.nexthop;
  const bool asks =
      p.meta.tunnelled && (t.forward[list.raw()].flags & nh_validate_mcast_source) != 0;
  if (asks && !source_belongs(p, t, t.forward[list.raw()])) {
    return finish(p, t, dropped(p, Drop::invalid_mcast_source));
  }
  std::uint64_t sent = 0;
  // By place, since the host may change the list meanwhile.
  for (std::uint16_t i = 0; i < t.forward[list.raw()].members.slots; ++i) {
    const Member member = t.members.at(t.forward[list.raw()].members, i);
    if (member.empty() || leads_back(p, t, member.nexthop)) continue;
    ++sent;
    send_copy(p, t, member);
    if (t.forward[list.raw()].type != NexthopType::composite) break;
  }
  if (sent == 0) return finish(p, t, dropped(p, Drop::discard));
  p.lane->copies += sent - 1;
}

void fragment(Packet& p, const Tables& t) {
  const Forward& row = t.forward[p.meta.nexthop.raw()];
  const std::size_t mtu = t.vifs[row.out.raw()].set.mtu, overhead = row.overhead;
  const std::size_t header_size = p.meta.header_size;
  if (mtu < overhead + header_size + 8) return finish(p, t, dropped(p, Drop::push));
  const std::size_t most = (mtu - overhead - header_size) / 8 * 8;

  std::array<std::byte, 60> kept;
  __builtin_memcpy(kept.data(), p.meta.ip, header_size);
  const Bytes header{kept.data(), header_size};
  const std::uint16_t field = load16(kept.data() + 6);
  const std::size_t first = (field & 0x1fffu) * std::size_t{8};
  const bool more_follow = (field & 0x2000) != 0;
  std::byte* const payload = p.meta.ip + header_size;
  const std::size_t size = p.size() - header_size;
  // The header of each piece, and what goes in front of it, overwrites the piece before, which is
  // gone by then.
  for (std::size_t done = 0; done < size; done += most) {
    const std::size_t now = size - done < most ? size - done : most;
    std::byte* at = payload + done - header_size;
    const bool last = done + now == size;
    write_piece_header(at, header, now, first + done, !last || more_follow);
    Packet piece = p.part({at, header_size + now});
    piece.meta.ip = at;
    piece.meta.too_long = false;
    finish(piece, t, Output::run(piece, t));
    p.lane->copies += last ? 0 : 1;
  }
}

void mirror(const Packet& p, const Tables& t, const SetVif& vif, VifFlag way) {
  Lane& lane = *p.lane;
  // Who watches the watcher; and a runt is no frame to show.
  if (lane.mirroring || p.size() < wire::Ethernet::size) return;
  lane.mirroring = true;
  if ((vif.flags & vif_monitored) != 0 && t.vif(vif.monitor) != nullptr) {
    ++lane.copies;
    send(lane, vif.monitor, p.bytes());
  }
  if ((vif.flags & way) != 0 && vif.mirror < t.mirrors.size() && t.mirrors[vif.mirror].present) {
    const SetMirror& to = t.mirrors[vif.mirror].set;
    Packet copy = p;
    copy.meta.in = vif.vif;
    copy.meta.qos = vif.qos;
    copy.meta.bridged = true;
    copy.meta.ip = nullptr;
    ++lane.copies;
    send_copy(copy, t, {to.nexthop, to.number});
  }
  lane.mirroring = false;
}

}  // namespace tflab::vr
