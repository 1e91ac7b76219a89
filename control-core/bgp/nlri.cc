#include "control-core/bgp/nlri.h"

#include <memory>

namespace tflab::bgp {
namespace {

constexpr std::uint32_t withdraw_label = 0x800000;  // RFC 8277 section 2.4
constexpr unsigned label_bits = 24, rd_bits = 64, membership_bits = 96, origin_bits = 32;
constexpr std::size_t target_octets = 8;
constexpr unsigned vpn_front = label_bits + rd_bits;
constexpr auto ip4 = IpVersion::v4, ip6 = IpVersion::v6;

constexpr std::size_t octets(unsigned bits) {
  return (bits + 7) / 8;
}

// The alternative to be filled, in place: routes come by the thousand and of one kind.
template <class Route>
Route& made(Nlri& nlri) {
  if (auto* same = std::get_if<Route>(&nlri)) return *same;
  return nlri.emplace<Route>();
}

// The first `size` octets of a number, the rest zero. A way for each size: which one comes is
// easily foretold, so the next route is begun before the length of this one is known.
std::uint32_t read_leading(Reader& in, std::size_t size) {
  switch (size) {
    case 4:
      return in.be32();
    case 3:
      return in.be24() << 8;
    case 2:
      return std::uint32_t{in.be16()} << 16;
    case 1:
      return std::uint32_t{in.u8()} << 24;
    case 0:
      return 0;
    default:
      in.fail();
      return 0;
  }
}

void write_leading(Writer& out, std::uint32_t number, std::size_t size) {
  switch (size) {
    case 4:
      return out.be32(number);
    case 3:
      return out.be24(number >> 8);
    case 2:
      return out.be16(static_cast<std::uint16_t>(number >> 16));
    case 1:
      return out.u8(static_cast<std::uint8_t>(number >> 24));
    default:
      return;
  }
}

// `bits` significant bits in as few octets as hold them.
template <IpVersion version>
void read_prefix(Reader& in, unsigned bits, IpPrefix& prefix) {
  const auto length = static_cast<std::uint8_t>(bits);
  if constexpr (version == ip4) {
    std::construct_at(&prefix, Ip4{read_leading(in, octets(bits))}, length);
  } else {
    Ip6 base;
    const Bytes after{in.rest()};
    const Bytes from = in.take(octets(bits));
    // What is too much is masked out, and a copy of known size is one load.
    if (after.size() >= base.octets.size())
      std::memcpy(base.octets.data(), after.data(), base.octets.size());
    else if (!from.empty())
      std::memcpy(base.octets.data(), from.data(), from.size());
    std::construct_at(&prefix, base, length);
  }
}

void write_prefix(Writer& out, const IpPrefix& prefix) {
  const std::size_t size = octets(prefix.length());
  const IpAddr& base = prefix.base();
  if (base.is_v4()) return write_leading(out, base.v4().raw(), size);
  out.bytes(std::as_bytes(std::span{base.v6().octets}.first(size)));
}

// What the length of a prefix may be with all that its family puts in front of it, in bits.
struct Span {
  std::uint8_t least = 0, most = 0;
  constexpr bool has(unsigned bits) const { return bits >= least && bits <= most; }
};
constexpr Span span_of(unsigned front, IpVersion version) {
  return {static_cast<std::uint8_t>(front),
          static_cast<std::uint8_t>(front + (version == ip4 ? 32 : 128))};
}

void write_mpls_label(Writer& out, NlriContext context, std::uint32_t label) {
  out.be24(context.withdraw ? withdraw_label : wire_label(label, false));
}

NlriRead whole(const Reader& in) {
  return in.ok() ? NlriRead::ok : NlriRead::broken;
}

template <IpVersion version>
NlriRead read_inet(Reader& in, NlriContext, Reach& route) {
  const unsigned bits = in.u8();
  if (!span_of(0, version).has(bits)) return NlriRead::broken;
  read_prefix<version>(in, bits, made<InetRoute>(route.nlri).prefix);
  return whole(in);
}

void write_inet(Writer& out, NlriContext, const Reach& route) {
  const IpPrefix& prefix = std::get<InetRoute>(route.nlri).prefix;
  out.u8(prefix.length());
  write_prefix(out, prefix);
}

// RFC 8277 section 2.2: exactly one label, whatever its bottom-of-stack bit says.
NlriRead read_labeled(Reader& in, NlriContext context, Reach& route) {
  const unsigned bits = in.u8();
  if (!span_of(label_bits, ip4).has(bits)) return NlriRead::broken;
  const std::uint32_t label = label_of_wire(in.be24(), false);
  route.label = context.withdraw ? 0 : label;
  read_prefix<ip4>(in, bits - label_bits, made<InetRoute>(route.nlri).prefix);
  return whole(in);
}

void write_labeled(Writer& out, NlriContext context, const Reach& route) {
  const IpPrefix& prefix = std::get<InetRoute>(route.nlri).prefix;
  out.u8(static_cast<std::uint8_t>(label_bits + prefix.length()));
  write_mpls_label(out, context, route.label);
  write_prefix(out, prefix);
}

// RFC 4364 section 4.3.4, RFC 4659 section 3.2.
template <IpVersion version>
NlriRead read_vpn(Reader& in, NlriContext context, Reach& route) {
  const unsigned bits = in.u8();
  if (!span_of(vpn_front, version).has(bits)) return NlriRead::broken;
  VpnRoute& vpn = made<VpnRoute>(route.nlri);
  const std::uint32_t label = label_of_wire(in.be24(), false);
  route.label = context.withdraw ? 0 : label;
  vpn.rd = RouteDistinguisher{in.be64()};
  read_prefix<version>(in, bits - vpn_front, vpn.prefix);
  return whole(in);
}

void write_vpn(Writer& out, NlriContext context, const Reach& route) {
  const auto& [rd, prefix] = std::get<VpnRoute>(route.nlri);
  out.u8(static_cast<std::uint8_t>(vpn_front + prefix.length()));
  write_mpls_label(out, context, route.label);
  out.be64(rd.wire());
  write_prefix(out, prefix);
}

// RFC 4684 section 4: nothing, or an origin and as much of a target as is meant. Any other length
// says nothing, but says where the next route begins.
NlriRead read_member(Reader& in, NlriContext, Reach& route) {
  const unsigned bits = in.u8();
  Reader field = in.sub(octets(bits));
  if (!in.ok()) return NlriRead::broken;
  if ((bits != 0 && bits < origin_bits) || bits > membership_bits) return NlriRead::ignored;
  TargetRoute membership;
  if (bits >= origin_bits) membership.origin = Asn{field.be32()};
  if (bits > origin_bits) {
    std::uint64_t target = 0;
    for (std::size_t i = 0; i < target_octets; ++i)
      target = target << 8 | (field.left() > 0 ? field.u8() : 0);
    membership.covers(RouteTarget{target}, bits - origin_bits);
  }
  route.nlri = membership;
  return NlriRead::ok;
}

void write_member(Writer& out, NlriContext, const Reach& route) {
  const auto& membership = std::get<TargetRoute>(route.nlri);
  const auto& [origin, target, target_bits] = membership;
  if (!target && origin == Asn{}) return out.u8(0);
  const unsigned bits = target ? target_bits : 0;
  out.u8(static_cast<std::uint8_t>(origin_bits + bits));
  out.be32(origin.raw());
  for (std::size_t i = 0; i < octets(bits); ++i)
    out.u8(static_cast<std::uint8_t>(target->wire() >> (56 - 8 * i)));
}

// What stands before the address of a next hop, and which address it is.
enum class NextHopForm : std::uint8_t { v4, v6, rd_v4, rd_v6 };

// How a next hop of IPv6 is taken where IPv4 is the rule: legal to some, of no use to us.
enum class OtherVersion : std::uint8_t { malformed, unusable };

struct Codec {
  Family family;
  NextHopForm next_hop;
  OtherVersion over_ip6;
  std::optional<Counted> (*count)(Bytes field);
  NlriRead (*read)(Reader& in, NlriContext context, Reach& route);
  ReadNlris read_many;
  std::size_t (*write_many)(Writer& out, NlriContext context, std::span<const Reach> routes);
};

// Neighbours in a message are mostly as long as each other: what the last length meant is kept, so
// that the next one need not be waited for.
template <Span span>
std::optional<Counted> count_prefixes(Bytes field) {
  Counted out;
  unsigned last = 256;
  std::size_t step = 0;
  for (std::size_t at = 0; at < field.size(); at += step, ++out.good) {
    const auto bits = static_cast<unsigned>(field[at]);
    if (bits != last) {
      if (!span.has(bits)) return {};
      last = bits;
      step = 1 + octets(bits);
    }
    if (step > field.size() - at) return {};
  }
  return out;
}

template <auto read>
std::optional<Counted> count_read(Bytes field) {
  Counted out;
  Reach scratch;
  Reader in{field};
  while (in.left() > 0) {
    const NlriRead verdict = read(in, {}, scratch);
    if (verdict == NlriRead::broken) return {};
    ++(verdict == NlriRead::ok ? out.good : out.ignored);
  }
  return out;
}

// One family's way through many routes: where it is stays in registers.
template <auto read>
[[gnu::flatten]] std::size_t read_many(Reader& field, NlriContext context, std::span<Reach> room) {
  Reader in = field;
  std::size_t count = 0;
  while (count < room.size() && in.left() > 0)
    if (read(in, context, room[count]) == NlriRead::ok) ++count;
  field = in;
  return count;
}

template <auto write>
[[gnu::flatten]] std::size_t write_many(Writer& room, NlriContext context,
                                        std::span<const Reach> routes) {
  Writer out = room;
  std::size_t count = 0, size = out.written().size();
  for (const Reach& route : routes) {
    write(out, context, route);
    if (!out.ok()) break;
    size = out.written().size();
    ++count;
  }
  room = out.back_to(size);
  return count;
}

template <auto count, auto read, auto write>
constexpr Codec codec(Family family, NextHopForm next_hop, OtherVersion over_ip6) {
  return {family, next_hop, over_ip6, count, read, read_many<read>, write_many<write>};
}

constexpr auto malformed = OtherVersion::malformed, unusable = OtherVersion::unusable;
constexpr Span plain4 = span_of(0, ip4), plain6 = span_of(0, ip6);
constexpr Span vpn4 = span_of(vpn_front, ip4), vpn6 = span_of(vpn_front, ip6);
constexpr Span labeled4 = span_of(label_bits, ip4);

// RFC 8950 lets IPv4 families have IPv6 next hops where both have said that they know of it; route
// targets and e-vpn always may (RFC 4684 section 4, RFC 7432 section 7). Our tunnels run over IPv4.
constexpr std::array<Codec, families> codecs = [] {
  using enum NextHopForm;
  using F = Family;
  // clang-format off
  return std::array<Codec, families>{
      codec<count_prefixes<plain4>, read_inet<ip4>, write_inet>(F::inet, v4, unusable),
      codec<count_prefixes<plain6>, read_inet<ip6>, write_inet>(F::inet6, v6, malformed),
      codec<count_prefixes<vpn4>, read_vpn<ip4>, write_vpn>(F::inet_vpn, rd_v4, unusable),
      codec<count_prefixes<vpn6>, read_vpn<ip6>, write_vpn>(F::inet6_vpn, rd_v6, malformed),
      codec<count_read<read_member>, read_member, write_member>(F::route_target, v4, unusable),
      codec<count_evpn, read_evpn, write_evpn>(F::evpn, v4, unusable),
      codec<count_read<read_ermvpn>, read_ermvpn, write_ermvpn>(F::ermvpn, v4, malformed),
      codec<count_prefixes<labeled4>, read_labeled, write_labeled>(F::inet_labeled, v4, unusable)};
  // clang-format on
}();

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

IpAddr read_address(Reader& in, IpVersion version) {
  if (version == IpVersion::v4) return Ip4{in.be32()};
  Ip6 address;
  read_octets(in, address.octets);
  return address;
}

void write_address(Writer& out, const IpAddr& address) {
  if (address.is_v4()) return out.be32(address.v4().raw());
  write_octets(out, address.v6().octets);
}

std::optional<Counted> count_routes(NlriContext context, Bytes field) {
  return codec_of(context.family).count(field);
}

ReadNlris reader_of(Family family) {
  return codec_of(family).read_many;
}

NlriRead read_nlri(Reader& in, NlriContext context, Reach& route) {
  return codec_of(context.family).read(in, context, route);
}

std::size_t write_nlris(Writer& out, NlriContext context, std::span<const Reach> routes) {
  return codec_of(context.family).write_many(out, context, routes);
}

// A second, link-local IPv6 address may follow the global one (RFC 2545 section 3, RFC 4659).
NextHopRead read_next_hop(Family family, Bytes field, IpAddr& next_hop) {
  const Codec& codec = codec_of(family);
  const bool has_rd = codec.next_hop == NextHopForm::rd_v4 || codec.next_hop == NextHopForm::rd_v6;
  const bool v6 = codec.next_hop == NextHopForm::v6 || codec.next_hop == NextHopForm::rd_v6;
  const std::size_t rd = has_rd ? 8 : 0, one_v4 = rd + 4, one_v6 = rd + 16;
  const bool fits_v6 = field.size() == one_v6 || field.size() == 2 * one_v6;
  const bool fits_v4 = !v6 && field.size() == one_v4;
  if (!fits_v4 && !(fits_v6 && (v6 || codec.over_ip6 == unusable))) return NextHopRead::malformed;
  Reader in{field.subspan(rd)};
  next_hop = read_address(in, fits_v4 ? IpVersion::v4 : IpVersion::v6);
  if (!fits_v4) next_hop = unmapped(next_hop.v6());
  // FRR names the IPv4 next hop of an e-vpn route as an IPv6 address that maps it.
  if (!v6 && !next_hop.is_v4()) return NextHopRead::unusable;
  return names_a_host(next_hop) ? NextHopRead::ok : NextHopRead::unusable;
}

bool names_a_host(const IpAddr& address) {
  constexpr std::uint8_t loopback = 127, first_multicast = 224, multicast6 = 0xff;
  const std::uint8_t first = address.octet(0);
  if (address.is_v4()) return first != 0 && first != loopback && first < first_multicast;
  constexpr Ip6 unspecified{}, loopback6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  return first != multicast6 && address.v6() != unspecified && address.v6() != loopback6;
}

void write_next_hop(Writer& out, Family family, const IpAddr& next_hop) {
  const NextHopForm form = codec_of(family).next_hop;
  if (form == NextHopForm::rd_v4 || form == NextHopForm::rd_v6) out.be64(0);
  const bool v6 = form == NextHopForm::v6 || form == NextHopForm::rd_v6;
  if (!v6) return write_address(out, next_hop.v4());
  write_address(out, next_hop.is_v4() ? IpAddr{mapped(next_hop.v4())} : next_hop);
}

}  // namespace tflab::bgp
