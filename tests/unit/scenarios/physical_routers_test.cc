// Routers with VRFs, and the switch for route-target filtering: what nodes are told, and what is
// wrong with a file.

#include <gmock/gmock.h>

#include "control-core/base/text.h"
#include "scenarios/derive.h"
#include "scenarios/mac.h"
#include "tests/unit/scenarios/files.h"

namespace tflab::scenario {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string lab = R"({
  "tflab": 1, "name": "routers",
  "global-system-config": {"autonomous-system": 64512, "route-target-filtering": "outbound-only"},
  "bgp-routers": {
    "mx1": {"router-type": "router", "address": "192.0.2.9", "autonomous-system": 65001, "peers": {"cn1": {}}},
    "cn1": {"router-type": "control-node", "address": "192.0.2.1"},
    "cn2": {"router-type": "control-node", "address": "192.0.2.2"},
    "mx2": {"router-type": "router", "address": "192.0.2.8", "peers": {"cn2": {}}}
  },
  "physical-routers": {
    "mx1": {"implementation": "gobgp", "bgp-router": "mx1", "vrfs": {
      "A": {"route-distinguisher": "192.0.2.9:1", "import-route-targets": ["target:64512:1"], "export-route-targets": ["target:64512:2"], "label-mode": "per-vrf", "prefixes": ["203.0.113.0/24"]},
      "B": {"route-distinguisher": "64512:2"}}},
    "mx2": {"vrfs": {"C": {"route-distinguisher": "64512:3"}}}
  },
  "virtual-routers": {"compute1": {"virtual-router-ip-address": "192.0.2.11"}},
  "virtual-networks": {"red": {"subnets": ["10.1.0.0/24"]}},
  "virtual-machines": {"vm1": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "red"}}}},
  "expect": [{"id": "has", "route": {"on": "physical-router:mx1", "table": "A.inet.0", "prefix": "203.0.113.0/24"}}]
})";

struct PhysicalRouters : Files {
  void refuses(const std::string& from, const std::string& to, const char* why) const {
    EXPECT_THAT(bad(replaced(lab, from, to)), Contains(HasSubstr(why)));
  }
};

TEST_F(PhysicalRouters, are_told_their_vrfs_and_no_network) {
  const config::ControlNode mx = control_node(good(lab), "mx1");
  ASSERT_THAT(mx.vrfs, SizeIs(2));
  const config::Vrf& a = mx.vrfs[0];
  EXPECT_EQ(a.name, "A");
  EXPECT_EQ(a.instance, 1u);
  EXPECT_EQ(a.rd, *parse_rd("192.0.2.9:1"));
  EXPECT_THAT(a.import_targets, ElementsAre(*parse_target("target:64512:1")));
  EXPECT_THAT(a.export_targets, ElementsAre(*parse_target("target:64512:2")));
  EXPECT_EQ(a.next_hop, IpAddr{*parse_ip4("192.0.2.9")});
  EXPECT_EQ(a.label, 16u);
  EXPECT_EQ(mx.vrfs[1].label, 17u);
  EXPECT_THAT(mx.fabric.networks, IsEmpty());
  EXPECT_EQ(mx.xmpp_port, 0);
  EXPECT_EQ(mx.target_filtering, config::TargetFiltering::outbound_only);
}

