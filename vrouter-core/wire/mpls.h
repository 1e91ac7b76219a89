#pragma once
// RFC 3032 section 2.1: label (20) | traffic class (3) | bottom of stack (1) | TTL (8)

#include <cstddef>
#include <cstdint>

#include "vrouter-core/base/id.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"

namespace tflab::wire {

struct MplsEntry {
  static constexpr std::size_t size = 4;
  Label label;
  bool bottom{};
  std::uint8_t ttl{};

  static constexpr MplsEntry of(std::uint32_t word) {
    return {Label{word >> 12}, (word >> 8 & 1) != 0, static_cast<std::uint8_t>(word)};
  }
  static constexpr MplsEntry read(Reader& in) { return of(in.be32()); }
  constexpr void write(Writer& out) const {
    out.be32(label.raw() << 12 | (bottom ? 0x100u : 0u) | ttl);
  }

  friend bool operator==(const MplsEntry&, const MplsEntry&) = default;
};

}  // namespace tflab::wire
