#include "scenarios/play.h"

#include <gmock/gmock.h>

#include "control-core/base/text.h"
#include "scenarios/standing.h"
#include "tests/unit/scenarios/fake_lab.h"
#include "tests/unit/scenarios/files.h"
#include "vrouter-core/wire/arp.h"
#include "vrouter-core/wire/ethernet.h"

namespace tflab::scenario {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A scenario with these events and expectations, played on a fake lab whose one table has
// `prefixes_` prefixes at any time.
class Play : public Files {
protected:
  Play() {
    lab_.pages["ShowRouteSummaryReq"] = [this](const NodeRef&, const introspect::Query&) {
      ++looks_;
      return std::optional{summary_page("bgp.l3vpn.0", prefixes_(), 0, 0)};
    };
  }

  Outcome run(const std::string& events, const std::string& expectations,
              const std::string& run = R"("until": "600s")") {
    std::string text = replaced(
        small_lab, R"({"id": "ping", "at": "60s", "do": "ping", "from": "vm1", "to": "vm2"})",
        events);
    text = replaced(text, R"({"id": "up", "within": "30s", "invariant": "all-sessions-up"})",
                    expectations);
    text = replaced(text, R"("until": "5m")", run);
    scenario_ = good(text);
    return play(scenario_, lab_, watch_);
  }
  // The table check that holds while the table has n prefixes.
  static std::string has(unsigned n) {
    return R"("table": {"on": "bgp-router:cn1", "name": "bgp.l3vpn.0", "prefixes": )" +
           std::to_string(n) + '}';
  }
  static const Finding& finding(const Outcome& outcome, const std::string& id) {
    for (const Finding& each : outcome.findings)
      if (each.id == id) return each;
    ADD_FAILURE() << "no finding " << id;
    return outcome.findings.front();
  }
  static std::vector<std::string> happened(const Outcome& outcome) {
    std::vector<std::string> out;
    for (const Happening& each : outcome.happenings)
      out.push_back(to_text(each.at) + ' ' + each.id);
    return out;
  }

  FakeLab lab_;
  Watch watch_;
  Scenario scenario_;
  unsigned looks_ = 0;
  std::function<unsigned()> prefixes_ = [] { return 3u; };
};

TEST_F(Play, does_events_in_time_order_not_file_order) {
  const Outcome outcome =
      run(R"({"id": "late", "at": "20s", "do": "mark"}, {"id": "early", "at": "10s", "do": "mark"},
                                {"id": "zero", "at": "0s", "do": "mark"})",
          "");
  EXPECT_THAT(happened(outcome), ElementsAre("0s zero", "10s early", "20s late"));
  EXPECT_TRUE(outcome.converged);
}

TEST_F(Play, keeps_time_order_among_events_that_are_all_overdue) {
  lab_.on_ping = [this](const Ping& ping) {
    lab_.advance(Instant{} + seconds(100));  // nobody answers for a long time
    return PingResult{ping.packets, 0, {}, {}, "", {}};
  };
  const Outcome outcome = run(
      R"({"id": "later", "at": "20s", "do": "mark"}, {"id": "sooner", "at": "15s", "do": "mark"},
             {"id": "slow", "at": "10s", "do": "ping", "from": "vm1", "to": "vm2"})",
      "");
  EXPECT_THAT(happened(outcome), ElementsAre("100s slow", "100s sooner", "100s later"));
}

TEST_F(Play, counts_after_and_delay_from_when_the_other_was_done) {
  const Outcome outcome = run(
      R"({"id": "c", "after": "b", "delay": "5s", "do": "mark"}, {"id": "b", "after": "a", "do": "mark"},
            {"id": "a", "at": "10s", "do": "mark"})",
      "");
  EXPECT_THAT(happened(outcome), ElementsAre("10s a", "10s b", "15s c"));
}

TEST_F(Play, an_event_may_wait_for_an_expectation) {
  prefixes_ = [this] { return lab_.now() >= Instant{} + millis(500) ? 3u : 0u; };
  const Outcome outcome = run(R"({"id": "then", "after": "three", "delay": "1s", "do": "mark"})",
                              R"({"id": "three", "within": "30s", )" + has(3) + '}');
  EXPECT_THAT(happened(outcome), ElementsAre("500ms three", "1.5s then"));
}

