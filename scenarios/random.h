#pragma once
// One stream of random numbers for each place of a scenario that wants some: what it yields depends
// on the run's seed and the place's name alone, so a generator more changes nobody else's numbers.
// Ours and not the library's, whose distributions differ from one to the next.

#include <cstdint>
#include <string_view>

namespace tflab::scenario {

class Random {
public:
  Random(std::uint64_t seed, std::string_view place);

  std::uint64_t next();
  double unit();                             // [0, 1)
  std::uint64_t below(std::uint64_t bound);  // [0, bound); bound is not 0

private:
  std::uint64_t key_, count_ = 0;
};

}  // namespace tflab::scenario
