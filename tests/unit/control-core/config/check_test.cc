#include "control-core/config/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tflab::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Fabric fabric() {
  Fabric out;
  Network network;
  network.name = "d:p:a";
  network.instance = network.network_id = 1;
  network.policies = {"p"};
  out.networks = {network};
  PolicyRule rule;
  rule.src = "any";
  rule.dst = "d:p:a";
  out.policies["p"] = {{rule}};
  return out;
}
ControlNode node() {
  ControlNode out;
  out.address = Ip4{1};
  out.router_id = Ip4{1};
  out.fabric = fabric();
  BgpPeer peer;
  peer.name = "mx";
  peer.address = Ip4{2};
  peer.families = {Family::inet};
  out.peers = {peer};
  return out;
}

TEST(Check, has_nothing_to_say_about_good_ones) {
  EXPECT_THAT(check(fabric()), IsEmpty());
  EXPECT_THAT(check(node()), IsEmpty());
}

TEST(Check, sees_names_that_lead_nowhere) {
  Fabric bad = fabric();
  bad.networks[0].policies = {"q"};
  EXPECT_THAT(check(bad), ElementsAre(HasSubstr("policy q, which does not exist")));
  bad = fabric();
  bad.policies["p"].rules[0].src = "d:p:b";
  EXPECT_THAT(check(bad), ElementsAre(HasSubstr("network d:p:b, which does not exist")));
  bad = fabric();
  bad.networks[0].provider_network = "d:p:f";
  EXPECT_THAT(check(bad), ElementsAre(HasSubstr("provider network d:p:f")));
  bad = fabric();
  bad.networks[0].routes_between = {"d:p:x"};
  EXPECT_THAT(check(bad), ElementsAre(HasSubstr("routes for network d:p:x")));
}

TEST(Check, sees_what_is_there_twice) {
  Fabric bad = fabric();
  bad.networks.push_back(bad.networks[0]);
  EXPECT_EQ(check(bad).size(), 3u);
  ControlNode twice = node();
  twice.peers.push_back(twice.peers[0]);
  EXPECT_EQ(check(twice).size(), 2u);
}

TEST(Check, sees_the_masters_index_and_a_missing_name) {
  Fabric bad = fabric();
  bad.networks[0].instance = 0;
  EXPECT_THAT(check(bad), ElementsAre(HasSubstr("instance index 0")));
}

TEST(Check, sees_peers_that_cannot_work) {
  ControlNode bad = node();
  bad.peers[0].address = bad.address;
  bad.peers[0].families.clear();
  bad.peers[0].hold = seconds(2);
  EXPECT_THAT(check(bad), ElementsAre(HasSubstr("own address"), HasSubstr("no address family"),
                                      HasSubstr("hold time under 3 s")));
  bad = node();
  bad.router_id = Ip4{};
  EXPECT_THAT(check(bad), ElementsAre(HasSubstr("router id")));
}

TEST(Check, sees_ports_in_networks_that_do_not_exist) {
  Vrouter vrouter;
  vrouter.fabric = fabric();
  vrouter.control_nodes = {Ip4{1}};
  Port port;
  port.name = "vm/eth0";
  port.network = "d:p:z";
  port.address = Ip4{9};
  port.floating_ips = {{Ip4{10}, "d:p:y"}};
  vrouter.ports = {port};
  EXPECT_THAT(check(vrouter), ElementsAre(HasSubstr("d:p:z"), HasSubstr("d:p:y")));
  vrouter.ports.clear();
  vrouter.fabric.policies["p"].rules[0].qos_config = "d:p:voice";
  EXPECT_THAT(check(vrouter),
              ElementsAre(HasSubstr("policy p has QoS configuration d:p:voice, which does not")));
  vrouter.qos_configs = {{.name = "d:p:voice"}};
  EXPECT_THAT(check(vrouter), IsEmpty());
  vrouter.control_nodes.clear();
  EXPECT_THAT(check(vrouter), ElementsAre(HasSubstr("one or two control nodes")));
}

TEST(Check, sees_vrfs_without_what_makes_them_different) {
  ControlNode router = node();
  router.fabric = {};
  Vrf vrf;
  vrf.name = "A";
  vrf.instance = 1;
  vrf.rd = RouteDistinguisher::as2(1, 1);
  vrf.next_hop = Ip4{1};
  router.vrfs = {vrf};
  EXPECT_THAT(check(router), IsEmpty());
  router.vrfs.push_back(vrf);
  EXPECT_THAT(check(router), ElementsAre(HasSubstr("VRF A is there twice"),
                                         HasSubstr("VRF A has no instance index of its own")));
  router.vrfs = {vrf};
  router.vrfs[0].rd = {};
  router.vrfs[0].next_hop = {};
  EXPECT_THAT(check(router), ElementsAre(HasSubstr("VRF A has no route distinguisher"),
                                         HasSubstr("VRF A has no next hop")));
  router.vrfs = {vrf};
  router.vrfs[0].vni = 6000;
  EXPECT_THAT(check(router), ElementsAre(HasSubstr("VRF A has a VNI and no MAC")));
  router.vrfs = {vrf};
  router.fabric = fabric();
  EXPECT_THAT(check(router), ElementsAre(HasSubstr("has networks beside its VRFs")));
}

}  // namespace
}  // namespace tflab::config