TEST_F(Play, expectations_of_a_moment_see_it_before_events_change_it) {
  prefixes_ = [this] { return lab_.done.empty() ? 3u : 4u; };
  const Outcome outcome =
      run(R"({"id": "ping", "at": "10s", "do": "ping", "from": "vm1", "to": "vm2"})",
          R"({"id": "before", "at": "10s", )" + has(3) + "}, " +
              R"({"id": "after", "after": "ping", )" + has(4) + "}");
  EXPECT_EQ(finding(outcome, "before").verdict, Verdict::passed);
  EXPECT_EQ(finding(outcome, "after").verdict, Verdict::passed);
  EXPECT_EQ(finding(outcome, "after").at, seconds(10));
}

TEST_F(Play, within_looks_until_it_holds) {
  prefixes_ = [this] { return lab_.after(3) ? 3u : 2u; };
  const Outcome outcome =
      run("", R"({"id": "soon", "within": "5s", "source": "a book", )" + has(3) + '}');
  const Finding& soon = finding(outcome, "soon");
  EXPECT_EQ(soon.verdict, Verdict::passed);
  EXPECT_GE(soon.at, seconds(3));
  EXPECT_LT(soon.at, millis(3200));
  EXPECT_EQ(soon.source, "a book");
  EXPECT_EQ(soon.got, "3 prefixes, 0 paths, 0 primary");
}

TEST_F(Play, within_fails_once_the_limit_has_passed_and_says_what_there_was) {
  prefixes_ = [this] { return lab_.after(6) ? 3u : 2u; };
  const Outcome outcome = run("", R"({"id": "soon", "within": "5s", )" + has(3) + '}');
  EXPECT_EQ(finding(outcome, "soon").verdict, Verdict::failed);
  EXPECT_EQ(finding(outcome, "soon").got, "2 prefixes, 0 paths, 0 primary");
  EXPECT_LE(finding(outcome, "soon").at, millis(5100));
  EXPECT_TRUE(outcome.converged);
}

TEST_F(Play, within_that_becomes_false_again_fails_and_says_since_when) {
  prefixes_ = [this] { return lab_.after(20) ? 2u : 3u; };
  const Outcome outcome =
      run(R"({"id": "a", "at": "10s", "do": "mark"}, {"id": "b", "at": "20s", "do": "mark"},
                                {"id": "c", "at": "30s", "do": "mark"})",
          R"({"id": "stays", "within": "5s", )" + has(3) + '}');
  EXPECT_EQ(finding(outcome, "stays").verdict, Verdict::failed);
  EXPECT_EQ(finding(outcome, "stays").got,
            "held first, then: 2 prefixes, 0 paths, 0 primary (after \"b\", at 20s)");
  EXPECT_EQ(finding(outcome, "stays").at, seconds(20));
}

TEST_F(Play, within_may_mend_before_the_end) {
  prefixes_ = [this] { return lab_.now() == Instant{} + seconds(20) ? 2u : 3u; };
  const Outcome outcome =
      run(R"({"id": "b", "at": "20s", "do": "mark"}, {"id": "c", "at": "30s", "do": "mark"})",
          R"({"id": "stays", "within": "5s", )" + has(3) + '}');
  EXPECT_EQ(finding(outcome, "stays").verdict, Verdict::passed);
}

TEST_F(Play, until_ends_a_promise_just_before_its_event) {
  prefixes_ = [this] { return lab_.after(20) && !lab_.done.empty() ? 2u : 3u; };
  const std::string events =
      R"({"id": "b", "at": "20s", "do": "ping", "from": "vm1", "to": "vm2"})";
  const Outcome outcome =
      run(events, R"({"id": "stays", "within": "5s", "until": "b", )" + has(3) + "}, " +
                      R"({"id": "for-good", "within": "5s", )" + has(3) + '}');
  EXPECT_EQ(finding(outcome, "stays").verdict, Verdict::passed);
  EXPECT_EQ(finding(outcome, "for-good").verdict, Verdict::failed);
}

TEST_F(Play, always_is_broken_by_one_look) {
  prefixes_ = [this] { return lab_.now() == Instant{} + seconds(20) ? 2u : 3u; };
  const Outcome outcome = run(
      R"({"id": "a", "at": "10s", "do": "mark"}, {"id": "b", "at": "20s", "do": "mark"}, {"id": "c", "at": "30s", "do": "mark"})",
      R"({"id": "sane", "always": true, "level": "should", )" + has(3) + '}');
  EXPECT_EQ(finding(outcome, "sane").verdict, Verdict::should_failed);
  EXPECT_THAT(finding(outcome, "sane").got, HasSubstr("(after \"b\", at 20s)"));
}

