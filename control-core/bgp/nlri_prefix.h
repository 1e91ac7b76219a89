#pragma once
// Routes that are a prefix, with a label and an RD in front of it or not: inet, inet6,
// inet-labeled (RFC 8277), inet-vpn, inet6-vpn (RFC 4364 section 4.3.4, RFC 4659 section 3.2).
// Each is a codec that nlri.cc compiles its loops for.

#include <memory>

#include "control-core/bgp/nlri.h"

namespace tflab::bgp {

constexpr std::size_t octets_for(unsigned bits) {
  return (bits + 7) / 8;
}

// The alternative to be filled, in place: routes come by the thousand and of one kind.
template <class Route>
Route& made(Nlri& nlri) {
  if (auto* same = std::get_if<Route>(&nlri)) return *same;
  return nlri.emplace<Route>();
}

// An address is read and written whole, which is one load or store: what is too much is masked out
// by the prefix, or overwritten by the next route.
template <IpVersion version>
void read_prefix(Reader& in, std::uint8_t length, IpPrefix& prefix) {
  if constexpr (version == IpVersion::v4) {
    std::construct_at(&prefix, Ip4{in.be32()}, length);
  } else {
    Ip6 base;
    read_octets(in, base.octets);
    std::construct_at(&prefix, base, length);
  }
}

template <IpVersion version>
void write_prefix(Writer& out, const IpPrefix& prefix) {
  if constexpr (version == IpVersion::v4)
    out.be32(prefix.base().v4().raw());
  else
    write_octets(out, prefix.base().v6().octets);
}

// RFC 8277 section 2.2: exactly one label, whatever its bottom-of-stack bit says.
inline std::uint32_t read_label(Reader& in, NlriContext context) {
  const std::uint32_t label = label_of_wire(in.be24(), false);
  return context.withdraw ? 0 : label;
}

inline void write_mpls_label(Writer& out, NlriContext context, std::uint32_t label) {
  constexpr std::uint32_t withdrawn = 0x800000;  // RFC 8277 section 2.4
  out.be24(context.withdraw ? withdrawn : wire_label(label, false));
}

// What stands between the length and the prefix.
template <IpVersion of>
struct Plain {
  static constexpr IpVersion version = of;
  static constexpr unsigned bits = 0;
  using Route = InetRoute;
  static void read(Reader&, NlriContext, Reach&) {}
  static void write(Writer&, NlriContext, const Reach&) {}
};

struct Labeled {
  static constexpr IpVersion version = IpVersion::v4;
  static constexpr unsigned bits = 24;
  using Route = InetRoute;
  static void read(Reader& in, NlriContext context, Reach& route) {
    route.label = read_label(in, context);
  }
  static void write(Writer& out, NlriContext context, const Reach& route) {
    write_mpls_label(out, context, route.label);
  }
};

template <IpVersion of>
struct Vpn {
  static constexpr IpVersion version = of;
  static constexpr unsigned bits = 24 + 64;  // a label and an RD
  using Route = VpnRoute;
  static void read(Reader& in, NlriContext context, Reach& route) {
    route.label = read_label(in, context);
    std::get<VpnRoute>(route.nlri).rd = RouteDistinguisher{in.be64()};
  }
  static void write(Writer& out, NlriContext context, const Reach& route) {
    write_mpls_label(out, context, route.label);
    out.be64(std::get<VpnRoute>(route.nlri).rd.wire());
  }
};

template <class Front>
struct PrefixCodec {
  using Route = typename Front::Route;
  static constexpr unsigned address_bits = Front::version == IpVersion::v4 ? 32 : 128;
  static constexpr std::size_t most = 1 + octets_for(Front::bits + address_bits);

  // The octet that stands before a route: how many bits of it there are, front and prefix.
  static bool is_length(unsigned bits) {
    return bits >= Front::bits && bits <= Front::bits + address_bits;
  }

  // `in` has `most` octets, which are more than the route's if it is shorter.
  static void read(Reader in, unsigned bits, NlriContext context, Reach& route) {
    Route& as_made = made<Route>(route.nlri);
    in.u8();
    Front::read(in, context, route);
    read_prefix<Front::version>(in, static_cast<std::uint8_t>(bits - Front::bits), as_made.prefix);
  }

  static void write(Writer& out, NlriContext context, const Reach& route) {
    const IpPrefix& prefix = std::get<Route>(route.nlri).prefix;
    const unsigned bits = Front::bits + prefix.length();
    out.up_to<most>([&](Writer to) {
      to.u8(static_cast<std::uint8_t>(bits));
      Front::write(to, context, route);
      write_prefix<Front::version>(to, prefix);
      return 1 + octets_for(bits);
    });
  }
};

}  // namespace tflab::bgp
