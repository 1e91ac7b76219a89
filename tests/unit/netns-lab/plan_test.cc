#include "netns-lab/lab/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "netns-lab/host/names.h"
#include "scenarios/load.h"
#include "tests/dsl/source_tree.h"

namespace tflab::netns {
namespace {

using scenario::NodeRef;
using scenario::Scenario;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

Scenario scenario_file(const std::string& name) {
  auto loaded = scenario::load(test::in_tree("scenarios/" + name).string());
  return std::get<Scenario>(std::move(loaded));
}

Scenario patched(const Scenario& base, const char* patch) {
  scenario::Json document = base.document;
  document.merge_patch(scenario::Json::parse(patch));
  return std::get<Scenario>(scenario::reload(base, document));
}

Plan plan_of(const Scenario& scenario, const Plan& before = {}) {
  return plan(scenario, "red", {"/state/scenario.json", "/state/clock"}, before);
}

std::vector<std::string> nodes_of(const std::vector<const Space*>& spaces) {
  std::vector<std::string> nodes;
  for (const Space* space : spaces) nodes.push_back(space->node);
  return nodes;
}

TEST(Plan, has_a_space_a_node_with_short_names) {
  const Plan plan = plan_of(scenario_file("two-node-k8s.tflab.json"));
  std::vector<std::string> names;
  for (const Space& space : plan) names.push_back(space.name);
  EXPECT_THAT(names, ElementsAre("tflab-red-underlay", "tflab-red-ip-172-31-14-47",
                                 "tflab-red-ip-172-31-41-236", "tflab-red-coredns"));
}

TEST(Plan, puts_a_host_with_a_control_nodes_address_into_its_space) {
  const auto scenario = scenario_file("two-node-k8s.tflab.json");
  const Plan plan = plan_of(scenario);
  const Space* master = find(plan, "bgp-router:ip-172-31-14-47");
  ASSERT_TRUE(master);
  EXPECT_THAT(master->routes, ElementsAre("10.47.255.250/32 via 172.31.41.236"));
  EXPECT_EQ(space_called(plan, scenario, "k8s-master"), master);
  EXPECT_EQ(space_called(plan, scenario, "host:k8s-master"), master);
  EXPECT_EQ(space_called(plan, scenario, "nobody"), nullptr);
}

TEST(Plan, gives_a_machine_of_both_versions_two_addresses_and_two_default_routes) {
  const Plan plan = plan_of(scenario_file("features/ipv6.tflab.json"));
  const Space* both = find(plan, "virtual-machine:both1");
  ASSERT_TRUE(both);
  EXPECT_TRUE(both->ipv6);
  EXPECT_THAT(
      both->setup,
      ElementsAre("addr add 10.66.0.11/24 dev eth0", "addr add 2001:db8:66::11/64 dev eth0 nodad",
                  "link set eth0 up", "route add default via 10.66.0.254 dev eth0",
                  "route add ::/0 via 2001:db8:66:0:ffff:ffff:ffff:fffe dev eth0"));
}

TEST(Plan, gives_a_machine_its_address_and_the_last_usable_one_as_gateway) {
  const Plan plan = plan_of(scenario_file("two-node-k8s.tflab.json"));
  const Space* coredns = find(plan, "virtual-machine:coredns");
  ASSERT_TRUE(coredns);
  EXPECT_THAT(coredns->setup, ElementsAre("addr add 10.47.255.252/12 dev eth0", "link set eth0 up",
                                          "route add default via 10.47.255.254 dev eth0"));
  EXPECT_THAT(coredns->program, ElementsAre("tflab-echo", "--udp", "7"));
  ASSERT_EQ(coredns->wires.size(), 1u);
  EXPECT_EQ(coredns->wires[0].far_device, tap_name("coredns/eth0"));
  EXPECT_EQ(coredns->wires[0].far_space, "tflab-red-ip-172-31-41-236");
  EXPECT_EQ(coredns->wires[0].mtu, 1500u);
}

TEST(Plan, leaves_room_for_tunnels_when_the_underlay_is_narrow) {
  const Plan plan = plan_of(scenario_file("smoke/two-computes.tflab.json"));
  EXPECT_EQ(find(plan, "virtual-machine:vm1")->wires[0].mtu, 1450u);
  EXPECT_EQ(find(plan, "virtual-router:compute1")->wires[0].mtu, 1500u);
}

TEST(Plan, uses_interface_names_that_fit_and_meet_only_once) {
  std::set<std::pair<std::string, std::string>> ends;
  for (const Space& space : plan_of(scenario_file("smoke/two-computes.tflab.json")))
    for (const Wire& wire : space.wires) {
      EXPECT_TRUE(device_name(wire.device));
      EXPECT_TRUE(device_name(wire.far_device));
      EXPECT_TRUE(ends.emplace(space.name, wire.device).second);
      EXPECT_TRUE(ends.emplace(wire.far_space, wire.far_device).second);
    }
}

TEST(Plan, finds_nodes_by_full_short_and_qualified_name) {
  const Plan plan = plan_of(scenario_file("two-node-k8s.tflab.json"));
  const Space* vrouter =
      find(plan, "virtual-router:ip-172-31-41-236.ap-northeast-1.compute.internal");
  ASSERT_TRUE(vrouter);
  EXPECT_EQ(look_up(plan, "ip-172-31-41-236"), vrouter);
  EXPECT_EQ(look_up(plan, "ip-172-31-41-236.ap-northeast-1.compute.internal"), vrouter);
  EXPECT_EQ(look_up(plan, "tflab-red-ip-172-31-41-236"), vrouter);
  EXPECT_EQ(look_up(plan, vrouter->node), vrouter);
  EXPECT_EQ(look_up(plan, "ip-172"), nullptr);
}

TEST(Plan, keeps_names_when_a_namesake_arrives) {
  const auto one = patched(scenario_file("smoke/two-computes.tflab.json"),
                           R"({"virtual-machines": {"web.example": {"virtual-router": "compute1",
      "interfaces": {"eth0": {"virtual-network": "red", "instance-ip": "10.1.0.8"}}}}})");
  const auto two = patched(one, R"({"virtual-machines": {"web.other": {"virtual-router": "compute1",
      "interfaces": {"eth0": {"virtual-network": "red", "instance-ip": "10.1.0.9"}}}}})");
  const Plan first = plan_of(one);
  const Plan second = plan_of(two, first);
  EXPECT_EQ(find(first, "virtual-machine:web.example")->name, "tflab-red-web");
  EXPECT_EQ(find(second, "virtual-machine:web.example")->name, "tflab-red-web");
  EXPECT_EQ(find(second, "virtual-machine:web.other")->name, "tflab-red-web.other");
}

