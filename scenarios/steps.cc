#include "scenarios/steps.h"

#include <algorithm>

namespace tflab::scenario {
namespace {

// Other events happen once.
Pick pick_of(const Action& action) {
  if (const auto* control = std::get_if<Control>(&action)) return control->pick;
  if (const auto* move = std::get_if<Move>(&action)) return move->pick;
  return {};
}

}  // namespace

Names names_in(const Scenario& scenario) {
  Names names;
  names.add(scenario.document);
  return names;
}

std::string selector_of(const Match& match) {
  return std::string{row_of(match.kind).word} + ':' + match.name;
}

std::vector<Match> matches_of(const std::vector<std::string>& selectors, const Names& names) {
  std::vector<Match> out;
  std::set<std::pair<Kind, std::string>> seen;
  for (const std::string& selector : selectors)
    for (Match& match : Selector::parse(selector).matches(names))
      if (seen.emplace(match.kind, match.name).second) out.push_back(std::move(match));
  return out;
}

namespace {

// Each period has its own choice, which both halves are about.
std::deque<Step> periods_of(const Event& event, const Cable& cable, const Names& names,
                            std::uint64_t seed, Instant begin) {
  std::deque<Step> out;
  Random random{seed, "/events/" + event.id + "/flap"};
  for (std::size_t i = 0; i < cable.pick.times; ++i) {
    const Instant start = begin + cable.pick.every * static_cast<std::int64_t>(i);
    const auto whom = chosen(cable.pick, matches_of(cable.targets, names), random);
    out.push_back({start, whom});
    out.push_back({start + Duration{cable.pick.every.ns / 2}, whom, true});
  }
  return out;
}

}  // namespace

std::deque<Step> steps_of(const Event& event, const Names& names, std::uint64_t seed,
                          Instant begin) {
  std::deque<Step> out;
  const auto* control = std::get_if<Control>(&event.action);
  if (control != nullptr && control->spread) {
    Random random{seed, "/events/" + event.id + "/spread"};
    const auto span = static_cast<double>(control->spread->max.ns - control->spread->min.ns);
    for (Match& match : matches_of(control->targets, names)) {
      const auto place = static_cast<std::int64_t>(random.unit() * span);
      out.push_back({begin + control->spread->min + Duration{place}, {std::move(match)}});
    }
    std::ranges::stable_sort(out, {}, &Step::at);
    return out;
  }
  if (const auto* cable = std::get_if<Cable>(&event.action); cable && cable->verb == Cable::flap)
    return periods_of(event, *cable, names, seed, begin);
  const Pick pick = pick_of(event.action);
  for (std::size_t i = 0; i < pick.times; ++i)
    out.push_back({begin + pick.every * static_cast<std::int64_t>(i), {}});
  return out;
}

std::vector<Match> chosen(const Pick& pick, std::vector<Match> able, Random& random) {
  if (!pick.count || *pick.count >= able.size()) return able;
  const auto count = static_cast<std::ptrdiff_t>(*pick.count);
  if (pick.from == Pick::last) return {able.end() - count, able.end()};
  if (pick.from == Pick::random)
    for (std::size_t i = 0; i < *pick.count; ++i)
      std::swap(able[i], able[i + random.below(able.size() - i)]);
  able.resize(*pick.count);
  return able;
}

bool can_change(Control::Verb verb, bool down) {
  return verb == Control::restart || down == (verb == Control::start || verb == Control::recover);
}

Down started_by_events(const Scenario& scenario) {
  const Names names = names_in(scenario);
  Down out;
  for (const Event& event : scenario.events)
    if (const auto* control = std::get_if<Control>(&event.action);
        control != nullptr && control->verb == Control::start && control->spread)
      for (const Match& match : matches_of(control->targets, names)) out.insert(selector_of(match));
  return out;
}

}  // namespace tflab::scenario
