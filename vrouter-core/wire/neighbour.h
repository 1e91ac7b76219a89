#pragma once
// Neighbour solicitation and advertisement (RFC 4861 sections 4.3 and 4.4), as ICMPv6 bodies.

#include <cstddef>
#include <cstdint>

#include "vrouter-core/wire/ipv6.h"

namespace tflab::wire {

// Solicitations and advertisements of routers and neighbours, redirects (RFC 4861 section 4).
constexpr bool finds_neighbours(std::uint8_t icmpv6_type) {
  return icmpv6_type >= 133 && icmpv6_type <= 137;
}

struct NeighbourSolicitation {
  static constexpr std::size_t size = 24;  // without options, none of which is needed to answer
  static constexpr std::uint8_t type = 135;
  Ip6 target;

  static constexpr NeighbourSolicitation read(Reader& in) {
    const bool right = in.u8() == type && in.u8() == 0;
    in.be16();
    in.be32();
    NeighbourSolicitation ask{read_ip6(in)};
    if (!right) in.fail();
    return ask;
  }

  friend bool operator==(const NeighbourSolicitation&, const NeighbourSolicitation&) = default;
};

struct NeighbourAdvertisement {
  static constexpr std::size_t size = 32;  // with the target link-layer address option
  static constexpr std::uint8_t type = 136;
  Ip6 target;
  Mac mac;
  bool router = true;  // who answers is one

  // `ip` is the header in front, for the checksum. Solicited is set; Override is not, because we
  // answer for somebody else (section 7.2.8).
  constexpr void write(Writer& out, const Ipv6& ip) const {
    const std::size_t start = out.written().size();
    write_with(out, 0);
    if (!out.ok()) return;
    Writer again = out.back_to(start);
    write_with(again, checksum(out.written().subspan(start, size), ip.pseudo_sum(size)));
  }

private:
  constexpr void write_with(Writer& out, std::uint16_t sum) const {
    out.u8(type);
    out.u8(0);
    out.be16(sum);
    out.be32(router ? 0xc0000000 : 0x40000000);
    wire::write(out, target);
    out.u8(2);  // target link-layer address
    out.u8(1);  // in units of 8 octets
    wire::write(out, mac);
  }
};

}  // namespace tflab::wire
