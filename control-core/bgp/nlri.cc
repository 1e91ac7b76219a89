#include "control-core/bgp/nlri.h"

#include <array>

namespace tflab::bgp {
namespace {

constexpr std::uint32_t withdraw_label = 0x800000;  // RFC 8277 section 2.4
constexpr unsigned label_bits = 24, rd_bits = 64, membership_bits = 96, origin_bits = 32;

constexpr IpVersion version_of(Family family) {
  return family == Family::inet6 || family == Family::inet6_vpn ? IpVersion::v6 : IpVersion::v4;
}

constexpr std::size_t octets(unsigned bits) {
  return (bits + 7) / 8;
}

void write_label(Writer& out, NlriContext context, std::uint32_t label) {
  out.be24(context.withdraw ? withdraw_label : wire_label(label, false));
}

NlriRead read_inet(Reader& in, NlriContext context, Reach& route) {
  const unsigned bits = in.u8();
  const auto prefix = read_prefix(in, bits, version_of(context.family));
  if (!prefix) return NlriRead::broken;
  route.nlri = InetRoute{*prefix};
  return NlriRead::ok;
}

void write_inet(Writer& out, NlriContext, const Reach& route) {
  const IpPrefix& prefix = std::get<InetRoute>(route.nlri).prefix;
  out.u8(prefix.length());
  write_prefix(out, prefix);
}

// RFC 8277 section 2.2: exactly one label, whatever its bottom-of-stack bit says.
NlriRead read_labeled(Reader& in, NlriContext context, Reach& route) {
  const unsigned bits = in.u8();
  if (bits < label_bits) return NlriRead::broken;
  const std::uint32_t label = label_of_wire(in.be24(), false);
  const auto prefix = read_prefix(in, bits - label_bits, version_of(context.family));
  if (!prefix) return NlriRead::broken;
  route.nlri = InetRoute{*prefix};
  route.label = context.withdraw ? 0 : label;
  return NlriRead::ok;
}

void write_labeled(Writer& out, NlriContext context, const Reach& route) {
  const IpPrefix& prefix = std::get<InetRoute>(route.nlri).prefix;
  out.u8(static_cast<std::uint8_t>(label_bits + prefix.length()));
  write_label(out, context, route.label);
  write_prefix(out, prefix);
}

// RFC 4364 section 4.3.4, RFC 4659 section 3.2.
NlriRead read_vpn(Reader& in, NlriContext context, Reach& route) {
  const unsigned bits = in.u8();
  if (bits < label_bits + rd_bits) return NlriRead::broken;
  const std::uint32_t label = label_of_wire(in.be24(), false);
  const RouteDistinguisher rd{in.be64()};
  const auto prefix = read_prefix(in, bits - label_bits - rd_bits, version_of(context.family));
  if (!prefix) return NlriRead::broken;
  route.nlri = VpnRoute{rd, *prefix};
  route.label = context.withdraw ? 0 : label;
  return NlriRead::ok;
}

void write_vpn(Writer& out, NlriContext context, const Reach& route) {
  const auto& [rd, prefix] = std::get<VpnRoute>(route.nlri);
  out.u8(static_cast<std::uint8_t>(label_bits + rd_bits + prefix.length()));
  write_label(out, context, route.label);
  out.be64(rd.wire());
  write_prefix(out, prefix);
}

// RFC 4684 section 4. Lengths between an origin and a whole target are legal there; like the
// original we know only none, the origin alone and all.
NlriRead read_membership(Reader& in, NlriContext, Reach& route) {
  const unsigned bits = in.u8();
  if (bits != 0 && bits != origin_bits && bits != membership_bits) return NlriRead::broken;
  TargetRoute membership;
  if (bits >= origin_bits) membership.origin = Asn{in.be32()};
  if (bits == membership_bits) membership.target = RouteTarget{in.be64()};
  if (!in.ok()) return NlriRead::broken;
  route.nlri = membership;
  return NlriRead::ok;
}

void write_membership(Writer& out, NlriContext, const Reach& route) {
  const auto& [origin, target] = std::get<TargetRoute>(route.nlri);
  if (!target && origin == Asn{}) return out.u8(0);
  out.u8(target ? membership_bits : origin_bits);
  out.be32(origin.raw());
  if (target) out.be64(target->wire());
}

// What stands before the address of a next hop, and which address it is.
enum class NextHopForm : std::uint8_t { v4, v6, rd_v4, rd_v6 };

struct Codec {
  Family family;
  NextHopForm next_hop;
  NlriRead (*read)(Reader& in, NlriContext context, Reach& route);
  void (*write)(Writer& out, NlriContext context, const Reach& route);
};

// clang-format off
constexpr std::array<Codec, families> codecs = {{
    {Family::inet,         NextHopForm::v4,    read_inet,       write_inet},
    {Family::inet6,        NextHopForm::v6,    read_inet,       write_inet},
    {Family::inet_vpn,     NextHopForm::rd_v4, read_vpn,        write_vpn},
    {Family::inet6_vpn,    NextHopForm::rd_v6, read_vpn,        write_vpn},
    {Family::route_target, NextHopForm::v4,    read_membership, write_membership},
    {Family::evpn,         NextHopForm::v4,    read_evpn,       write_evpn},
    {Family::ermvpn,       NextHopForm::v4,    read_ermvpn,     write_ermvpn},
    {Family::inet_labeled, NextHopForm::v4,    read_labeled,    write_labeled},
}};
// clang-format on

consteval bool rows_stand_at_their_family() {
  for (std::size_t i = 0; i < families; ++i)
    if (static_cast<std::size_t>(codecs[i].family) != i) return false;
  return true;
}
static_assert(rows_stand_at_their_family());

constexpr const Codec& codec_of(Family family) {
  return codecs[static_cast<std::size_t>(family)];
}

Ip6 mapped(Ip4 address) {
  Ip6 out;
  out.octets[10] = out.octets[11] = 0xff;
  for (std::size_t i = 0; i < 4; ++i)
    out.octets[12 + i] = static_cast<std::uint8_t>(address.raw() >> (24 - 8 * i));
  return out;
}

IpAddr unmapped(const Ip6& address) {
  std::uint32_t v4 = 0;
  for (std::size_t i = 12; i < 16; ++i) v4 = v4 << 8 | address.octets[i];
  if (mapped(Ip4{v4}) == address) return Ip4{v4};
  return address;
}

}  // namespace

std::uint32_t wire_label(std::uint32_t label, bool vxlan) {
  return vxlan ? label & 0xffffff : (label << 4 & 0xfffff0) | 1;
}

std::uint32_t label_of_wire(std::uint32_t wire, bool vxlan) {
  return vxlan ? wire : wire >> 4;
}

std::optional<IpPrefix> read_prefix(Reader& in, unsigned bits, IpVersion version) {
  const unsigned most = version == IpVersion::v4 ? 32 : 128;
  if (bits > most) return {};
  Ip6 octet;
  std::size_t i = 0;
  for (std::byte b : in.take(octets(bits))) octet.octets[i++] = static_cast<std::uint8_t>(b);
  if (!in.ok()) return {};
  const auto length = static_cast<std::uint8_t>(bits);
  if (version == IpVersion::v6) return IpPrefix{octet, length};
  std::uint32_t v4 = 0;
  for (std::size_t at = 0; at < 4; ++at) v4 = v4 << 8 | octet.octets[at];
  return IpPrefix{Ip4{v4}, length};
}

void write_prefix(Writer& out, const IpPrefix& prefix) {
  for (std::size_t i = 0; i < octets(prefix.length()); ++i) out.u8(prefix.base().octet(i));
}

IpAddr read_address(Reader& in, IpVersion version) {
  if (version == IpVersion::v4) return Ip4{in.be32()};
  Ip6 address;
  for (std::uint8_t& octet : address.octets) octet = in.u8();
  return address;
}

void write_address(Writer& out, const IpAddr& address) {
  for (std::size_t i = 0; i < address.bits() / 8; ++i) out.u8(address.octet(i));
}

NlriRead read_nlri(Reader& in, NlriContext context, Reach& route) {
  return codec_of(context.family).read(in, context, route);
}

void write_nlri(Writer& out, NlriContext context, const Reach& route) {
  codec_of(context.family).write(out, context, route);
}

// A second, link-local IPv6 address may follow the global one (RFC 2545 section 3, RFC 4659).
std::optional<IpAddr> read_next_hop(Family family, Bytes field) {
  Reader in{field};
  const NextHopForm form = codec_of(family).next_hop;
  const bool has_rd = form == NextHopForm::rd_v4 || form == NextHopForm::rd_v6;
  const bool v6 = form == NextHopForm::v6 || form == NextHopForm::rd_v6;
  // FRR names the IPv4 next hop of an EVPN route as an IPv6 address that maps it.
  if (!v6 && !has_rd && field.size() == 16) {
    const IpAddr address = unmapped(read_address(in, IpVersion::v6).v6());
    return address.is_v4() ? std::optional{address} : std::nullopt;
  }
  const std::size_t one = (has_rd ? 8 : 0) + (v6 ? 16 : 4);
  if (field.size() != one && !(v6 && field.size() == 2 * one)) return {};
  if (has_rd) in.be64();
  const IpAddr address = read_address(in, v6 ? IpVersion::v6 : IpVersion::v4);
  return v6 ? unmapped(address.v6()) : address;
}

void write_next_hop(Writer& out, Family family, const IpAddr& next_hop) {
  const NextHopForm form = codec_of(family).next_hop;
  if (form == NextHopForm::rd_v4 || form == NextHopForm::rd_v6) out.be64(0);
  const bool v6 = form == NextHopForm::v6 || form == NextHopForm::rd_v6;
  if (!v6) return write_address(out, next_hop.v4());
  write_address(out, next_hop.is_v4() ? IpAddr{mapped(next_hop.v4())} : next_hop);
}

}  // namespace tflab::bgp