TEST(PlanDifference, of_a_plan_with_itself_is_nothing) {
  const auto scenario = scenario_file("two-node-k8s.tflab.json");
  const Plan before = plan_of(scenario), after = plan_of(scenario, before);
  EXPECT_EQ(before, after);
  const Difference difference = netns::difference(before, after);
  EXPECT_THAT(difference.gone, IsEmpty());
  EXPECT_THAT(difference.made, IsEmpty());
  EXPECT_THAT(difference.rerouted, IsEmpty());
}

TEST(PlanDifference, of_a_changed_route_changes_the_route_only) {
  const auto scenario = scenario_file("two-node-k8s.tflab.json");
  const Plan before = plan_of(scenario);
  const Plan after = plan_of(
      patched(scenario,
              R"({"hosts": {"k8s-master": {"routes": {"10.32.0.0/12": "172.31.41.236"}}}})"),
      before);
  const Difference difference = netns::difference(before, after);
  EXPECT_THAT(difference.gone, IsEmpty());
  EXPECT_THAT(difference.made, IsEmpty());
  EXPECT_THAT(nodes_of(difference.rerouted), ElementsAre("bgp-router:ip-172-31-14-47"));
}

TEST(PlanDifference, of_a_changed_vrouter_makes_its_machines_anew_too) {
  const auto scenario = scenario_file("smoke/two-computes.tflab.json");
  const Plan before = plan_of(scenario);
  const Plan after = plan_of(
      patched(scenario,
              R"({"virtual-routers": {"compute1": {"virtual-router-ip-address": "192.0.2.13"}}})"),
      before);
  const Difference difference = netns::difference(before, after);
  EXPECT_THAT(nodes_of(difference.made),
              ElementsAre("virtual-router:compute1", "virtual-machine:vm1"));
  EXPECT_THAT(nodes_of(difference.gone),
              ElementsAre("virtual-router:compute1", "virtual-machine:vm1"));
}

TEST(PlanDifference, of_a_machine_that_moves_makes_the_machine_anew) {
  const auto scenario = scenario_file("smoke/two-computes.tflab.json");
  const Plan before = plan_of(scenario);
  const Plan after =
      plan_of(patched(scenario, R"({"virtual-machines": {"vm1": {"virtual-router": "compute2"}}})"),
              before);
  EXPECT_THAT(nodes_of(netns::difference(before, after).made), ElementsAre("virtual-machine:vm1"));
}

TEST(PlanJson, gives_back_what_was_written) {
  const Plan plan = plan_of(scenario_file("smoke/two-computes.tflab.json"));
  EXPECT_EQ(plan_from(json_of(plan)), plan);
}

TEST(NodeKeys, are_what_selectors_call_nodes) {
  for (const auto kind :
       {NodeRef::control_node, NodeRef::vrouter, NodeRef::machine, NodeRef::host}) {
    const auto back = node_of(key_of({kind, "a:b"}));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->kind, kind);
    EXPECT_EQ(back->name, "a:b");
  }
  EXPECT_FALSE(node_of("underlay"));
  EXPECT_FALSE(node_of("planet:mars"));
}

}  // namespace
}  // namespace tflab::netns
