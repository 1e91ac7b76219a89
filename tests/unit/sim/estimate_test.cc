#include "sim/world/estimate.h"

#include <gtest/gtest.h>

#include "scenarios/load.h"
#include "tests/dsl/source_tree.h"

namespace tflab::sim {
namespace {

scenario::Scenario scaled(const std::string& name,
                          const std::vector<std::pair<std::string, std::string>>& sets = {}) {
  auto loaded = scenario::load(test::in_tree("scenarios/scale/" + name + ".tflab.json").string(),
                               {.sets = sets});
  return std::get<scenario::Scenario>(std::move(loaded));
}

TEST(Estimate, counts_what_every_vrouter_and_control_node_will_hold) {
  const Estimate small = estimate_of(
      scaled("primer-2140x5", {{"/vars/members", "20"},
                               {"/vars/others", "4"},
                               {"/vars/last", "\"0020\""},
                               {"/global-vrouter-config/vhost0-in-ip-fabric", "true"}}));
  EXPECT_EQ(small.vrouters, 24u);
  EXPECT_EQ(small.agent_routes, 24u * 24 + 20 * 20);
  EXPECT_EQ(small.far_ends, 24u * 24);
  EXPECT_EQ(small.node_routes, 5u * 2 * (20 + 24));
  EXPECT_EQ(small.instances, 5u * 4);  // three of them built in
}

TEST(Estimate, vrouters_that_do_not_announce_themselves_have_fewer_routes) {
  const Estimate small = estimate_of(
      scaled("primer-2140x5",
             {{"/vars/members", "20"}, {"/vars/others", "4"}, {"/vars/last", "\"0020\""}}));
  EXPECT_EQ(small.agent_routes, 20u * 20);
  EXPECT_EQ(small.interfaces, 20u);
  EXPECT_EQ(small.far_ends, 20u * 13);  // of 24, if chance had placed twenty machines
  EXPECT_EQ(small.node_routes, 5u * 2 * 20);
}

// 1.11 GB were measured.
TEST(Estimate, comes_near_what_the_whole_run_takes) {
  const std::uint64_t octets = estimate_of(scaled("primer-2140x5")).octets();
  EXPECT_GT(octets, 750'000'000u);
  EXPECT_LT(octets, 1'500'000'000u);
}

// Forty machines, each in a network of its own on two control nodes; two reflectors hold all, and
// two borders what both announce.
TEST(Estimate, control_nodes_hold_what_their_vrouters_want) {
  std::vector<std::pair<std::string, std::string>> sets{{"/vars/vrouters", "40"},
                                                        {"/vars/controls", "8"},
                                                        {"/vars/networks", "40"},
                                                        {"/vars/of-each-border", "50"}};
  constexpr unsigned machines = 40, prefixes = 100, tables = 2;
  constexpr unsigned reflectors = 2 * (machines * tables + prefixes),
                     borders = 2 * prefixes * tables;
  EXPECT_EQ(estimate_of(scaled("internet-100k", sets)).node_routes,
            machines * 2 * tables + reflectors + borders);
  sets.emplace_back("/global-system-config/route-target-filtering", "\"off\"");
  EXPECT_EQ(estimate_of(scaled("internet-100k", sets)).node_routes,
            8 * (machines * tables + prefixes) + reflectors + borders);
}

}  // namespace
}  // namespace tflab::sim
