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
  static constexpr std::uint32_t flag_i = 0x08000000;  // without it the VNI means nothing
  Vni vni{};

  // Fails without flag I.
  static constexpr Vxlan read(Reader& in) {
    const bool valid = (in.be32() & flag_i) != 0;
    const Vxlan header{Vni{in.be32() >> 8}};
    if (!valid) in.fail();
    return header;
  }
  constexpr void write(Writer& out) const {
    out.be32(flag_i);
    out.be32(vni.raw() << 8);
  }

  friend bool operator==(const Vxlan&, const Vxlan&) = default;
};

inline constexpr std::uint16_t vxlan_port = 4789;

}  // namespace tflab::wire
