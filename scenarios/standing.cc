#include "scenarios/standing.h"

#include <algorithm>

#include "scenarios/act.h"
#include "scenarios/checks.h"
#include "scenarios/suggest.h"

namespace tflab::scenario {
namespace {

// Ids of the events performed by hand, in order; readers pass over keys that begin with x-.
constexpr const char* performed_key = "x-performed";

}  // namespace

Happening perform(const Event& event, Scenario& scenario, Lab& lab) {
  const Event own = event;  // it may live in the scenario, which is about to change
  Down down;
  Random random{scenario.run.seed, "/events/" + own.id};
  std::string what = act(own, {}, {scenario, lab, down, random});
  if (is_refusal(what)) return {age(lab.now()), own.id, std::move(what)};
  // A standing lab remembers in its document what has happened to it.
  scenario.document[performed_key].push_back(own.id);
  lab.configure(scenario);
  return {age(lab.now()), own.id, std::move(what)};
}

namespace {

bool performed(const Scenario& scenario, const std::string& event) {
  const auto list = scenario.document.find(performed_key);
  return list != scenario.document.end() && std::ranges::find(*list, Json(event)) != list->end();
}

// What an expectation waits for in the end: a lab that merely stands has seen no event.
std::optional<std::string> event_needed(const Scenario& scenario, const Trigger& when) {
  std::string id = when.after;
  for (std::size_t hops = 0; !id.empty() && hops <= scenario.expectations.size(); ++hops) {
    if (std::ranges::find(scenario.events, id, &Event::id) != scenario.events.end()) return id;
    const auto other = std::ranges::find(scenario.expectations, id, &Expectation::id);
    if (other == scenario.expectations.end()) break;
    id = other->when.after;
  }
  return {};
}

// Why an expectation is not for this moment in the life of a standing lab; empty when it is.
std::string not_now(const Scenario& scenario, const Expectation& expectation, HostKind host) {
  if (std::string why = not_for(expectation, host); !why.empty()) return why;
  if (same_as(expectation)) return "one host alone cannot be compared";
  const auto event = event_needed(scenario, expectation.when);
  if (event && !performed(scenario, *event)) return "waits for event " + in_quotes(*event);
  if (performed(scenario, expectation.until))
    return "was to hold until event " + in_quotes(expectation.until);
  if (expectation.when.at && scenario.document.contains(performed_key))
    return "was for the time before the first event";
  return {};
}

}  // namespace

std::vector<Finding> verify(const Scenario& scenario, Lab& lab) {
  std::vector<Finding> out;
  for (const Expectation& expectation : scenario.expectations) {
    Finding finding = blank(expectation, lab.kind());
    finding.got = not_now(scenario, expectation, lab.kind());
    if (finding.got.empty()) {
      const Judged found = judge(expectation.check, scenario, lab, {});
      conclude(finding, expectation, found.holds != expectation.never, found.got, lab.now());
    }
    out.push_back(std::move(finding));
  }
  return out;
}

}  // namespace tflab::scenario
