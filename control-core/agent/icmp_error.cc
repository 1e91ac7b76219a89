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

struct IcmpKind {
  std::uint8_t type, code;
};
// RFC 792 and RFC 1191; RFC 4443 sections 3.2 and 3.3.
constexpr IcmpKind kind_v4(IcmpError error) {
  return error == IcmpError::too_big ? IcmpKind{3, 4} : IcmpKind{11, 0};
}
constexpr IcmpKind kind_v6(IcmpError error) {
  return error == IcmpError::too_big ? IcmpKind{2, 0} : IcmpKind{3, 0};
}

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

// A whole ICMP message, which ends with the packet it is about.
void write_error(std::span<std::byte> message, IcmpKind kind, std::uint16_t mtu, Bytes about,
                 std::uint32_t pseudo_sum) {
  Writer out{message};
  out.u8(kind.type);
  out.u8(kind.code);
  out.be16(0);
  out.be32(mtu);  // RFC 1191: the lower half; RFC 4443: all of it
  out.bytes(about);
  const std::uint16_t sum = checksum(message, pseudo_sum);
  out.back_to(2).be16(sum);
}

std::optional<std::vector<std::byte>> error_v4(IcmpKind kind, const Sent& sent, Ip4 router,
                                               std::uint16_t mtu) {
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
  write_error(packet.subspan(wire::Ipv4::size), kind, mtu, about, 0);
  return frame;
}

std::optional<std::vector<std::byte>> error_v6(IcmpKind kind, const Sent& sent, const Ip6& router,
                                               std::uint16_t mtu) {
  Reader in{sent.packet};
  const auto ip = wire::Ipv6::read(in);
  // Who sends too much to a group is told so: RFC 4443 section 2.4 (e.3).
  const bool answered = single(ip.dst) || kind.type == kind_v6(IcmpError::too_big).type;
  if (!in.ok() || !single(ip.src) || !answered) return {};
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
  write_error(packet.subspan(wire::Ipv6::size), kind, mtu, about,
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

std::optional<std::vector<std::byte>> icmp_error(IcmpError error, Bytes frame, const IpAddr& router,
                                                 std::uint16_t mtu) {
  const auto sent = read_sent(frame);
  if (!sent) return {};
  const std::uint16_t said = error == IcmpError::too_big ? mtu : 0;
  if (sent->ethernet.type == wire::EtherType::ipv4 && router.is_v4())
    return error_v4(kind_v4(error), *sent, router.v4(), said);
  if (sent->ethernet.type == wire::EtherType::ipv6 && !router.is_v4())
    return error_v6(kind_v6(error), *sent, router.v6(), said);
  return {};
}

bool IcmpPace::take(Instant now) {
  if (used_up_to_ - now > each * (burst - 1)) return false;
  used_up_to_ = std::max(used_up_to_, now) + each;
  return true;
}

}  // namespace tflab::agent
