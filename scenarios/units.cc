#include "scenarios/units.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>

namespace tflab::scenario {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t size;
};
constexpr Unit times[] = {{"ns", 1},
                          {"us", 1'000},
                          {"ms", 1'000'000},
                          {"s", 1'000'000'000},
                          {"m", 60'000'000'000},
                          {"h", 3'600'000'000'000}};
constexpr Unit rates[] = {
    {"bps", 1}, {"Kbps", 1'000}, {"Mbps", 1'000'000}, {"Gbps", 1'000'000'000}};

constexpr bool digit(char c) {
  return c >= '0' && c <= '9';
}

// digits [. digits] unit; exact in integers, so that the same text is the same number everywhere.
std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units) {
  const auto whole_end = std::find_if_not(text.begin(), text.end(), digit);
  if (whole_end == text.begin()) return {};
  auto fraction_end = whole_end;
  if (whole_end != text.end() && *whole_end == '.') {
    fraction_end = std::find_if_not(whole_end + 1, text.end(), digit);
    if (fraction_end == whole_end + 1) return {};
  }
  const std::string_view name{fraction_end, text.end()};
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end()) return {};

  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  std::uint64_t value = 0;
  for (auto c = text.begin(); c != whole_end; ++c) {
    if (value > most / 10 - 1) return {};
    value = value * 10 + static_cast<std::uint64_t>(*c - '0');
  }
  if (value > most / unit->size) return {};
  value *= unit->size;
  std::uint64_t scale = unit->size;
  if (fraction_end != whole_end)
    for (auto c = whole_end + 1; c != fraction_end; ++c) {
      scale /= 10;  // what is finer than the base unit is cut off
      value += scale * static_cast<std::uint64_t>(*c - '0');
    }
  if (value > most) return {};
  return value;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const auto ns = parse(text, times);
  if (!ns) return {};
  return Duration{static_cast<std::int64_t>(*ns)};
}

std::optional<std::uint64_t> parse_rate(std::string_view text) {
  return parse(text, rates);
}

std::string to_text(Duration duration) {
  if (duration.ns < 0) return "-" + to_text(Duration{-duration.ns});
  const auto ns = static_cast<std::uint64_t>(duration.ns);
  // The largest unit up to seconds that leaves a number of one or more.
  const Unit& unit = ns >= times[3].size || ns == 0 ? times[3]
                     : ns >= times[2].size          ? times[2]
                     : ns >= times[1].size          ? times[1]
                                                    : times[0];
  std::string out = std::to_string(ns / unit.size);
  if (const std::uint64_t rest = ns % unit.size; rest != 0) {
    std::string digits = std::to_string(unit.size + rest).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    out += '.' + digits;
  }
  return out + std::string{unit.name};
}

}  // namespace tflab::scenario
