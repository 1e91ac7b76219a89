// The switch for route-target filtering: a reflector between a control node with agents and a
// router with two VRFs; the agents' network shares the target of one, and nobody imports that of
// the other.

#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

using config::TargetFiltering;
using testing::ElementsAre;

constexpr const char* pod_target = "target:64512:8000002";
constexpr const char* lone_target = "target:64512:77";

struct Switch : testing::Test {
  Lab lab;
  Node *reflector = nullptr, *control = nullptr, *router = nullptr;
  FakeAgent* agent = nullptr;

  static config::Vrf vrf(std::uint32_t n, const char* rt, const char* where) {
    config::Vrf out;
    out.name = "VRF-" + std::to_string(n);
    out.instance = n;
    out.rd = RouteDistinguisher::ip4(ip("10.0.0.9"), static_cast<std::uint16_t>(n));
    out.import_targets = out.export_targets = {target(rt)};
    out.prefixes = {prefix(where)};
    out.next_hop = ip("10.0.0.9");
    out.label = 15 + n;
    return out;
  }
  void play(TargetFiltering filtering) {
    config::ControlNode rr = article_node("10.0.0.5"), cn = article_node("10.0.0.1");
    config::ControlNode mx = article_node("10.0.0.9");
    mx.fabric.networks.clear();
    mx.fabric.policies.clear();
    mx.vrfs = {vrf(1, pod_target, "203.0.113.0/24"), vrf(2, lone_target, "198.51.100.0/24")};
    mx.vrfs[1].import_targets.clear();
    cn.peers = mx.peers = {peer_of(rr)};
    rr.peers = {peer_of(cn), peer_of(mx)};
    rr.cluster_id = Ip4{5};
    for (config::BgpPeer& client : rr.peers) client.route_reflector_client = true;
    for (config::ControlNode* each : {&rr, &cn, &mx}) each->target_filtering = filtering;
    reflector = &lab.add<Node>(rr);
    control = &lab.add<Node>(cn);
    router = &lab.add<Node>(mx);
    agent = &lab.add<FakeAgent>("a", "10.0.1.1", ip("10.0.0.1"));
    for (Host* host : std::initializer_list<Host*>{reflector, control, router, agent})
      lab.start(*host);
    lab.run_for(seconds(60));
    agent->subscribe(pod, 2);
    agent->subscribe(svc, 3);
    agent->publish(pod, agent->inet("10.47.0.1/32", 25));
    agent->publish(svc, agent->inet("10.96.0.1/32", 26));
    lab.run_for(seconds(5));
  }
  static std::vector<std::string> vpn(const Node& node) { return node.prefixes("bgp.l3vpn.0"); }
  static constexpr const char* shared = "10.0.0.9:1:203.0.113.0/24";
  static constexpr const char* lone = "10.0.0.9:2:198.51.100.0/24";
  static constexpr const char* in_pod = "10.0.1.1:2:10.47.0.1/32";
  static constexpr const char* in_svc = "10.0.1.1:3:10.96.0.1/32";
};

TEST_F(Switch, rfc4684_takes_a_route_as_far_as_it_is_wanted) {
  play(TargetFiltering::rfc4684);
  EXPECT_THAT(vpn(*control), ElementsAre(shared, in_pod, in_svc));
  EXPECT_THAT(vpn(*router), ElementsAre(shared, lone, in_pod));
  EXPECT_THAT(vpn(*reflector), ElementsAre(shared, in_pod, in_svc));
  EXPECT_THAT(router->prefixes("VRF-1.inet.0"), ElementsAre("10.47.0.1/32", "203.0.113.0/24"));
  EXPECT_THAT(agent->ids(pod), ElementsAre("10.47.0.1/32", "10.96.0.1/32", "203.0.113.0/24"));
}

TEST_F(Switch, outbound_only_brings_everything_to_who_stands_between_and_no_further) {
  play(TargetFiltering::outbound_only);
  EXPECT_THAT(vpn(*control), ElementsAre(shared, in_pod, in_svc));
  EXPECT_THAT(vpn(*router), ElementsAre(shared, lone, in_pod));
  EXPECT_THAT(vpn(*reflector), ElementsAre(shared, lone, in_pod, in_svc));
  EXPECT_EQ(std::ranges::count(control->prefixes("bgp.rtarget.0"), "0:target:0:0"), 1);
  EXPECT_EQ(std::ranges::count(router->prefixes("bgp.rtarget.0"), "64512:target:64512:8000003"), 0);
}

