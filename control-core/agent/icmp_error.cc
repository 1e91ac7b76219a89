#include "control-core/agent/icmp_error.h"

#include <algorithm>

#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/icmp.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/ipv6.h"

namespace tflab::agent {
namespace {

constexpr std::uint8_t hops = 64;
// As much of the packet as these let through (RFC 1812 section 4.3.2.3, RFC 4443 section 2.4).
constexpr std::size_t most_v4 = 576, most_v6 = 1280;
constexpr std::size_t icmp_header = wire::Icmp::size;

struct Sent {
  wire::Ethernet ethernet;
  Bytes packet;
};
std::optional<Sent> read_sent(Bytes frame) {
  Reader in{frame};
  const auto ethernet = wire::Ethernet::read(in);
  if (!in.ok()) return {};
  return Sent{ethernet, frame.subspan(wire::Ethernet::size)};
}

bool single(Ip4 address) {
  constexpr std::uint32_t first_multicast = 0xe0000000;
  return address != Ip4{} && address.raw() < first_multicast;
}
bool single(const Ip6& address) {
  return address != Ip6{} && !wire::multicast(address);
}

// Ethernet back to the sender, and room for an IP packet.
std::vector<std::byte> answer_to(const wire::Ethernet& sent, std::size_t packet) {
  std::vector<std::byte> frame(wire::Ethernet::size + packet);
  Writer out{frame};
  wire::Ethernet{sent.src, sent.dst, sent.type}.write(out);
  return frame;
}

// The ICMP message behind `ip_header` octets of IP: type, code, MTU, and the packet it is about.
void write_error(std::span<std::byte> message, std::uint8_t type, std::uint8_t code,
                 std::uint16_t mtu, Bytes about, std::uint32_t pseudo_sum) {
  Writer out{message};
  out.u8(type);
  out.u8(code);
  out.be16(0);
  out.be32(mtu);  // RFC 1191: the lower half; RFC 4443: all of it
  out.bytes(about);
  const std::uint16_t sum = checksum(message, pseudo_sum);
  out.back_to(2).be16(sum);
}

std::optional<std::vector<std::byte>> too_big_v4(const Sent& sent, Ip4 router, std::uint16_t mtu) {
  constexpr std::uint8_t unreachable = 3, fragmentation_needed = 4;
  Reader in{sent.packet};
  const auto ip = wire::Ipv4::read(in);
  if (!in.ok() || !single(ip.src) || !single(ip.dst) || ip.fragment_offset != 0) return {};
  if (ip.protocol == wire::Protocol::icmp &&
      wire::Icmp::read(sent.packet.subspan(ip.header_size), true).error)
    return {};
  const Bytes about =
      sent.packet.first(std::min(sent.packet.size(), most_v4 - wire::Ipv4::size - icmp_header));
  const std::size_t size = wire::Ipv4::size + icmp_header + about.size();
  auto frame = answer_to(sent.ethernet, size);
  const std::span<std::byte> packet = std::span{frame}.subspan(wire::Ethernet::size);
  wire::Ipv4 header;
  header.total_length = static_cast<std::uint16_t>(size);
  header.ttl = hops;
  header.protocol = wire::Protocol::icmp;
  header.src = router;
  header.dst = ip.src;
  Writer out{packet};
  header.write(out);
  write_error(packet.subspan(wire::Ipv4::size), unreachable, fragmentation_needed, mtu, about, 0);
  return frame;
}

std::optional<std::vector<std::byte>> too_big_v6(const Sent& sent, const Ip6& router,
                                                 std::uint16_t mtu) {
  constexpr std::uint8_t packet_too_big = 2;
  Reader in{sent.packet};
  const auto ip = wire::Ipv6::read(in);
  if (!in.ok() || !single(ip.src)) return {};  // to a group there is an answer: RFC 4443 2.4 (e.3)
  if (ip.next_header == wire::Protocol::icmpv6 &&
      wire::Icmp::read(sent.packet.subspan(wire::Ipv6::size), false).error)
    return {};
  const Bytes about =
      sent.packet.first(std::min(sent.packet.size(), most_v6 - wire::Ipv6::size - icmp_header));
  const std::size_t size = icmp_header + about.size();
  auto frame = answer_to(sent.ethernet, wire::Ipv6::size + size);
  const std::span<std::byte> packet = std::span{frame}.subspan(wire::Ethernet::size);
  const wire::Ipv6 header{static_cast<std::uint16_t>(size), wire::Protocol::icmpv6, hops, router,
                          ip.src};
  Writer out{packet};
  header.write(out);
  write_error(packet.subspan(wire::Ipv6::size), packet_too_big, 0, mtu, about,
              header.pseudo_sum(header.payload_length));
  return frame;
}

}  // namespace

std::optional<IpAddr> ip_destination(Bytes frame) {
  const auto sent = read_sent(frame);
  if (!sent) return {};
  Reader in{sent->packet};
  if (sent->ethernet.type == wire::EtherType::ipv4) {
    const auto ip = wire::Ipv4::read(in);
    return in.ok() ? std::optional{IpAddr{ip.dst}} : std::nullopt;
  }
  if (sent->ethernet.type != wire::EtherType::ipv6) return {};
  const auto ip = wire::Ipv6::read(in);
  return in.ok() ? std::optional{IpAddr{ip.dst}} : std::nullopt;
}

std::optional<std::vector<std::byte>> too_big(Bytes frame, const IpAddr& router,
                                              std::uint16_t mtu) {
  const auto sent = read_sent(frame);
  if (!sent) return {};
  if (sent->ethernet.type == wire::EtherType::ipv4 && router.is_v4())
    return too_big_v4(*sent, router.v4(), mtu);
  if (sent->ethernet.type == wire::EtherType::ipv6 && !router.is_v4())
    return too_big_v6(*sent, router.v6(), mtu);
  return {};
}

}  // namespace tflab::agent
