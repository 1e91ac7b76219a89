#pragma once
// RFC 2784 header with the key of RFC 2890: C|R|K|S|reserved|version (2) | protocol (2), then 4
// octets each for checksum and key. We write neither; what we do not understand fails the reader.

#include <cstddef>
#include <cstdint>

#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"

namespace tflab::wire {

struct Gre {
  static constexpr std::size_t size = 4;  // without checksum and key
  std::uint16_t protocol = 0;
  std::uint8_t header_size = size;

  static constexpr Gre read(Reader& in) {
    constexpr std::uint16_t has_checksum = 0x8000, has_key = 0x2000;
    const std::uint16_t flags = in.be16();
    Gre gre{.protocol = in.be16()};
    if ((flags & ~(has_checksum | has_key)) != 0) in.fail();
    const int optional = ((flags & has_checksum) != 0) + ((flags & has_key) != 0);
    gre.header_size = static_cast<std::uint8_t>(size + 4 * static_cast<std::size_t>(optional));
    in.take(gre.header_size - size);
    return gre;
  }
  constexpr void write(Writer& out) const {
    out.be16(0);
    out.be16(protocol);
  }

  friend bool operator==(const Gre&, const Gre&) = default;
};

}  // namespace tflab::wire
