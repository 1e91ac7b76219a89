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

  // Of a header with such flags; nothing is that short, and 0 is for flags we do not understand.
  static constexpr std::uint8_t size_with(std::uint16_t flags) {
    constexpr std::uint16_t has_checksum = 0x8000, has_key = 0x2000;
    if ((flags & ~(has_checksum | has_key)) != 0) return 0;
    const int optional = ((flags & has_checksum) != 0 ? 4 : 0) + ((flags & has_key) != 0 ? 4 : 0);
    return static_cast<std::uint8_t>(size + static_cast<std::size_t>(optional));
  }

  static constexpr Gre read(Reader& in) {
    const std::uint8_t whole = size_with(in.be16());
    const Gre gre{.protocol = in.be16(), .header_size = whole};
    if (whole == 0)
      in.fail();
    else
      in.take(whole - size);
    return gre;
  }
  constexpr void write(Writer& out) const {
    out.be16(0);
    out.be16(protocol);
  }

  friend bool operator==(const Gre&, const Gre&) = default;
};

}  // namespace tflab::wire
