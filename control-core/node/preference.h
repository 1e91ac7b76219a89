#pragma once
// A route that prefers by local preference inside an AS prefers by MED outside it, where nobody
// sees the other; a control node of another AS turns it back. The mapping is the original's.

#include <cstdint>
#include <limits>

namespace tflab::node {

// MED of a local preference, and the local preference of a MED.
constexpr std::uint32_t mirrored(std::uint32_t preference) {
  if (preference == 100) return 200;
  if (preference == 200) return 100;
  return std::numeric_limits<std::uint32_t>::max() - preference;
}
static_assert(mirrored(mirrored(100)) == 100 && mirrored(mirrored(7)) == 7);

}  // namespace tflab::node
