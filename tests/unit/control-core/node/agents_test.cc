// Agents that keep the rules, agents that break them, and the company of both. Names begin with the
// row of the fault catalogue (F) and the number of the acceptance scenario (S).

#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct OneNode : testing::Test {
  Lab lab;
  Node& control = lab.add<Node>(article_node("10.0.0.1"));
  FakeAgent& a = lab.add<FakeAgent>("a", "10.0.1.1", ip("10.0.0.1"));
  FakeAgent& b = lab.add<FakeAgent>("b", "10.0.1.2", ip("10.0.0.1"));

  void SetUp() override {
    for (Host* host : std::initializer_list<Host*>{&control, &a, &b}) lab.start(*host);
    settle();
    b.subscribe(pod, 2);
    b.publish(pod, b.inet("10.47.0.2/32", 26));
    settle();
  }
  void settle() { lab.run_for(seconds(1)); }
  void expect_b_is_fine() {
    EXPECT_EQ(b.downs, 0u);
    EXPECT_THAT(b.ids(pod), testing::Contains("10.47.0.2/32"));
  }
};

TEST_F(OneNode, F05_S37_closes_the_channel_of_an_agent_that_publishes_without_subscribing) {
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  settle();
  EXPECT_EQ(a.downs, 1u);
  EXPECT_THAT(control.prefixes(pod + ".inet.0"), ElementsAre("10.47.0.2/32"));
  expect_b_is_fine();
  lab.run_for(seconds(30));
  EXPECT_EQ(a.ups, 2u);  // it may come back
}

TEST_F(OneNode, F05_S37_closes_it_for_a_route_of_an_instance_nobody_knows_too) {
  a.publish("no:such:vn:vn", a.inet("10.47.0.1/32", 25));
  settle();
  EXPECT_EQ(a.downs, 1u);
  expect_b_is_fine();
}

TEST_F(OneNode, F04_S39_closes_it_after_an_unsubscribe_without_subscribe) {
  a.unsubscribe(pod, 2);
  settle();
  EXPECT_EQ(a.downs, 1u);
  a.unsubscribe("no:such:vn:vn", 3);
  expect_b_is_fine();
}

TEST_F(OneNode, F04_S39_closes_it_after_a_second_subscribe) {
  a.subscribe(pod, 2);
  settle();
  EXPECT_EQ(a.downs, 0u);
  a.subscribe(pod, 2);
  settle();
  EXPECT_EQ(a.downs, 1u);
  expect_b_is_fine();
}

TEST_F(OneNode, closes_it_after_a_route_that_follows_the_unsubscribe) {
  a.subscribe(pod, 2);
  a.unsubscribe(pod, 2);
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  settle();
  EXPECT_EQ(a.downs, 1u);
}

TEST_F(OneNode, F04_S38_remembers_routes_of_an_instance_until_it_is_configured) {
  const std::string late = "default-domain:k8s-default:late";
  a.subscribe(config::instance_of(late), 9);
  a.publish(config::instance_of(late), a.inet("10.1.0.1/32", 40));
  a.publish(config::instance_of(late), a.inet("10.1.0.2/32", 41));
  a.retract(config::instance_of(late), a.inet("10.1.0.2/32", 41));
  settle();
  EXPECT_EQ(a.downs, 0u);
  auto config = article_node("10.0.0.1");
  config::Network network;
  network.name = late;
  network.instance = network.network_id = 6;
  network.targets = {target("target:64512:8000006")};
  config.fabric.networks.push_back(network);
  control.configure(config);
  settle();
  EXPECT_THAT(control.prefixes(config::instance_of(late) + ".inet.0"), ElementsAre("10.1.0.1/32"));
  EXPECT_THAT(control.prefixes("bgp.l3vpn.0"), testing::Contains("10.0.1.1:9:10.1.0.1/32"));
  EXPECT_THAT(a.ids(config::instance_of(late)), ElementsAre("10.1.0.1/32"));
}

TEST_F(OneNode, F04_S38_forgets_them_when_the_agent_unsubscribes_before) {
  const std::string late = "default-domain:k8s-default:late";
  a.subscribe(config::instance_of(late), 9);
  a.publish(config::instance_of(late), a.inet("10.1.0.1/32", 40));
  a.unsubscribe(config::instance_of(late), 9);
  settle();
  auto config = article_node("10.0.0.1");
  config::Network network;
  network.name = late;
  network.instance = network.network_id = 6;
  config.fabric.networks.push_back(network);
  control.configure(config);
  settle();
  EXPECT_THAT(control.prefixes(config::instance_of(late) + ".inet.0"), IsEmpty());
  EXPECT_EQ(a.downs, 0u);
}

