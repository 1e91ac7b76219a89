#include "netns-lab/host/loop.h"

#include <chrono>

namespace tflab::netns {
namespace {

template <class Time>
std::int64_t ns_of(Time time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

Instant Clock::now() const {
  return Instant{ns_of(std::chrono::steady_clock::now())} + skipped_;
}

std::int64_t Clock::wall_less_monotonic() {
  return ns_of(std::chrono::system_clock::now()) - ns_of(std::chrono::steady_clock::now());
}

// Setting the expiry cancels the wait before it; most calls into a core leave its next timer alone.
void WakeUp::follow(std::optional<Instant> when) {
  std::optional<Time> expiry;
  if (when) expiry = Time{std::chrono::nanoseconds{(*when - clock_.skipped()).ns}};
  if (expiry == expiry_) return;
  expiry_ = expiry;
  timer_.cancel();
  if (!expiry) return;
  timer_.expires_at(*expiry);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    expiry_.reset();
    due_();
  });
}

}  // namespace tflab::netns
