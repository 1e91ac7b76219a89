#include "scenarios/selection.h"

#include <gmock/gmock.h>

namespace tflab::scenario {
namespace {

using testing::ElementsAre;

Scenario waiting() {
  Scenario scenario;
  scenario.events = {{.id = "boot", .when = {}, .action = {}},
                     {.id = "steady", .when = {.at = {}, .after = "quiet"}, .action = {}}};
  const auto expectation = [&](const std::string& id, const std::string& after) {
    scenario.expectations.emplace_back();
    scenario.expectations.back().id = id;
    scenario.expectations.back().when.after = after;
  };
  expectation("up", "boot");
  expectation("quiet", "up");
  expectation("lasting", "boot");
  expectation("reached", "lasting");
  expectation("held", "steady");
  return scenario;
}

std::vector<std::string> selected(const std::string& wanted) {
  Scenario scenario = waiting();
  select_expectations(scenario, [&](const std::string& id) { return id == wanted; });
  std::vector<std::string> ids;
  for (const Expectation& each : scenario.expectations) ids.push_back(each.id);
  return ids;
}

TEST(Selection, keeps_what_an_event_waits_for_and_what_that_waits_for) {
  EXPECT_THAT(selected("held"), ElementsAre("up", "quiet", "held"));
  EXPECT_THAT(selected("nobody"), ElementsAre("up", "quiet"));
}

TEST(Selection, keeps_what_a_wanted_expectation_waits_for) {
  EXPECT_THAT(selected("reached"), ElementsAre("up", "quiet", "lasting", "reached"));
}

}  // namespace
}  // namespace tflab::scenario
