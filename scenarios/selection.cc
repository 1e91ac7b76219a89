#include "scenarios/selection.h"

#include <set>
#include <vector>

namespace tflab::scenario {

void select_expectations(Scenario& scenario,
                         const std::function<bool(const std::string& id)>& wanted) {
  std::set<std::string> kept;
  for (const Event& event : scenario.events) kept.insert(event.when.after);
  for (const Expectation& each : scenario.expectations)
    if (wanted(each.id)) kept.insert(each.id);
  for (std::size_t before = 0; before != kept.size();) {
    before = kept.size();
    for (const Expectation& each : scenario.expectations)
      if (kept.contains(each.id)) kept.insert(each.when.after);
  }
  std::erase_if(scenario.expectations,
                [&](const Expectation& each) { return !kept.contains(each.id); });
}

}  // namespace tflab::scenario
