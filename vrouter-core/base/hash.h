#pragma once
// One seeded hash of 32-bit words, the same on every host. For choosing paths and ports, where the
// result may be seen from outside; never std::hash, whose value is the library's business.

#include <cstdint>

namespace tflab {

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