TEST_F(Switch, off_brings_everything_to_everybody_and_nothing_more_to_agents) {
  play(TargetFiltering::off);
  for (const Node* node : {control, router, reflector})
    EXPECT_THAT(vpn(*node), ElementsAre(shared, lone, in_pod, in_svc));
  EXPECT_THAT(reflector->prefixes("bgp.rtarget.0"), ElementsAre("64512:target:10.0.0.5:0"));
  EXPECT_THAT(agent->ids(pod), ElementsAre("10.47.0.1/32", "10.96.0.1/32", "203.0.113.0/24"));
}

TEST_F(Switch, thrown_while_the_lab_runs_counts_at_once) {
  play(TargetFiltering::off);
  for (Node* node : {reflector, control, router}) {
    config::ControlNode next = node->node.config();
    next.target_filtering = TargetFiltering::rfc4684;
    node->configure(next);
  }
  lab.run_for(seconds(120));
  EXPECT_THAT(vpn(*router), ElementsAre(shared, lone));  // its own; the agent is not back yet
  EXPECT_THAT(vpn(*reflector), ElementsAre(shared));     // wanted by the router's own VRF
}

// What a data plane would be told: what came from others, never what the router itself announces.
TEST_F(Switch, a_router_forwards_by_the_labels_it_was_told) {
  play(TargetFiltering::rfc4684);
  const std::vector<node::RouterRoute> routes = router->node.router_routes();
  ASSERT_EQ(routes.size(), 1u);
  EXPECT_EQ(routes[0].vrf, "VRF-1");
  EXPECT_EQ(routes[0].prefix, prefix("10.47.0.1/32"));
  EXPECT_THAT(routes[0].paths, ElementsAre(node::RouterPath{ip("10.0.1.1"), Encap::gre, 25}));
  agent->retract(pod, agent->inet("10.47.0.1/32", 25));
  lab.run_for(seconds(5));
  EXPECT_TRUE(router->node.router_routes().empty());
}

// With a VNI it is EVPN that counts: a way needs the far router's MAC, and labels are none.
TEST_F(Switch, a_router_with_a_vni_forwards_by_what_it_was_told_as_type_5) {
  play(TargetFiltering::rfc4684);
  config::ControlNode next = router->node.config();
  next.vrfs[0].vni = 6000;
  next.vrfs[0].mac = *parse_mac("02:00:00:00:00:09");
  router->configure(next);
  xmpp::EvpnItem told = agent->mac("00:00:00:00:00:00", "10.47.0.2/32", 5000);
  told.next_hops[0].encaps = {Encap::vxlan};
  agent->publish(pod, told);
  lab.run_for(seconds(5));
  EXPECT_THAT(vpn(*control), ElementsAre(in_pod, in_svc));
  EXPECT_THAT(control->prefixes("bgp.evpn.0"),
              ElementsAre("5-10.0.0.9:1-0-203.0.113.0/24", "5-10.0.1.1:2-0-10.47.0.2/32"));
  EXPECT_THAT(router->prefixes("VRF-1.evpn.0"),
              ElementsAre("5-0:0-0-10.47.0.2/32", "5-0:0-0-203.0.113.0/24"));
  EXPECT_TRUE(router->node.router_routes().empty());
  told.next_hops[0].mac = *parse_mac("02:00:00:00:0a:01");
  agent->publish(pod, told);
  lab.run_for(seconds(5));
  EXPECT_THAT(router->node.router_routes(),
              ElementsAre(node::RouterRoute{
                  "VRF-1",
                  prefix("10.47.0.2/32"),
                  {{ip("10.0.1.1"), Encap::vxlan, 5000, *parse_mac("02:00:00:00:0a:01")}}}));
  next.vrfs[0].vni = 0;
  router->configure(next);
  lab.run_for(seconds(5));
  EXPECT_THAT(control->prefixes("bgp.evpn.0"), ElementsAre("5-10.0.1.1:2-0-10.47.0.2/32"));
  EXPECT_EQ(router->node.router_routes().at(0).prefix, prefix("10.47.0.1/32"));
}

}  // namespace
}  // namespace tflab::test
