#include <gmock/gmock.h>

#include "control-core/base/text.h"
#include "scenarios/names.h"
#include "tests/unit/scenarios/files.h"

namespace tflab::scenario {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class Apply : public Files {
protected:
  static std::string with_events(const std::string& events) {
    return replaced(small_lab, "\"events\": [", "\"events\": [" + events);
  }
  static Scenario after(const Scenario& scenario, const Event& event) {
    auto document = applied(scenario, event);
    EXPECT_TRUE(std::holds_alternative<Json>(document));
    auto next = reload(scenario, std::get<Json>(document));
    EXPECT_TRUE(std::holds_alternative<Scenario>(next));
    return std::get<Scenario>(std::move(next));
  }
  static std::uint32_t id_of(const Scenario& scenario, const std::string& name) {
    for (const config::Network& net : scenario.networks)
      if (net.name == full_name(name)) return net.instance;
    return 0;
  }
};

TEST_F(Apply, adds_machines_at_the_end) {
  const Scenario lab = good(with_events(
      R"({"id": "more", "at": "10s", "do": "add", "objects": {"virtual-machines": {"vm0": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "red"}}}}}},)"));
  const Scenario next = after(lab, lab.events[0]);
  ASSERT_EQ(next.machines.size(), 4u);
  EXPECT_EQ(next.machines.back().first, "vm0");
  EXPECT_EQ(to_text(next.machines.back().second.interfaces[0].second.address), "10.1.0.4");
  EXPECT_EQ(next.events.size(), lab.events.size());
  EXPECT_EQ(next.expectations.size(), lab.expectations.size());
}

TEST_F(Apply, moves_nobodys_number_when_networks_come_and_go) {
  const Scenario lab = good(with_events(
      R"({"id": "green", "at": "10s", "do": "add", "objects": {"virtual-networks": {"green": {"subnets": ["10.3.0.0/24"]}}}},
         {"id": "no-vm3", "at": "11s", "do": "remove", "target": ["virtual-machine:vm[23]"]},
         {"id": "no-blue", "at": "12s", "do": "patch", "target": "virtual-network:red", "patch": {"network-policies": null}},
         {"id": "no-policy", "at": "13s", "do": "remove", "target": ["network-policy:*", "virtual-network:blue"]},
         {"id": "yellow", "at": "14s", "do": "add", "objects": {"virtual-networks": {"yellow": {"subnets": ["10.4.0.0/24"]}}}},)"));
  Scenario now = lab;
  for (int i = 0; i < 5; ++i) now = after(now, lab.events[i]);
  EXPECT_EQ(id_of(now, "red"), 4u);
  EXPECT_EQ(id_of(now, "blue"), 0u);
  EXPECT_EQ(id_of(now, "green"), 6u);
  EXPECT_EQ(id_of(now, "yellow"), 5u);
  EXPECT_EQ(to_text(now.networks[3].targets[0]), to_text(lab.networks[3].targets[0]));
}

TEST_F(Apply, patches_by_merging) {
  const Scenario lab = good(with_events(
      R"({"id": "native", "at": "10s", "do": "patch", "target": "virtual-network:*red", "patch": {"provider-network": "ip-fabric", "rpf": "disable"}},)"));
  const Scenario next = after(lab, lab.events[0]);
  const auto& red = next.networks[3];
  EXPECT_EQ(red.provider_network, full_name("ip-fabric"));
  EXPECT_FALSE(red.rpf);
  EXPECT_THAT(red.policies, ElementsAre(full_name("red-blue")));
}

TEST_F(Apply, leaves_the_document_alone_for_other_events) {
  const Scenario lab = good(small_lab);
  EXPECT_EQ(std::get<Json>(applied(lab, lab.events[0])), lab.document);
}

// What events do wrong is told when the file is read: nothing has been created yet.
TEST_F(Apply, rehearses_events_in_the_order_of_the_run) {
  EXPECT_THAT(
      bad(with_events(
          R"({"id": "again", "at": "10s", "do": "add", "objects": {"virtual-machines": {"vm1": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "red"}}}}}},)")),
      ElementsAre(HasSubstr("\"vm1\" exists already")));
  // Removed first, so that it may come again.
  good(with_events(
      R"({"id": "again", "after": "gone", "do": "add", "objects": {"virtual-machines": {"vm1": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "red"}}}}}},
         {"id": "gone", "at": "10s", "do": "remove", "target": "virtual-machine:vm1"},)"));
}

TEST_F(Apply, tells_faults_of_added_objects_where_they_stand) {
  EXPECT_THAT(
      bad(with_events("\n{\"id\": \"more\", \"at\": \"10s\", \"do\": \"add\", \"objects\": "
                      "{\"virtual-machines\": {\"vm4\": {\"virtual-router\": \"compute1\",\n"
                      "\"interfaces\": {\"eth0\": {\"virtual-network\": \"red\", \"instance-ip\": "
                      "\"10.9.0.1\"}}}}}},")),
      ElementsAre(StartsWith("lab.tflab.json:27:66: after event \"more\": 10.9.0.1 is outside "
                             "network")));
}

TEST_F(Apply, tells_faults_of_patches_where_they_stand) {
  EXPECT_THAT(
      bad(with_events("\n{\"id\": \"p\", \"at\": \"10s\", \"do\": \"patch\", \"target\": "
                      "\"virtual-network:red\", \"patch\": {\"rfp\": \"enable\"}},")),
      ElementsAre(HasSubstr("lab.tflab.json:26:91: after event \"p\": unknown key \"rfp\"")));
}

TEST_F(Apply, refuses_to_remove_what_others_use) {
  EXPECT_THAT(
      bad(with_events(
          R"({"id": "gone", "at": "10s", "do": "remove", "target": "virtual-network:blue"},)")),
      Contains(HasSubstr("after event \"gone\": there is no virtual network")));
}

TEST_F(Apply, refuses_a_target_that_is_gone_by_then) {
  EXPECT_THAT(bad(with_events(
                  R"({"id": "gone", "at": "10s", "do": "remove", "target": "virtual-machine:vm3"},
                     {"id": "more", "at": "20s", "do": "remove", "target": "virtual-machine:vm3"},)")),
              ElementsAre(HasSubstr("matches nothing at this time")));
}

TEST_F(Apply, refuses_to_change_nodes) {
  EXPECT_THAT(bad(with_events(
                  R"({"id": "more", "at": "10s", "do": "add", "objects": {"bgp-routers": {}}},)")),
              ElementsAre(HasSubstr("adding to \"bgp-routers\" is not supported by this version")));
}

}  // namespace
}  // namespace tflab::scenario
