#pragma once
// The Internet checksum: whole (RFC 1071) and after one changed word (RFC 1624).

#include <cstddef>
#include <cstdint>

#include "vrouter-core/base/load.h"
#include "vrouter-core/base/reader.h"

namespace tflab {

// The plain sum of big-endian words, an odd last octet padded with zero; `start` chains pieces of
// even length. 64 KiB cannot overflow 32 bits.
constexpr std::uint32_t word_sum(Bytes bytes, std::uint32_t start = 0) {
  std::uint64_t sum = start;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 4; left -= 4, at += 4) sum += load32(at);
  if (left >= 2) sum += load16(at), left -= 2, at += 2;
  if (left != 0) sum += std::uint32_t{load<std::uint8_t>(at)} << 8;
  // Sixteen bits may be added wherever they stand: 2^16 is 1 in this arithmetic.
  sum = (sum & 0xffffffff) + (sum >> 32);
  return static_cast<std::uint32_t>((sum & 0xffff) + (sum >> 16));
}

// Twice is enough for any sum, and asks no question that depends on the packet.
constexpr std::uint16_t folded(std::uint32_t sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum + (sum >> 16));
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
