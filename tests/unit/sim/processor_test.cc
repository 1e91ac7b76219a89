// The model of a control node's processor: inputs wait, answers leave when the work is done, and
// who has too little of it loses its agents.

#include "sim/world/processor.h"

#include <gmock/gmock.h>

#include "scenarios/load.h"
#include "scenarios/play.h"
#include "sim/sim_lab.h"
#include "tests/dsl/source_tree.h"
#include "tests/unit/sim/simulation.h"

namespace tflab::sim {
namespace {

using testing::ElementsAre;
using testing::Gt;

struct ProcessorTest : Simulation {
  std::vector<std::string> happened;
  scenario::Vitals vitals;
  Processor processor{{.cores = 2, .per_update = millis(1)}, [this] {
                        note("done");
                        while (const auto input = processor.next()) input();
                      }};

  void note(const std::string& what) {
    happened.push_back(std::to_string(now().ns / 1000) + "us " + what);
  }
  Processor::Work work(const std::string& what, std::uint64_t messages) {
    return [this, what, messages] {
      note(what);
      processor.charge(messages, vitals);
    };
  }
};

TEST_F(ProcessorTest, inputs_wait_for_the_work_of_those_before_them) {
  work("first", 4)();
  processor.wait(work("second", 0), vitals);
  processor.wait(work("third", 6), vitals);
  processor.wait(work("fourth", 0), vitals);
  EXPECT_TRUE(processor.busy());
  run_for(millis(10));
  EXPECT_THAT(happened, ElementsAre("0us first", "2000us done", "2000us second", "2000us third",
                                    "5000us done", "5000us fourth"));
  EXPECT_EQ(vitals.busy, millis(5));
  EXPECT_EQ(vitals.peak_queue, 3u);
}

TEST_F(ProcessorTest, who_loses_power_forgets_what_waited) {
  work("first", 4)();
  processor.wait(work("second", 0), vitals);
  processor.power_off();
  run_for(millis(10));
  EXPECT_THAT(happened, ElementsAre("0us first"));
  EXPECT_FALSE(processor.busy());
}

struct Lived {
  scenario::Outcome outcome;
  scenario::Vitals vitals;
};

// The quick start's control node, with so much work for each message.
Lived lived(const std::string& per_update) {
  auto loaded = scenario::load(
      test::in_tree("scenarios/two-node-k8s.tflab.json").string(),
      {.sets = {{"/bgp-routers/ip-172-31-14-47/cpu", R"({"per-update": ")" + per_update + "\"}"}}});
  const auto& scenario = std::get<scenario::Scenario>(loaded);
  const auto lab = bring_up(scenario, "");
  Lived out{scenario::play(scenario, *lab, {}), {}};
  for (const auto& node : lab->nodes())
    if (node.kind == scenario::NodeRef::control_node) out.vitals = lab->vitals(node).value();
  return out;
}

std::size_t failures(const scenario::Outcome& outcome) {
  return static_cast<std::size_t>(std::ranges::count_if(outcome.findings, [](const auto& each) {
    return each.verdict == scenario::Verdict::failed;
  }));
}

TEST(ProcessorModel, without_one_no_time_passes) {
  const Lived none = lived("0s");
  EXPECT_EQ(none.vitals.busy, Duration{});
  EXPECT_EQ(none.vitals.peak_queue, 0u);
}

TEST(ProcessorModel, a_little_work_changes_nothing_but_the_time_it_takes) {
  const Lived none = lived("0s"), some = lived("1ms");
  EXPECT_EQ(failures(some.outcome), 0u);
  EXPECT_THAT(some.vitals.busy, Gt(millis(10)));
  EXPECT_THAT(scenario::differences(none.outcome.state, some.outcome.state, {"tables", "fib"}),
              testing::IsEmpty());
}

TEST(ProcessorModel, too_much_work_is_not_done_in_time) {
  const Lived much = lived("20s");
  EXPECT_THAT(failures(much.outcome), Gt(0u));
  EXPECT_THAT(much.vitals.peak_queue, Gt(3u));
}

}  // namespace
}  // namespace tflab::sim
