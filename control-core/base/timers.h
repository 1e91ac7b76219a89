#pragma once
// A fixed set of timers named by an enum whose last enumerator is `count`. No heap, no callbacks:
// next() is the minimum, due() asks whether one has run out and disarms it if so.

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "vrouter-core/base/instant.h"

namespace tflab {

// The earlier of two wake-ups, either of which may be absent.
inline std::optional<Instant> earliest(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

template <class Timer>
class Timers {
public:
  void arm(Timer timer, Instant when) { at(timer) = when; }
  void disarm(Timer timer) { at(timer).reset(); }
  void disarm_all() { due_.fill(std::nullopt); }
  bool armed(Timer timer) const { return due_[index(timer)].has_value(); }

  bool due(Timer timer, Instant now) {
    if (!at(timer) || *at(timer) > now) return false;
    disarm(timer);
    return true;
  }
  std::optional<Instant> next() const {
    std::optional<Instant> first;
    for (const auto& when : due_) first = earliest(first, when);
    return first;
  }

private:
  static constexpr std::size_t index(Timer timer) { return static_cast<std::size_t>(timer); }
  std::optional<Instant>& at(Timer timer) { return due_[index(timer)]; }

  std::array<std::optional<Instant>, static_cast<std::size_t>(Timer::count)> due_;
};

}  // namespace tflab
