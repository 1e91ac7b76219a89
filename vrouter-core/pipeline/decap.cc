#include "vrouter-core/pipeline/decap.h"

#include <optional>

#include "vrouter-core/pipeline/cross_connect.h"
#include "vrouter-core/wire/gre.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/mpls.h"
#include "vrouter-core/wire/udp.h"

namespace tflab::vr {

namespace {

using wire::Ipv4;

// A tunnel's headers after IP: how long they are, and where their own length says they end.
struct TunnelHeader {
  std::size_t size = 0;               // 0: no tunnel of ours
  std::optional<std::size_t> length;  // with the header; GRE has none and ends with the packet
};

TunnelHeader udp_tunnel(Reader in) {
  const auto udp = wire::Udp::read(in);
  const bool mpls =
      udp.dst_port == wire::mpls_over_udp_port || udp.dst_port == wire::mpls_over_udp_old_port;
  if (!in.ok() || !mpls) return {};
  return {wire::Udp::size, udp.length};
}

// Flags other than checksum and key, and other protocols, are left to the node's own stack.
TunnelHeader gre_tunnel(Reader in) {
  const auto gre = wire::Gre::read(in);
  const bool mpls = gre.protocol == static_cast<std::uint16_t>(wire::EtherType::mpls);
  if (!in.ok() || !mpls) return {};
  return {gre.header_size, std::nullopt};
}

TunnelHeader tunnel_header(const Ipv4& ip, Reader payload) {
  if (ip.fragment_offset != 0) return {};
  if (ip.protocol == wire::Protocol::udp) return udp_tunnel(payload);
  if (ip.protocol == wire::Protocol::gre) return gre_tunnel(payload);
  return {};
}

bool to_our_address(const Packet& p, const Tables& t, const Ipv4& ip) {
  if (!t.host || !to_this_node(p, t)) return false;
  const Ip4 ours = t.vif(*t.host)->set.address;
  return ours != Ip4{} && ip.dst == ours;
}

}  // namespace

Verdict Decap::run(Packet& p, Tables& t) {
  if (p.meta.eth.type != wire::EtherType::ipv4) return Verdict::next;
  Reader in{p.bytes()};
  const auto ip = Ipv4::read(in);
  if (!in.ok() || !to_our_address(p, t, ip)) return Verdict::next;
  const TunnelHeader tunnel = tunnel_header(ip, in);
  if (tunnel.size == 0) return Verdict::next;

  if (ip.total_length > p.size()) return dropped(p, Drop::invalid_packet);
  if (checksum(p.bytes().first(ip.header_size)) != 0) return dropped(p, Drop::cksum_err);
  // Nobody here puts tunnels together again; our own packets are never that long.
  if (ip.fragment()) return dropped(p, Drop::fragments);
  p.trim(ip.total_length);
  const std::size_t headers = ip.header_size + tunnel.size;
  if (p.size() < headers) return dropped(p, Drop::invalid_packet);
  p.pop(ip.header_size);
  const std::size_t length = tunnel.length.value_or(p.size());
  if (length < tunnel.size || length > p.size()) return dropped(p, Drop::invalid_packet);
  p.trim(length);
  p.pop(tunnel.size);
  p.meta.tunnelled = true;
  return Verdict::next;
}

Verdict MplsIn::run(Packet& p, Tables& t) {
  if (!p.meta.tunnelled) return Verdict::next;
  Reader in{p.bytes()};
  const auto entry = wire::MplsEntry::read(in);
  if (!in.ok()) return dropped(p, Drop::pull);
  const std::uint32_t label = entry.label.raw();
  const bool known = entry.bottom && label < t.labels.size() && t.labels[label].bound;
  if (!known) return dropped(p, Drop::invalid_label);
  if (entry.ttl <= 1) return dropped(p, Drop::ttl_exceeded);

  p.pop(wire::MplsEntry::size);
  p.meta.nexthop = t.labels[label].nexthop;
  p.meta.nexthop_known = true;
  p.meta.vrf = t.forward[p.meta.nexthop.raw()].vrf;
  p.meta.ttl = static_cast<std::uint8_t>(entry.ttl - 1);
  return Verdict::next;
}

}  // namespace tflab::vr
