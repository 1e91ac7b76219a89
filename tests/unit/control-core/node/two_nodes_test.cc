// Two control nodes with iBGP between them, and agents on each or on both.

#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* left_address = "10.0.0.1";
constexpr const char* right_address = "10.0.0.2";

struct TwoNodes : testing::Test {
  Lab lab;
  std::vector<config::ControlNode> configs = meshed();
  Node& left = lab.add<Node>(configs[0]);
  Node& right = lab.add<Node>(configs[1]);
  FakeAgent& a = lab.add<FakeAgent>("a", "10.0.1.1", ip(left_address));
  FakeAgent& b = lab.add<FakeAgent>("b", "10.0.1.2", ip(right_address));

  static std::vector<config::ControlNode> meshed() {
    std::vector<config::ControlNode> out = {article_node(left_address),
                                            article_node(right_address)};
    mesh(out);
    return out;
  }
  void SetUp() override {
    lab.start(left);
    lab.start(right);
    lab.run_for(seconds(15));
    lab.start(a);
    lab.start(b);
    lab.run_for(seconds(1));
  }
  void subscribe_both() {
    a.subscribe(pod, 2);
    b.subscribe(pod, 7);
    lab.run_for(seconds(1));
  }
  std::string neighbour(const Node& of, const char* field) {
    const Tree answer = of.page("BgpNeighborReq", {{"search_string", "control"}});
    const Tree* row = introspect::find(answer, "BgpNeighborResp");
    return row ? std::string{text_of(*row, field)} : "none";
  }
};

TEST_F(TwoNodes, come_up_although_both_dial_at_once) {
  EXPECT_EQ(neighbour(left, "state"), "Established");
  EXPECT_EQ(neighbour(right, "state"), "Established");
  EXPECT_EQ(neighbour(left, "flap_count"), "0");
  EXPECT_EQ(neighbour(left, "send_state"), "in sync");
  lab.run_for(seconds(600));
  EXPECT_EQ(neighbour(left, "flap_count"), "0");
  EXPECT_EQ(neighbour(left, "state"), "Established");
}

// RFC 4271 section 6.8. With the higher identifier on either side.
TEST(Collision, leaves_the_connection_that_the_higher_router_id_dialled) {
  for (const bool swapped : {false, true}) {
    Lab lab;
    auto configs = TwoNodes::meshed();
    if (swapped) std::swap(configs[0].router_id, configs[1].router_id);
    Node& left = lab.add<Node>(configs[0]);
    Node& right = lab.add<Node>(configs[1]);
    lab.start(left);
    lab.start(right);
    lab.run_for(millis(500));
    EXPECT_THAT(lab.diallers(left, right), ElementsAre((swapped ? left : right).address()));
    EXPECT_EQ(left.counts("bgp.rtarget.0").substr(0, 1), "2");
    EXPECT_EQ(right.counts("bgp.rtarget.0").substr(0, 1), "2");
  }
}

TEST_F(TwoNodes, exchange_routes_with_attributes_unchanged) {
  subscribe_both();
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  lab.run_for(seconds(1));
  EXPECT_THAT(right.rows("bgp.l3vpn.0"),
              ElementsAre("bgp.l3vpn.0\t10.0.1.1:2:10.47.0.1/32\tBGP\t10.0.0.1\t200\t10.0.1.1\t"
                          "['gre', 'udp']\t25"));
  EXPECT_THAT(right.rows(pod + ".inet.0"),
              ElementsAre(pod + ".inet.0\t10.47.0.1/32\tBGP\t10.0.0.1\t200\t10.0.1.1\t"
                                "['gre', 'udp']\t25"));
  EXPECT_EQ(right.counts("bgp.l3vpn.0"), "1 1 1 0 0");
  EXPECT_EQ(right.counts(pod + ".inet.0"), "1 1 0 1 0");
  EXPECT_EQ(right.counts(svc + ".inet.0"), "1 1 0 1 0");
  const auto* told = b.unicast(pod, "10.47.0.1/32");
  ASSERT_TRUE(told);
  EXPECT_EQ(told->virtual_network, pod_network);
  EXPECT_EQ(told->local_preference, 200u);
  EXPECT_EQ(told->next_hops[0].address, IpAddr{ip("10.0.1.1")});

  a.retract(pod, a.inet("10.47.0.1/32", 25));
  lab.run_for(seconds(1));
  EXPECT_THAT(right.rows("bgp.l3vpn.0"), IsEmpty());
  EXPECT_THAT(right.rows(pod + ".inet.0"), IsEmpty());
  EXPECT_THAT(b.ids(pod), IsEmpty());
}

