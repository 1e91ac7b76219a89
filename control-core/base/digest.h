#pragma once
// Of octets, to know them again: 64 bits, the same on every host, no protection against malice.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "vrouter-core/base/hash.h"
#include "vrouter-core/base/reader.h"

namespace tflab {

inline std::uint64_t digest_of(Bytes octets) {
  std::uint64_t digest = octets.size();
  for (; octets.size() >= sizeof digest; octets = octets.subspan(sizeof digest)) {
    std::uint64_t word = 0;
    std::memcpy(&word, octets.data(), sizeof word);
    digest = mixed(digest, word);
  }
  for (const std::byte octet : octets)
    digest = mixed(digest, std::to_integer<std::uint64_t>(octet));
  return digest;
}

}  // namespace tflab
