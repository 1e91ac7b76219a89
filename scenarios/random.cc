#include "scenarios/random.h"

#include "vrouter-core/base/hash.h"

namespace tflab::scenario {

Random::Random(std::uint64_t seed, std::string_view place) : key_{mixed(seed, place.size())} {
  for (const char letter : place) key_ = mixed(key_, static_cast<unsigned char>(letter));
}

// Counter-based: the n-th number is a hash of n.
std::uint64_t Random::next() {
  return mixed(mixed(key_, ++count_), key_);
}

double Random::unit() {
  return static_cast<double>(next() >> 11) * 0x1p-53;
}

std::uint64_t Random::below(std::uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(Wide{next()} * bound >> 64);
}

}  // namespace tflab::scenario