TEST_F(PhysicalRouters, may_be_extended_to_networks) {
  const std::string extended =
      replaced(replaced(lab, R"("vrfs": {"C": {"route-distinguisher": "64512:3"}})",
                        R"("virtual-networks": ["virtual-network:b*", "red"])"),
               R"("red": {"subnets": ["10.1.0.0/24"]})",
               R"("red": {"subnets": ["10.1.0.0/24"], "import-route-targets": ["target:64512:7"]},
                  "blue": {"subnets": ["10.2.0.0/24"]}, "green": {"subnets": ["10.3.0.0/24"]})");
  const std::vector<config::Vrf> vrfs = control_node(good(extended), "mx2").vrfs;
  ASSERT_THAT(vrfs, SizeIs(2));
  EXPECT_EQ(vrfs[0].name, "_contrail_l3_4_red");
  EXPECT_EQ(vrfs[0].rd, *parse_rd("192.0.2.8:4"));
  EXPECT_THAT(vrfs[0].import_targets,
              ElementsAre(*parse_target("target:64512:8000002"), *parse_target("target:64512:7")));
  EXPECT_THAT(vrfs[0].export_targets, ElementsAre(*parse_target("target:64512:8000002")));
  EXPECT_EQ(vrfs[1].name, "_contrail_l3_5_blue");
  EXPECT_EQ(vrfs[1].label, 17u);
  EXPECT_THAT(bad(replaced(extended, "network:b*", "network:c*")),
              Contains(HasSubstr("matches nothing")));
  EXPECT_THAT(bad(replaced(extended, R"("implementation": "gobgp", "bgp-router": "mx1",)",
                           R"("virtual-networks": ["red"],)")),
              Contains(HasSubstr("one for each of its \"virtual-networks\"")));
  refuses(R"("vrfs": {"C": {"route-distinguisher": "64512:3"}})", "", "key \"vrfs\" is missing");
}

TEST_F(PhysicalRouters, are_played_by_whom_the_file_says) {
  EXPECT_EQ(find(good(lab).physical_routers, "mx1")->make, RouterMake::gobgp);
  EXPECT_EQ(find(good(lab).physical_routers, "mx2")->make, RouterMake::asic_model);
  EXPECT_EQ(find(good(replaced(lab, "gobgp", "linux")).physical_routers, "mx1")->make,
            RouterMake::linux_kernel);
  refuses("gobgp", "linus", "did you mean \"linux\"?");
}

TEST_F(PhysicalRouters, speak_vxlan_in_vrfs_that_have_a_vni) {
  const std::string vxlan =
      replaced(replaced(lab, R"("C": {"route-distinguisher": "64512:3"})",
                        R"("C": {"route-distinguisher": "64512:3"},
                   "D": {"route-distinguisher": "64512:4", "vxlan-network-identifier": 6000})"),
               R"("address": "192.0.2.8",)",
               R"("address": "192.0.2.8", "address-families": ["inet-vpn", "e-vpn"],)");
  const std::vector<config::Vrf> vrfs = control_node(good(vxlan), "mx2").vrfs;
  EXPECT_EQ(vrfs[0].vni, 0u);
  EXPECT_EQ(vrfs[1].vni, 6000u);
  EXPECT_EQ(vrfs[1].mac, derived_mac("mx2"));
  good(replaced(vxlan, "A.inet.0", "A.evpn.0"));
  EXPECT_THAT(bad(replaced(vxlan, "6000", "16777216")), Contains(HasSubstr("16777216")));
  EXPECT_THAT(bad(replaced(vxlan, R"(, "e-vpn"])", "]")),
              Contains(HasSubstr("a VRF with a VNI needs \"e-vpn\" among the "
                                 "\"address-families\" of bgp-router \"mx2\"")));
  EXPECT_THAT(bad(replaced(vxlan, R"("C": {)", R"("C": {"vxlan-network-identifier": 6000, )")),
              Contains(HasSubstr("VNI 6000 is taken by \"C\"")));
  EXPECT_THAT(bad(replaced(vxlan, R"("B": {)", R"("B": {"vxlan-network-identifier": 6000, )")),
              Contains(HasSubstr("VXLAN of a router that is gobgp is not supported")));
}

TEST_F(PhysicalRouters, are_peers_of_whom_they_list_and_no_part_of_the_mesh) {
  const Scenario scenario = good(lab);
  const auto peers = [&](const char* of) {
    std::vector<std::string> out;
    for (const config::BgpPeer& peer : control_node(scenario, of).peers) out.push_back(peer.name);
    return out;
  };
  EXPECT_THAT(peers("mx1"), ElementsAre("cn1"));
  EXPECT_THAT(peers("mx2"), ElementsAre("cn2"));
  EXPECT_THAT(peers("cn1"), ElementsAre("mx1", "cn2"));
  EXPECT_THAT(control_node(scenario, "cn1").peers[0].families,
              ElementsAre(Family::inet_vpn, Family::route_target));
  EXPECT_EQ(control_node(scenario, "cn1").peers[0].as, Asn{65001});
}