TEST_F(Play, always_is_looked_at_after_every_event_and_at_the_end) {
  run(R"({"id": "a", "at": "10s", "do": "mark"}, {"id": "b", "at": "20s", "do": "mark"})",
      R"({"id": "sane", "always": true, )" + has(3) + '}');
  EXPECT_EQ(looks_, 3u);
}

TEST_F(Play, never_holds_while_the_check_does_not) {
  const Outcome outcome = run(R"({"id": "a", "at": "10s", "do": "mark"})",
                              R"({"id": "not-4", "never": true, )" + has(4) + "}, " +
                                  R"({"id": "not-3", "never": true, )" + has(3) + '}');
  EXPECT_EQ(finding(outcome, "not-4").verdict, Verdict::passed);
  EXPECT_EQ(finding(outcome, "not-3").verdict, Verdict::failed);
}

TEST_F(Play, an_expectation_without_a_time_is_about_the_end) {
  prefixes_ = [this] { return lab_.after(30) ? 3u : 0u; };
  const Outcome outcome =
      run(R"({"id": "a", "at": "30s", "do": "mark"})", R"({"id": "end", )" + has(3) + '}');
  EXPECT_EQ(finding(outcome, "end").verdict, Verdict::passed);
  EXPECT_EQ(finding(outcome, "end").at, seconds(30));
}

TEST_F(Play, pings_repeat_within_their_limit) {
  unsigned pings = 0;
  lab_.on_ping = [&](const Ping& ping) {
    return ++pings < 3 ? PingResult{ping.packets, 0, {}, {}, "", {}}
                       : PingResult{ping.packets, 2, 63, {}, "local", {}};
  };
  const Outcome outcome = run(
      "",
      R"({"id": "reach", "within": "5s", "reachable": {"from": "vm1", "to": "vm2", "loss": 0}})");
  EXPECT_EQ(finding(outcome, "reach").verdict, Verdict::passed);
  EXPECT_EQ(pings, 4u);  // the third holds; one more at the end
  EXPECT_EQ(outcome.state.reachability.at("reach").dump(),
            R"({"reached":true,"ttl":63,"encap":"local"})");
}

TEST_F(Play, what_only_some_hosts_look_at_is_not_compared) {
  lab_.on_ping = [](const Ping& ping) { return PingResult{ping.packets, 2, 63, {}, "local", {}}; };
  const Outcome outcome = run(
      "", R"({"id": "here", "on": ["sim"], "at": "5s", "reachable": {"from": "vm1", "to": "vm2"}},
                {"id": "everywhere", "at": "5s", "reachable": {"from": "vm1", "to": "vm2"}})");
  EXPECT_EQ(finding(outcome, "here").verdict, Verdict::passed);
  EXPECT_FALSE(outcome.state.reachability.contains("here"));
  EXPECT_TRUE(outcome.state.reachability.contains("everywhere"));
}

TEST_F(Play, a_reachable_check_without_limit_pings_once) {
  lab_.on_ping = [](const Ping& ping) { return PingResult{ping.packets, 0, {}, {}, "", {}}; };
  const Outcome outcome =
      run(R"({"id": "a", "at": "10s", "do": "mark"})",
          R"({"id": "reach", "after": "a", "reachable": {"from": "vm1", "to": "vm2"}})");
  EXPECT_EQ(finding(outcome, "reach").verdict, Verdict::failed);
  EXPECT_THAT(lab_.done, ElementsAre("10s ping vm1 10.1.0.3 2"));
}

TEST_F(Play, changes_reach_the_lab_and_what_follows) {
  unsigned machines = 0;
  lab_.on_configure = [&](const Scenario& next) {
    machines = static_cast<unsigned>(next.machines.size());
  };
  const Outcome outcome = run(
      R"({"id": "more", "at": "10s", "do": "add", "objects": {"virtual-machines": {"vm9": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "red", "instance-ip": "10.1.0.99"}}}}}},
         {"id": "try", "after": "more", "delay": "1s", "do": "ping", "from": "vm1", "to": "vm9", "packets": 5},
         {"id": "less", "at": "20s", "do": "remove", "target": "virtual-machine:vm9"})",
      "");
  EXPECT_THAT(lab_.done, ElementsAre("10s configure", "11s ping vm1 10.1.0.99 5", "20s configure"));
  EXPECT_EQ(machines, 3u);
  EXPECT_EQ(outcome.happenings[0].what, "added vm9");
  EXPECT_EQ(outcome.happenings[1].what, "vm1 pings vm9: 5 of 5 replies, ttl 63, encap local");
}

