#include "vrouter-core/pipeline/decap.h"

#include "vrouter-core/pipeline/cross_connect.h"
#include "vrouter-core/pipeline/ethernet_in.h"
#include "vrouter-core/pipeline/ip_in.h"
#include "vrouter-core/wire/gre.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/mpls.h"
#include "vrouter-core/wire/udp.h"
#include "vrouter-core/wire/vxlan.h"

namespace tflab::vr {

namespace {

using wire::Ipv4;

enum class Inside : std::uint8_t { nothing, mpls, vxlan };

// A tunnel's headers after IP: what they carry, how long they are, and how long they say they are
// with what they carry. GRE does not say, and ends with the packet.
struct TunnelHeader {
  static constexpr std::size_t whole_packet = 1 << 16;  // no field says that
  Inside inside = Inside::nothing;
  std::size_t size = 0;
  std::size_t length = whole_packet;
};

TFLAB_HOT TunnelHeader udp_tunnel(Bytes payload) {
  if (payload.size() < wire::Udp::size) return {};
  const std::uint16_t to = load16(payload.data() + 2);
  const std::size_t length = load16(payload.data() + 4);
  const bool mpls = to == wire::mpls_over_udp_port || to == wire::mpls_over_udp_old_port;
  if (mpls) return {Inside::mpls, wire::Udp::size, length};
  if (to == wire::vxlan_port) return {Inside::vxlan, wire::Udp::size, length};
  return {};
}

// Flags other than checksum and key, and other protocols, are left to the node's own stack.
TFLAB_HOT TunnelHeader gre_tunnel(Bytes payload) {
  if (payload.size() < wire::Gre::size) return {};
  const std::size_t size = wire::Gre::size_with(load16(payload.data()));
  const auto protocol = static_cast<wire::EtherType>(load16(payload.data() + 2));
  if (size == 0 || size > payload.size() || protocol != wire::EtherType::mpls) return {};
  return {Inside::mpls, size};
}

TFLAB_HOT TunnelHeader tunnel_header(wire::Protocol protocol, Bytes payload) {
  if (protocol == wire::Protocol::udp) return udp_tunnel(payload);
  if (protocol == wire::Protocol::gre) return gre_tunnel(payload);
  return {};
}

TFLAB_HOT bool to_our_address(const Packet& p, const Tables& t, Ip4 dst) {
  if (!t.host) return false;
  const Ip4 ours = t.vifs[t.host->raw()].set.address;
  return dst == ours && ours != Ip4{} && to_this_node(p, t);
}

// The nexthop of a label or VNI decides what is inside, and where it is looked up if it says only
// that.
TFLAB_HOT Verdict entered(Packet& p, const Tables& t, NexthopId nexthop, bool frames) {
  Meta& meta = p.meta;
  const Forward& row = t.forward[nexthop.raw()];
  meta.nexthop = nexthop;
  meta.nexthop_known = true;
  meta.vrf = row.vrf;
  meta.bridged = frames || row.family == NexthopFamily::bridge;
  if (!meta.bridged) return Verdict::next;
  if (!EthernetIn::read_ethernet(p)) return dropped(p, Drop::pull);
  if (row.type == NexthopType::vrf_translate && row.valid()) {
    meta.nexthop_known = false;
    ++p.lane->vrf(meta.vrf).vrf_translates;
  }
  return Verdict::next;
}

TFLAB_HOT Verdict mpls_in(Packet& p, const Tables& t) {
  if (p.size() < wire::MplsEntry::size) return dropped(p, Drop::pull);
  const auto entry = wire::MplsEntry::of(load32(p.bytes().data()));
  const std::uint32_t label = entry.label.raw();
  const bool known = entry.bottom && label < t.labels.size() && t.labels[label].bound;
  if (!known) return dropped(p, Drop::invalid_label);
  if (entry.ttl <= 1) return dropped(p, Drop::ttl_exceeded);
  p.pop(wire::MplsEntry::size);
  p.meta.ttl = static_cast<std::uint8_t>(entry.ttl - 1);
  return entered(p, t, t.labels[label].nexthop, false);
}

TFLAB_HOT Verdict vxlan_in(Packet& p, const Tables& t) {
  if (p.size() < wire::Vxlan::size) return dropped(p, Drop::pull);
  const std::byte* const at = p.bytes().data();
  const bool valid = (load32(at) & wire::Vxlan::flag_i) != 0;
  const Vni vni{load32(at + 4) >> 8};
  const RouteEntry entry = valid ? t.vnis.find(VniKey::of(vni)) : RouteEntry{};
  if (!entry.is_route()) return dropped(p, Drop::invalid_vnid);
  p.pop(wire::Vxlan::size);
  return entered(p, t, entry.nexthop(), true);
}

}  // namespace

Verdict Decap::opened(Packet& p, const Tables& t) {
  if (p.size() < Ipv4::size) return Verdict::next;
  const std::byte* const at = p.bytes().data();
  if (!to_our_address(p, t, Ip4{load32(at + 16)})) return Verdict::next;
  const auto first = static_cast<std::uint8_t>(at[0]);
  const std::size_t header = (first & 0x0f) * std::size_t{4}, total = load16(at + 2);
  if (first >> 4 != 4 || header < Ipv4::size || header > p.size()) return Verdict::next;
  constexpr std::uint16_t offset = 0x1fff, more_or_offset = 0x3fff;
  const std::uint16_t fragment = load16(at + 6);
  if ((fragment & offset) != 0) return Verdict::next;
  const TunnelHeader tunnel =
      tunnel_header(static_cast<wire::Protocol>(at[9]), Bytes{p.bytes()}.subspan(header));
  if (tunnel.inside == Inside::nothing) return Verdict::next;

  if (total > p.size()) return dropped(p, Drop::invalid_packet);
  if (!IpIn::sound_sum(at, header)) return dropped(p, Drop::cksum_err);
  // Nobody here puts tunnels together again; our own packets are never that long.
  if ((fragment & more_or_offset) != 0) return dropped(p, Drop::fragments);
  if (total < header + tunnel.size) return dropped(p, Drop::invalid_packet);
  const std::size_t behind = total - header;
  const std::size_t length = tunnel.length == TunnelHeader::whole_packet ? behind : tunnel.length;
  if (length < tunnel.size || length > behind) return dropped(p, Drop::invalid_packet);
  p.meta.tunnelled = true;
  p.meta.outer_src = Ip4{load32(at + 12)};
  p.trim(header + length);
  p.pop(header + tunnel.size);
  return tunnel.inside == Inside::mpls ? mpls_in(p, t) : vxlan_in(p, t);
}

}  // namespace tflab::vr
