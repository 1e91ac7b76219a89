#include "scenarios/lint.h"

#include <gmock/gmock.h>

#include "scenarios/diagram.h"
#include "scenarios/graph.h"
#include "tests/unit/scenarios/files.h"

namespace tflab::scenario {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Lint : public Files {
protected:
  std::vector<std::string> warnings(const std::string& text) {
    const Scenario scenario = good(text);
    return texts(Loaded{lint(scenario)});
  }
};

TEST_F(Lint, finds_nothing_in_a_tidy_lab) {
  EXPECT_THAT(warnings(small_lab), IsEmpty());
}

TEST_F(Lint, finds_objects_nobody_uses) {
  std::string text = replaced(small_lab, ", \"network-policies\": [\"red-blue\"]", "");
  text = replaced(text, "\"virtual-network\": \"blue\"", "\"virtual-network\": \"red\"");
  text = replaced(
      text, ", \"floating-ips\": [{\"pool\": \"public\", \"floating-ip-address\": \"10.2.0.130\"}]",
      "");
  EXPECT_THAT(
      warnings(text),
      ElementsAre(
          StartsWith("lab.tflab.json:15:5: no machine ever has an interface in network"),
          StartsWith("lab.tflab.json:15:64: no machine takes an address from pool \"public\""),
          StartsWith("lab.tflab.json:18:5: no network uses policy")));
}

TEST_F(Lint, says_once_what_is_so_of_many) {
  const std::string text = replaced(
      small_lab, "\"events\": [",
      R"("generate": {"more": {"kind": "virtual-network", "count": 12, "name": "t-{i:02}", "subnet-pool": "10.64.0.0/10", "subnet-length": 24}}, "events": [)");
  EXPECT_THAT(warnings(text), ElementsAre(AllOf(HasSubstr("t-01"), HasSubstr("11 more like it"))));
}

TEST_F(Lint, knows_what_events_use) {
  std::string text = replaced(small_lab, ", \"network-policies\": [\"red-blue\"]", "");
  text = replaced(
      text, "\"events\": [",
      R"("events": [{"at": "1s", "do": "patch", "target": "virtual-network:red", "patch": {"network-policies": ["red-blue"]}},)");
  EXPECT_THAT(warnings(text), IsEmpty());
}

TEST_F(Lint, finds_routers_that_join_nothing) {
  const std::string lonely =
      replaced(small_lab, "\"events\": [",
               "\"logical-routers\": {\"lr\": {\"virtual-networks\": [\"red\"]}}, \"events\": [");
  EXPECT_THAT(
      warnings(lonely),
      ElementsAre(HasSubstr(
          "logical router \"default-domain:default-project:lr\" never joins two networks")));
  EXPECT_THAT(
      warnings(replaced(
          lonely, "\"events\": [",
          R"("events": [{"at": "1s", "do": "patch", "target": "logical-router:lr", "patch": {"virtual-networks": ["red", "blue"], "logical-router-type": "vxlan-routing"}},)")),
      IsEmpty());
}

TEST_F(Lint, finds_tables_nobody_looks_at) {
  const auto with = [](const std::string& limits, const std::string& invariant) {
    return replaced(
        replaced(replaced(small_lab, R"("address": "192.0.2.2"})", R"("address": "192.0.2.2"},
    "mx": {"router-type": "router", "address": "192.0.2.9", "peers": {"cn1": {}}})"),
                 R"("events": [)",
                 R"("physical-routers": {"mx": {"table-limits": {)" + limits +
                     R"(}, "vrfs": {"A": {"route-distinguisher": "64512:1"}}}}, "events": [)"),
        "all-sessions-up", invariant);
  };
  EXPECT_THAT(warnings(with(R"("routes": 5)", "tables-fit")), IsEmpty());
  EXPECT_THAT(warnings(with(R"("vrfs": 5)", "all-sessions-up")), IsEmpty());
  EXPECT_THAT(warnings(with(R"("tunnels": 5)", "all-sessions-up")),
              ElementsAre(HasSubstr("expect the \"invariant\": \"tables-fit\"")));
  EXPECT_THAT(warnings(with(R"("vrfs": 5)", "tables-fit")),
              ElementsAre(HasSubstr("\"up\" always holds")));
}

TEST_F(Lint, knows_routers_that_join_a_network_and_a_physical_router) {
  const auto joined_by = [](const std::string& vni) {
    return replaced(
        replaced(small_lab, R"("address": "192.0.2.2"})", R"("address": "192.0.2.2"},
    "mx": {"router-type": "router", "address": "192.0.2.9", "peers": {"cn1": {}}, "address-families": ["inet-vpn", "e-vpn"]})"),
        R"("events": [)",
        R"("logical-routers": {"lr": {"virtual-networks": ["red"], "logical-router-type": "vxlan-routing", "route-targets": ["target:1:1"]}},
  "physical-routers": {"mx": {"vrfs": {"A": {"route-distinguisher": "1:1", "import-route-targets": ["target:1:1"])" +
            vni + R"(}}}},
  "events": [)");
  };
  EXPECT_THAT(warnings(joined_by(R"(, "vxlan-network-identifier": 6000)")), IsEmpty());
  EXPECT_THAT(warnings(joined_by("")), ElementsAre(HasSubstr("never joins two networks")));
}

TEST_F(Lint, finds_vrfs_of_linux_that_take_in_several_logical_routers) {
  const auto played_by = [](const std::string& who) {
    return replaced(
        replaced(small_lab, R"("address": "192.0.2.2"})", R"("address": "192.0.2.2"},
    "mx": {"router-type": "router", "address": "192.0.2.9", "peers": {"cn1": {}}, "address-families": ["inet-vpn", "e-vpn"]})"),
        R"("events": [)",
        R"("logical-routers": {
    "lr1": {"virtual-networks": ["red"], "logical-router-type": "vxlan-routing", "route-targets": ["target:1:1"]},
    "lr2": {"virtual-networks": ["blue"], "logical-router-type": "vxlan-routing", "route-targets": ["target:1:2"]}},
  "physical-routers": {"mx": {"implementation": ")" +
            who +
            R"(", "vrfs": {"A": {"route-distinguisher": "1:1", "vxlan-network-identifier": 6000, "import-route-targets": ["target:1:1", "target:1:2"]}}}},
  "events": [)");
  };
  EXPECT_THAT(warnings(played_by("asic-model")), IsEmpty());
  EXPECT_THAT(warnings(played_by("linux")),
              ElementsAre(HasSubstr("VRF \"A\" of \"mx\" takes in several logical routers")));
}

TEST_F(Lint, finds_sessions_that_keep_vxlan_from_who_speaks_it) {
  const auto told_with = [](const std::string& encaps) {
    return replaced(
        replaced(small_lab, R"("address": "192.0.2.1"})",
                 R"("address": "192.0.2.1", "peers": {"mx": {"default-tunnel-encap": )" + encaps +
                     "}}}"),
        R"("192.0.2.2"})", R"("192.0.2.2"},
    "mx": {"router-type": "router", "address": "192.0.2.9", "address-families": ["inet-vpn", "e-vpn"]})");
  };
  const auto with_vrf = [](const std::string& text) {
    return replaced(
        text, R"("events": [)",
        R"("physical-routers": {"mx": {"vrfs": {"A": {"route-distinguisher": "1:1", "vxlan-network-identifier": 6000}}}},
  "events": [)");
  };
  EXPECT_THAT(warnings(with_vrf(told_with(R"(["udp", "vxlan"])"))), IsEmpty());
  EXPECT_THAT(warnings(with_vrf(told_with(R"(["udp"])"))),
              ElementsAre(HasSubstr("\"default-tunnel-encap\" of the session of \"cn1\" with "
                                    "\"mx\" takes the place of VXLAN")));
}

TEST_F(Lint, finds_nodes_nobody_can_reach) {
  const std::string text =
      replaced(replaced(small_lab, "\"192.0.2.2\"", "\"192.0.2.2\", \"autonomous-system\": 65000"),
               "\"192.0.2.12\"", "\"192.0.2.12\", \"control-nodes\": []");
  EXPECT_THAT(
      warnings(text),
      ElementsAre(StartsWith("lab.tflab.json:7:5: control node \"cn2\" has no session"),
                  StartsWith("lab.tflab.json:11:5: vRouter \"compute2\" has no control node"),
                  HasSubstr("has machines on \"compute1\" and \"compute2\", but no chain")));
}

TEST_F(Lint, finds_times_that_never_come) {
  EXPECT_THAT(
      warnings(replaced(small_lab, "\"60s\"", "\"6m\"")),
      ElementsAre(StartsWith("lab.tflab.json:26:26: \"ping\" is due after the run has ended")));
}

TEST_F(Lint, finds_targets_said_twice) {
  EXPECT_THAT(
      warnings(replaced(
          small_lab, "\"subnets\": [\"10.1.0.0/24\"]",
          R"("subnets": ["10.1.0.0/24"], "route-targets": ["target:64512:1"], "import-route-targets": ["target:64512:1"])")),
      ElementsAre(HasSubstr("target:64512:1 is in \"route-targets\" already")));
}

class Graph : public Files {};

TEST_F(Graph, joins_nodes_by_sessions) {
  const SessionGraph graph{good(small_lab)};
  EXPECT_THAT(graph.components(), ElementsAre(ElementsAre("cn1", "cn2", "compute1", "compute2")));
  EXPECT_EQ(graph.sessions_of("cn1"), 3u);
  EXPECT_EQ(graph.sessions_of("compute1"), 1u);
  EXPECT_THAT(graph.cut_sessions(), ElementsAre("cn1 -- compute1"));
}

TEST_F(Graph, falls_apart_without_them) {
  const SessionGraph graph{good(replaced(
      replaced(small_lab, "\"192.0.2.12\"", "\"192.0.2.12\", \"control-nodes\": [\"cn2\"]"),
      "\"run\"", "\"global-system-config\": {\"ibgp-auto-mesh\": false}, \"run\""))};
  EXPECT_THAT(graph.components(),
              ElementsAre(ElementsAre("cn1", "compute1"), ElementsAre("cn2", "compute2")));
}

TEST_F(Graph, is_drawn_for_graphviz) {
  const std::string text = dot(diagram(good(small_lab), View::whole));
  EXPECT_THAT(text, StartsWith("graph \"scenario small\" {\n"));
  EXPECT_THAT(text, HasSubstr("\"bgp-router cn1\" -- \"bgp-router cn2\" [label=\"BGP\""));
  EXPECT_THAT(text, HasSubstr("\"virtual-machine vm1\" [shape=note, label=\"vm1\\n10.1.0.9\"]"));
  EXPECT_EQ(text.substr(text.size() - 2), "}\n");
}

}  // namespace
}  // namespace tflab::scenario