TEST_F(Play, nodes_are_stopped_by_selector) {
  const Outcome outcome = run(
      R"({"id": "off", "at": "10s", "do": "stop", "target": ["bgp-router:cn*", "bgp-router:cn1"]},
                                {"id": "on", "at": "20s", "do": "recover", "target": "virtual-router:compute1"})",
      "");
  EXPECT_THAT(lab_.done,
              ElementsAre("10s control 0 cn1", "10s control 0 cn2", "20s control 4 compute1"));
  EXPECT_EQ(outcome.happenings[0].what, "stopped cn1, cn2");
}

TEST_F(Play, what_does_not_come_before_the_end_fails_and_has_not_converged) {
  const Outcome outcome = run(R"({"id": "late", "at": "100s", "do": "mark"})",
                              R"({"id": "after-late", "after": "late", )" + has(3) + "}, " +
                                  R"({"id": "late-too", "at": "90s", )" + has(3) + '}',
                              R"("until": "60s")");
  EXPECT_FALSE(outcome.converged);
  EXPECT_EQ(finding(outcome, "after-late").verdict, Verdict::failed);
  EXPECT_EQ(finding(outcome, "after-late").got, "the run ended while it waited for \"late\"");
  EXPECT_THAT(finding(outcome, "late-too").got, HasSubstr("before its time"));
}

