#include "vrouter-core/base/hash.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace tflab {
namespace {

// What a port is chosen by must not change between builds: runs are compared octet by octet.
static_assert(Hash{}.add(1).add(2).value() == Hash{}.add(1).add(2).value());
static_assert(Hash{}.add(1).add(2).value() != Hash{}.add(2).add(1).value());
static_assert(Hash{1}.add(1).value() != Hash{2}.add(1).value());

TEST(Hash, spreads_neighbouring_words_over_the_upper_bits) {
  std::array<int, 64> upper{};
  for (std::uint32_t i = 0; i < 64'000; ++i) ++upper[Hash{}.add(0x0a000001).add(i).value() >> 26];
  for (int n : upper) EXPECT_NEAR(n, 1000, 200);
}

TEST(Hash, seldom_gives_two_flows_one_value) {
  std::set<std::uint32_t> values;
  for (std::uint32_t a = 0; a < 100; ++a) {
    for (std::uint32_t b = 0; b < 100; ++b) values.insert(Hash{}.add(a).add(b).value());
  }
  EXPECT_GE(values.size(), 9'995u);
}

}  // namespace
}  // namespace tflab
