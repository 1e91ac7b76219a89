#pragma once
// RFC 768: source port (2) | destination port (2) | length (2) | checksum (2)

#include <cstddef>
#include <cstdint>

#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"

namespace tflab::wire {

struct Udp {
  static constexpr std::size_t size = 8;
  std::uint16_t src_port = 0, dst_port = 0;
  std::uint16_t length = 0;
  std::uint16_t checksum = 0;  // 0: none, as tunnels over IPv4 send it (RFC 7510 section 3)

  static constexpr Udp read(Reader& in) {
    Udp udp;
    udp.src_port = in.be16();
    udp.dst_port = in.be16();
    udp.length = in.be16();
    udp.checksum = in.be16();
    return udp;
  }
  constexpr void write(Writer& out) const {
    out.be16(src_port);
    out.be16(dst_port);
    out.be16(length);
    out.be16(checksum);
  }

  friend bool operator==(const Udp&, const Udp&) = default;
};

// MPLSoUDP: the port IANA gave it (RFC 7510), and the one the original listened on before.
inline constexpr std::uint16_t mpls_over_udp_port = 6635;
inline constexpr std::uint16_t mpls_over_udp_old_port = 51234;

}  // namespace tflab::wire
