#pragma once
// Time as the cores see it: nanoseconds since whatever the host calls zero. ns-3 passes simulated
// time, the netns host passes CLOCK_MONOTONIC; no core ever asks what time it is.

#include <compare>
#include <cstdint>

namespace tflab {

struct Duration {
  std::int64_t ns{};
  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.ns + b.ns}; }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return {a.ns * n}; }
  friend constexpr Duration operator/(Duration a, std::int64_t n) { return {a.ns / n}; }
};
constexpr Duration seconds(std::int64_t n) {
  return {n * 1'000'000'000};
}
constexpr Duration millis(std::int64_t n) {
  return {n * 1'000'000};
}

constexpr Duration micros(std::int64_t n) {
  return {n * 1'000};
}

struct Instant {
  std::int64_t ns{};
  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant t, Duration d) { return {t.ns + d.ns}; }
  friend constexpr Instant operator-(Instant t, Duration d) { return {t.ns - d.ns}; }
  friend constexpr Duration operator-(Instant a, Instant b) { return {a.ns - b.ns}; }
};

}  // namespace tflab
