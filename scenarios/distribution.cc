#include "scenarios/distribution.h"

#include <algorithm>
#include <cmath>

namespace tflab::scenario {
namespace {

constexpr Key keys[] = {{"distribution", Key::required},
                        {"value"},
                        {"min"},
                        {"max"},
                        {"mean"},
                        {"s"},
                        {"over"},
                        {"stddev", Key::refused},
                        {"alpha", Key::refused},
                        {"file", Key::refused}};
constexpr Choice<Distribution::Kind> kinds[] = {{"constant", Distribution::constant},
                                                {"uniform", Distribution::uniform},
                                                {"poisson", Distribution::poisson},
                                                {"zipf", Distribution::zipf},
                                                {"round-robin", Distribution::round_robin}};
constexpr std::string_view refused[] = {"normal", "exponential", "pareto", "empirical"};

constexpr bool only_chooses(Distribution::Kind kind) {
  return kind == Distribution::zipf || kind == Distribution::round_robin;
}

// What each kind is made of, beside `over`.
constexpr std::string_view parts_of(Distribution::Kind kind) {
  switch (kind) {
    case Distribution::constant:
      return "value";
    case Distribution::uniform:
      return "min max";
    case Distribution::poisson:
      return "mean";
    case Distribution::zipf:
      return "s";
    case Distribution::round_robin:
      break;
  }
  return "";
}

void check_parts(const Node& node, Distribution::Kind kind, bool chooses) {
  const std::string_view own = parts_of(kind);
  const bool needed = !chooses || kind == Distribution::zipf;
  for (const std::string_view key : {"value", "min", "max", "mean", "s"}) {
    const bool part =
        (' ' + std::string{own} + ' ').find(' ' + std::string{key} + ' ') != std::string::npos;
    const auto at = node.at(key);
    if (at && (!part || !needed))
      at->key_fault("key " + in_quotes(key) + " means nothing to this distribution; take it out");
    if (!at && part && needed)
      node.fault("key " + in_quotes(key) + " is missing in " + node.pointer());
  }
}

void check_numbers(const Node& node, const Distribution& d) {
  constexpr double most = 1e7;
  for (const double number : {d.value, d.min, d.max, d.mean, d.s})
    if (number < 0 || number > most) return node.fault("its numbers go from 0 to 10000000");
  if (d.max < d.min) node.fault("\"min\" is above \"max\"");
  if (d.mean > 10'000) node.fault("a mean above 10000 is more than this version draws");
}

}  // namespace

std::optional<Distribution> read_distribution(const Node& node, bool chooses) {
  Distribution out;
  if (!chooses && node.json().is_number()) {
    out.value = node.number().value_or(0);
    check_numbers(node, out);
    return out;
  }
  if (!node.json().is_object()) {
    node.fault(chooses ? "expected an object such as {\"distribution\": \"uniform\", \"over\": "
                         "\"virtual-network:*\"}"
                       : "expected a number or an object with a \"distribution\"");
    return {};
  }
  if (!node.object(keys)) return {};
  const auto kind = node.at("distribution");
  const auto word = kind ? kind->one_of<Distribution::Kind>(kinds, refused) : std::nullopt;
  if (!word) return {};
  out.kind = *word;
  if (chooses && (out.kind == Distribution::constant || out.kind == Distribution::poisson))
    kind->fault("to choose takes \"uniform\", \"zipf\" or \"round-robin\"");
  if (!chooses && only_chooses(out.kind))
    kind->fault(std::string{*kind->text()} +
                " chooses among others; counting takes constant, uniform or poisson");
  check_parts(node, out.kind, chooses);
  for (const auto& [key, into] : {std::pair<std::string_view, double*>{"value", &out.value},
                                  {"min", &out.min},
                                  {"max", &out.max},
                                  {"mean", &out.mean},
                                  {"s", &out.s}})
    take(node, key, *into, &Node::number);
  take(node, "over", out.over, &Node::text);
  if (chooses && !node.at("over")) node.fault("key \"over\" is missing in " + node.pointer());
  if (const auto over = node.at("over"); over && !chooses)
    over->key_fault("\"over\" is for choosing; take it out");
  check_numbers(node, out);
  return out;
}

Draw::Draw(const Distribution& from, Random random, std::size_t choices)
    : from_{from}, random_{random}, choices_{choices} {
  if (from.kind != Distribution::zipf) return;
  double sum = 0;
  for (std::size_t n = 1; n <= choices; ++n) {
    sum += 1 / std::pow(static_cast<double>(n), from.s);
    weights_up_to_.push_back(sum);
  }
}

std::uint64_t Draw::count() {
  switch (from_.kind) {
    case Distribution::uniform: {
      const auto low = static_cast<std::uint64_t>(std::ceil(from_.min));
      const auto high = static_cast<std::uint64_t>(std::floor(from_.max));
      return high <= low ? low : low + random_.below(high - low + 1);
    }
    case Distribution::poisson: {
      // Arrivals in a time of `mean`, one exponential gap after the other.
      std::uint64_t arrivals = 0;
      for (double time = -std::log1p(-random_.unit()); time < from_.mean; ++arrivals)
        time -= std::log1p(-random_.unit());
      return arrivals;
    }
    default:
      return static_cast<std::uint64_t>(std::llround(from_.value));
  }
}

std::size_t Draw::choice() {
  if (from_.kind == Distribution::round_robin) return chosen_++ % choices_;
  if (from_.kind != Distribution::zipf) return random_.below(choices_);
  const double at = random_.unit() * weights_up_to_.back();
  const auto found = std::ranges::upper_bound(weights_up_to_, at);
  return std::min(static_cast<std::size_t>(found - weights_up_to_.begin()), choices_ - 1);
}

}  // namespace tflab::scenario