TEST_F(TwoNodes, update_changed_attributes) {
  subscribe_both();
  auto item = a.inet("10.47.0.1/32", 25);
  a.publish(pod, item);
  lab.run_for(seconds(1));
  item.local_preference = 100;
  item.next_hops[0].label = 26;
  a.publish(pod, item);
  lab.run_for(seconds(1));
  EXPECT_THAT(right.rows(pod + ".inet.0"),
              ElementsAre(pod + ".inet.0\t10.47.0.1/32\tBGP\t10.0.0.1\t100\t10.0.1.1\t"
                                "['gre', 'udp']\t26"));
  const auto* told = b.unicast(pod, "10.47.0.1/32");
  ASSERT_TRUE(told);
  EXPECT_EQ(told->local_preference, 100u);
  EXPECT_EQ(told->next_hops[0].label, 26u);
}

// An agent talks to two control nodes: each has its own word and the other's, and its own is best.
TEST_F(TwoNodes, hold_one_xmpp_and_one_bgp_path_for_an_agent_on_both) {
  FakeAgent& again = lab.add<FakeAgent>("a", "10.0.1.1", ip(right_address));
  lab.start(again);
  lab.run_for(seconds(1));
  for (FakeAgent* each : {&a, &again}) {
    each->subscribe(pod, 2);
    each->publish(pod, each->inet("10.47.0.1/32", 25));
  }
  lab.run_for(seconds(1));
  for (Node* node : {&left, &right}) {
    const std::string other = node == &left ? right_address : left_address;
    EXPECT_EQ(node->counts(pod + ".inet.0"), "1 2 1 1 0");
    EXPECT_EQ(node->counts("bgp.l3vpn.0"), "1 2 1 1 0");
    EXPECT_THAT(node->rows(pod + ".inet.0"),
                ElementsAre(pod + ".inet.0\t10.47.0.1/32\tXMPP (interface)\ta\t200\t10.0.1.1\t"
                                  "['gre', 'udp']\t25",
                            pod + ".inet.0\t10.47.0.1/32\tBGP\t" + other +
                                "\t200\t10.0.1.1\t['gre', 'udp']\t25"));
  }
  // The same next hop twice is one next hop.
  ASSERT_TRUE(a.unicast(pod, "10.47.0.1/32"));
  EXPECT_EQ(a.unicast(pod, "10.47.0.1/32")->next_hops.size(), 1u);
}

TEST_F(TwoNodes, give_an_agent_every_equal_next_hop) {
  subscribe_both();
  a.publish(pod, a.inet("10.47.0.9/32", 25));
  b.publish(pod, b.inet("10.47.0.9/32", 26));
  lab.run_for(seconds(1));
  for (FakeAgent* each : {&a, &b}) {
    const auto* told = each->unicast(pod, "10.47.0.9/32");
    ASSERT_TRUE(told);
    EXPECT_EQ(told->next_hops.size(), 2u);
  }
  EXPECT_EQ(left.counts("bgp.l3vpn.0"), "2 2 1 1 0");
}

TEST_F(TwoNodes, take_back_what_came_over_a_session_that_is_lost) {
  subscribe_both();
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  b.publish(pod, b.inet("10.47.0.2/32", 26));
  lab.run_for(seconds(1));
  EXPECT_THAT(b.ids(pod), ElementsAre("10.47.0.1/32", "10.47.0.2/32"));
  lab.cut(left, right);
  lab.run_for(millis(10));
  EXPECT_THAT(b.ids(pod), ElementsAre("10.47.0.2/32"));
  EXPECT_THAT(right.prefixes(pod + ".inet.0"), ElementsAre("10.47.0.2/32"));
  lab.run_for(seconds(60));
  EXPECT_EQ(neighbour(left, "flap_count"), "1");
  EXPECT_THAT(b.ids(pod), ElementsAre("10.47.0.1/32", "10.47.0.2/32"));
}

TEST_F(TwoNodes, take_back_everything_of_an_agent_whose_channel_is_lost) {
  subscribe_both();
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  a.publish(pod, a.flood());
  lab.run_for(seconds(1));
  lab.unreachable.insert(left.address());
  lab.cut(left, a);
  lab.run_for(seconds(1));
  EXPECT_THAT(b.ids(pod), IsEmpty());
  EXPECT_THAT(right.rows("bgp.l3vpn.0"), IsEmpty());
  EXPECT_THAT(right.rows("bgp.ermvpn.0"), IsEmpty());
  EXPECT_THAT(left.prefixes("bgp.rtarget.0"), testing::Contains("64512:target:10.0.0.1:0"));
  EXPECT_THAT(left.prefixes("bgp.rtarget.0"),
              testing::Not(testing::Contains("64512:target:10.0.0.1:4")));
}

TEST_F(TwoNodes, take_back_everything_of_an_agent_that_unsubscribes) {
  subscribe_both();
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  lab.run_for(seconds(1));
  a.unsubscribe(pod, 2);
  lab.run_for(seconds(1));
  EXPECT_THAT(left.rows(pod + ".inet.0"), IsEmpty());
  EXPECT_THAT(b.ids(pod), IsEmpty());
}

