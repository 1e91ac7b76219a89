// Acceptance scenarios 1 to 24: route-target filtering.

#include "tests/conformance/stage.h"

namespace tflab::test {
namespace {

constexpr const char* mx_route = "192.0.2.0/24";
constexpr const char* mx_rd = "64512:9";
const std::string mx_key = "64512:9:192.0.2.0/24";

// Two control nodes with an agent each, and a router that is a peer of both: two sessions, one
// word.
struct Filtered : Stage {
  FakeAgent *a = nullptr, *b = nullptr;
  Router *mx = nullptr, *mx2 = nullptr;

  void SetUp() override {
    control_nodes(2);
    expect_router(0, "10.0.9.1");
    expect_router(1, "10.0.9.2");
    start_nodes();
    mx = &router(0, "10.0.9.1");
    mx2 = &router(1, "10.0.9.2");
    a = &agent(0, "10.0.1.1");
    b = &agent(1, "10.0.1.2");
    lab.run_for(seconds(20));
    for (Router* each : {mx, mx2}) each->end_of_rib(Family::route_target);
    settle();
  }
  void subscribe_both() {
    a->subscribe(blue, 1);
    b->subscribe(blue, 1);
    settle();
  }
  // What a router does that filters: it says a route to those who want one of its targets.
  void say_where_wanted(const std::vector<const char*>& targets) {
    for (Router* each : {mx, mx2}) {
      const auto wants = [&](const char* rt) {
        return std::ranges::count(wanted(*each), membership(rt)) > 0;
      };
      if (std::ranges::any_of(targets, wants))
        announce(*each, mx_rd, mx_route, targets);
      else
        withdraw(*each, mx_rd, mx_route);
    }
  }
  std::vector<std::string> tables_with_route() const {
    std::vector<std::string> out;
    for (std::size_t n = 0; n < nodes.size(); ++n)
      for (const std::string& table : {vpn_table, blue + ".inet.0", red + ".inet.0"})
        if (nodes[n]->counts(table).substr(0, 1) != "0")
          out.push_back(std::to_string(n + 1) + " " + table);
    return out;
  }
};

TEST_F(Filtered, S01_a_routers_route_comes_to_agents_of_both_control_nodes_and_goes) {
  subscribe_both();
  say_where_wanted({blue_target});
  EXPECT_THAT(a->ids(blue), ElementsAre(mx_route));
  EXPECT_THAT(b->ids(blue), ElementsAre(mx_route));
  for (Router* each : {mx, mx2}) withdraw(*each, mx_rd, mx_route);
  EXPECT_THAT(a->ids(blue), IsEmpty());
  EXPECT_THAT(b->ids(blue), IsEmpty());
}

TEST_F(Filtered, S02_nobody_asks_for_a_target_before_an_agent_subscribes) {
  EXPECT_THAT(wanted(*mx), Not(Contains(membership(blue_target))));
  say_where_wanted({blue_target});
  EXPECT_THAT(tables_with_route(), IsEmpty());
  a->subscribe(blue, 1);
  settle();
  EXPECT_THAT(wanted(*mx), Contains(membership(blue_target)));
  say_where_wanted({blue_target});
  EXPECT_THAT(a->ids(blue), ElementsAre(mx_route));
}

TEST_F(Filtered, S03_the_last_of_two_agents_to_unsubscribe_takes_the_target_along) {
  FakeAgent& second = agent(0, "10.0.1.3");
  a->subscribe(blue, 1);
  second.subscribe(blue, 1);
  settle();
  a->unsubscribe(blue, 1);
  settle();
  EXPECT_THAT(wanted(*mx), Contains(membership(blue_target)));
  second.unsubscribe(blue, 1);
  settle();
  EXPECT_THAT(wanted(*mx), Not(Contains(membership(blue_target))));
}

TEST_F(Filtered, S04_and_so_does_the_last_whose_session_goes_down) {
  FakeAgent& second = agent(0, "10.0.1.3");
  a->subscribe(blue, 1);
  second.subscribe(blue, 1);
  settle();
  a->stop();
  settle();
  EXPECT_THAT(wanted(*mx), Contains(membership(blue_target)));
  second.stop();
  settle();
  EXPECT_THAT(wanted(*mx), Not(Contains(membership(blue_target))));
}

// Subscriptions, the router's route and the targets of its networks in every order.
TEST_F(Filtered, S06_a_route_with_two_targets_goes_to_who_imports_either_in_any_order) {
  std::vector<int> order = {0, 1, 2};
  do {
    for (const int step : order) {
      if (step == 0) a->subscribe(blue, 1);
      if (step == 1) b->subscribe(red, 2);
      if (step == 2)
        for (Router* each : {mx, mx2}) announce(*each, mx_rd, mx_route, {blue_target, red_target});
      settle();
    }
    EXPECT_THAT(a->ids(blue), ElementsAre(mx_route));
    EXPECT_THAT(b->ids(red), ElementsAre(mx_route));
    a->unsubscribe(blue, 1);
    b->unsubscribe(red, 2);
    for (Router* each : {mx, mx2}) withdraw(*each, mx_rd, mx_route);
    settle();
  } while (std::ranges::next_permutation(order).found);
}

TEST_F(Filtered, S07_a_target_put_on_a_route_taken_off_it_or_swapped_moves_exactly_that) {
  a->subscribe(blue, 1);
  b->subscribe(red, 2);
  settle();
  say_where_wanted({other_target});
  EXPECT_THAT(tables_with_route(), IsEmpty());
  say_where_wanted({other_target, blue_target});
  EXPECT_THAT(a->ids(blue), ElementsAre(mx_route));
  EXPECT_THAT(b->ids(red), IsEmpty());
  say_where_wanted({other_target, red_target});
  EXPECT_THAT(a->ids(blue), IsEmpty());
  EXPECT_THAT(b->ids(red), ElementsAre(mx_route));
  say_where_wanted({other_target});
  EXPECT_THAT(tables_with_route(), IsEmpty());
}

TEST_F(Filtered, S08_import_targets_added_and_removed_are_said_at_once) {
  a->subscribe(blue, 1);
  settle();
  change([](config::Fabric& fabric) {
    network_in(fabric, blue_network).import_targets = {target(other_target)};
  });
  EXPECT_THAT(wanted(*mx), Contains(membership(other_target)));
  change([](config::Fabric& fabric) {
    network_in(fabric, blue_network).import_targets = {target("target:64512:4")};
  });
  EXPECT_THAT(wanted(*mx), Not(Contains(membership(other_target))));
  EXPECT_THAT(wanted(*mx), Contains(membership("target:64512:4")));
  change([](config::Fabric& fabric) { network_in(fabric, blue_network).import_targets.clear(); });
  EXPECT_THAT(wanted(*mx), Not(Contains(membership("target:64512:4"))));
}

TEST_F(Filtered, S09_a_target_of_two_networks_stays_until_both_or_all_agents_let_go) {
  const auto import_other = [](config::Fabric& fabric, bool in_blue, bool in_red) {
    network_in(fabric, blue_network).import_targets.assign(in_blue ? 1 : 0, target(other_target));
    network_in(fabric, red_network).import_targets.assign(in_red ? 1 : 0, target(other_target));
  };
  a->subscribe(blue, 1);
  a->subscribe(red, 2);
  change([&](config::Fabric& fabric) { import_other(fabric, true, true); });
  EXPECT_THAT(wanted(*mx), Contains(membership(other_target)));
  change([&](config::Fabric& fabric) { import_other(fabric, true, false); });
  EXPECT_THAT(wanted(*mx), Contains(membership(other_target)));
  change([&](config::Fabric& fabric) { import_other(fabric, false, false); });
  EXPECT_THAT(wanted(*mx), Not(Contains(membership(other_target))));
  change([&](config::Fabric& fabric) { import_other(fabric, true, true); });
  EXPECT_THAT(wanted(*mx), Contains(membership(other_target)));
  a->unsubscribe(blue, 1);
  settle();
  EXPECT_THAT(wanted(*mx), Contains(membership(other_target)));
  a->unsubscribe(red, 2);
  settle();
  EXPECT_THAT(wanted(*mx), Not(Contains(membership(other_target))));
}

TEST_F(Filtered, S11_two_route_target_routes_of_one_peer_are_two_reasons) {
  a->subscribe(blue, 1);
  publish(*a, blue, "10.1.0.1/32");
  mx->want(blue_target, 64512);
  mx->want(blue_target, 65001);
  settle();
  EXPECT_EQ(heard(*mx).size(), 1u);
  mx->unwant(blue_target, 64512);
  settle();
  EXPECT_EQ(heard(*mx).size(), 1u);
  mx->unwant(blue_target, 65001);
  settle();
  EXPECT_THAT(heard(*mx), IsEmpty());
  mx->want(blue_target, 65001);
  settle();
  mx->unwant(blue_target, 65001);  // in one shot with the next
  mx->want(blue_target, 64512);
  settle();
  EXPECT_EQ(heard(*mx).size(), 1u);
}

// A control node with routers of another AS.
struct External : Stage {
  Router *left = nullptr, *right = nullptr;
  FakeAgent* a = nullptr;
  void play(Asn left_as, Asn right_as) {
    control_nodes(1);
    expect_router(0, "10.0.9.1", left_as);
    expect_router(0, "10.0.9.2", right_as);
    start_nodes();
    left = &router(0, "10.0.9.1", left_as);
    right = &router(0, "10.0.9.2", right_as);
    a = &agent(0, "10.0.1.1");
    lab.run_for(seconds(20));
    for (Router* each : {left, right}) each->end_of_rib(Family::route_target);
    a->subscribe(blue, 1);
    publish(*a, blue, "10.1.0.1/32");
  }
};

TEST_F(External, S12_two_peers_of_one_as_that_say_the_same_are_both_served) {
  play(Asn{65001}, Asn{65001});
  for (Router* each : {left, right}) each->want(blue_target, 65001);
  settle();
  EXPECT_EQ(heard(*left).size(), 1u);
  EXPECT_EQ(heard(*right).size(), 1u);
  left->unwant(blue_target, 65001);
  settle();
  EXPECT_THAT(heard(*left), IsEmpty());
  EXPECT_EQ(heard(*right).size(), 1u);
}

TEST_F(External, S13_two_ases_with_their_own_route_target_routes_are_both_served) {
  play(Asn{65001}, Asn{65002});
  left->want(blue_target, 65001);
  right->want(blue_target, 65002);
  settle();
  EXPECT_EQ(heard(*left).size(), 1u);
  EXPECT_EQ(heard(*right).size(), 1u);
}

TEST_F(External, S14_an_external_and_an_internal_peer_that_say_the_same_are_both_served) {
  play(Asn{65001}, Asn{64512});
  left->want(blue_target, 65001);
  right->want(blue_target, 65001);
  settle();
  EXPECT_EQ(heard(*left).size(), 1u);
  EXPECT_EQ(heard(*right).size(), 1u);
}

// Three ASes in a chain, an agent at the first and a router at the end.
TEST_F(Stage, S16_interest_goes_up_a_chain_of_ases_and_routes_come_down_hop_by_hop) {
  for (std::size_t n = 0; n < 3; ++n) {
    config::ControlNode made;
    made.name = "control-" + std::to_string(n + 1);
    made.address = ip(address_of(n));
    made.router_id = ip(address_of(n));
    made.as = Asn{64512 + static_cast<std::uint32_t>(n)};
    made.fabric = two_networks();
    configs.push_back(made);
  }
  for (const auto& [from, to] : {std::pair{0, 1}, {1, 0}, {1, 2}, {2, 1}})
    configs[from].peers.push_back(peer_of(configs[to]));
  start_nodes();
  FakeAgent& near = agent(0, "10.0.1.1");
  FakeAgent& far = agent(2, "10.0.1.2");
  lab.run_for(seconds(40));
  far.subscribe(blue, 1);
  near.subscribe(blue, 1);
  settle();
  EXPECT_THAT(nodes[0]->prefixes("bgp.rtarget.0"), Contains(membership(blue_target, "64514")));
  const Tree page = nodes[0]->page("ShowRouteReq", {{"routing_table", "bgp.rtarget.0"},
                                                    {"prefix", membership(blue_target, "64514")}});
  EXPECT_EQ(text_of(*introspect::find(page, "ShowRoutePath"), "as_path"), "64513 64514");
  publish(near, blue, "10.1.0.1/32");
  EXPECT_THAT(far.ids(blue), ElementsAre("10.1.0.1/32"));
  publish(far, blue, "10.1.0.2/32");
  EXPECT_THAT(near.ids(blue), ElementsAre("10.1.0.1/32", "10.1.0.2/32"));
}

TEST_F(Filtered, S17_the_default_asks_for_all_and_leaves_what_was_asked_for_by_name) {
  a->subscribe(blue, 1);
  a->subscribe(red, 2);
  publish(*a, blue, "10.1.0.1/32");
  publish(*a, red, "10.2.0.1/32");
  mx->want(blue_target);
  settle();
  EXPECT_THAT(heard(*mx), ElementsAre("10.0.1.1:1:10.1.0.1/32"));
  mx->announce(TargetRoute{Asn{}, {}}, Family::route_target, {});
  settle();
  EXPECT_EQ(heard(*mx).size(), 2u);
  mx->withdraw(TargetRoute{Asn{}, {}}, Family::route_target);
  settle();
  EXPECT_THAT(heard(*mx), ElementsAre("10.0.1.1:1:10.1.0.1/32"));
}

TEST_F(Stage, S18_another_as_is_in_the_keys_of_route_targets_and_not_in_the_targets) {
  control_nodes(1);
  start_nodes();
  FakeAgent& a = agent(0, "10.0.1.1");
  a.subscribe(blue, 1);
  settle();
  EXPECT_THAT(nodes[0]->prefixes("bgp.rtarget.0"), Contains("64512:target:64512:1"));
  configs[0].as = Asn{64999};
  nodes[0]->configure(configs[0]);
  lab.run_for(seconds(60));
  a.subscribe(blue, 1);
  settle();
  EXPECT_THAT(nodes[0]->prefixes("bgp.rtarget.0"), Contains("64999:target:64512:1"));
  EXPECT_THAT(nodes[0]->prefixes("bgp.rtarget.0"), Not(Contains("64512:target:64512:1")));
}

TEST_F(Stage, S19_another_address_is_the_next_hop_of_route_targets) {
  control_nodes(1);
  start_nodes();
  FakeAgent& a = agent(0, "10.0.1.1");
  a.subscribe(blue, 1);
  settle();
  const auto next_hop = [&] {
    for (const std::string& row : nodes[0]->rows(std::string{"bgp.rtarget.0"}))
      if (row.find("64512:target:64512:1\t") != std::string::npos) return row;
    return std::string{"none"};
  };
  EXPECT_THAT(next_hop(), testing::HasSubstr("10.0.0.1"));
  configs[0].router_id = ip("10.0.0.77");
  nodes[0]->configure(configs[0]);
  lab.run_for(seconds(60));
  a.subscribe(blue, 1);
  settle();
  EXPECT_THAT(next_hop(), testing::HasSubstr("10.0.0.77"));
}

// The original's tests switch its processing off for a while; here the node's host is not at its
// turn. What a peer wants waits, and so do routes; wishes that came and went meanwhile leave
// nothing.
TEST_F(Filtered, S21_what_a_peer_wants_waits_for_the_nodes_turn_and_routes_with_it) {
  a->subscribe(blue, 1);
  publish(*a, blue, "10.1.0.1/32");
  lab.busy.insert(nodes[0]);
  mx->want(blue_target);
  settle();
  EXPECT_THAT(heard(*mx), IsEmpty());
  lab.free(*nodes[0]);
  settle();
  EXPECT_EQ(heard(*mx).size(), 1u);

  lab.busy.insert(nodes[0]);
  mx->unwant(blue_target);
  mx->want(other_target);
  mx->unwant(other_target);
  mx->want(blue_target);
  settle();
  const auto before = mx->session.received().updates;
  lab.free(*nodes[0]);
  settle();
  EXPECT_EQ(heard(*mx).size(), 1u);
  EXPECT_EQ(mx->session.received().updates,
            before);  // nobody was told what had not changed in the end
  const Tree page = nodes[0]->page("ShowRtGroupSummaryReq");
  for (const Tree* group : introspect::all(page, "ShowRtGroupInfo"))
    EXPECT_NE(text_of(*group, "rtarget"), other_target);
}

TEST_F(Filtered, S22_a_peer_that_is_taken_out_while_it_is_interested_leaves_nothing) {
  a->subscribe(blue, 1);
  publish(*a, blue, "10.1.0.1/32");
  mx->want(blue_target);
  settle();
  std::erase_if(configs[0].peers,
                [](const config::BgpPeer& peer) { return peer.name == "10.0.9.1"; });
  nodes[0]->configure(configs[0]);
  settle();
  const Tree page = nodes[0]->page("ShowRtGroupReq", {{"search_string", "64512:1"}});
  EXPECT_THAT(Node::elements(*introspect::find(page, "ShowRtGroupInfo"), "peers_interested"),
              Not(Contains("10.0.9.1")));
  publish(*a, blue, "10.1.0.2/32");
  EXPECT_EQ(a->ids(blue).size(), 2u);
}

TEST_F(Filtered, S23_a_target_is_known_while_a_network_a_route_or_a_peer_names_it) {
  const auto known = [&] {
    const Tree page = nodes[0]->page("ShowRtGroupSummaryReq");
    for (const Tree* group : introspect::all(page, "ShowRtGroupInfo"))
      if (text_of(*group, "rtarget") == other_target) return true;
    return false;
  };
  EXPECT_FALSE(known());
  mx->want(other_target);
  settle();
  EXPECT_TRUE(known());
  a->subscribe(blue, 1);
  change([](config::Fabric& fabric) {
    network_in(fabric, blue_network).import_targets = {target(other_target)};
  });
  mx->unwant(other_target);
  settle();
  EXPECT_TRUE(known());
  announce(*mx, mx_rd, mx_route, {other_target});
  change([](config::Fabric& fabric) { network_in(fabric, blue_network).import_targets.clear(); });
  EXPECT_TRUE(known());
  withdraw(*mx, mx_rd, mx_route);
  EXPECT_FALSE(known());
  announce(*mx, mx_rd, mx_route, {other_target});
  EXPECT_TRUE(known());
}

TEST_F(Filtered,
       S24_pages_show_who_imports_and_exports_a_target_who_wants_it_and_what_depends_on_it) {
  a->subscribe(blue, 1);
  publish(*a, blue, "10.1.0.1/32");
  mx->want(blue_target);
  settle();
  const Tree by_target = nodes[0]->page("ShowRtGroupReq", {{"search_string", "64512:1"}});
  const Tree* group = introspect::find(by_target, "ShowRtGroupInfo");
  ASSERT_TRUE(group);
  EXPECT_EQ(text_of(*group, "rtarget"), blue_target);
  EXPECT_THAT(Node::elements(*group, "peers_interested"), Contains("10.0.9.1"));
  EXPECT_THAT(Node::elements(*group, "dep_route"), Contains("10.0.1.1:1:10.1.0.1/32"));
  EXPECT_TRUE(introspect::find(*group, "import_members"));
  EXPECT_TRUE(introspect::find(*group, "export_members"));
  const Tree by_peer = nodes[0]->page("ShowRtGroupPeerReq", {{"search_string", "10.0.9.1"}});
  EXPECT_EQ(introspect::all(by_peer, "ShowRtGroupInfo").size(), 1u);
}

}  // namespace
}  // namespace tflab::test
