#pragma once
// A fixed set of timers named by an enum whose last enumerator is `count`. No heap, no callbacks:
// next() is the minimum, due() asks whether one has run out and disarms it if so.

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

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
  void arm(Timer timer, Instant when) {
    disarm(timer);
    at(timer) = when;
    next_ = earliest(next_, when);
  }
  void disarm(Timer timer) {
    const std::optional<Instant> was = std::exchange(at(timer), std::nullopt);
    if (was && was == next_) look_again();
  }
  void disarm_all() {
    due_.fill(std::nullopt);
    next_.reset();
  }
  bool armed(Timer timer) const { return due_[index(timer)].has_value(); }

  bool due(Timer timer, Instant now) {
    if (!at(timer) || *at(timer) > now) return false;
    disarm(timer);
    return true;
  }
  std::optional<Instant> next() const { return next_; }

private:
  void look_again() {
    next_.reset();
    for (const auto& when : due_) next_ = earliest(next_, when);
  }
  static constexpr std::size_t index(Timer timer) { return static_cast<std::size_t>(timer); }
  std::optional<Instant>& at(Timer timer) { return due_[index(timer)]; }

  std::array<std::optional<Instant>, static_cast<std::size_t>(Timer::count)> due_;
  std::optional<Instant> next_;  // the minimum, which is asked for more often than it changes
};

}  // namespace tflab
