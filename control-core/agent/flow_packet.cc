#include "control-core/agent/flow_packet.h"

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

// What follows the headers of a tunnel that carries MPLS; empty: it is none.
Bytes mpls_of(const wire::Ipv4& ip, Bytes payload) {
  Reader in{payload};
  if (ip.protocol == Protocol::udp) {
    const auto udp = wire::Udp::read(in);
    const bool mpls =
        udp.dst_port == wire::mpls_over_udp_port || udp.dst_port == wire::mpls_over_udp_old_port;
    return in.ok() && mpls ? payload.subspan(wire::Udp::size) : Bytes{};
  }
  if (ip.protocol != Protocol::gre) return {};
  const auto gre = wire::Gre::read(in);
  const bool mpls = gre.protocol == static_cast<std::uint16_t>(wire::EtherType::mpls);
  return in.ok() && mpls ? payload.subspan(gre.header_size) : Bytes{};
}

// The frame in VXLAN, of which only packets for the vrouter to route have flows.
std::optional<vr::FlowKey> read_in_vxlan(const wire::Ipv4& ip, Bytes payload) {
  Reader in{payload};
  const auto udp = wire::Udp::read(in);
  if (ip.protocol != Protocol::udp || udp.dst_port != wire::vxlan_port) return {};
  wire::Vxlan::read(in);
  wire::Ethernet::read(in);
  if (!in.ok()) return {};
  return read_ip(payload.subspan(wire::Udp::size + wire::Vxlan::size + wire::Ethernet::size));
}

std::optional<FlowPacket> read_tunnelled(Bytes packet, Ip4 own_address) {
  Reader in{packet};
  const auto ip = wire::Ipv4::read(in);
  if (!in.ok() || ip.dst != own_address || packet.size() < ip.header_size) return {};
  if (const auto key = read_in_vxlan(ip, packet.subspan(ip.header_size)))
    return FlowPacket{{}, *key};
  const Bytes mpls = mpls_of(ip, packet.subspan(ip.header_size));
  Reader inside{mpls};
  const auto entry = wire::MplsEntry::read(inside);
  if (!inside.ok()) return {};
  const auto key = read_ip(mpls.subspan(wire::MplsEntry::size));
  if (!key) return {};
  return FlowPacket{entry.label, *key};
}

}  // namespace

std::optional<FlowPacket> read_flow_packet(Bytes frame, Ip4 own_address) {
  Reader in{frame};
  const auto ethernet = wire::Ethernet::read(in);
  if (!in.ok()) return {};
  const Bytes packet = frame.subspan(wire::Ethernet::size);
  if (ethernet.type == wire::EtherType::ipv4) {
    if (const auto tunnelled = read_tunnelled(packet, own_address)) return tunnelled;
  } else if (ethernet.type != wire::EtherType::ipv6) {
    return {};
  }
  const auto key = read_ip(packet);
  if (!key) return {};
  return FlowPacket{{}, *key};
}

}  // namespace tflab::agent
