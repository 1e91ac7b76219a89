#pragma once
// Hashes of ours, the same on every host; never std::hash, whose value is the library's business.

#include <cstdint>

namespace tflab {

// Two words into one in which every bit of both counts: both halves of their 128-bit product.
// Chained, the result so far is the first word.
constexpr std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a ^ 0x9e3779b97f4a7c15} * (b ^ 0xd6e8feb86659fd93);
  return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
}
// For a place in a table.
constexpr std::uint32_t mixed32(std::uint64_t a, std::uint64_t b = 0) {
  return static_cast<std::uint32_t>(mixed(a, b) >> 32);
}

// One word after the other. For choosing by something of any length.
class Hash {
public:
  constexpr explicit Hash(std::uint32_t seed = 0x7f4a7c15) : state_{seed} {}

  constexpr Hash& add(std::uint32_t word) {
    state_ = (state_ ^ word) * 0x9e3779b1u;  // 2^32 over the golden ratio: spreads low bits up
    state_ ^= state_ >> 15;
    return *this;
  }

  // The last words must reach every bit of the result too.
  constexpr std::uint32_t value() const {
    std::uint32_t h = state_;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
  }

private:
  std::uint32_t state_;
};

}  // namespace tflab
