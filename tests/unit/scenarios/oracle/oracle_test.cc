// The oracle's answers for worlds small enough to know them by heart.

#include "scenarios/oracle/oracle.h"

#include <gmock/gmock.h>

namespace tflab::oracle {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const std::string red_rt = "target:1:1", blue_rt = "target:1:2", lr_rt = "target:1:3";

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

// --- the switch

TEST(Oracle, switched_off_everything_goes_everywhere_and_nothing_is_asked_for) {
  World world = two_agents("blue");
  world.filtering = Filtering::off;
  const Expected answer = expected(world);
  EXPECT_THAT(holders(answer, from_a), ElementsAre("n1", "n2"));
  EXPECT_THAT(answer.wanted.at("n1"), ElementsAre("64512:target:10.0.0.1:0",
                                                  "64512:target:10.0.0.1:1", "64512:target:1:1"));
  EXPECT_FALSE(answer.vrfs.at({"n2", "blue"}).contains("10.1.0.1/32"));
}

TEST(Oracle, outbound_only_who_stands_between_asks_for_everything_and_repeats_no_wish) {
  World world = reflected(two_agents("blue"));
  world.routers = {{"mx", "10.0.2.1", {}, {red_rt}}};
  world.peerings.push_back({"mx", "n2"});
  world.filtering = Filtering::outbound_only;
  const Expected answer = expected(world);
  EXPECT_THAT(holders(answer, from_a), ElementsAre("n1", "rr"));  // n2 does not say what mx wants
  EXPECT_TRUE(answer.wanted.at("n1").contains("0:target:0:0"));
  EXPECT_FALSE(answer.wanted.at("n1").contains("64512:target:1:2"));
  EXPECT_TRUE(answer.wanted.at("rr").contains("64512:target:1:2"));
}

// --- other ASes

// n1 in our AS, then x in the next one and y beyond, an agent at each end, and one more at n2.
World chain() {
  World out = two_agents("red");
  out.control_nodes.push_back({"x", "10.0.3.1", 65001});
  out.control_nodes.push_back({"y", "10.0.4.1", 65002});
  out.agents.push_back({"far", "10.0.1.9", {"y"}, {{"red", "10.1.0.9"}}});
  out.peerings.push_back({"n1", "x"});
  out.peerings.push_back({"x", "y"});
  return out;
}
const RouteId from_far{"far", "red", "10.1.0.9/32"};

TEST(Oracle, interest_and_routes_pass_along_a_chain_of_ases) {
  const Expected answer = expected(chain());
  EXPECT_THAT(holders(answer, from_b), ElementsAre("n1", "n2", "x", "y"));
  EXPECT_THAT(holders(answer, from_far), ElementsAre("n1", "n2", "x", "y"));
  EXPECT_THAT(answer.vpn.at("n2").at(from_far)->as_path, ElementsAre(65001, 65002));
  EXPECT_THAT(answer.vpn.at("y").at(from_b)->as_path, ElementsAre(65001, 64512));
  EXPECT_EQ(answer.vpn.at("y").at(from_b)->next_hop, "10.0.1.2");
  EXPECT_TRUE(answer.wanted.at("n2").contains("65002:target:1:1"));
  EXPECT_TRUE(answer.agents.at({"b", "red"}).contains("10.1.0.9/32"));
}

TEST(Oracle, what_nobody_in_the_next_as_wants_does_not_go_there) {
  World world = chain();
  world.agents.back().ports[0].network = "blue";
  const Expected answer = expected(world);
  EXPECT_THAT(holders(answer, from_b), ElementsAre("n1", "n2"));
}

TEST(Oracle, by_two_links_a_route_does_not_come_back) {
  World world = chain();
  world.peerings.push_back({"n2", "x"});
  const Expected answer = expected(world);
  EXPECT_THAT(answer.vpn.at("n1").at(from_a)->as_path, IsEmpty());
  EXPECT_THAT(answer.vpn.at("x").at(from_a)->as_path, ElementsAre(64512));
}

TEST(Oracle, a_shorter_as_path_is_better_and_a_local_preference_better_still) {
  World world = chain();
  world.agents.back().ports[0].address = "10.1.0.1";  // a's
  world.routers = {{"mx", "10.0.2.1", {{"10.1.0.1/32", {red_rt}}}, {}}};
  world.routers[0].as = 65009;
  world.peerings.push_back({"mx", "n1"});
  Expected answer = expected(world);
  const Place at_x{"x", "red"};
  EXPECT_THAT(answer.best.at({"n1", "red"}).at("10.1.0.1/32"), ElementsAre("10.0.1.1"));
  // From both sides one AS away; what came by way of n1 from mx is two away.
  EXPECT_THAT(answer.best.at(at_x).at("10.1.0.1/32"), ElementsAre("10.0.1.1", "10.0.1.9"));
  EXPECT_THAT(answer.vrfs.at(at_x).at("10.1.0.1/32"),
              ElementsAre("10.0.1.1", "10.0.1.9", "10.0.2.1"));
  EXPECT_THAT(answer.best.at({"y", "red"}).at("10.1.0.1/32"), ElementsAre("10.0.1.9"));
}

// An agent's preference is a MED in the next AS, larger than that of a router, which says none; a
// control node that knows it for one turns it back.
TEST(Oracle, a_preference_becomes_a_med_and_a_preference_again_between_control_nodes) {
  World world = chain();
  world.agents.pop_back();
  world.agents.push_back({"at x", "10.0.1.9", {"x"}, {{"red", "10.1.0.9"}}});
  world.routers = {{"mx", "10.0.2.1", {{"10.1.0.1/32", {red_rt}}}, {}}};
  world.peerings.push_back({"mx", "n1"});
  const Place at_x{"x", "red"};
  EXPECT_THAT(expected(world).best.at(at_x).at("10.1.0.1/32"), ElementsAre("10.0.2.1"));
  for (Peering& each : world.peerings) each.layer2 = true;
  EXPECT_THAT(expected(world).best.at(at_x).at("10.1.0.1/32"), ElementsAre("10.0.1.1"));
}

// --- routers with VRFs

TEST(Oracle, a_vrf_takes_what_it_imports_and_its_prefixes_go_where_its_targets_are_wanted) {
  World world = two_agents("blue");
  world.routers = {{"mx", "10.0.2.1", {}, {}}};
  world.routers[0].vrfs = {{"RED", {red_rt}, {red_rt}, {"192.0.2.0/24"}},
                           {"BLUE", {blue_rt, red_rt}, {blue_rt}, {"198.51.100.0/24"}}};
  world.routers[0].filters = true;
  world.peerings.push_back({"mx", "n1"});
  const Expected answer = expected(world);
  EXPECT_THAT(answer.vrfs.at({"mx", "RED"}),
              ElementsAre(Pair("10.1.0.1/32", ElementsAre("10.0.1.1")),
                          Pair("192.0.2.0/24", ElementsAre("10.0.2.1"))));
  // RED's, too; b's is at n2, which n1 does not repeat to anybody in its AS.
  EXPECT_THAT(answer.vrfs.at({"mx", "BLUE"}),
              ElementsAre(Pair("10.1.0.1/32", testing::_), Pair("192.0.2.0/24", testing::_),
                          Pair("198.51.100.0/24", testing::_)));
  EXPECT_THAT(holders(answer, {"mx", "RED", "192.0.2.0/24"}), ElementsAre("mx", "n1"));
  EXPECT_THAT(holders(answer, {"mx", "BLUE", "198.51.100.0/24"}), ElementsAre("mx"));
  EXPECT_EQ(answer.wanted.at("mx").count("64512:target:10.0.2.1:0"), 0u);
}

TEST(Oracle, a_prefix_that_somebody_has_better_is_not_announced) {
  World world = two_agents("blue");
  world.routers = {{"mx", "10.0.2.1", {}, {}}};
  world.routers[0].vrfs = {{"RED", {red_rt}, {red_rt}, {"10.1.0.1/32"}}};
  world.peerings.push_back({"mx", "n1"});
  const Expected answer = expected(world);
  EXPECT_THAT(holders(answer, {"mx", "RED", "10.1.0.1/32"}), IsEmpty());
  EXPECT_THAT(answer.vrfs.at({"mx", "RED"}).at("10.1.0.1/32"), ElementsAre("10.0.1.1", "10.0.2.1"));
}

TEST(Oracle, what_carries_no_target_goes_everywhere) {
  World world = two_agents("blue");
  world.routers = {{"mx", "10.0.2.1", {{"192.0.2.0/24", {}}}, {}}};
  world.routers[0].filters = true;
  world.peerings.push_back({"mx", "n1"});
  EXPECT_THAT(holders(expected(world), {"mx", "", "192.0.2.0/24"}), ElementsAre("mx", "n1"));
}

// --- layer 2

World bridged() {
  World out = two_agents("red");
  out.agents[0].ports[0].mac = "02:00:00:00:00:0a";
  out.agents[1].ports[0].mac = "02:00:00:00:00:0b";
  for (Peering& each : out.peerings) each.layer2 = true;
  return out;
}

TEST(Oracle, a_port_is_a_mac_with_and_without_its_address_and_its_vrouter_a_place_to_flood_to) {
  const Expected answer = expected(bridged());
  EXPECT_THAT(answer.evpn.at("n2"),
              ElementsAre(Pair(RouteId{"a", "red", "2-0-02:00:00:00:00:0a,0.0.0.0"}, testing::_),
                          Pair(RouteId{"a", "red", "2-0-02:00:00:00:00:0a,10.1.0.1"}, testing::_),
                          Pair(RouteId{"a", "red", "3-1-10.0.1.1"}, testing::_),
                          Pair(RouteId{"b", "red", "2-0-02:00:00:00:00:0b,0.0.0.0"}, testing::_),
                          Pair(RouteId{"b", "red", "2-0-02:00:00:00:00:0b,10.1.0.2"}, testing::_),
                          Pair(RouteId{"b", "red", "3-1-10.0.1.2"}, testing::_)));
  EXPECT_THAT(answer.macs.at({"b", "red"}),
              ElementsAre(Pair("02:00:00:00:00:0a", ElementsAre("10.0.1.1")),
                          Pair("02:00:00:00:00:0b", ElementsAre("10.0.1.2"))));
  EXPECT_THAT(answer.trees.at({"n1", "red"}), ElementsAre("n1", "n2"));
}

TEST(Oracle, layer_2_stays_in_its_network_whoever_imports_its_target) {
  World world = bridged();
  world.agents[1].ports[0].network = "blue";
  world.networks[1].imports = {red_rt};
  const Expected answer = expected(world);
  EXPECT_EQ(answer.evpn.at("n2").size(), 6u);
  EXPECT_EQ(answer.bridges.at({"n2", "blue"}).size(), 3u);
  EXPECT_THAT(answer.trees.at({"n2", "blue"}), ElementsAre("n2"));
}

TEST(Oracle, layer_2_needs_a_session_that_speaks_of_it) {
  World world = bridged();
  world.peerings[0].layer2 = false;
  const Expected answer = expected(world);
  EXPECT_EQ(answer.evpn.at("n2").size(), 3u);
  EXPECT_EQ(answer.vpn.at("n2").size(), 2u);
}

// --- logical routers in VXLAN

// A logical router joins red, where a is, and blue, where b is; mx has a VRF that speaks to it.
World joined() {
  World out = two_agents("blue");
  for (Network& each : out.networks)
    each.subnets = {each.name == "red" ? "10.1.0.0/24" : "10.2.0.0/24"};
  out.agents[1].ports[0].address = "10.2.0.2";
  out.networks.push_back(network("lr", 5000, lr_rt));
  out.networks.back().routes_between = {"red", "blue"};
  out.routers = {{"mx", "10.0.2.1", {}, {}}};
  out.routers[0].vrfs = {{"CORE", {lr_rt}, {lr_rt}, {"192.0.2.0/24"}, true}};
  out.routers[0].filters = true;
  out.peerings.push_back({"n1", "mx"});
  out.peerings.push_back({"n2", "mx"});
  for (Peering& each : out.peerings) each.layer2 = true;
  return out;
}
const RouteId a_in_lr{"a", "lr", "5-0-10.1.0.1/32"}, b_in_lr{"b", "lr", "5-0-10.2.0.2/32"},
    from_mx{"mx", "CORE", "5-0-192.0.2.0/24"};

TEST(Oracle, a_logical_router_knows_the_ports_of_its_networks_by_type_5) {
  const Expected answer = expected(joined());
  for (const char* node : {"n1", "n2", "mx"})
    EXPECT_THAT(answer.evpn.at(node), ElementsAre(Pair(a_in_lr, Route{"10.0.1.1", {lr_rt}}),
                                                  Pair(b_in_lr, Route{"10.0.1.2", {lr_rt}}),
                                                  Pair(from_mx, Route{"10.0.2.1", {lr_rt}})));
  EXPECT_THAT(answer.vpn.at("mx"), IsEmpty());
  EXPECT_THAT(answer.bridges.at({"mx", "CORE"}),
              ElementsAre(Pair("5-0-10.1.0.1/32", ElementsAre("10.0.1.1")),
                          Pair("5-0-10.2.0.2/32", ElementsAre("10.0.1.2")),
                          Pair("5-0-192.0.2.0/24", ElementsAre("10.0.2.1"))));
  EXPECT_TRUE(answer.bridges.at({"n1", "red"}).empty());
  EXPECT_TRUE(answer.wanted.at("n1").contains("64512:" + lr_rt));
}

TEST(Oracle, subnets_and_foreign_prefixes_lead_into_the_logical_router) {
  const World world = joined();
  const Expected answer = expected(world);
  EXPECT_THAT(answer.agents.at({"a", "red"}),
              ElementsAre(Pair("10.1.0.1/32", ElementsAre("10.0.1.1")),
                          Pair("10.2.0.0/24", ElementsAre(into_router)),
                          Pair("192.0.2.0/24", ElementsAre(into_router))));
  EXPECT_THAT(answer.agents.at({"a", "lr"}),
              ElementsAre(Pair("10.1.0.1/32", ElementsAre("10.0.1.1")),
                          Pair("10.2.0.2/32", ElementsAre("10.0.1.2")),
                          Pair("192.0.2.0/24", ElementsAre("10.0.2.1"))));
}

TEST(Oracle, type_5_needs_a_session_that_speaks_of_it_and_a_vrf_that_wants_it) {
  World world = joined();
  for (Peering& each : world.peerings) each.layer2 = each.b != "mx";
  Expected answer = expected(world);
  EXPECT_THAT(answer.evpn.at("mx"), ElementsAre(Pair(from_mx, testing::_)));
  EXPECT_EQ(answer.evpn.at("n1").size(), 2u);
  world = joined();
  world.routers[0].vrfs[0].imports = {red_rt};
  answer = expected(world);
  EXPECT_THAT(answer.evpn.at("mx"), ElementsAre(Pair(from_mx, testing::_)));
  EXPECT_EQ(answer.evpn.at("n1").size(), 3u);
}

TEST(Oracle, type_5_without_a_target_is_for_who_asks_for_everything) {
  World world = joined();
  world.routers[0].vrfs[0].exports.clear();
  EXPECT_EQ(expected(world).evpn.at("n1").size(), 2u);
  for (Peering& each : world.peerings) each.filters = false;
  EXPECT_EQ(expected(world).evpn.at("n1").size(), 3u);
}

// --- addresses that several may have

TEST(Oracle, who_was_heard_last_has_an_address_and_the_others_wait) {
  World world = two_agents("red");
  for (Agent& agent : world.agents) agent.ports[0].pairs["10.1.0.99"] = false;
  Expected answer = expected(world);
  const std::string shared = "10.1.0.99/32";
  EXPECT_THAT(answer.best.at({"n1", "red"}).at(shared), ElementsAre("10.0.1.1", "10.0.1.2"));
  world.agents[1].ports[0].pairs["10.1.0.99"] = true;
  answer = expected(world);
  EXPECT_THAT(answer.best.at({"n1", "red"}).at(shared), ElementsAre("10.0.1.2"));
  EXPECT_THAT(answer.vrfs.at({"n1", "red"}).at(shared), ElementsAre("10.0.1.1", "10.0.1.2"));
  EXPECT_THAT(holders(answer, {"a", "red", shared}), IsEmpty());
  EXPECT_THAT(answer.agents.at({"a", "red"}).at(shared), ElementsAre("10.0.1.2"));
  EXPECT_THAT(answer.agents.at({"b", "red"}).at(shared), ElementsAre("10.0.1.2"));
}

}  // namespace
}  // namespace tflab::oracle
