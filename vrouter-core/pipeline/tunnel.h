#pragma once
// Puts a packet or a frame into MPLSoUDP, MPLSoGRE or VXLAN. All headers stand ready in the
// nexthop's row; what differs from packet to packet is filled in here.

#include "vrouter-core/base/checksum.h"
#include "vrouter-core/pipeline/ecmp.h"
#include "vrouter-core/pipeline/stage.h"
#include "vrouter-core/wire/header_layout.h"

namespace tflab::vr {

// What the outer Ethernet header of a tunnel says it comes from.
inline Mac own_mac(const Forward& tunnel) {
  Mac mac;
  __builtin_memcpy(mac.octets.data(), tunnel.header.data() + sizeof mac, sizeof mac);
  return mac;
}

// Where a tunnel leads.
inline Ip4 far_end(const Forward& tunnel) {
  return Ip4{load32(tunnel.header.data() + wire::OuterIp::dst)};
}

// Of a tunnel with nh_l3_vxlan, whose header fills the row: the other end's router MAC waits in
// blanks that each packet fills, the outer IP's length and id and the source port.
inline constexpr std::size_t router_mac_begins = wire::OuterIp::length_and_id,
                             router_mac_ends = wire::VxlanLayout::udp;

inline Mac router_mac(const Forward& tunnel) {
  Mac mac;
  __builtin_memcpy(mac.octets.data(), tunnel.header.data() + router_mac_begins, 4);
  __builtin_memcpy(mac.octets.data() + 4, tunnel.header.data() + router_mac_ends, 2);
  return mac;
}
inline void keep_router_mac(Forward& tunnel, const Mac& mac) {
  __builtin_memcpy(tunnel.header.data() + router_mac_begins, mac.octets.data(), 4);
  __builtin_memcpy(tunnel.header.data() + router_mac_ends, mac.octets.data() + 4, 2);
}

// The source port of a UDP tunnel: one for a flow, spread over 49152 to 65535 (RFC 7510 section 3).
inline std::uint16_t entropy_port(const Packet& p) {
  constexpr std::uint64_t first = 49152, ports_in_range = 65536 - first;
  return static_cast<std::uint16_t>(first + (flow_number(p) * ports_in_range >> 32));
}

// What is at the head gets `Size` octets of the row in front: the whole frame then. Empty when
// there is no room for them or the outer packet would be longer than IP can tell.
template <std::size_t Size>
TFLAB_HOT std::span<std::byte> pushed(Packet& p, const Forward& nexthop) {
  const std::size_t size = p.size() + Size;
  if (size - wire::Ethernet::size > 0xffff) return {};
  const auto room = p.push(Size);
  if (room.empty()) return {};
  copy_octets<Size>(room.data(), nexthop.header.data());
  return {room.data(), size};
}

// Length, id and checksum of the outer IP header. The row's checksum field holds the sum of all
// that does not change.
TFLAB_HOT void fill_outer_ip(std::span<std::byte> frame, Lane& lane) {
  std::byte* ip = frame.data() + wire::Ethernet::size;
  const auto length = static_cast<std::uint16_t>(frame.size() - wire::Ethernet::size);
  const std::uint16_t id = lane.next_ip_id++;
  store(ip + 2, length);
  store(ip + 4, id);
  const std::uint32_t sum = std::uint32_t{load16(ip + 10)} + length + id;
  store(ip + 10, static_cast<std::uint16_t>(~folded(sum)));
}

TFLAB_HOT void fill_outer_udp(std::span<std::byte> udp, std::uint16_t src_port) {
  store(udp.data(), src_port);
  store(udp.data() + 4, static_cast<std::uint16_t>(udp.size()));
}

TFLAB_HOT void fill_label(std::byte* at, std::uint32_t label, std::uint8_t ttl) {
  store(at, label << 12 | 0x100u | ttl);
}

TFLAB_HOT Verdict tunnelled_in_udp(Packet& p, const Forward& nexthop) {
  using Layout = wire::MplsOverUdp;
  const std::uint16_t port = entropy_port(p);
  const auto frame = pushed<Layout::size>(p, nexthop);
  if (frame.empty()) return dropped(p, Drop::push);
  fill_outer_ip(frame, *p.lane);
  fill_outer_udp(frame.subspan(Layout::udp), port);
  fill_label(frame.data() + Layout::label, p.meta.route.number(), p.meta.ttl);
  return transmitted(p, nexthop.out);
}

TFLAB_HOT Verdict tunnelled_in_gre(Packet& p, const Forward& nexthop) {
  using Layout = wire::MplsOverGre;
  const auto frame = pushed<Layout::size>(p, nexthop);
  if (frame.empty()) return dropped(p, Drop::push);
  fill_outer_ip(frame, *p.lane);
  fill_label(frame.data() + Layout::label, p.meta.route.number(), p.meta.ttl);
  return transmitted(p, nexthop.out);
}

// A frame; or a packet, which gets the inner Ethernet header of EVPN type 5 routes (RFC 9136)
// first.
TFLAB_HOT Verdict tunnelled_in_vxlan(Packet& p, const Forward& nexthop) {
  using Layout = wire::VxlanLayout;
  const std::uint16_t port = entropy_port(p);
  const auto frame = pushed<Layout::size>(p, nexthop);
  if (frame.empty()) return dropped(p, Drop::push);
  fill_outer_ip(frame, *p.lane);
  fill_outer_udp(frame.subspan(Layout::udp), port);
  store(frame.data() + Layout::vni, p.meta.route.number() << 8);
  return transmitted(p, nexthop.out);
}

}  // namespace tflab::vr
