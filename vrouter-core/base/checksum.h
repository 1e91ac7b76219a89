#pragma once
// The Internet checksum: whole (RFC 1071) and after one changed word (RFC 1624).

#include <cstddef>
#include <cstdint>

#include "vrouter-core/base/reader.h"

namespace tflab {

// The plain sum of big-endian words, an odd last octet padded with zero; `start` chains pieces of
// even length. 64 KiB cannot overflow 32 bits.
constexpr std::uint32_t word_sum(Bytes bytes, std::uint32_t start = 0) {
  std::uint32_t sum = start;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto octet = static_cast<std::uint32_t>(bytes[i]);
    sum += i % 2 == 0 ? octet << 8 : octet;
  }
  return sum;
}

constexpr std::uint16_t folded(std::uint32_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

// What belongs in the checksum field (the field itself counted as zero). Over a header that
// carries its checksum the result is 0 when the header is sound.
constexpr std::uint16_t checksum(Bytes bytes, std::uint32_t start = 0) {
  return static_cast<std::uint16_t>(~folded(word_sum(bytes, start)));
}

// RFC 1624 equation 3: HC' = ~(~HC + ~m + m'). Equation 2 of RFC 1141 would turn 0xffff into 0.
constexpr std::uint16_t checksum_after(std::uint16_t before, std::uint16_t was,
                                       std::uint16_t becomes) {
  const std::uint32_t sum = static_cast<std::uint16_t>(~before) +
                            std::uint32_t{static_cast<std::uint16_t>(~was)} + becomes;
  return static_cast<std::uint16_t>(~folded(sum));
}

}  // namespace tflab