TEST_F(Play, a_limit_beyond_the_end_is_the_end) {
  const Outcome outcome =
      run("", R"({"id": "soon", "within": "100s", )" + has(4) + '}', R"("until": "20s")");
  EXPECT_FALSE(outcome.converged);
  EXPECT_EQ(finding(outcome, "soon").verdict, Verdict::failed);
  EXPECT_LE(lab_.now(), Instant{} + millis(20'100));
}

TEST_F(Play, other_hosts_expectations_and_comparisons_are_skipped) {
  const Outcome outcome = run("", R"({"id": "theirs", "on": ["netns"], )" + has(4) + "}, " +
                                      R"({"id": "same", "same-as": {"host": "sim"}})");
  EXPECT_EQ(finding(outcome, "theirs").verdict, Verdict::skipped);
  EXPECT_EQ(finding(outcome, "same").verdict, Verdict::skipped);
  EXPECT_EQ(looks_, 0u);
}

TEST_F(Play, stops_between_steps_when_told_to) {
  watch_.stop = [this] { return lab_.after(15); };
  prefixes_ = [] { return 2u; };
  const Outcome outcome = run(R"({"id": "late", "at": "100s", "do": "mark"})",
                              R"({"id": "now", "at": "1s", )" + has(2) + "}, " +
                                  R"({"id": "soon", "within": "60s", )" + has(3) + '}');
  EXPECT_TRUE(outcome.interrupted);
  EXPECT_EQ(finding(outcome, "now").verdict, Verdict::passed);
  EXPECT_EQ(finding(outcome, "soon").verdict, Verdict::skipped);
  EXPECT_EQ(finding(outcome, "soon").got, "the run was interrupted");
  EXPECT_LT(lab_.now(), Instant{} + seconds(16));
}

TEST_F(Play, a_long_wait_in_virtual_time_can_be_stopped) {
  watch_.stop = [this] { return lab_.after(50); };
  run(R"({"id": "late", "at": "500s", "do": "mark"})", "");
  EXPECT_LE(lab_.now(), Instant{} + seconds(60));
}

TEST_F(Play, in_real_time_a_wait_is_one_wait) {
  lab_.host = HostKind::netns;
  unsigned waits = 0;
  watch_.progress = [&](const std::string& phase, const Outcome&, Instant) {
    waits += phase == "waiting";
  };
  run(R"({"id": "late", "at": "500s", "do": "mark"})", "");
  EXPECT_LE(waits, 2u);
}

TEST_F(Play, never_stopping_runs_to_the_end) {
  run(R"({"id": "a", "at": "1s", "do": "mark"})", "", R"("stop-when": "never", "until": "100s")");
  EXPECT_EQ(lab_.now(), Instant{} + seconds(100));
}

TEST_F(Play, converging_waits_until_nothing_moves) {
  prefixes_ = [this] {
    return static_cast<unsigned>(std::min<std::int64_t>(lab_.now().ns / seconds(1).ns, 20));
  };
  run(R"({"id": "a", "at": "1s", "do": "mark"})", "",
      R"("stop-when": "converged", "until": "100s")");
  EXPECT_GE(lab_.now(), Instant{} + seconds(24));
  EXPECT_LE(lab_.now(), Instant{} + seconds(27));
}

TEST_F(Play, the_same_run_twice_is_the_same) {
  const std::string events =
      R"({"id": "a", "at": "1s", "do": "mark"}, {"id": "b", "after": "x", "do": "mark"})";
  const std::string expectations = R"({"id": "x", "within": "5s", )" + has(3) + '}';
  prefixes_ = [this] { return lab_.after(2) ? 3u : 0u; };
  const auto first = happened(run(events, expectations));
  lab_ = FakeLab{};
  lab_.pages["ShowRouteSummaryReq"] = [this](const NodeRef&, const introspect::Query&) {
    return std::optional{summary_page("bgp.l3vpn.0", prefixes_(), 0, 0)};
  };
  EXPECT_EQ(happened(run(events, expectations)), first);
}

TEST_F(Play, one_event_by_hand_changes_the_scenario_too) {
  Scenario lab = good(replaced(
      small_lab, "\"events\": [",
      R"("events": [{"id": "gone", "at": "1s", "do": "remove", "target": "virtual-machine:vm3"},)"));
  const Happening happening = perform(lab.events[0], lab, lab_);
  EXPECT_EQ(happening.id, "gone");
  EXPECT_EQ(happening.what, "removed virtual-machine:vm3");
  EXPECT_EQ(lab.machines.size(), 2u);
  EXPECT_THAT(perform(lab.events[0], lab, lab_).what, HasSubstr("refused: "));
  EXPECT_THAT(lab.document["x-performed"], ElementsAre("gone"));
  // Once for the change, once to remember it; a refused event leaves no trace.
  EXPECT_THAT(lab_.done, ElementsAre("0s configure", "0s configure"));
}

TEST_F(Play, a_standing_lab_loads_although_its_events_name_what_is_gone) {
  Scenario lab = good(replaced(
      small_lab, "\"events\": [",
      R"("events": [{"id": "gone", "at": "1s", "do": "remove", "target": "virtual-machine:vm2"},)"));
  perform(lab.events[0], lab, lab_);
  LoadOptions options;
  EXPECT_THAT(bad(lab.document.dump(), options), Contains(HasSubstr("matches nothing")));
  options.standing = true;
  const Scenario again = good(lab.document.dump(), options);
  EXPECT_EQ(again.machines.size(), 2u);
  EXPECT_EQ(again.events.size(), 2u);
}

TEST_F(Play, verify_judges_what_needs_no_event) {
  const std::string expectations = R"({"id": "now", "within": "5s", )" + has(3) + "}, " +
                                   R"({"id": "wrong", "at": "110s", )" + has(4) + "}, " +
                                   R"({"id": "not", "never": true, )" + has(4) + "}, " +
                                   R"({"id": "later", "after": "ping", )" + has(3) + "}, " +
                                   R"({"id": "even-later", "after": "later", )" + has(3) + "}";
  const Scenario lab = good(replaced(
      small_lab, R"({"id": "up", "within": "30s", "invariant": "all-sessions-up"})", expectations));
  const auto findings = verify(lab, lab_);
  std::vector<Verdict> verdicts;
  for (const Finding& each : findings) verdicts.push_back(each.verdict);
  EXPECT_THAT(verdicts, ElementsAre(Verdict::passed, Verdict::failed, Verdict::passed,
                                    Verdict::skipped, Verdict::skipped));
  EXPECT_EQ(findings[3].got, "waits for event \"ping\"");
  EXPECT_EQ(lab_.now(), Instant{});
}

TEST_F(Play, takes_one_more_each_time_from_those_that_are_left) {
  const Outcome outcome = run(
      R"({"id": "stop", "at": "10s", "do": "stop", "target": "bgp-router:*", "count": 1, "choose": "last", "every": "5s", "times": 3},
         {"id": "after", "after": "stop", "do": "mark"},
         {"id": "back", "at": "30s", "do": "recover", "target": "bgp-router:*", "count": 1, "every": "5s", "times": 1})",
      "");
  EXPECT_THAT(happened(outcome),
              ElementsAre("10s stop", "15s stop", "20s stop", "20s after", "30s back"));
  EXPECT_EQ(outcome.happenings[0].what, "stopped cn2");
  EXPECT_EQ(outcome.happenings[1].what, "stopped cn1");
  EXPECT_EQ(outcome.happenings[2].what, "stopped nothing");
  EXPECT_EQ(outcome.happenings[4].what, "recovered cn1");
}

TEST_F(Play, spread_events_have_each_its_own_moment_and_are_done_with_the_last) {
  const Outcome outcome = run(
      R"({"id": "start", "at": "10s", "do": "start", "target": "virtual-router:*", "spread": {"distribution": "uniform", "min": "1s", "max": "3s"}},
         {"id": "after", "after": "start", "do": "mark"})",
      "");
  ASSERT_EQ(outcome.happenings.size(), 3u);
  EXPECT_NE(outcome.happenings[0].what, outcome.happenings[1].what);
  EXPECT_GE(outcome.happenings[0].at, seconds(11));
  EXPECT_LE(outcome.happenings[1].at, seconds(13));
  EXPECT_EQ(outcome.happenings[2].at, outcome.happenings[1].at);
}

