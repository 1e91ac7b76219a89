#include "control-core/config/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control-core/config/names.h"

namespace tflab::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Network network(const char* name, std::uint32_t index, std::vector<std::string> policies) {
  Network out;
  out.name = name;
  out.instance = out.network_id = index;
  out.targets = {RouteTarget::as2(1, index)};
  out.policies = std::move(policies);
  return out;
}
Policy policy(const char* src, const char* dst, bool pass = true) {
  PolicyRule rule;
  rule.src = src;
  rule.dst = dst;
  rule.pass = pass;
  return {{rule}};
}

TEST(Connected, when_both_carry_a_policy_that_names_the_pair) {
  Fabric fabric;
  fabric.networks = {network("d:p:a", 1, {"ab"}), network("d:p:b", 2, {"ab"}),
                     network("d:p:c", 3, {})};
  fabric.policies["ab"] = policy("d:p:a", "d:p:b");
  EXPECT_TRUE(connected(fabric, "d:p:a", "d:p:b"));
  EXPECT_TRUE(connected(fabric, "d:p:b", "d:p:a"));
  EXPECT_FALSE(connected(fabric, "d:p:a", "d:p:c"));
  EXPECT_FALSE(connected(fabric, "d:p:a", "d:p:a"));
  EXPECT_FALSE(connected(fabric, "d:p:a", "no such"));
  fabric.networks[1].policies.clear();
  EXPECT_FALSE(connected(fabric, "d:p:a", "d:p:b"));
}

TEST(Connected, through_two_policies_each_with_any) {
  Fabric fabric;
  fabric.networks = {network("d:p:a", 1, {"to-b"}), network("d:p:b", 2, {"to-any"})};
  fabric.policies["to-b"] = policy("any", "d:p:b");
  fabric.policies["to-any"] = policy("any", "any");
  EXPECT_TRUE(connected(fabric, "d:p:a", "d:p:b"));
}

TEST(Connected, not_by_a_rule_that_denies_or_is_about_others) {
  Fabric fabric;
  fabric.networks = {network("d:p:a", 1, {"x"}), network("d:p:b", 2, {"x"})};
  fabric.policies["x"] = policy("d:p:a", "d:p:b", false);
  EXPECT_FALSE(connected(fabric, "d:p:a", "d:p:b"));
  fabric.policies["x"] = policy("any", "d:p:c");
  EXPECT_FALSE(connected(fabric, "d:p:a", "d:p:b"));
  fabric.policies.clear();
  EXPECT_FALSE(connected(fabric, "d:p:a", "d:p:b"));
}

// Found by the swarm: targets were looked for in a list that had no order.
TEST(Compile, imports_and_exports_are_in_order_without_a_policy_too) {
  Fabric fabric;
  fabric.networks = {network("d:p:a", 9, {})};
  fabric.networks[0].import_targets = fabric.networks[0].export_targets = {
      RouteTarget::as2(1, 7), RouteTarget::as2(1, 9), RouteTarget::as2(1, 3)};
  const Instance instance = compile(fabric).back();
  const auto three =
      ElementsAre(RouteTarget::as2(1, 3), RouteTarget::as2(1, 7), RouteTarget::as2(1, 9));
  EXPECT_THAT(instance.imports, three);
  EXPECT_THAT(instance.exports, three);
}

TEST(Compile, gives_the_master_and_an_instance_a_network) {
  Fabric fabric;
  fabric.networks = {network("d:p:b", 2, {}), network("d:p:a", 1, {})};
  const auto instances = compile(fabric);
  ASSERT_EQ(instances.size(), 3u);
  EXPECT_EQ(instances[0].name, master_instance);
  EXPECT_EQ(instances[0].index, 0u);
  EXPECT_THAT(instances[0].imports, IsEmpty());
  EXPECT_EQ(instances[1].name, "d:p:a:a");
  EXPECT_EQ(instances[1].network, "d:p:a");
  EXPECT_EQ(instances[2].network_id, 2u);
  EXPECT_THAT(instances[2].imports, ElementsAre(RouteTarget::as2(1, 2)));
}

TEST(Compile, imports_what_connected_networks_export) {
  Fabric fabric;
  fabric.networks = {network("d:p:a", 1, {"any"}), network("d:p:b", 2, {"any"}),
                     network("d:p:c", 3, {})};
  fabric.policies["any"] = policy("any", "any");
  fabric.networks[0].import_targets = {RouteTarget::as2(1, 50), RouteTarget::as2(1, 1)};
  fabric.networks[1].export_targets = {RouteTarget::as2(1, 60)};
  fabric.networks[1].import_targets = {RouteTarget::as2(1, 70)};
  const auto instances = compile(fabric);
  EXPECT_THAT(instances[1].imports, ElementsAre(RouteTarget::as2(1, 1), RouteTarget::as2(1, 2),
                                                RouteTarget::as2(1, 50), RouteTarget::as2(1, 60)));
  EXPECT_THAT(instances[1].exports, ElementsAre(RouteTarget::as2(1, 1)));
  EXPECT_THAT(instances[2].exports, ElementsAre(RouteTarget::as2(1, 2), RouteTarget::as2(1, 60)));
  EXPECT_THAT(instances[1].connected, ElementsAre("d:p:b"));
  EXPECT_THAT(instances[3].connected, IsEmpty());
}

TEST(Compile, a_routers_vrfs_are_instances_with_no_network) {
  ControlNode router;
  Vrf vrf;
  vrf.name = "CUST-A";
  vrf.instance = 1;
  vrf.import_targets = {RouteTarget::as2(1, 2), RouteTarget::as2(1, 1)};
  vrf.export_targets = {RouteTarget::as2(1, 3)};
  router.vrfs = {vrf};
  const auto all = compile(router);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].name, "CUST-A");
  EXPECT_EQ(all[1].network, "");
  EXPECT_EQ(all[1].network_id, 0u);
  EXPECT_EQ(all[1].imports, (std::vector{RouteTarget::as2(1, 1), RouteTarget::as2(1, 2)}));
  EXPECT_EQ(all[1].exports, vrf.export_targets);
  EXPECT_EQ(all[1].vrf, vrf);
}

}  // namespace
}  // namespace tflab::config
