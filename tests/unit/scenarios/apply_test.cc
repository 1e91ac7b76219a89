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

// A lab with a router that announces one prefix.
std::string with_router(const std::string& events) {
  return replaced(
      replaced(
          replaced(
              small_lab, "\"cn2\": {",
              "\"mx1\": {\"router-type\": \"router\", \"address\": \"192.0.2.9\"}, \"cn2\": {"),
          "\"virtual-routers\": {",
          "\"physical-routers\": {\"mx1\": {\"vrfs\": {\"RED\": {\"route-distinguisher\": "
          "\"64512:1\", "
          "\"prefixes\": [\"203.0.113.0/24\"]}}}}, \"virtual-routers\": {"),
      "\"events\": [", "\"events\": [" + events);
}

TEST_F(Apply, routers_announce_and_withdraw_prefixes) {
  const Scenario lab = good(with_router(
      R"({"id": "more", "at": "10s", "do": "announce", "target": "physical-router:mx1", "table": "RED", "prefixes": ["198.51.100.0/24", "192.0.2.128/25"]},
         {"id": "less", "at": "11s", "do": "withdraw", "target": "physical-router:*", "table": "RED", "prefixes": ["203.0.113.0/24"]},)"));
  const Scenario next = after(after(lab, lab.events[0]), lab.events[1]);
  EXPECT_THAT(next.physical_routers[0].second.vrfs[0].prefixes,
              ElementsAre(*parse_prefix("198.51.100.0/24"), *parse_prefix("192.0.2.128/25")));
}

TEST_F(Apply, refuses_prefixes_that_a_router_would_not_change) {
  const auto faults = [&](const std::string& what) {
    return bad(with_router(R"({"id": "x", "at": "10s", "do": )" + what + "},"));
  };
  EXPECT_THAT(
      faults(R"("announce", "target": "mx1", "table": "RED", "prefixes": ["203.0.113.0/24"])"),
      ElementsAre(HasSubstr("\"mx1\" means several objects; write \"physical-router:mx1\"")));
  EXPECT_THAT(
      faults(
          R"("announce", "target": "physical-router:mx1", "table": "RED", "prefixes": ["203.0.113.0/24"])"),
      ElementsAre(HasSubstr("\"mx1\" announces 203.0.113.0/24 in \"RED\" already")));
  EXPECT_THAT(
      faults(
          R"("withdraw", "target": "physical-router:mx1", "table": "RED", "prefixes": ["10.0.0.0/8"])"),
      ElementsAre(HasSubstr("\"mx1\" does not announce 10.0.0.0/8 in \"RED\" at this time")));
  EXPECT_THAT(
      faults(
          R"("withdraw", "target": "physical-router:mx1", "table": "RDE", "prefixes": ["10.0.0.0/8"])"),
      ElementsAre(HasSubstr("\"mx1\" has no VRF \"RDE\"; did you mean \"RED\"?")));
  EXPECT_THAT(faults(R"("withdraw", "target": "physical-router:mx1", "prefixes": ["10.0.0.0/8"])"),
              Contains(HasSubstr("key \"table\" is missing; \"do\": \"withdraw\" needs it")));
  EXPECT_THAT(faults(R"("announce", "target": "vm1", "table": "RED", "prefixes": ["10.0.0.0/8"])"),
              Contains(HasSubstr("names a virtual-machine; here this version takes")));
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