TEST_F(PhysicalRouters, are_no_control_nodes_of_agents) {
  EXPECT_THAT(find(good(lab).virtual_routers, "compute1")->control_nodes,
              ElementsAre("cn1", "cn2"));
  refuses(R"("virtual-router-ip-address": "192.0.2.11")",
          R"("virtual-router-ip-address": "192.0.2.11", "control-nodes": ["mx1"])",
          "\"mx1\" is a router; agents connect to control nodes");
}

TEST_F(PhysicalRouters, are_reflected_to_by_nodes_that_have_no_agents) {
  const std::string reflected =
      replaced(lab, R"("address": "192.0.2.1"})",
               R"("address": "192.0.2.1", "peers": {"cn2": {"route-reflector-client": true}}})");
  const Scenario scenario = good(reflected);
  EXPECT_THAT(find(scenario.virtual_routers, "compute1")->control_nodes, ElementsAre("cn2"));
  EXPECT_FALSE(find(scenario.virtual_routers, "compute1")->roams);
}

TEST_F(PhysicalRouters, are_filtered_by_rfc4684_unless_the_file_says_otherwise) {
  const std::string silent = replaced(lab, R"(, "route-target-filtering": "outbound-only")", "");
  EXPECT_EQ(good(silent).target_filtering, config::TargetFiltering::rfc4684);
  EXPECT_EQ(good(replaced(lab, "outbound-only", "off")).target_filtering,
            config::TargetFiltering::off);
  refuses("outbound-only", "on", "\"on\" is not one of");
}

TEST_F(PhysicalRouters, announce_a_pool_of_prefixes_beside_those_that_are_written_out) {
  const std::string pool = replaced(
      lab, R"("prefixes": ["203.0.113.0/24"])",
      R"("prefixes": ["203.0.113.0/24"], "prefix-pool": "64.0.0.0/4", "prefix-length": 20, "prefix-count": 3)");
  const Scenario scenario = good(pool);
  const config::Vrf& vrf = find(scenario.physical_routers, "mx1")->vrfs.front();
  std::vector<std::string> prefixes;
  for (const IpPrefix& prefix : vrf.prefixes) prefixes.push_back(to_text(prefix));
  EXPECT_THAT(prefixes,
              ElementsAre("203.0.113.0/24", "64.0.0.0/20", "64.0.16.0/20", "64.0.32.0/20"));
}

TEST_F(PhysicalRouters, pools_with_mistakes_are_refused) {
  const auto refuses_pool = [&](const std::string& keys, const char* why) {
    refuses(R"("prefixes": ["203.0.113.0/24"])", R"("prefixes": ["203.0.113.0/24"], )" + keys, why);
  };
  refuses_pool(R"("prefix-count": 3)", "\"prefix-count\" needs \"prefix-pool\"");
  refuses_pool(R"("prefix-length": 24)", "\"prefix-length\" needs \"prefix-pool\"");
  refuses_pool(R"("prefix-pool": "10.0.0.0/8")", "\"prefix-pool\" needs \"prefix-count\"");
  refuses_pool(R"("prefix-pool": "10.0.0.0/22", "prefix-count": 5)",
               "holds 4 IPv4 prefixes of 24 bits, not 5");
  refuses_pool(R"("prefix-pool": "10.0.0.0/25", "prefix-count": 1)",
               "holds 0 IPv4 prefixes of 24 bits");
  refuses_pool(R"("prefix-pool": "2001:db8::/32", "prefix-count": 1)", "holds 0 IPv4 prefixes");
  refuses_pool(R"("prefix-pool": "203.0.112.0/20", "prefix-count": 1)",
               "has 203.0.113.0/24, which is among \"prefixes\" too");
}