TEST_F(OneNode, tells_a_latecomer_all_and_only_him) {
  const unsigned before = b.messages;
  a.subscribe(pod, 2);
  settle();
  EXPECT_THAT(a.ids(pod), ElementsAre("10.47.0.2/32"));
  EXPECT_EQ(b.messages, before);
}

TEST_F(OneNode, tells_everything_anew_after_resubscribing) {
  a.subscribe(pod, 2);
  settle();
  a.told.clear();
  a.unsubscribe(pod, 2);
  a.subscribe(pod, 2);
  settle();
  EXPECT_THAT(a.ids(pod), ElementsAre("10.47.0.2/32"));
}

TEST_F(OneNode, says_nothing_when_nothing_is_new) {
  const unsigned before = b.messages;
  const std::uint64_t activity = control.node.activity();
  b.publish(pod, b.inet("10.47.0.2/32", 26));
  settle();
  EXPECT_EQ(b.messages, before);
  EXPECT_EQ(control.node.activity(), activity);
  b.publish(pod, b.inet("10.47.0.2/32", 27));
  settle();
  EXPECT_EQ(b.messages, before + 1);
  EXPECT_GT(control.node.activity(), activity);
}

TEST_F(OneNode, says_nothing_of_a_path_that_is_not_used) {
  a.subscribe(pod, 2);
  settle();
  const unsigned before = b.messages;
  auto worse = a.inet("10.47.0.2/32", 40);
  worse.local_preference = 100;
  a.publish(pod, worse);
  settle();
  EXPECT_EQ(control.counts(pod + ".inet.0"), "1 2 2 0 0");
  a.retract(pod, worse);
  settle();
  EXPECT_EQ(b.messages, before);
}

TEST_F(OneNode, F12_S43_takes_the_last_of_many_changes) {
  for (std::uint32_t label = 100; label < 200; ++label) {
    b.publish(pod, b.inet("10.47.0.3/32", label));
    if (label % 3 == 0) b.retract(pod, b.inet("10.47.0.3/32", label));
  }
  settle();
  ASSERT_TRUE(b.unicast(pod, "10.47.0.3/32"));
  EXPECT_EQ(b.unicast(pod, "10.47.0.3/32")->next_hops[0].label, 199u);
  EXPECT_EQ(control.counts(pod + ".inet.0"), "2 2 2 0 0");
}

TEST_F(OneNode, S42_gives_no_routes_to_a_subscriber_without_ribout) {
  // The client has no word for it, so it is said by hand.
  a.raw(
      "<iq type=\"set\" from=\"a\" to=\"network-control@contrailsystems.com/bgp-peer\" "
      "id=\"subscribe1\"><pubsub xmlns=\"http://jabber.org/protocol/pubsub\">"
      "<subscribe node=\"" +
      pod +
      "\"><options><instance-id>2</instance-id>"
      "<no-ribout>true</no-ribout></options></subscribe></pubsub></iq>");
  settle();
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  settle();
  EXPECT_EQ(a.messages, 0u);
  EXPECT_THAT(b.ids(pod), ElementsAre("10.47.0.1/32", "10.47.0.2/32"));
}

TEST_F(OneNode, F01_lets_a_new_channel_replace_the_dead_one) {
  b.publish(pod, b.inet("10.47.0.3/32", 27));
  settle();
  FakeAgent& reborn = lab.add<FakeAgent>("b", "10.0.1.3", ip("10.0.0.1"));
  lab.start(reborn);
  lab.run_for(millis(100));
  EXPECT_THAT(control.prefixes(pod + ".inet.0"), IsEmpty());
  EXPECT_EQ(b.downs, 1u);
  EXPECT_EQ(reborn.downs, 0u);
}

