#include "control-core/agent/flow_packet.h"

#include <algorithm>

#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/gre.h"
#include "vrouter-core/wire/icmp.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/ipv6.h"
#include "vrouter-core/wire/ipv6_chain.h"
#include "vrouter-core/wire/mpls.h"
#include "vrouter-core/wire/udp.h"
#include "vrouter-core/wire/vxlan.h"

namespace tflab::agent {
namespace {

using wire::Protocol;

// The first piece of a datagram has its ports in front like a whole one.
std::optional<vr::FlowKey> read_key(const IpAddr& src, const IpAddr& dst, Protocol protocol,
                                    Bytes payload) {
  vr::FlowKey key{.src = src, .dst = dst, .protocol = static_cast<std::uint8_t>(protocol)};
  const bool v4 = src.is_v4();
  if (protocol == (v4 ? Protocol::icmp : Protocol::icmpv6)) {
    const auto message = wire::Icmp::read(payload, v4);
    if (!message.sound || message.error) return {};
    key.src_port = message.id;
    return key;
  }
  const auto ports = wire::read_ports(protocol, false, payload);
  key.src_port = ports.src;
  key.dst_port = ports.dst;
  return key;
}

std::optional<vr::FlowKey> read_v4(Bytes packet) {
  Reader in{packet};
  const auto ip = wire::Ipv4::read(in);
  if (!in.ok() || ip.fragment_offset != 0 || packet.size() < ip.header_size) return {};
  return read_key(ip.src, ip.dst, ip.protocol, packet.subspan(ip.header_size));
}

std::optional<vr::FlowKey> read_v6(Bytes packet) {
  Reader in{packet};
  const auto ip = wire::Ipv6::read(in);
  if (!in.ok()) return {};
  const Bytes payload = packet.subspan(wire::Ipv6::size);
  const auto chain = wire::Ipv6Chain::read(ip.next_header, payload);
  if (!chain.sound || chain.fragment_offset != 0) return {};
  return read_key(ip.src, ip.dst, chain.protocol, payload.subspan(chain.size));
}

std::optional<vr::FlowKey> read_ip(Bytes packet) {
  if (packet.empty()) return {};
  return packet[0] >> 4 == std::byte{4} ? read_v4(packet) : read_v6(packet);
}

std::optional<FlowPacket> read_frame(Bytes frame) {
  Reader in{frame};
  const auto ethernet = wire::Ethernet::read(in);
  const bool ip = ethernet.type == wire::EtherType::ipv4 || ethernet.type == wire::EtherType::ipv6;
  if (!in.ok() || !ip) return {};
  const auto key = read_ip(frame.subspan(wire::Ethernet::size));
  if (!key) return {};
  return FlowPacket{.ends = FrameEnds{ethernet.src, ethernet.dst}, .key = *key};
}

std::optional<FlowPacket> read_mpls(Bytes mpls, const OfFrames& of_frames) {
  Reader in{mpls};
  const auto entry = wire::MplsEntry::read(in);
  if (!in.ok()) return {};
  const Bytes inside = mpls.subspan(wire::MplsEntry::size);
  std::optional<FlowPacket> packet;
  if (of_frames(entry.label)) {
    packet = read_frame(inside);
  } else if (const auto key = read_ip(inside)) {
    packet = FlowPacket{.key = *key};
  }
  if (packet) packet->label = entry.label;
  return packet;
}

std::optional<FlowPacket> read_vxlan(Bytes vxlan) {
  Reader in{vxlan};
  wire::Vxlan::read(in);
  return in.ok() ? read_frame(vxlan.subspan(wire::Vxlan::size)) : std::nullopt;
}

// What is in a tunnel to us; nothing: it is none, or carries nothing that has flows.
std::optional<FlowPacket> read_tunnel(const wire::Ipv4& ip, Bytes payload,
                                      const OfFrames& of_frames) {
  Reader in{payload};
  if (ip.protocol == Protocol::udp) {
    const auto udp = wire::Udp::read(in);
    if (!in.ok()) return {};
    const Bytes inside = payload.subspan(wire::Udp::size);
    if (udp.dst_port == wire::vxlan_port) return read_vxlan(inside);
    const bool mpls =
        udp.dst_port == wire::mpls_over_udp_port || udp.dst_port == wire::mpls_over_udp_old_port;
    return mpls ? read_mpls(inside, of_frames) : std::nullopt;
  }
  if (ip.protocol != Protocol::gre) return {};
  const auto gre = wire::Gre::read(in);
  const bool mpls = gre.protocol == static_cast<std::uint16_t>(wire::EtherType::mpls);
  return in.ok() && mpls ? read_mpls(payload.subspan(gre.header_size), of_frames) : std::nullopt;
}

std::optional<FlowPacket> read_tunnelled(Bytes frame, Ip4 own_address, const OfFrames& of_frames) {
  Reader ethernet{frame};
  if (wire::Ethernet::read(ethernet).type != wire::EtherType::ipv4 || !ethernet.ok()) return {};
  const Bytes packet = frame.subspan(wire::Ethernet::size);
  Reader in{packet};
  const auto ip = wire::Ipv4::read(in);
  if (!in.ok() || ip.dst != own_address || packet.size() < ip.header_size) return {};
  auto inside = read_tunnel(ip, packet.subspan(ip.header_size), of_frames);
  if (inside) inside->tunnelled = true;
  return inside;
}

}  // namespace

std::optional<FlowPacket> read_flow_packet(Bytes frame, Ip4 own_address,
                                           const std::array<Mac, 2>& routers,
                                           const OfFrames& of_frames) {
  auto packet = read_tunnelled(frame, own_address, of_frames);
  if (!packet) packet = read_frame(frame);
  if (packet && packet->ends && std::ranges::count(routers, packet->ends->dst) != 0)
    packet->ends.reset();
  return packet;
}

}  // namespace tflab::agent
