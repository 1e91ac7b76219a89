#include "cli/diff.h"

#include <gmock/gmock.h>

namespace tflab::cli {
namespace {

using scenario::Json;
using scenario::NodeRef;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FinishedRun small_run(const std::string& host = "sim") {
  FinishedRun out{"no-folder", Json::object(), {}, {}};
  out.result = {
      {"hosts", Json::array({host})},
      {"digest", {{"sim", "80c6"}}},
      {"expectations",
       {{"list",
         Json::array(
             {{{"id", "up"}, {"host", host}, {"verdict", "passed"}, {"got", "2 sessions"}}})}}}};
  out.events[host] = {R"({"host":"sim","at_s":1.5,"id":"up","what":"passed"})",
                      R"({"host":"sim","at_s":2.0,"id":"pods","what":"3 objects"})"};
  out.measurements[host] = {{{NodeRef::vrouter, "compute1"}, "routes", 12}};
  return out;
}

std::vector<std::string> found(const FinishedRun& a, const FinishedRun& b) {
  std::vector<std::string> compared, out;
  for (const RunDifference& each : differences_of(a, b, compared))
    out.push_back(each.part + " on " + each.host + ": " + each.what);
  return out;
}

TEST(Diff, identical_runs_are_the_same) {
  EXPECT_THAT(found(small_run(), small_run()), IsEmpty());
}

TEST(Diff, says_what_it_compared) {
  std::vector<std::string> compared;
  differences_of(small_run(), small_run(), compared);
  EXPECT_THAT(compared, ElementsAre("sim: digest 80c6", HasSubstr("no tables"),
                                    "sim: 1 expectations", "sim: 1 metrics", "sim: 2 events"));
}

TEST(Diff, finds_expectations_metrics_digest_and_the_first_event) {
  FinishedRun other = small_run();
  other.result["digest"]["sim"] = "ffff";
  other.result["expectations"]["list"][0]["got"] = "1 session";
  other.measurements["sim"][0].value = 13;
  other.events["sim"][1] = R"({"host":"sim","at_s":2.5,"id":"pods","what":"3 objects"})";
  other.events["sim"].push_back("more");
  EXPECT_THAT(found(small_run(), other),
              ElementsAre("digest on sim: 80c6 against ffff",
                          "expectations on sim: up: passed: 2 sessions against passed: 1 session",
                          "metrics on sim: routes of virtual-router compute1: 12.0 against 13.0",
                          HasSubstr("events on sim: event 2: {\"host\":\"sim\",\"at_s\":2.0")));
}

TEST(Diff, names_what_one_run_alone_has) {
  FinishedRun other = small_run();
  other.measurements.clear();
  other.events["sim"].pop_back();
  EXPECT_THAT(found(small_run(), other),
              ElementsAre("metrics on sim: routes of virtual-router compute1: only in the first",
                          HasSubstr("against nothing")));
  EXPECT_THAT(found(small_run("sim"), small_run("netns")),
              ElementsAre("hosts on sim: only in the first", "hosts on netns: only in the second"));
}

TEST(Diff, times_of_events_count_in_virtual_time_only) {
  FinishedRun one = small_run("netns"), two = one;
  two.events["netns"][0] = R"({"host":"sim","at_s":1.7,"id":"up","what":"passed"})";
  EXPECT_THAT(found(one, two), IsEmpty());
  two.events["netns"][0] = R"({"host":"sim","at_s":1.5,"id":"up","what":"failed"})";
  EXPECT_EQ(found(one, two).size(), 1u);
}

TEST(Diff, metrics_are_read_as_they_were_written) {
  Measurements all;
  all["sim"] = {{{NodeRef::router, "dcgw"}, "vpn-prefixes", 3},
                {{NodeRef::vrouter, "compute1"}, "convergence-time", 0.1}};
  EXPECT_EQ(read_metrics(metrics_csv(all)), all);
  EXPECT_THAT(read_metrics("host,kind\nhalf,a,line\n"), IsEmpty());
}

TEST(Diff, a_folder_without_a_run_is_a_mistake_of_the_caller) {
  EXPECT_THROW(finished_run("/nonexistent"), UsageError);
}

}  // namespace
}  // namespace tflab::cli