// Each control node has a tree of its own vRouters; the lowest router id joins the two.
TEST_F(TwoNodes, join_their_multicast_trees) {
  subscribe_both();
  a.publish(pod, a.flood(1000, 1999));
  b.publish(pod, b.flood(5000, 5999));
  lab.run_for(seconds(1));
  const std::string group = ",255.255.255.255,0.0.0.0";
  EXPECT_THAT(
      left.prefixes(pod + ".ermvpn.0"),
      ElementsAre("0-10.0.1.1:2-0.0.0.0" + group, "1-0:0-10.0.0.1" + group,
                  "1-0:0-10.0.0.2" + group, "2-0:0-10.0.0.1" + group, "2-0:0-10.0.0.2" + group));
  EXPECT_EQ(left.counts(pod + ".ermvpn.0"), "5 5 4 1 0");
  EXPECT_EQ(right.counts(pod + ".ermvpn.0"), "5 5 2 3 0");  // the builder's two are not its own
  const auto* at_a =
      a.item<xmpp::MulticastItem>(pod, Family::ermvpn, "10.0.1.1:2:255.255.255.255,0.0.0.0");
  const auto* at_b =
      b.item<xmpp::MulticastItem>(pod, Family::ermvpn, "10.0.1.2:7:255.255.255.255,0.0.0.0");
  ASSERT_TRUE(at_a && at_b);
  EXPECT_EQ(at_a->source_label, 1000u);
  EXPECT_EQ(at_b->source_label, 5000u);
  ASSERT_EQ(at_a->olist.size(), 1u);
  ASSERT_EQ(at_b->olist.size(), 1u);
  EXPECT_EQ(at_a->olist[0].address, IpAddr{ip("10.0.1.2")});
  EXPECT_EQ(at_a->olist[0].label, 5000u);
  EXPECT_EQ(at_b->olist[0].address, IpAddr{ip("10.0.1.1")});
  EXPECT_EQ(at_b->olist[0].label, 1000u);

  lab.cut(left, right);
  lab.run_for(millis(10));
  EXPECT_TRUE(a.item<xmpp::MulticastItem>(pod, Family::ermvpn, "10.0.1.1:2:255.255.255.255,0.0.0.0")
                  ->olist.empty());
}

TEST_F(TwoNodes, keep_layer_2_and_multicast_inside_the_network) {
  a.subscribe(fab, 1);
  b.subscribe(pod, 7);
  a.publish(fab, a.mac("02:00:00:00:00:01", "0.0.0.0/32", 30));
  a.publish(fab, a.broadcast(1));
  a.publish(fab, a.flood());
  lab.run_for(seconds(1));
  // POD imports FAB's target and shows nothing of it in these tables; FAB itself shows it.
  EXPECT_THAT(right.prefixes("bgp.evpn.0"),
              ElementsAre("2-10.0.1.1:1-0-02:00:00:00:00:01,0.0.0.0", "3-10.0.1.1:1-1-10.0.1.1"));
  EXPECT_THAT(right.prefixes(pod + ".evpn.0"), IsEmpty());
  EXPECT_THAT(right.prefixes(pod + ".ermvpn.0"), IsEmpty());
  EXPECT_THAT(right.prefixes(fab + ".evpn.0"),
              ElementsAre("2-0:0-0-02:00:00:00:00:01,0.0.0.0", "3-10.0.1.1:1-1-10.0.1.1"));
}

TEST_F(TwoNodes, say_goodbye_when_one_is_stopped) {
  subscribe_both();
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  lab.run_for(seconds(1));
  left.node.stop(lab.now);
  left.drain();
  lab.run_for(millis(10));
  EXPECT_THAT(right.rows("bgp.l3vpn.0"), IsEmpty());
  EXPECT_EQ(a.downs, 1u);
  EXPECT_THAT(neighbour(right, "last_error"), testing::HasSubstr("dministrative"));
}

// Twice the same calls, twice the same bytes and pages.
TEST(ControlNodes, are_functions_of_their_inputs) {
  const auto play = [] {
    Lab lab;
    auto configs = TwoNodes::meshed();
    Node& left = lab.add<Node>(configs[0]);
    Node& right = lab.add<Node>(configs[1]);
    FakeAgent& a = lab.add<FakeAgent>("a", "10.0.1.1", ip(left_address));
    for (Host* host : std::initializer_list<Host*>{&left, &right, &a}) lab.start(*host);
    lab.run_for(seconds(10));
    say_what_the_article_says(lab, a);
    return std::pair{left.page("ShowRouteReq"), right.page("ShowRouteReq")};
  };
  EXPECT_EQ(play(), play());
}

}  // namespace
}  // namespace tflab::test
