// The events' changes on the document alone, in the order of the run as far as the file tells it.

#include <algorithm>

#include "scenarios/derive.h"
#include "scenarios/draft.h"
#include "scenarios/load.h"
#include "scenarios/steps.h"

namespace tflab::scenario {
namespace {

// When an event comes at the earliest: its own time, or that of what it waits for and, at the same
// moment, after it. Expectations that limit a time are taken as done at once; the order of changes
// does not hang on how long they take.
class Earliest {
public:
  explicit Earliest(const Scenario& scenario) {
    for (const Event& event : scenario.events) triggers_[event.id] = &event.when;
    for (const Expectation& each : scenario.expectations) triggers_[each.id] = &each.when;
  }
  std::pair<Duration, std::size_t> of(const Trigger& when) const {
    Duration time = when.at.value_or(Duration{});
    const Trigger* at = &when;
    std::size_t hops = 0;
    for (; !at->after.empty() && hops <= triggers_.size(); ++hops) {
      time = time + at->delay;
      const auto next = triggers_.find(at->after);
      if (next == triggers_.end()) break;
      at = next->second;
      time = time + at->at.value_or(Duration{});
    }
    return {time, hops};
  }

private:
  std::map<std::string, const Trigger*> triggers_;
};

// Who says that it has an address must be one of those who may.
void check_announcement(const Scenario& now, const Announce& announce, const std::string& place,
                        Faults& faults) {
  for (const Match& match : matches_of(announce.targets, names_in(now)))
    for (std::size_t i = 0; i < announce.prefixes.size(); ++i)
      if (holder_of(*find(now.machines, match.name), announce.prefixes[i]) == nullptr)
        faults.add(place + "/prefixes/" + std::to_string(i),
                   cannot_have(match.name, announce.prefixes[i]));
}

bool changes_document(const Event& event) {
  return std::holds_alternative<AddObjects>(event.action) ||
         std::holds_alternative<RemoveObjects>(event.action) ||
         std::holds_alternative<Patch>(event.action) ||
         std::holds_alternative<Originate>(event.action);
}

// A fault of the changed document, told at the event that brought it in.
void tell(const Fault& fault, const Event& event, const std::string& place, Faults& faults) {
  if (fault.pointer.starts_with("/events/")) return faults.add(fault.pointer, fault.message);
  std::string pointer = place;
  if (const auto* add = std::get_if<AddObjects>(&event.action)) {
    // As much of the pointer as lies in what the event added.
    for (std::string inside = fault.pointer; !inside.empty(); inside = parent_of(inside))
      if (add->objects.contains(Json::json_pointer(inside))) {
        pointer = place + "/objects" + inside;
        break;
      }
  } else if (std::holds_alternative<Patch>(event.action)) {
    pointer = place + "/patch";
    const auto object_end = fault.pointer.find('/', fault.pointer.find('/', 1) + 1);
    if (object_end != std::string::npos) pointer += fault.pointer.substr(object_end);
  } else {
    pointer = place + "/target";
  }
  faults.add(pointer, "after event " + in_quotes(event.id) + ": " + fault.message +
                          (pointer.ends_with(fault.pointer) ? "" : " (at " + fault.pointer + ")"));
}

}  // namespace

void rehearse(const Scenario& scenario, Faults& faults) {
  const Earliest earliest{scenario};
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < scenario.events.size(); ++i)
    if (changes_document(scenario.events[i]) ||
        std::holds_alternative<Announce>(scenario.events[i].action))
      order.push_back(i);
  std::ranges::stable_sort(order, {},
                           [&](std::size_t i) { return earliest.of(scenario.events[i].when); });
  Scenario now = scenario;
  for (const std::size_t i : order) {
    const Event& event = scenario.events[i];
    const std::string place = "/events/" + std::to_string(i);
    if (const auto* announce = std::get_if<Announce>(&event.action)) {
      check_announcement(now, *announce, place, faults);
      continue;
    }
    auto next = applied(now, event);
    std::vector<Fault> found;
    if (auto* wrong = std::get_if<std::vector<Fault>>(&next)) found = std::move(*wrong);
    if (found.empty()) {
      auto loaded = reload(now, std::move(std::get<Json>(next)));
      if (auto* wrong = std::get_if<std::vector<Fault>>(&loaded))
        found = std::move(*wrong);
      else
        now = std::move(std::get<Scenario>(loaded));
    }
    for (const Fault& fault : found) tell(fault, event, place, faults);
    if (!found.empty()) return;  // what follows would only repeat it
  }
}

}  // namespace tflab::scenario
