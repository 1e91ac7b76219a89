// Acceptance scenarios 41 to 58: what agents may say, and what becomes of the attributes of their
// routes.

#include "tests/conformance/stage.h"

namespace tflab::test {
namespace {

const std::string blue_inet = blue + ".inet.0";

// Two control nodes, an agent on each, both in blue.
struct Routes : Stage {
  FakeAgent *a = nullptr, *b = nullptr;

  void SetUp() override {
    control_nodes(2);
    expect_router(0, "10.0.9.1", Asn{64512}, all_families);
  }
  void play() {
    start_nodes();
    a = &agent(0, "10.0.1.1");
    b = &agent(1, "10.0.1.2");
    lab.run_for(seconds(20));
    a->subscribe(blue, 1);
    b->subscribe(blue, 1);
    settle();
  }
  const xmpp::UnicastItem* seen(FakeAgent& at, const char* where) const {
    return at.unicast(blue, where);
  }
};

TEST_F(Routes, S41_a_session_lost_while_an_instance_is_waited_for_leaves_nothing) {
  play();
  a->subscribe("default-domain:demo:green:green", 9);
  a->publish("default-domain:demo:green:green", a->inet("10.3.0.1/32", 25));
  settle();
  a->stop();
  settle();
  change([](config::Fabric& fabric) {
    fabric.networks.push_back(network_of("default-domain:demo:green", 6, "target:64512:6"));
  });
  EXPECT_EQ(nodes[0]->counts("default-domain:demo:green:green.inet.0"), "0 0 0 0 0");
  EXPECT_EQ(nodes[0]->counts(vpn_table), "0 0 0 0 0");
}

TEST_F(Routes, S46_a_malformed_item_is_refused_and_the_table_stays_empty) {
  play();
  const auto publish_raw = [&](const std::string& address, const std::string& hop) {
    a->raw(
        "<iq type=\"set\" from=\"agent-10.0.1.1\" "
        "to=\"network-control@contrailsystems.com/bgp-peer\" id=\"x\">"
        "<pubsub xmlns=\"http://jabber.org/protocol/pubsub\"><publish node=\"1/1/" +
        blue + "/" + address + "\"><item><entry><nlri><af>1</af><safi>1</safi><address>" + address +
        "</address></nlri><next-hops><next-hop><af>1</af><address>" + hop +
        "</address><label>25</label></next-hop></next-hops></entry></item></publish></pubsub></"
        "iq>");
    settle();
  };
  publish_raw("10.1.0", "10.0.1.1");
  publish_raw("10.1.0.1/33", "10.0.1.1");
  publish_raw("10.1.0.1/32", "10.1");
  EXPECT_EQ(nodes[0]->counts(blue_inet), "0 0 0 0 0");
  EXPECT_EQ(a->downs, 0u);
}

TEST_F(Routes, S48_local_preference_is_the_same_on_the_other_control_node_and_follows) {
  play();
  auto item = a->inet("10.1.0.1/32", 25);
  a->publish(blue, item);
  settle();
  ASSERT_TRUE(seen(*b, "10.1.0.1/32"));
  EXPECT_EQ(seen(*b, "10.1.0.1/32")->local_preference, 200u);
  item.local_preference = 100;
  a->publish(blue, item);
  settle();
  EXPECT_EQ(seen(*b, "10.1.0.1/32")->local_preference, 100u);
}

// The router's own routes carry no encapsulation; ours carry what the agent said.
TEST_F(Routes, S52_encapsulations_of_one_session) {
  config::BgpPeer& terms = configs[0].peers.back();
  ASSERT_EQ(terms.address, ip("10.0.9.1"));
  terms.rewriting.encaps = {Encap::gre};
  play();
  Router& mx = router(0, "10.0.9.1", Asn{64512}, {Family::inet_vpn});
  lab.run_for(seconds(40));
  a->publish(blue, a->inet("10.1.0.1/32", 25));
  announce(mx, "10.0.9.1:7", "10.9.0.0/24", {blue_target});
  const auto told = mx.attributes.find({Family::inet_vpn, "10.0.1.1:1:10.1.0.1/32"});
  ASSERT_NE(told, mx.attributes.end());
  EXPECT_EQ(told->second->encaps(), std::vector{Encap::gre});
  ASSERT_TRUE(seen(*b, "10.1.0.1/32") && seen(*a, "10.9.0.0/24"));
  EXPECT_THAT(seen(*b, "10.1.0.1/32")->next_hops[0].encaps, Contains(Encap::udp));
  EXPECT_EQ(seen(*a, "10.9.0.0/24")->next_hops[0].encaps, std::vector{Encap::gre});
}

TEST_F(Routes, S49_med_is_as_given_or_from_the_local_preference) {
  play();
  for (const auto& [preference, med, expected] :
       {std::tuple{200u, 0u, 100u}, {100u, 0u, 200u}, {200u, 77u, 77u}}) {
    auto item = a->inet("10.1.0.1/32", 25);
    item.local_preference = preference;
    item.med = med;
    a->publish(blue, item);
    settle();
    ASSERT_TRUE(seen(*b, "10.1.0.1/32"));
    EXPECT_EQ(seen(*b, "10.1.0.1/32")->med, expected);
  }
}

TEST_F(Routes, S49_in_another_as_local_preference_comes_back_from_med) {
  configs[1].as = configs[0].peers[0].as = Asn{64600};
  play();
  publish(*a, blue, "10.1.0.1/32");
  ASSERT_TRUE(seen(*b, "10.1.0.1/32"));
  EXPECT_EQ(seen(*b, "10.1.0.1/32")->med, 100u);
  EXPECT_EQ(seen(*b, "10.1.0.1/32")->local_preference, 200u);
}

TEST_F(Routes, S51_the_far_agent_gets_the_encapsulations_the_near_one_gave_or_gre) {
  play();
  a->publish(blue, a->inet("10.1.0.1/32", 25, {Encap::udp, Encap::gre}));
  a->publish(blue, a->inet("10.1.0.2/32", 25, {}));
  settle();
  ASSERT_TRUE(seen(*b, "10.1.0.1/32") && seen(*b, "10.1.0.2/32"));
  EXPECT_THAT(seen(*b, "10.1.0.1/32")->next_hops[0].encaps,
              UnorderedElementsAre(Encap::udp, Encap::gre));
  EXPECT_THAT(seen(*b, "10.1.0.2/32")->next_hops[0].encaps, ElementsAre(Encap::gre));
}

TEST_F(Routes, S53_both_agents_see_the_fields_that_one_of_them_chooses_by) {
  play();
  FakeAgent& near = agent(0, "10.0.1.3");
  near.subscribe(blue, 2);
  auto item = a->inet("10.1.0.1/32", 25);
  const auto every_other = static_cast<std::uint8_t>(hash_src_ip | hash_protocol | hash_dst_port);
  for (const LoadBalance& said :
       {LoadBalance{every_other, false}, LoadBalance{all_hash_fields & ~every_other, false},
        LoadBalance{}, LoadBalance{hash_dst_ip, true}}) {
    item.load_balance = said;
    a->publish(blue, item);
    settle();
    for (FakeAgent* at : {b, &near}) {
      ASSERT_TRUE(seen(*at, "10.1.0.1/32"));
      EXPECT_EQ(seen(*at, "10.1.0.1/32")->load_balance, said) << +said.fields;
    }
  }
}

TEST_F(Routes, S53_the_usual_fields_are_not_sent_and_none_at_all_are_the_usual_ones) {
  play();
  Router& mx = router(0, "10.0.9.1", Asn{64512}, {Family::inet_vpn});
  lab.run_for(seconds(40));
  auto item = a->inet("10.1.0.1/32", 25);
  const auto told = [&] {
    std::vector<std::string> out;
    const auto at = mx.attributes.find({Family::inet_vpn, "10.0.1.1:1:10.1.0.1/32"});
    if (at == mx.attributes.end()) return out;
    for (ExtCommunity community : at->second->ext_communities)
      if (community.as_load_balance()) out.push_back(to_text(community));
    return out;
  };
  a->publish(blue, item);
  settle();
  EXPECT_THAT(mx.keys(Family::inet_vpn), Contains("10.0.1.1:1:10.1.0.1/32"));
  EXPECT_THAT(told(), IsEmpty());
  item.load_balance.fields = hash_src_ip;
  a->publish(blue, item);
  settle();
  EXPECT_THAT(told(), ElementsAre("load-balance:field-hash"));
  item.load_balance.fields = 0;
  a->publish(blue, item);
  settle();
  EXPECT_THAT(told(), IsEmpty());
  ASSERT_TRUE(seen(*b, "10.1.0.1/32"));
  EXPECT_EQ(seen(*b, "10.1.0.1/32")->load_balance, LoadBalance{});
  // A router may say it in BGP, too.
  Attributes none = with_targets({blue_target});
  none.ext_communities.push_back(ExtCommunity{0x03aa000000000000});
  mx.announce(vpn("10.0.9.1:7", "10.9.0.0/24"), Family::inet_vpn, none, 100);
  settle();
  ASSERT_TRUE(seen(*a, "10.9.0.0/24"));
  EXPECT_EQ(seen(*a, "10.9.0.0/24")->load_balance, LoadBalance{});
}

TEST_F(Routes, S91_tags_of_an_address_reach_the_other_agent_unchanged) {
  play();
  auto item = a->inet("10.1.0.1/32", 25);
  item.next_hops[0].tags = {0x00010003, 0x00020007};
  a->publish(blue, item);
  settle();
  ASSERT_TRUE(seen(*b, "10.1.0.1/32"));
  EXPECT_EQ(seen(*b, "10.1.0.1/32")->next_hops[0].tags, item.next_hops[0].tags);
}

// One prefix from two networks, on one control node and on two.
TEST_F(Routes, S54_two_next_hops_of_one_prefix_each_name_their_own_network) {
  for (config::ControlNode& each : configs) connect_networks(each.fabric);
  play();
  FakeAgent& near = agent(0, "10.0.1.3");
  near.subscribe(red, 2);
  b->subscribe(red, 2);
  settle();
  publish(*a, blue, "10.9.0.1/32");
  publish(near, red, "10.9.0.1/32", 26);
  publish(*a, blue, "10.9.0.2/32");
  publish(*b, red, "10.9.0.2/32", 27);
  FakeAgent& looks = agent(1, "10.0.1.4");
  looks.subscribe(blue, 3);
  settle();
  for (const char* where : {"10.9.0.1/32", "10.9.0.2/32"}) {
    const auto* told = seen(looks, where);
    ASSERT_TRUE(told);
    std::vector<std::string> networks;
    for (const xmpp::NextHop& hop : told->next_hops) networks.push_back(hop.virtual_network);
    EXPECT_THAT(networks, UnorderedElementsAre(blue_network, red_network)) << where;
  }
}

// Instances of agents are numbered by themselves: 1 is the fabric's, 2 is blue here.
TEST_F(Routes, S56_a_fabric_route_is_of_the_network_whose_vpn_route_of_the_same_agent_there_is) {
  play();
  FakeAgent& c = agent(0, "10.0.1.3");
  c.subscribe(std::string{config::master_instance}, 1);
  c.subscribe(blue, 2);
  settle();
  const std::string fabric = std::string{config::master_instance};
  const auto network = [&] {
    const auto* told = c.unicast(fabric, "10.1.0.1/32");
    return told == nullptr ? std::string{"none"} : told->virtual_network;
  };
  const auto native = c.inet("10.1.0.1/32", 0, {Encap::native});
  c.publish(fabric, native, 2);
  settle();
  EXPECT_EQ(network(), config::ip_fabric);  // the VPN route is not there yet
  publish(c, blue, "10.1.0.1/32");
  EXPECT_EQ(network(), blue_network);
  c.publish(fabric, native, 7);  // of an instance that has no such route
  settle();
  EXPECT_EQ(network(), config::ip_fabric);
  c.publish(fabric, native, 2);
  settle();
  EXPECT_EQ(network(), blue_network);
  c.retract(blue, c.inet("10.1.0.1/32", 25));
  settle();
  EXPECT_EQ(network(), config::ip_fabric);
}

TEST_F(Routes, S57_fabric_routes_go_to_other_control_nodes_as_plain_addresses) {
  play();
  const std::string fabric = std::string{config::master_instance};
  a->subscribe(fabric, 2);
  b->subscribe(fabric, 2);
  settle();
  a->publish(fabric, a->inet("10.0.1.1/32", 0, {Encap::native}), 1);
  settle();
  EXPECT_THAT(nodes[1]->prefixes("inet.0"), Contains("10.0.1.1/32"));
  EXPECT_EQ(nodes[1]->counts(vpn_table), "0 0 0 0 0");
  EXPECT_THAT(b->ids(fabric), Contains("10.0.1.1/32"));
}

TEST_F(Routes, S58_counts_are_exact_after_many_agents_came_and_went) {
  play();
  std::vector<FakeAgent*> crowd;
  static const auto addresses = [] {
    std::vector<std::string> out;
    for (int i = 0; i < 24; ++i) out.push_back("10.0.2." + std::to_string(i + 1));
    return out;
  }();
  for (std::size_t i = 0; i < addresses.size(); ++i)
    crowd.push_back(&agent(i % 2, addresses[i].c_str()));
  for (std::size_t i = 0; i < crowd.size(); ++i) {
    crowd[i]->subscribe(blue, 1);
    for (int route = 0; route < 5; ++route)
      crowd[i]->publish(
          blue, crowd[i]->inet(
                    ("10.1." + std::to_string(i) + "." + std::to_string(route) + "/32").c_str(),
                    static_cast<std::uint32_t>(30 + route)));
  }
  settle();
  EXPECT_EQ(nodes[0]->counts(blue_inet), "120 120 60 60 0");
  EXPECT_EQ(a->ids(blue).size(), 120u);
  for (std::size_t i = 0; i < crowd.size(); ++i) {
    if (i % 3 == 0) crowd[i]->stop();
    if (i % 3 == 1) crowd[i]->unsubscribe(blue, 1);
  }
  settle();
  EXPECT_EQ(nodes[0]->counts(blue_inet), "40 40 20 20 0");
  EXPECT_EQ(nodes[1]->counts(blue_inet), "40 40 20 20 0");
  EXPECT_EQ(a->ids(blue).size(), 40u);
  EXPECT_EQ(b->ids(blue).size(), 40u);
}

}  // namespace
}  // namespace tflab::test
