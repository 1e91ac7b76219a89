#include "control-core/bgp/nlri.h"

#include <algorithm>

#include "control-core/bgp/nlri_prefix.h"

namespace tflab::bgp {
namespace {

constexpr unsigned membership_bits = 96, origin_bits = 32;
constexpr std::size_t target_octets = 8;
constexpr auto ip4 = IpVersion::v4, ip6 = IpVersion::v6;

// RFC 4684 section 4: nothing, or an origin and as much of a target as is meant. Any other length
// says nothing, but says where the next route begins.
NlriRead read_member(Reader& in, NlriContext, Reach& route) {
  const unsigned bits = in.u8();
  Reader field = in.sub(octets_for(bits));
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
  for (std::size_t i = 0; i < octets_for(bits); ++i)
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

// The families whose routes are read and written one by one.
template <auto read_one, auto write_one>
struct OneByOne {
  static NlriRead read(Reader& in, NlriContext context, Reach& route) {
    return read_one(in, context, route);
  }
  static void write(Writer& out, NlriContext context, const Reach& route) {
    write_one(out, context, route);
  }
};

// Neighbours in a message are mostly as long as each other: what a length means is found out once
// for all that follow it with the same.
template <class Each>
std::optional<Counted> count_prefixes(Bytes field) {
  Counted out;
  for (std::size_t at = 0; at < field.size();) {
    const auto bits = static_cast<unsigned>(field[at]);
    const std::size_t size = 1 + octets_for(bits);
    if (!Each::is_length(bits) || size > field.size() - at) return {};
    const std::size_t last = field.size() - size;
    for (; at <= last && static_cast<unsigned>(field[at]) == bits; at += size) ++out.good;
  }
  return out;
}

// The last routes of a field, where octets may be too few to read them in one go: from a copy that
// goes on with zeroes.
template <class Each>
std::size_t read_last_prefixes(Reader& field, NlriContext context, std::span<Reach> room) {
  std::size_t count = 0;
  for (; count < room.size() && field.left() > 0; ++count) {
    std::array<std::byte, Each::most> padded{};
    const Bytes left = field.rest();
    std::ranges::copy(left.first(std::min(left.size(), padded.size())), padded.begin());
    const auto bits = static_cast<unsigned>(left[0]);
    if (!Each::is_length(bits)) field.fail();
    field.take(1 + octets_for(bits));
    if (!field.ok()) break;
    Each::read(Reader{padded}, bits, context, room[count]);
  }
  return count;
}

// Where any route would fit, the end of the field is asked for once a route and every load is of a
// size that is known.
template <class Each>
[[gnu::flatten]] std::size_t read_prefixes(Reader& field, NlriContext context,
                                           std::span<Reach> room) {
  Bytes left = field.rest();
  std::size_t count = 0;
  while (count < room.size() && left.size() >= Each::most) {
    const auto bits = static_cast<unsigned>(left[0]);
    const std::size_t size = 1 + octets_for(bits);
    if (!Each::is_length(bits)) break;
    for (; count < room.size() && left.size() >= Each::most; ++count) {
      if (static_cast<unsigned>(left[0]) != bits) [[unlikely]]
        break;
      Each::read(Reader{left.first(Each::most)}, bits, context, room[count]);
      left = left.subspan(size);
    }
  }
  field.take(field.left() - left.size());
  return count + read_last_prefixes<Each>(field, context, room.subspan(count));
}

template <class Each>
NlriRead read_one_prefix(Reader& field, NlriContext context, Reach& route) {
  const bool read = read_prefixes<Each>(field, context, std::span{&route, 1}) == 1;
  return read ? NlriRead::ok : NlriRead::broken;
}

template <class Each>
std::optional<Counted> count_read(Bytes field) {
  Counted out;
  Reach scratch;
  Reader in{field};
  while (in.left() > 0) {
    const NlriRead verdict = Each::read(in, {}, scratch);
    if (verdict == NlriRead::broken) return {};
    ++(verdict == NlriRead::ok ? out.good : out.ignored);
  }
  return out;
}

// One family's way through many routes: where it is stays in registers.
template <class Each>
[[gnu::flatten]] std::size_t read_many(Reader& field, NlriContext context, std::span<Reach> room) {
  Reader in = field;
  std::size_t count = 0;
  while (count < room.size() && in.left() > 0)
    if (Each::read(in, context, room[count]) == NlriRead::ok) ++count;
  field = in;
  return count;
}

template <class Each>
[[gnu::flatten]] std::size_t write_many(Writer& room, NlriContext context,
                                        std::span<const Reach> routes) {
  Writer out = room;
  std::size_t count = 0, size = out.written().size();
  for (const Reach& route : routes) {
    Each::write(out, context, route);
    if (!out.ok()) break;
    size = out.written().size();
    ++count;
  }
  room = out.back_to(size);
  return count;
}

template <class Each>
constexpr Codec codec(Family family, NextHopForm next_hop, OtherVersion over_ip6,
                      std::optional<Counted> (*count)(Bytes field)) {
  return {family, next_hop, over_ip6, count, Each::read, read_many<Each>, write_many<Each>};
}
template <class Front>
constexpr Codec prefix_codec(Family family, NextHopForm next_hop, OtherVersion over_ip6) {
  using Each = PrefixCodec<Front>;
  return {family,
          next_hop,
          over_ip6,
          count_prefixes<Each>,
          read_one_prefix<Each>,
          read_prefixes<Each>,
          write_many<Each>};
}

using Member = OneByOne<read_member, write_member>;
using Evpn = OneByOne<read_evpn, write_evpn>;
using Ermvpn = OneByOne<read_ermvpn, write_ermvpn>;
constexpr auto malformed = OtherVersion::malformed, unusable = OtherVersion::unusable;

// RFC 8950 lets IPv4 families have IPv6 next hops where both have said that they know of it; route
// targets and e-vpn always may (RFC 4684 section 4, RFC 7432 section 7). Our tunnels run over IPv4.
constexpr std::array<Codec, families> codecs = [] {
  using enum NextHopForm;
  using F = Family;
  // clang-format off
  return std::array<Codec, families>{
      prefix_codec<Plain<ip4>>(F::inet,      v4,    unusable),
      prefix_codec<Plain<ip6>>(F::inet6,     v6,    malformed),
      prefix_codec<Vpn<ip4>>(F::inet_vpn,    rd_v4, unusable),
      prefix_codec<Vpn<ip6>>(F::inet6_vpn,   rd_v6, malformed),
      codec<Member>(F::route_target,         v4,    unusable,  count_read<Member>),
      codec<Evpn>(F::evpn,                   v4,    unusable,  count_evpn),
      codec<Ermvpn>(F::ermvpn,               v4,    malformed, count_read<Ermvpn>),
      prefix_codec<Labeled>(F::inet_labeled, v4,    unusable)};
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
