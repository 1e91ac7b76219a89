// The oracle's answers for worlds small enough to know them by heart.

#include "scenarios/oracle/oracle.h"

#include <gmock/gmock.h>

namespace tflab::oracle {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const std::string red_rt = "target:1:1", blue_rt = "target:1:2";

Network network(const char* name, unsigned index, const std::string& target) {
  Network out;
  out.name = name;
  out.index = index;
  out.targets = {target};
  return out;
}

// Agent a on n1 with a port in red, agent b on n2 with one in `second`.
World two_agents(const char* second) {
  World out;
  out.networks = {network("red", 1, red_rt), network("blue", 2, blue_rt)};
  out.control_nodes = {{"n1", "10.0.0.1"}, {"n2", "10.0.0.2"}};
  out.agents = {{"a", "10.0.1.1", {"n1"}, {{"red", "10.1.0.1"}}},
                {"b", "10.0.1.2", {"n2"}, {{second, "10.1.0.2"}}}};
  out.peerings = {{"n1", "n2"}};
  return out;
}
// n1 and n2 meet at a reflector.
World reflected(World out) {
  out.control_nodes.push_back({"rr", "10.0.0.9"});
  out.peerings = {{"n1", "rr", true}, {"n2", "rr", true}};
  return out;
}
const RouteId from_a{"a", "red", "10.1.0.1/32"}, from_b{"b", "red", "10.1.0.2/32"};

Names holders(const Expected& answer, const RouteId& route) {
  Names out;
  for (const auto& [node, vpn] : answer.vpn)
    if (vpn.contains(route)) out.insert(node);
  return out;
}

TEST(Oracle, members_of_one_network_reach_each_other) {
  const Expected answer = expected(two_agents("red"));
  EXPECT_THAT(holders(answer, from_a), ElementsAre("n1", "n2"));
  EXPECT_THAT(answer.agents.at({"a", "red"}),
              ElementsAre(Pair("10.1.0.1/32", ElementsAre("10.0.1.1")),
                          Pair("10.1.0.2/32", ElementsAre("10.0.1.2"))));
  EXPECT_EQ(answer.vpn.at("n2").at(from_a), (Route{"10.0.1.1", {red_rt}}));
}

TEST(Oracle, who_does_not_import_a_target_does_not_get_its_routes) {
  const Expected answer = expected(two_agents("blue"));
  EXPECT_THAT(holders(answer, from_a), ElementsAre("n1"));
  EXPECT_THAT(
      answer.wanted.at("n1"),
      ElementsAre("64512:target:10.0.0.1:0", "64512:target:10.0.0.1:1", "64512:target:10.0.0.2:0",
                  "64512:target:10.0.0.2:2", "64512:target:1:1", "64512:target:1:2"));
}

TEST(Oracle, without_the_family_everything_goes_and_nothing_is_asked_for) {
  World world = two_agents("blue");
  world.peerings[0].filters = false;
  const Expected answer = expected(world);
  EXPECT_THAT(holders(answer, from_a), ElementsAre("n1", "n2"));
  EXPECT_THAT(answer.vrfs.at({"n2", "blue"}), ElementsAre(Pair("10.1.0.2/32", testing::_)));
  EXPECT_EQ(answer.wanted.at("n2").size(), 3u);
}

TEST(Oracle, a_policy_that_both_carry_connects_networks) {
  World world = two_agents("blue");
  world.policies["p"] = {{true, "red", "blue"}};
  world.networks[0].policies = {"p"};
  EXPECT_THAT(holders(expected(world), from_a), ElementsAre("n1"));
  world.networks[1].policies = {"p"};
  const Expected answer = expected(world);
  EXPECT_THAT(holders(answer, from_a), ElementsAre("n1", "n2"));
  EXPECT_TRUE(answer.agents.at({"b", "blue"}).contains("10.1.0.1/32"));
}

TEST(Oracle, a_control_node_repeats_nothing_and_a_reflector_everything_that_is_wanted) {
  World world = two_agents("red");
  world.control_nodes.push_back({"n3", "10.0.0.3"});
  world.peerings = {{"n1", "n3"}, {"n2", "n3"}};
  EXPECT_THAT(holders(expected(world), from_a), ElementsAre("n1"));  // n3 has no use for it
  const Expected answer = expected(reflected(two_agents("red")));
  EXPECT_THAT(holders(answer, from_a), ElementsAre("n1", "n2", "rr"));
  EXPECT_THAT(holders(answer, from_b), ElementsAre("n1", "n2", "rr"));
}

// RFC 4684 section 3.2: the reflector passes a client's wish on to the client itself.
TEST(Oracle, a_reflector_holds_what_only_the_sender_wants) {
  EXPECT_THAT(holders(expected(reflected(two_agents("blue"))), from_a), ElementsAre("n1", "rr"));
}

TEST(Oracle, a_router_gets_what_it_asks_for_and_all_with_the_default_target) {
  World world = two_agents("red");
  world.routers = {{"mx", "10.0.2.1", {{"192.0.2.0/24", {red_rt}}}, {blue_rt}}};
  world.peerings.push_back({"n1", "mx"});
  Expected answer = expected(world);
  EXPECT_THAT(holders(answer, from_a), ElementsAre("n1", "n2"));
  EXPECT_TRUE(answer.agents.at({"a", "red"}).contains("192.0.2.0/24"));
  EXPECT_FALSE(answer.agents.at({"b", "red"}).contains("192.0.2.0/24"));
  world.routers[0].wants_everything = true;
  answer = expected(world);
  EXPECT_THAT(holders(answer, from_a), ElementsAre("mx", "n1", "n2"));
  EXPECT_THAT(holders(answer, from_b), ElementsAre("n1", "n2"));  // n1 may not repeat it
  EXPECT_TRUE(answer.wanted.at("n1").contains("0:target:0:0"));
}

TEST(Oracle, two_agents_with_one_address_are_two_ways) {
  World world = two_agents("red");
  world.agents[1].ports[0].address = "10.1.0.1";
  world.routers = {{"mx", "10.0.2.1", {{"10.1.0.1/32", {red_rt}}}, {}}};
  world.peerings.push_back({"n1", "mx"});
  const Expected answer = expected(world);
  EXPECT_THAT(answer.vrfs.at({"n1", "red"}),
              ElementsAre(Pair("10.1.0.1/32", ElementsAre("10.0.1.1", "10.0.1.2", "10.0.2.1"))));
  EXPECT_THAT(answer.best.at({"n1", "red"}),
              ElementsAre(Pair("10.1.0.1/32", ElementsAre("10.0.1.1", "10.0.1.2"))));
}

}  // namespace
}  // namespace tflab::oracle
