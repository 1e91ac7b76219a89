#pragma once
// The event loop of a daemon: one thread, one Asio context, a clock, and the rhythm of every host:
// call in, drain what came out, sleep until the core's next timer.

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <optional>

#include "vrouter-core/base/instant.h"

namespace tflab::netns {

// The time a core is told: the monotonic clock, plus what the lab has skipped because nothing was
// going to happen. Never goes back.
class Clock {
public:
  Instant now() const;
  // Wall clock of Instant zero, for texts on pages only.
  std::int64_t utc_ns_at_zero() const { return utc_ns_at_zero_; }

  Duration skipped() const { return skipped_; }
  void skip_to(Duration total) { skipped_ = std::max(skipped_, total); }

private:
  static std::int64_t wall_less_monotonic();

  Duration skipped_{};
  std::int64_t utc_ns_at_zero_ = wall_less_monotonic();
};

// One timer that follows a core's next_timer().
class WakeUp {
public:
  WakeUp(boost::asio::io_context& io, const Clock& clock, std::function<void()> due)
      : clock_{clock}, timer_{io}, due_{std::move(due)} {}

  void follow(std::optional<Instant> when);

private:
  using Time = boost::asio::steady_timer::time_point;

  const Clock& clock_;
  boost::asio::steady_timer timer_;
  std::function<void()> due_;
  std::optional<Time> expiry_;
};

}  // namespace tflab::netns
