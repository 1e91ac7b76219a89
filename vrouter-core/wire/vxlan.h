#pragma once
// RFC 7348 section 5: flags (1) | reserved (3) | VNI (3) | reserved (1). Only flag I may be relied
// on; the rest is sent as zero and ignored.

#include <cstddef>
#include <cstdint>

#include "vrouter-core/base/id.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"

namespace tflab::wire {

struct Vxlan {
  static constexpr std::size_t size = 8;
  Vni vni{};

  // Fails without flag I: then the VNI means nothing.
  [[gnu::always_inline]] static constexpr Vxlan read(Reader& in) {
    const bool valid = (in.be32() & 0x08000000) != 0;
    const Vxlan header{Vni{in.be32() >> 8}};
    if (!valid) in.fail();
    return header;
  }
  constexpr void write(Writer& out) const {
    out.be32(0x08000000);
    out.be32(vni.raw() << 8);
  }

  friend bool operator==(const Vxlan&, const Vxlan&) = default;
};

inline constexpr std::uint16_t vxlan_port = 4789;

}  // namespace tflab::wire
