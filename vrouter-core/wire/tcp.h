#pragma once
// RFC 9293 section 3.1, as far as a flow table reads it: ports, sequence, acknowledgement, flags.

#include <cstddef>
#include <cstdint>

#include "vrouter-core/base/reader.h"

namespace tflab::wire {

struct Tcp {
  static constexpr std::size_t size = 20;  // without options
  static constexpr std::uint8_t fin = 1, syn = 2, reset = 4, ack = 16;

  std::uint32_t sequence = 0, acknowledged = 0;
  std::uint8_t header_size = size;
  std::uint8_t flags = 0;

  constexpr bool has(std::uint8_t flag) const { return (flags & flag) != 0; }

  // Fails when the header says that it is shorter than it can be or longer than the segment is.
  static constexpr Tcp read(Reader& in) {
    Tcp tcp;
    in.be32();
    tcp.sequence = in.be32();
    tcp.acknowledged = in.be32();
    tcp.header_size = static_cast<std::uint8_t>((in.u8() >> 4) * 4);
    tcp.flags = in.u8();
    in.be16();
    in.be32();
    if (tcp.header_size < size) {
      in.fail();
    } else {
      in.take(tcp.header_size - size);
    }
    return tcp;
  }

  friend bool operator==(const Tcp&, const Tcp&) = default;
};

}  // namespace tflab::wire