TEST_F(OneNode, refuses_layer_2_routes_in_the_master_instance) {
  const std::string master{config::master_instance};
  a.subscribe(master, 0);
  a.publish(master, a.mac("02:00:00:00:00:01", "0.0.0.0/32", 30));
  a.publish(master, a.flood());
  auto fabric = a.inet("10.47.0.1/32", 0, {Encap::native});
  a.publish(master, fabric);
  settle();
  EXPECT_EQ(a.downs, 0u);
  EXPECT_THAT(control.rows("bgp.evpn.0"), IsEmpty());
  EXPECT_THAT(control.rows("bgp.ermvpn.0"), IsEmpty());
  EXPECT_THAT(control.prefixes("inet.0"), ElementsAre("10.47.0.1/32"));
  EXPECT_EQ(a.unicast(master, "10.47.0.1/32")->virtual_network, config::ip_fabric);
}

// Gatewayless: the fabric route belongs to the network of the VPN route it stands for.
TEST_F(OneNode, tells_the_network_of_a_fabric_route) {
  const std::string master{config::master_instance};
  a.subscribe(master, 0);
  a.subscribe(pod, 2);
  const auto fabric = a.inet("10.47.0.1/32", 0, {Encap::native});
  a.publish(master, fabric, 2);
  settle();
  EXPECT_EQ(a.unicast(master, "10.47.0.1/32")->virtual_network, config::ip_fabric);
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  settle();
  EXPECT_EQ(a.unicast(master, "10.47.0.1/32")->virtual_network, pod_network);
  EXPECT_EQ(a.unicast(master, "10.47.0.1/32")->next_hops[0].encaps, std::vector{Encap::native});
  a.publish(master, fabric, 9);
  settle();
  EXPECT_EQ(a.unicast(master, "10.47.0.1/32")->virtual_network, config::ip_fabric);
  a.publish(master, fabric, 2);
  settle();
  EXPECT_EQ(a.unicast(master, "10.47.0.1/32")->virtual_network, pod_network);
  a.retract(pod, a.inet("10.47.0.1/32", 25));
  settle();
  EXPECT_EQ(a.unicast(master, "10.47.0.1/32")->virtual_network, config::ip_fabric);
}

TEST_F(OneNode, survives_garbage_and_so_do_the_others) {
  const std::vector<std::string> garbage = {std::string(5000, 'x'),
                                            "<",
                                            "<iq",
                                            "</stream:stream>",
                                            std::string("\0\0\0\xff", 4),
                                            "<iq type=\"set\"><pubsub><subscribe/></pubsub></iq>",
                                            "&bogus;",
                                            "<a><b></a></b>",
                                            "<iq>" + std::string(200000, 'y')};
  for (const std::string& each : garbage) {
    FakeAgent& bad = lab.add<FakeAgent>("bad", "10.0.6.6", ip("10.0.0.1"));
    lab.start(bad);
    lab.run_for(millis(50));
    bad.raw(each);
    lab.run_for(millis(50));
    expect_b_is_fine();
    bad.stop();
    lab.run_for(millis(50));
  }
  b.publish(pod, b.inet("10.47.0.4/32", 28));
  settle();
  EXPECT_THAT(b.ids(pod), testing::Contains("10.47.0.4/32"));
}

TEST_F(OneNode, links_five_vrouters_to_a_tree_of_degree_four) {
  std::vector<FakeAgent*> agents;
  for (int i = 0; i < 6; ++i) {
    const std::string address = "10.0.2." + std::to_string(i + 1);
    agents.push_back(&lab.add<FakeAgent>("v" + std::to_string(i), address.c_str(), ip("10.0.0.1")));
    lab.start(*agents.back());
  }
  settle();
  for (FakeAgent* each : agents) {
    each->subscribe(svc, 3);
    each->publish(svc, each->flood());
  }
  settle();
  const auto olist = [&](int i) {
    const std::string id = "10.0.2." + std::to_string(i + 1) + ":3:255.255.255.255,0.0.0.0";
    return agents[static_cast<std::size_t>(i)]
        ->item<xmpp::MulticastItem>(svc, Family::ermvpn, id)
        ->olist.size();
  };
  EXPECT_EQ(olist(0), 4u);
  EXPECT_EQ(olist(1), 2u);  // its parent and the sixth
  EXPECT_EQ(olist(2), 1u);
  EXPECT_EQ(olist(5), 1u);
  agents[0]->retract(svc, agents[0]->flood());
  settle();
  EXPECT_EQ(olist(1), 4u);  // the next one takes its place
  EXPECT_EQ(olist(5), 1u);
}

}  // namespace
}  // namespace tflab::test
