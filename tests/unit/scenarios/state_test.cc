#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/play.h"
#include "tests/unit/scenarios/fake_lab.h"

namespace tflab::scenario {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

FakeFib small_fib(std::uint32_t first_id) {
  FakeFib fib;
  fib.vifs = {vif_row(0, "PHYSICAL", "fabric"), vif_row(1, "HOST", "vhost0", "", "192.0.2.11"),
              vif_row(3, "VIRTUAL", "vm1/eth0")};
  fib.nexthops = {
      nexthop_tree({.id = first_id, .type = "ENCAP", .out = 3, .dst = "02:00:00:00:01:00"}),
      nexthop_tree({.id = first_id + 1,
                    .type = "TUNNEL",
                    .flags = "VALID | TUNNEL_GRE",
                    .sip = "192.0.2.11",
                    .dip = "192.0.2.12"}),
      nexthop_tree({.id = first_id + 2, .type = "ENCAP", .out = 0, .dst = "02:00:00:00:00:99"})};
  fib.routes = {fib_row(1, "10.1.0.3", 32, first_id), fib_row(1, "10.1.0.4", 32, first_id + 1, 17),
                fib_row(0, "192.0.2.1", 32, first_id + 2)};
  fib.labels = {label_row(16, first_id)};
  fib.vrfs = {vrf_row(0, "fabric"), vrf_row(1, "red:red")};
  fib.neighbours = {struct_of("ArpSandeshData", {introspect::string_of("ip", 1, "192.0.2.1")})};
  return fib;
}

FinalState state_of(const FakeFib& fib, const FakePath& path = {}) {
  FakeLab lab;
  forward_by(lab, {{"compute1", fib}});
  lab.page_is("ShowRouteReq", routes_page("red:red.inet.0", {route_tree("10.1.0.3/32", {path})}));
  return final_state(lab);
}

const std::vector<std::string> everything{"tables", "fib", "reachability"};

TEST(FinalStates, keep_what_nexthops_mean_not_their_numbers) {
  const FinalState state = state_of(small_fib(5));
  EXPECT_EQ(state.fib.at("compute1")["red:red"].dump(),
            R"({"10.1.0.3/32":"interface vm1/eth0 02:00:00:00:01:00",)"
            R"("10.1.0.4/32":"tunnel MPLSoGRE 192.0.2.11 > 192.0.2.12, label 17"})");
  EXPECT_THAT(differences(state, state_of(small_fib(50)), everything), IsEmpty());
}

TEST(FinalStates, keep_trees_without_the_labels_control_nodes_came_to) {
  const auto with_tree = [](std::uint32_t label, int vrf) {
    FakeFib fib = small_fib(5);
    fib.nexthops.push_back(nexthop_tree({.id = 9, .type = "COMPOSITE", .vrf = vrf}));
    fib.labels.push_back(label_row(label, 9));
    return state_of(fib);
  };
  EXPECT_EQ(with_tree(1024, 1).fib.at("compute1")["labels"]["tree of red:red"], "composite");
  EXPECT_THAT(differences(with_tree(1024, 1), with_tree(1025, 1), everything), IsEmpty());
  EXPECT_EQ(differences(with_tree(1024, 1), with_tree(1024, 0), everything).size(), 2u);
}

TEST(FinalStates, leave_out_who_was_talked_to_lately) {
  FakeFib quiet = small_fib(5);
  quiet.routes.pop_back();
  quiet.neighbours.clear();
  EXPECT_THAT(differences(state_of(small_fib(5)), state_of(quiet), everything), IsEmpty());
}

TEST(FinalStates, keep_routes_without_times) {
  const FinalState state = state_of(small_fib(5));
  const Json& path = state.tables.at("cn1")["red:red.inet.0"]["10.1.0.3/32"][0];
  EXPECT_EQ(path["local_preference"], 200);
  EXPECT_EQ(path["communities"][0], "target:64512:1");
  EXPECT_FALSE(path.contains("last_modified"));
}

TEST(FinalStates, tell_differences_by_place) {
  FakeFib other = small_fib(5);
  other.routes = {fib_row(1, "10.1.0.3", 32, 6, 17), fib_row(1, "10.1.0.5", 32, 5)};
  EXPECT_THAT(
      differences(state_of(small_fib(5)), state_of(other), {"fib"}),
      ElementsAre("fib of compute1: red:red 10.1.0.3/32: interface vm1/eth0 02:00:00:00:01:00 "
                  "against tunnel MPLSoGRE 192.0.2.11 > 192.0.2.12, label 17",
                  "fib of compute1: red:red 10.1.0.4/32: only in the first (tunnel MPLSoGRE "
                  "192.0.2.11 > 192.0.2.12, label 17)",
                  "fib of compute1: red:red 10.1.0.5/32: only in the second (interface "
                  "vm1/eth0 02:00:00:00:01:00)"));
  EXPECT_THAT(differences(state_of(small_fib(5)), state_of(other), {"tables"}), IsEmpty());
}

TEST(FinalStates, differ_when_any_part_of_a_path_does) {
  const FinalState state = state_of(small_fib(5));
  for (const FakePath& path :
       {FakePath{.label = 17}, FakePath{.next_hop = "192.0.2.12"},
        FakePath{.local_preference = 100}, FakePath{.encap = {"udp", "gre"}}})
    EXPECT_EQ(differences(state, state_of(small_fib(5), path), everything).size(), 1u);
}

TEST(FinalStates, differ_when_a_node_is_missing) {
  FinalState one = state_of(small_fib(5)), two = one;
  two.tables.clear();
  two.reachability["ping"] = Json::object();
  EXPECT_THAT(
      differences(one, two, everything),
      ElementsAre("tables of cn1: only in the first", "reachability of ping: only in the second"));
}

class SameAs : public testing::Test {
protected:
  SameAs() {
    Expectation expectation;
    expectation.id = "agree";
    expectation.check = SameAsCheck{HostKind::sim, {"fib"}};
    scenario_.expectations.push_back(expectation);
    for (const HostKind host : {HostKind::sim, HostKind::netns}) {
      Outcome outcome;
      outcome.host = host;
      Finding finding;
      finding.id = "agree";
      outcome.findings.push_back(finding);
      outcome.state = state_of(small_fib(5));
      outcomes_.push_back(outcome);
    }
  }
  Scenario scenario_;
  std::vector<Outcome> outcomes_;
};

TEST_F(SameAs, passes_on_the_other_host_when_states_agree) {
  judge_same_as(scenario_, outcomes_);
  EXPECT_EQ(outcomes_[0].findings[0].verdict, Verdict::skipped);
  EXPECT_EQ(outcomes_[1].findings[0].verdict, Verdict::passed);
}

TEST_F(SameAs, fails_with_the_first_difference) {
  outcomes_[1].state.fib["compute1"]["labels"]["16"] = "discard";
  judge_same_as(scenario_, outcomes_);
  EXPECT_EQ(outcomes_[1].findings[0].verdict, Verdict::failed);
  EXPECT_EQ(outcomes_[1].findings[0].got,
            "1 differences, first: fib of compute1: labels 16: interface vm1/eth0 "
            "02:00:00:00:01:00 against discard");
  scenario_.expectations[0].must = false;
  judge_same_as(scenario_, outcomes_);
  EXPECT_EQ(outcomes_[1].findings[0].verdict, Verdict::should_failed);
}

TEST_F(SameAs, is_skipped_when_the_other_host_has_not_run) {
  outcomes_.erase(outcomes_.begin());
  judge_same_as(scenario_, outcomes_);
  EXPECT_EQ(outcomes_[0].findings[0].verdict, Verdict::skipped);
}

}  // namespace
}  // namespace tflab::scenario