TEST_F(Play, a_machine_that_moves_is_where_it_was_told_to_go) {
  std::string where;
  lab_.on_configure = [&](const Scenario& now) {
    where = find(now.machines, "vm1")->virtual_router;
  };
  const Outcome outcome = run(
      R"({"id": "go", "at": "10s", "do": "move", "target": "vm1", "to": "virtual-router:compute2"})",
      "");
  EXPECT_EQ(where, "compute2");
  EXPECT_EQ(outcome.happenings.front().what, "moved vm1 to compute2");
}

TEST_F(Play, the_underlay_falls_apart_and_is_healed) {
  const Outcome outcome = run(
      R"({"id": "cut", "at": "10s", "do": "partition", "target": ["bgp-router:cn1", "virtual-router:*"]},
         {"id": "whole", "at": "20s", "do": "heal"})",
      "");
  EXPECT_THAT(lab_.done, Contains("10s separate cn1 compute1 compute2"));
  EXPECT_THAT(lab_.done, Contains("20s separate"));
  EXPECT_EQ(outcome.happenings[0].what, "bgp-router:cn1, virtual-router:* apart from the others");
  EXPECT_EQ(outcome.happenings[1].what, "the underlay is whole");
}

TEST_F(Play, cables_are_pulled_put_back_and_flap) {
  const Outcome outcome = run(
      R"({"id": "out", "at": "10s", "do": "link-down", "target": "bgp-router:cn1"},
         {"id": "in", "at": "12s", "do": "link-up", "target": "bgp-router:cn1"},
         {"id": "flap", "at": "20s", "do": "flap", "target": "virtual-router:*", "count": 1, "every": "4s", "times": 2})",
      "");
  EXPECT_THAT(lab_.done,
              ElementsAre("10s unplug cn1", "12s plug cn1", "20s unplug compute1",
                          "22s plug compute1", "24s unplug compute1", "26s plug compute1"));
  EXPECT_EQ(outcome.happenings[0].what, "link down: cn1");
  EXPECT_EQ(outcome.happenings[3].what, "link up: compute1");
}

TEST_F(Play, a_machine_that_announces_an_address_tells_its_link) {
  const Outcome outcome = run(
      R"({"id": "have", "at": "10s", "do": "announce", "target": "vm1", "prefixes": ["10.1.0.9/32"]})",
      "");
  EXPECT_EQ(outcome.happenings.front().what, "vm1 has 10.1.0.9/32");
  EXPECT_THAT(lab_.done, Contains("10s send vm1 eth0 42"));
  Reader in{lab_.sent};
  const auto ethernet = wire::Ethernet::read(in);
  const auto arp = wire::Arp::read(in);
  ASSERT_TRUE(in.ok());
  EXPECT_EQ(ethernet.dst, broadcast_mac);
  EXPECT_EQ(arp.sender_mac, ethernet.src);
  EXPECT_TRUE(arp.announcement());
  EXPECT_EQ(arp.sender, *parse_ip4("10.1.0.9"));
}

}  // namespace
}  // namespace tflab::scenario
