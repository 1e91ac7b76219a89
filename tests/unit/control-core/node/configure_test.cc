// Configuration that changes while everything runs: only what it touches moves.

#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Configured : testing::Test {
  Lab lab;
  config::ControlNode config = article_node();
  Node& control = lab.add<Node>(config);
  FakeAgent& agent = lab.add<FakeAgent>(hostname, "172.31.41.236", ip("172.31.14.47"));

  void SetUp() override {
    lab.start(control);
    lab.start(agent);
    lab.run_for(seconds(1));
    say_what_the_article_says(lab, agent);
  }
  void apply() {
    control.configure(config);
    lab.run_for(seconds(1));
  }
  config::Network& pod_config() { return config.fabric.networks[3]; }
};

TEST_F(Configured, the_same_again_changes_nothing) {
  const Tree before = control.page("ShowRouteReq");
  const std::uint64_t activity = control.node.activity();
  const unsigned messages = agent.messages;
  control.configure(config);
  EXPECT_EQ(control.page("ShowRouteReq"), before);
  EXPECT_EQ(control.node.activity(), activity);
  EXPECT_EQ(agent.messages, messages);
}

TEST_F(Configured, a_policy_taken_off_moves_exactly_the_leaked_routes) {
  const auto before = control.rows();
  pod_config().policies = {"pod-service"};
  apply();
  EXPECT_THAT(control.prefixes(pod + ".inet.0"), ElementsAre("10.47.255.252/32", "10.96.0.10/32"));
  EXPECT_THAT(control.prefixes(fab + ".inet.0"), ElementsAre("10.96.0.10/32", "172.31.41.236/32"));
  EXPECT_EQ(control.counts(svc + ".inet.0"), "3 3 1 2 0");
  EXPECT_THAT(agent.ids(pod), ElementsAre("10.47.255.252/32", "10.96.0.10/32"));
  EXPECT_EQ(control.rows().size(), before.size() - 2);
  EXPECT_EQ(control.counts("bgp.rtarget.0"), "7 7 7 0 0");
  EXPECT_EQ(agent.downs, 0u);

  pod_config().policies = article_fabric().networks[3].policies;
  apply();
  EXPECT_EQ(control.rows(), before);
  EXPECT_THAT(agent.ids(pod), ElementsAre("10.47.255.252/32", "10.96.0.10/32", "172.31.41.236/32"));
}

TEST_F(Configured, a_network_that_goes_takes_its_routes_along) {
  config.fabric.networks.erase(config.fabric.networks.begin() + 3);
  apply();
  EXPECT_EQ(control.counts(pod + ".inet.0"), "no such table");
  EXPECT_THAT(control.prefixes(svc + ".inet.0"), ElementsAre("10.96.0.10/32", "172.31.41.236/32"));
  EXPECT_THAT(control.prefixes("bgp.rtarget.0"),
              ElementsAre("64512:target:64512:8000001", "64512:target:64512:8000003",
                          "64512:target:172.31.14.47:0", "64512:target:172.31.14.47:1",
                          "64512:target:172.31.14.47:5"));
  EXPECT_EQ(control.counts("bgp.ermvpn.0"), "4 4 0 4 0");
  EXPECT_EQ(agent.downs, 0u);

  config = article_node();
  apply();
  // The subscription is remembered; what the agent has said is not.
  EXPECT_EQ(control.counts(pod + ".inet.0"), "2 2 0 2 0");
  agent.publish(pod, agent.inet("10.47.255.252/32", 25));
  lab.run_for(seconds(1));
  EXPECT_EQ(control.counts(pod + ".inet.0"), "3 3 1 2 0");
  EXPECT_EQ(control.counts("bgp.rtarget.0"), "7 7 7 0 0");
}

TEST_F(Configured, a_changed_export_target_is_on_every_copy) {
  pod_config().targets = {target("target:64512:9")};
  apply();
  const Tree answer =
      control.page("ShowRouteReq", {{"routing_table", "bgp.l3vpn.0"}, {"prefix", "10.47.255.252"}});
  const auto paths = introspect::all(answer, "ShowRoutePath");
  ASSERT_EQ(paths.size(), 1u);
  EXPECT_THAT(Node::elements(*paths[0], "communities"), testing::Contains("target:64512:9"));
  EXPECT_THAT(Node::elements(*paths[0], "communities"),
              testing::Not(testing::Contains("target:64512:8000002")));
  EXPECT_EQ(control.counts(svc + ".inet.0"), "3 3 1 2 0");
  EXPECT_THAT(control.prefixes("bgp.rtarget.0"), testing::Contains("64512:target:64512:9"));
}

TEST_F(Configured, peers_come_change_and_go) {
  auto other = article_node("172.31.14.48");
  other.peers = {peer_of(config)};
  Node& second = lab.add<Node>(other);
  lab.start(second);
  lab.run_for(seconds(20));
  EXPECT_THAT(second.rows("bgp.l3vpn.0"), IsEmpty());
  config.peers = {peer_of(other)};
  apply();
  FakeAgent& b = lab.add<FakeAgent>("b", "10.0.1.2", ip("172.31.14.48"));
  lab.start(b);
  lab.run_for(seconds(60));
  b.subscribe(pod, 7);
  lab.run_for(seconds(1));
  EXPECT_THAT(second.prefixes(pod + ".inet.0"),
              ElementsAre("10.47.255.252/32", "10.96.0.10/32", "172.31.41.236/32"));

  config.peers[0].families = {Family::inet, Family::route_target};
  apply();
  lab.run_for(seconds(60));
  EXPECT_THAT(second.prefixes(pod + ".inet.0"), IsEmpty());
  EXPECT_THAT(second.prefixes("bgp.rtarget.0"), testing::Contains("64512:target:172.31.14.47:0"));

  config.peers.clear();
  apply();
  EXPECT_THAT(second.prefixes("bgp.rtarget.0"),
              testing::Not(testing::Contains("64512:target:172.31.14.47:0")));
  EXPECT_EQ(agent.downs, 0u);
}

TEST_F(Configured, another_identity_starts_everything_anew) {
  config.router_id = ip("1.1.1.1");
  apply();
  EXPECT_EQ(agent.downs, 1u);
  lab.run_for(seconds(30));
  EXPECT_EQ(agent.ups, 2u);
  EXPECT_THAT(control.prefixes("bgp.rtarget.0"), ElementsAre("64512:target:1.1.1.1:0"));
}

TEST_F(Configured, a_renumbered_network_has_its_own_target_renumbered) {
  pod_config().network_id = 77;
  pod_config().instance = 9;
  apply();
  EXPECT_THAT(control.prefixes("bgp.rtarget.0"), testing::Contains("64512:target:172.31.14.47:9"));
  EXPECT_EQ(control.counts(pod + ".inet.0"), "3 3 1 2 0");
  const Tree answer =
      control.page("ShowRouteReq", {{"routing_table", "bgp.l3vpn.0"}, {"prefix", "10.47.255.252"}});
  EXPECT_THAT(Node::elements(answer, "communities"), testing::Contains("originvn:64512:77"));
  EXPECT_EQ(control.counts("bgp.ermvpn.0"), "6 6 0 6 0");
}

}  // namespace
}  // namespace tflab::test