TEST_F(PhysicalRouters, may_have_tables_that_are_full_some_time) {
  const auto with_limits = [](const std::string& limits) {
    return replaced(lab, R"("implementation": "gobgp",)", R"("table-limits": )" + limits + ',');
  };
  const auto limits_in = [](const Scenario& scenario) {
    return find(scenario.physical_routers, "mx1")->limits;
  };
  const Scenario limited = good(with_limits(R"({"routes": 1, "vrfs": 2, "tunnels": 3})"));
  EXPECT_EQ(limits_in(limited), (TableLimits{1, 2, 3}));
  EXPECT_EQ(limits_in(good(lab)), TableLimits{});
  EXPECT_EQ(limits_in(good(limited.document.dump())), (TableLimits{1, 2, 3})) << "as expanded";
  const auto refuses_limits = [&](const std::string& limits, const char* why) {
    EXPECT_THAT(bad(with_limits(limits)), ElementsAre(HasSubstr(why))) << limits;
  };
  refuses_limits(R"({"vrfs": 1})",
                 "lab.tflab.json:11:38: 1 is less than the router's 2 VRFs; raise it, or take some "
                 "of them out");
  refuses_limits(R"({"routes": 0})", "0");
  refuses_limits(R"({"tunnels": 4294967296})", "4294967295");
  refuses_limits(R"({"tunnels": "many"})", "expected");
  refuses_limits(R"({"tunels": 3})", "did you mean \"tunnels\"?");
  refuses_limits("7", "expected");
  EXPECT_THAT(bad(replaced(with_limits(R"({"routes": 1})"), R"(["203.0.113.0/24"])",
                           R"(["203.0.113.0/24", "203.0.114.0/24"])")),
              ElementsAre(HasSubstr("is less than the router's 2 own prefixes")));
  EXPECT_THAT(bad(replaced(with_limits(R"({"routes": 9})"), R"("bgp-router": "mx1",)",
                           R"("implementation": "linux",)")),
              ElementsAre(HasSubstr("Linux forwards for this router")));
  EXPECT_THAT(
      bad(replaced(
          with_limits(R"({"routes": 1})"), R"("expect": [)",
          R"("events": [{"id": "more", "at": "1s", "do": "announce", "target": "physical-router:mx1", "table": "B", "prefixes": ["203.0.114.0/24"]}], "expect": [)")),
      ElementsAre(AllOf(HasSubstr("event \"more\""),
                        HasSubstr("1 is less than the router's 2 own prefixes"))));
  const std::string extended = replaced(
      replaced(lab, R"("vrfs": {"C": {"route-distinguisher": "64512:3"}})",
               R"("table-limits": {"vrfs": 2}, "virtual-networks": ["virtual-network:b*", "red"])"),
      R"("red": {)", R"("blue": {}, "red": {)");
  good(extended);
  EXPECT_THAT(bad(replaced(extended, R"("vrfs": 2)", R"("vrfs": 1)")),
              ElementsAre(HasSubstr("1 is less than the router's 2 VRFs")));
}

TEST_F(PhysicalRouters, with_mistakes_are_refused) {
  refuses(R"("mx2": {"vrfs")", R"("mx3": {"vrfs")", "add \"mx2\" to \"physical-routers\"");
  refuses(R"("mx2": {"vrfs")", R"("mx3": {"vrfs")",
          "a physical router has the name of its bgp-router");
  refuses(R"("mx2": {"router-type": "router")", R"("mx2": {"router-type": "control-node")",
          "is a control node");
  refuses(R"({"C": {"route-distinguisher": "64512:3"}})", "{}", "at least one VRF");
  refuses("64512:3", "64512", "is not a route distinguisher");
  refuses("64512:2\"}", "192.0.2.9:1\"}", "is that of \"A\" too");
  refuses(R"(["203.0.113.0/24"])", R"(["2001:db8::/32"])", "IPv6 prefixes of a router");
  refuses(R"("per-vrf")", R"("per-prefix")", "not supported by this version");
  refuses(R"("gobgp")", R"("frr")", "not supported by this version");
  refuses(R"("bgp-router": "mx1")", R"("bgp-router": "mx2")",
          "has the name of its bgp-router here");
  refuses(R"("peers": {"cn2": {}})", R"("peers": {"cn2": {}}, "cluster-id": 1)",
          "is for control nodes");
  refuses("A.inet.0", "D.inet.0", "no node has a table \"D.inet.0\"");
}

}  // namespace
}  // namespace tflab::scenario
