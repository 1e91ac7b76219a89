// Acceptance scenarios 88 to 94: layer 2 routes.

#include "tests/conformance/stage.h"

namespace tflab::test {
namespace {

constexpr const char* mac = "02:00:00:00:00:01";
const std::string with_address = "02:00:00:00:00:01,10.1.0.1/32",
                  alone = "02:00:00:00:00:01,0.0.0.0/32";

// Two control nodes, an agent on each, both in blue.
struct Bridged : Stage {
  FakeAgent *a = nullptr, *b = nullptr;

  void start_all() {
    start_nodes();
    a = &agent(0, "10.0.1.1");
    b = &agent(1, "10.0.1.2");
    lab.run_for(seconds(20));
  }
  void play() {
    control_nodes(2);
    start_all();
    subscribe_both();
  }
  void subscribe_both() {
    a->subscribe(blue, 1);
    b->subscribe(blue, 1);
    settle();
  }
  void say(const xmpp::EvpnItem& item) {
    a->publish(blue, item);
    settle();
  }
  const xmpp::EvpnItem* seen(const std::string& id) const {
    return b->item<xmpp::EvpnItem>(blue, Family::evpn, id);
  }
  std::vector<std::string> all_seen() const { return b->ids(blue, Family::evpn); }
};

TEST_F(Bridged, S88_a_mac_with_its_address_and_all_it_says_comes_to_the_other_agent_and_goes) {
  play();
  auto item = a->mac(mac, "10.1.0.1/32", 30);
  item.security_groups = {7, 8};
  item.sequence = 3;
  say(item);
  ASSERT_THAT(all_seen(), ElementsAre(with_address));
  const auto* told = seen(with_address);
  EXPECT_EQ(told->next_hops[0].address, IpAddr{ip("10.0.1.1")});
  EXPECT_EQ(told->next_hops[0].label, 30u);
  EXPECT_EQ(told->security_groups, (std::vector<std::uint32_t>{7, 8}));
  EXPECT_EQ(told->local_preference, 200u);
  EXPECT_EQ(told->sequence, 3u);
  item.next_hops[0].label = 31;
  say(item);
  EXPECT_EQ(seen(with_address)->next_hops[0].label, 31u);
  a->retract(blue, item);
  settle();
  EXPECT_THAT(all_seen(), IsEmpty());
}

TEST_F(Bridged, S88_whatever_comes_later_than_the_route) {
  // The subscription of the other agent.
  play();
  b->unsubscribe(blue, 1);
  settle();
  say(a->mac(mac, "10.1.0.1/32", 30));
  b->subscribe(blue, 1);
  settle();
  EXPECT_THAT(all_seen(), ElementsAre(with_address));
  // The session between the control nodes.
  lab.cut(*nodes[0], *nodes[1]);
  lab.run_for(millis(20));
  EXPECT_THAT(all_seen(), IsEmpty());
  lab.run_for(seconds(90));
  EXPECT_THAT(all_seen(), ElementsAre(with_address));
  // The agent's.
  a->stop();
  settle();
  EXPECT_THAT(all_seen(), IsEmpty());
}

TEST_F(Bridged, S88_the_network_comes_later_than_the_route) {
  control_nodes(2);
  for (config::ControlNode& each : configs)
    std::erase_if(each.fabric.networks, [](const auto& n) { return n.name == blue_network; });
  start_all();
  subscribe_both();
  say(a->mac(mac, "10.1.0.1/32", 30));
  EXPECT_THAT(all_seen(), IsEmpty());
  change([](config::Fabric& fabric) {
    fabric.networks.insert(fabric.networks.begin() + 1, network_of(blue_network, 4, blue_target));
  });
  EXPECT_THAT(all_seen(), ElementsAre(with_address));
}

TEST_F(Bridged, S89_a_mac_without_an_address_is_one_route_however_it_is_said) {
  play();
  for (const char* none : {"0.0.0.0/32", "0.0.0.0/0"}) {
    say(a->mac(mac, none, 30));
    EXPECT_THAT(all_seen(), ElementsAre(alone)) << none;
    EXPECT_EQ(nodes[1]->counts("bgp.evpn.0").substr(0, 3), "1 1") << none;
  }
  a->retract(blue, a->mac(mac, "0.0.0.0/32", 30));
  settle();
  EXPECT_THAT(all_seen(), IsEmpty());
}

TEST_F(Bridged, S91_sticky_and_leaf_reach_the_other_agent_unchanged) {
  play();
  auto item = a->mac(mac, "10.1.0.1/32", 30);
  item.sticky = true;
  item.etree_leaf = true;
  say(item);
  ASSERT_TRUE(seen(with_address));
  EXPECT_TRUE(seen(with_address)->sticky);
  EXPECT_TRUE(seen(with_address)->etree_leaf);
}

TEST_F(Bridged, S91_so_do_the_router_mac_and_the_vni) {
  play();
  auto item = a->mac(mac, "10.1.0.1/32", 5001);
  item.next_hops[0].encaps = {Encap::vxlan};
  item.next_hops[0].mac = *parse_mac("02:00:00:00:0a:01");
  say(item);
  ASSERT_TRUE(seen(with_address));
  EXPECT_EQ(seen(with_address)->next_hops[0].mac, *parse_mac("02:00:00:00:0a:01"));
  EXPECT_EQ(seen(with_address)->next_hops[0].label, 5001u);
}

TEST_F(Bridged, S91_and_tags_and_the_label_for_packets) {
  play();
  auto item = a->mac(mac, "10.1.0.1/32", 30);
  for (const auto& [encap, l3_label] : {std::pair{Encap::gre, 77u}, {Encap::vxlan, 0xfffffeu}}) {
    item.next_hops[0].encaps = {encap};
    item.next_hops[0].l3_label = l3_label;
    item.next_hops[0].tags = {0x00010003, l3_label};
    say(item);
    ASSERT_TRUE(seen(with_address));
    const xmpp::NextHop& told = seen(with_address)->next_hops[0];
    EXPECT_EQ(told.label, 30u);
    EXPECT_EQ(told.l3_label, l3_label);
    EXPECT_EQ(told.tags, item.next_hops[0].tags);
  }
  item.next_hops[0].l3_label = 0;
  item.next_hops[0].tags.clear();
  say(item);
  ASSERT_TRUE(seen(with_address));
  EXPECT_EQ(seen(with_address)->next_hops[0].l3_label, 0u);
  EXPECT_THAT(seen(with_address)->next_hops[0].tags, IsEmpty());
}

TEST_F(Bridged, S92_prefixes_without_a_mac_are_routes_of_type_5) {
  play();
  for (const char* where : {"10.1.0.1/32", "10.1.0.0/24", "0.0.0.0/0", "2001:db8::/64"}) {
    auto item = a->mac("00:00:00:00:00:00", where, 40);
    item.next_hops[0].encaps = {Encap::vxlan};
    say(item);
    EXPECT_THAT(nodes[1]->prefixes("bgp.evpn.0"),
                Contains(testing::HasSubstr(std::string{"-"} + where)))
        << where;
  }
  EXPECT_EQ(all_seen().size(), 4u);
}

// The router hears of its own control node's agents: what another one said over iBGP is not
// repeated.
TEST_F(Bridged, S94_a_broadcast_mac_is_a_route_for_broadcast) {
  control_nodes(2);
  expect_router(1, "10.0.9.1", Asn{64512}, all_families);
  start_all();
  Router& mx = router(1, "10.0.9.1", Asn{64512}, all_families);
  lab.run_for(seconds(20));
  mx.end_of_rib(Family::route_target);
  subscribe_both();
  a->publish(blue, a->broadcast(4));
  b->publish(blue, b->broadcast(4));
  mx.want(blue_target);
  settle();
  EXPECT_THAT(mx.keys(Family::evpn), ElementsAre("3-10.0.1.2:1-4-10.0.1.2"));
  EXPECT_THAT(nodes[1]->prefixes("bgp.evpn.0"),
              ElementsAre("3-10.0.1.1:1-4-10.0.1.1", "3-10.0.1.2:1-4-10.0.1.2"));
  b->publish(blue, b->broadcast(5));
  b->retract(blue, b->broadcast(4));
  settle();
  EXPECT_THAT(mx.keys(Family::evpn), ElementsAre("3-10.0.1.2:1-5-10.0.1.2"));
}

}  // namespace
}  // namespace tflab::test
