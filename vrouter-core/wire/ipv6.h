#pragma once
// RFC 8200 fixed header. Extension headers are payload here: nothing in the first cut reads past
// them.

#include <cstddef>
#include <cstdint>

#include "vrouter-core/base/checksum.h"
#include "vrouter-core/wire/address.h"
#include "vrouter-core/wire/protocol.h"

namespace tflab::wire {

struct Ipv6 {
  static constexpr std::size_t size = 40;

  std::uint16_t payload_length = 0;
  Protocol next_header{};
  std::uint8_t hop_limit = 0;
  Ip6 src, dst;

  static constexpr Ipv6 read(Reader& in) {
    const std::uint32_t version_class_flow = in.be32();
    Ipv6 ip;
    ip.payload_length = in.be16();
    ip.next_header = static_cast<Protocol>(in.u8());
    ip.hop_limit = in.u8();
    ip.src = read_ip6(in);
    ip.dst = read_ip6(in);
    if (version_class_flow >> 28 != 6) in.fail();
    return ip;
  }
  constexpr void write(Writer& out) const {
    out.be32(0x60000000);
    out.be16(payload_length);
    out.u8(static_cast<std::uint8_t>(next_header));
    out.u8(hop_limit);
    wire::write(out, src);
    wire::write(out, dst);
  }

  // RFC 8200 section 8.1: what the checksum of an upper layer starts from.
  constexpr std::uint32_t pseudo_sum(std::uint32_t upper_length) const {
    std::uint32_t sum = upper_length + static_cast<std::uint8_t>(next_header);
    for (std::size_t i = 0; i < 16; i += 2) {
      sum += std::uint32_t{src.octets[i]} << 8 | src.octets[i + 1];
      sum += std::uint32_t{dst.octets[i]} << 8 | dst.octets[i + 1];
    }
    return sum;
  }

  friend bool operator==(const Ipv6&, const Ipv6&) = default;
};

constexpr bool multicast(const Ip6& a) {
  return a.octets[0] == 0xff;
}
constexpr bool link_local(const Ip6& a) {
  return a.octets[0] == 0xfe && (a.octets[1] & 0xc0) == 0x80;
}
// The address an interface gives itself from its MAC (RFC 4291 appendix A).
constexpr Ip6 link_local_of(const Mac& mac) {
  const auto& m = mac.octets;
  return {{0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(m[0] ^ 2), m[1], m[2], 0xff,
           0xfe, m[3], m[4], m[5]}};
}

}  // namespace tflab::wire
