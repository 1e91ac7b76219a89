// Acceptance scenarios 88 to 97: layer 2 routes; and what 122 asks of control nodes.

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

// Two networks and the inside of a logical router between them.
config::Fabric with_router() {
  config::Fabric out = two_networks();
  out.networks.push_back(
      network_of(config::inside_of("default-domain:demo:lr"), 5000, other_target));
  out.networks.back().routes_between = {blue_network, red_network};
  return out;
}

TEST_F(Bridged, S122_type_5_of_a_logical_router_reaches_its_other_vrouters_and_no_network) {
  const std::string inside = config::instance_of(config::inside_of("default-domain:demo:lr"));
  control_nodes(2, with_router());
  start_all();
  subscribe_both();
  a->subscribe(inside, 7);
  b->subscribe(inside, 9);
  settle();
  auto item = a->mac("00:00:00:00:00:00", "10.1.0.1/32", 5000);
  item.next_hops[0].encaps = {Encap::vxlan};
  item.next_hops[0].mac = *parse_mac("02:00:00:00:0a:01");
  item.security_groups = {7};
  a->publish(inside, item);
  settle();
  const std::string id = xmpp::id_of(item);
  ASSERT_THAT(b->ids(inside, Family::evpn), ElementsAre(id));
  const auto* told = b->item<xmpp::EvpnItem>(inside, Family::evpn, id);
  EXPECT_EQ(told->next_hops[0].address, IpAddr{ip("10.0.1.1")});
  EXPECT_EQ(told->next_hops[0].label, 5000u);
  EXPECT_EQ(told->next_hops[0].mac, *parse_mac("02:00:00:00:0a:01"));
  EXPECT_EQ(told->next_hops[0].encaps, std::vector{Encap::vxlan});
  EXPECT_EQ(told->security_groups, std::vector<std::uint32_t>{7});
  EXPECT_THAT(nodes[1]->prefixes("bgp.evpn.0"), ElementsAre("5-10.0.1.1:7-0-10.1.0.1/32"));
  EXPECT_THAT(all_seen(), IsEmpty());
  // The router goes.
  change([](config::Fabric& fabric) { fabric.networks.pop_back(); });
  EXPECT_THAT(b->ids(inside, Family::evpn), IsEmpty());
  EXPECT_THAT(nodes[0]->prefixes("bgp.evpn.0"), IsEmpty());
  EXPECT_THAT(nodes[1]->prefixes("bgp.evpn.0"), IsEmpty());
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

// --- whom broadcasts are copied to

using Flags = PmsiTunnel::Flag;

// Agents and routers of one control node, and an agent of another one, all in blue.
struct Flooded : Bridged {
  FakeAgent* c = nullptr;
  Router *mx1 = nullptr, *mx2 = nullptr;

  void play() {
    control_nodes(2);
    for (const char* each : {"10.0.9.1", "10.0.9.2"})
      expect_router(0, each, Asn{64512}, all_families);
    start_all();
    c = &agent(0, "10.0.1.3");
    mx1 = &router(0, "10.0.9.1", Asn{64512}, all_families);
    mx2 = &router(0, "10.0.9.2", Asn{64512}, all_families);
    lab.run_for(seconds(20));
    for (FakeAgent* each : {a, b, c}) each->subscribe(blue, 1);
    settle();
  }
  void broadcast(FakeAgent& from, const std::function<void(xmpp::EvpnItem&)>& how = {}) {
    auto item = from.broadcast(4);
    if (how) how(item);
    from.publish(blue, item);
    settle();
  }
  static Nlri inclusive(const Router& from) {
    EvpnRoute out;
    out.type = EvpnRoute::inclusive_multicast;
    out.rd = RouteDistinguisher::ip4(from.address().v4(), 1);
    out.ip = from.address();
    return out;
  }
  void inclusive(Router& from, std::uint32_t label, unsigned flags = 0,
                 Encap encap = Encap::vxlan) {
    Attributes out = with_targets({blue_target});
    out.ext_communities.push_back(ExtCommunity::encapsulation(encap));
    out.pmsi_tunnel.emplace();
    out.pmsi_tunnel->flags = static_cast<std::uint8_t>(flags);
    out.pmsi_tunnel->label = label;
    out.pmsi_tunnel->set_address(from.address().v4());
    from.announce(inclusive(from), Family::evpn, std::move(out));
    settle();
  }
  void withdraw_inclusive(Router& from) {
    from.withdraw(inclusive(from), Family::evpn);
    settle();
  }
  static const xmpp::EvpnItem* told(const FakeAgent& agent) {
    return agent.item<xmpp::EvpnItem>(blue, Family::evpn, "4-ff:ff:ff:ff:ff:ff,0.0.0.0/32");
  }
  static std::vector<std::string> text(const std::vector<xmpp::NextHop>& hops) {
    std::vector<std::string> out;
    for (const xmpp::NextHop& hop : hops) {
      out.push_back(to_text(hop.address) + " " + std::to_string(hop.label));
      for (const Encap encap : hop.encaps) out.back().append(" ").append(to_text(encap));
    }
    return out;
  }
  static std::vector<std::string> olist(const FakeAgent& agent) {
    return told(agent) ? text(told(agent)->olist) : std::vector<std::string>{};
  }
  static std::vector<std::string> leaves(const FakeAgent& agent) {
    return told(agent) ? text(told(agent)->leaf_olist) : std::vector<std::string>{};
  }
  // "pmsi_tunnel" of a route's best path: type, role, who, flags.
  std::string tunnel(std::size_t node, const std::string& prefix) const {
    const Tree page = nodes[node]->page("ShowRouteReq", {{"routing_table", "bgp.evpn.0"}});
    for (const Tree* route : introspect::all(page, "ShowRoute")) {
      if (text_of(*route, "prefix") != prefix) continue;
      const Tree* found = introspect::find(*route, "ShowPmsiTunnel");
      if (!found) return "none";
      std::string out;
      for (const char* field : {"type", "ar_type", "identifier"})
        out += std::string{text_of(*found, field)} + " ";
      for (const std::string& flag : Node::elements(*found, "flags")) out += flag + " ";
      return out;
    }
    return "no such route";
  }
};

// Two agents that stand in for one switch, whose address is the next hop of both.
TEST_F(Flooded, S93_two_agents_of_one_switch_are_two_paths_of_one_route) {
  play();
  const auto of_switch = [](xmpp::EvpnItem& item) {
    item.next_hops[0].address = IpAddr{ip("10.0.8.8")};
    item.no_edge_replication = true;
  };
  broadcast(*a, of_switch);
  broadcast(*c, of_switch);
  const std::string route = "3-10.0.8.8:1-4-10.0.8.8";
  EXPECT_THAT(nodes[0]->prefixes("bgp.evpn.0"), ElementsAre(route));
  EXPECT_EQ(nodes[0]->counts("bgp.evpn.0"), "1 2 0 2 0");
  EXPECT_THAT(nodes[0]->prefixes(blue + ".evpn.0"),
              ElementsAre("2-10.0.1.1:1-4-ff:ff:ff:ff:ff:ff,0.0.0.0",
                          "2-10.0.1.3:1-4-ff:ff:ff:ff:ff:ff,0.0.0.0", route));
  EXPECT_EQ(nodes[0]->counts(blue + ".evpn.0"), "3 4 4 0 0");
  EXPECT_THAT(olist(*a), IsEmpty()) << "the switch sends nothing to itself";
  EXPECT_EQ(nodes[1]->counts("bgp.evpn.0"), "1 1 1 0 0");

  a->retract(blue, a->broadcast(4));
  settle();
  EXPECT_EQ(nodes[0]->counts("bgp.evpn.0"), "1 1 0 1 0");
  c->retract(blue, c->broadcast(4));
  settle();
  EXPECT_THAT(nodes[0]->prefixes("bgp.evpn.0"), IsEmpty());
}

TEST_F(Flooded, S94_routers_are_in_the_agents_olists_as_they_come_change_and_go) {
  play();
  for (FakeAgent* each : {a, b, c}) broadcast(*each);
  for (FakeAgent* each : {a, b, c}) EXPECT_EQ(told(*each), nullptr) << "all meet in the tree";
  inclusive(*mx1, 5001);
  inclusive(*mx2, 5002);
  for (FakeAgent* each : {a, c})
    EXPECT_THAT(olist(*each), ElementsAre("10.0.9.1 5001 vxlan", "10.0.9.2 5002 vxlan"));
  EXPECT_THAT(told(*a)->next_hops, IsEmpty());
  EXPECT_EQ(told(*b), nullptr) << "what one iBGP peer says is not repeated to another";

  inclusive(*mx1, 70);
  EXPECT_THAT(olist(*a), ElementsAre("10.0.9.1 70 vxlan", "10.0.9.2 5002 vxlan"));
  inclusive(*mx1, 71, 0, Encap::udp);
  EXPECT_THAT(olist(*a), ElementsAre("10.0.9.1 71 udp", "10.0.9.2 5002 vxlan"));

  mx2->stop();
  settle();
  EXPECT_THAT(olist(*a), ElementsAre("10.0.9.1 71 udp"));
  withdraw_inclusive(*mx1);
  for (FakeAgent* each : {a, c}) EXPECT_EQ(told(*each), nullptr);
}

TEST_F(Flooded, S94_who_is_in_the_tree_is_in_no_olist) {
  play();
  for (FakeAgent* each : {a, b, c}) broadcast(*each);
  inclusive(*mx1, 5001, Flags::edge_replication);
  inclusive(*mx2, 5002);
  EXPECT_THAT(olist(*a), ElementsAre("10.0.9.2 5002 vxlan"));
  inclusive(*mx1, 5001);
  EXPECT_THAT(olist(*a), ElementsAre("10.0.9.1 5001 vxlan", "10.0.9.2 5002 vxlan"));
  inclusive(*mx1, 5001, Flags::edge_replication);
  inclusive(*mx2, 5002, Flags::edge_replication);
  EXPECT_EQ(told(*a), nullptr);
}

TEST_F(Flooded, S94_an_agent_outside_the_tree_and_all_others_send_to_each_other) {
  play();
  for (FakeAgent* each : {a, b, c}) broadcast(*each);
  inclusive(*mx1, 5001, Flags::edge_replication);
  broadcast(*b, [](xmpp::EvpnItem& item) { item.no_edge_replication = true; });
  EXPECT_EQ(tunnel(1, "3-10.0.1.2:1-4-10.0.1.2"), "IngressReplication RegularNVE 10.0.1.2 ");
  for (FakeAgent* each : {a, c}) EXPECT_THAT(olist(*each), ElementsAre("10.0.1.2 4 vxlan"));
  EXPECT_THAT(olist(*b), ElementsAre("10.0.1.1 4 vxlan", "10.0.1.3 4 vxlan"));
  broadcast(*b);
  for (FakeAgent* each : {a, b, c}) EXPECT_EQ(told(*each), nullptr);
}

TEST_F(Flooded, S94_whoever_comes_later_is_told_the_same) {
  play();
  inclusive(*mx1, 5001);
  broadcast(*a);
  EXPECT_THAT(olist(*a), ElementsAre("10.0.9.1 5001 vxlan"));
  a->retract(blue, a->broadcast(4));
  settle();
  EXPECT_EQ(told(*a), nullptr);
  broadcast(*a);
  EXPECT_THAT(olist(*a), ElementsAre("10.0.9.1 5001 vxlan"));
  // Another instance number is another route; the old one's agent is told everything anew.
  a->subscribe(blue, 2);
  broadcast(*a);
  EXPECT_THAT(olist(*a), ElementsAre("10.0.9.1 5001 vxlan"));
  a->unsubscribe(blue, 2);
  a->told.clear();
  inclusive(*mx1, 5002);
  EXPECT_EQ(told(*a), nullptr);
}

TEST_F(Flooded, S94_the_explanation_says_who_is_told) {
  play();
  broadcast(*a);
  const auto said = [&](const std::string& prefix) {
    std::map<std::string, std::string> out;
    const Tree page = nodes[0]->page("ShowRouteExplainReq",
                                     {{"routing_table", blue + ".evpn.0"}, {"prefix", prefix}});
    for (const Tree* each : introspect::all(page, "ShowAudienceExplain"))
      out[std::string{text_of(*each, "name")}] = text_of(*each, "why");
    return out;
  };
  const std::string ours = "2-10.0.1.1:1-4-ff:ff:ff:ff:ff:ff,0.0.0.0";
  EXPECT_EQ(said(ours)["agent-10.0.1.1"],
            "there is nobody outside the multicast tree to send copies to");
  inclusive(*mx1, 5001);
  EXPECT_EQ(said(ours)["agent-10.0.1.1"], "");
  EXPECT_EQ(said(ours)["agent-10.0.1.3"], "only its own agent is told whom to send copies to");
  EXPECT_EQ(said("3-10.0.9.1:1-0-10.0.9.1")["agent-10.0.1.1"],
            "agents are told what follows from it");
}

// Leaves hand what they have to their replicator: others know of them, and send them nothing.
TEST_F(Flooded, S96_a_leaf_is_bound_to_its_replicator) {
  play();
  const auto replicates = [](xmpp::EvpnItem& item) {
    item.no_edge_replication = true;
    item.assisted_replication = true;
  };
  const auto leaf_of = [](const char* replicator) {
    return [replicator](xmpp::EvpnItem& item) {
      item.no_edge_replication = true;
      item.replicator = ip(replicator);
    };
  };
  broadcast(*a, replicates);
  broadcast(*c, replicates);
  broadcast(*b, leaf_of("10.0.1.1"));
  EXPECT_EQ(tunnel(0, "3-10.0.1.1:1-4-10.0.1.1"),
            "IngressReplication ARReplicator 10.0.1.1 LeafInfoRequired ");
  for (const std::size_t node : {0, 1})  // and what the wire made of it
    EXPECT_EQ(tunnel(node, "3-10.0.1.2:1-4-10.0.1.2"), "AssistedReplication ARLeaf 10.0.1.1 ");
  EXPECT_THAT(leaves(*a), ElementsAre("10.0.1.2 4 vxlan"));
  EXPECT_THAT(olist(*a), ElementsAre("10.0.1.3 4 vxlan")) << "the other replicator, not the leaf";
  EXPECT_THAT(leaves(*c), IsEmpty());
  EXPECT_THAT(olist(*c), ElementsAre("10.0.1.1 4 vxlan"));
  EXPECT_EQ(told(*b), nullptr) << "it knows its replicator";

  broadcast(*b, leaf_of("10.0.1.3"));
  EXPECT_THAT(leaves(*a), IsEmpty());
  EXPECT_THAT(leaves(*c), ElementsAre("10.0.1.2 4 vxlan"));
  broadcast(*c, [](xmpp::EvpnItem& item) { item.no_edge_replication = true; });
  EXPECT_THAT(leaves(*c), IsEmpty()) << "it replicates for nobody any more";
  EXPECT_THAT(olist(*c), ElementsAre("10.0.1.1 4 vxlan"));
  broadcast(*b, [](xmpp::EvpnItem& item) { item.no_edge_replication = true; });
  EXPECT_THAT(olist(*b), ElementsAre("10.0.1.1 4 vxlan", "10.0.1.3 4 vxlan"));
  EXPECT_THAT(olist(*a), ElementsAre("10.0.1.2 4 vxlan", "10.0.1.3 4 vxlan"));
}

TEST_F(Flooded, S96_a_replicator_serves_its_leaves_beside_the_tree) {
  play();
  broadcast(*a, [](xmpp::EvpnItem& item) { item.assisted_replication = true; });
  broadcast(*c);
  broadcast(*b, [](xmpp::EvpnItem& item) { item.replicator = ip("10.0.1.1"); });
  EXPECT_THAT(leaves(*a), ElementsAre("10.0.1.2 4 vxlan"));
  EXPECT_THAT(olist(*a), IsEmpty());
  EXPECT_EQ(told(*c), nullptr);
  b->stop();
  settle();
  EXPECT_EQ(told(*a), nullptr);
}

// --- routers that share an Ethernet segment

// A MAC address on a segment that both routers are on; the first has learned it.
struct Aliased : Flooded {
  enum class Mode : std::uint8_t { all_active, single_active };

  static Esi esi(std::uint8_t n) { return {{0, 1, 2, 3, 4, 5, 6, 7, 8, n}}; }
  static Nlri discovery(const Router& from, std::uint8_t segment) {
    EvpnRoute out;
    out.type = EvpnRoute::auto_discovery;
    out.rd = RouteDistinguisher::ip4(from.address().v4(), 0);
    out.tag = 0xffffffff;
    out.esi = esi(segment);
    return out;
  }
  void discover(Router& from, Mode mode = Mode::all_active, Encap encap = Encap::vxlan,
                std::uint8_t segment = 1) {
    Attributes out = with_targets({blue_target});
    const std::uint64_t flags = mode == Mode::single_active ? 1 : 0;
    out.ext_communities.push_back(ExtCommunity{std::uint64_t{0x0601} << 48 | flags << 40});
    out.ext_communities.push_back(ExtCommunity::encapsulation(encap));
    from.announce(discovery(from, segment), Family::evpn, std::move(out));
    settle();
  }
  void discover_no_more(Router& from, std::uint8_t segment = 1) {
    from.withdraw(discovery(from, segment), Family::evpn);
    settle();
  }
  static Nlri address(const Router& from) {
    EvpnRoute out;
    out.rd = RouteDistinguisher::ip4(from.address().v4(), 1);
    out.mac = *parse_mac(mac);
    return out;
  }
  void learn(Router& from, std::uint32_t vni, std::uint8_t segment = 1) {
    Attributes out = with_targets({blue_target});
    out.local_pref = 100;
    out.next_hop = from.address();
    out.ext_communities.push_back(ExtCommunity::encapsulation(Encap::vxlan));
    bgp::Update update;
    update.family = Family::evpn;
    update.attributes = from.pool_.intern(std::move(out));
    update.reach = {{address(from), vni, 0, segment == 0 ? Esi{} : esi(segment)}};
    from.send(update);
    settle();
  }
  void unlearn(Router& from) {
    from.withdraw(address(from), Family::evpn);
    settle();
  }
  std::vector<std::string> ways() const {
    const auto* item = a->item<xmpp::EvpnItem>(blue, Family::evpn, alone);
    return item ? text(item->next_hops) : std::vector<std::string>{};
  }
  // Of the MAC in the instance's table: next hop and flags of each path.
  std::vector<std::string> paths() const {
    std::vector<std::string> out;
    const Tree page = nodes[0]->page("ShowRouteReq", {{"routing_table", blue + ".evpn.0"}});
    for (const Tree* route : introspect::all(page, "ShowRoute")) {
      if (!text_of(*route, "prefix").starts_with("2-")) continue;
      for (const Tree* path : introspect::all(*route, "ShowRoutePath"))
        out.push_back(std::string{text_of(*path, "next_hop")} + " " +
                      Node::elements(*path, "flags").front());
    }
    return out;
  }
  const std::vector<std::string> both = {"10.0.9.1 5001 vxlan", "10.0.9.2 5001 vxlan"},
                                 first = {"10.0.9.1 5001 vxlan"};
};

TEST_F(Aliased, S97_a_mac_is_reached_by_every_router_of_its_segment) {
  play();
  discover(*mx1);
  learn(*mx1, 5001);
  EXPECT_EQ(ways(), first) << "alone on its segment";
  discover(*mx2);
  EXPECT_EQ(ways(), both);
  EXPECT_THAT(paths(), ElementsAre("10.0.9.1 None", "10.0.9.2 AliasedPath"));
  EXPECT_THAT(nodes[0]->prefixes("bgp.evpn.0"), testing::SizeIs(3)) << "an alias is not copied";
  learn(*mx1, 5003);
  EXPECT_THAT(ways(), ElementsAre("10.0.9.1 5003 vxlan", "10.0.9.2 5003 vxlan"));
  unlearn(*mx1);
  EXPECT_THAT(ways(), IsEmpty());
  EXPECT_THAT(paths(), IsEmpty());
  learn(*mx1, 5001);
  EXPECT_EQ(ways(), both);
}

TEST_F(Aliased, S97_not_where_one_router_is_active) {
  play();
  learn(*mx1, 5001);
  for (const auto& [one, other] : {std::pair{Mode::all_active, Mode::single_active},
                                   std::pair{Mode::single_active, Mode::all_active},
                                   std::pair{Mode::single_active, Mode::single_active}}) {
    discover(*mx1, one);
    discover(*mx2, other);
    EXPECT_EQ(ways(), first);
  }
  discover(*mx1);
  discover(*mx2);
  EXPECT_EQ(ways(), both);
}

TEST_F(Aliased, S97_a_router_that_leaves_the_segment_is_no_way_any_more) {
  play();
  discover(*mx1);
  discover(*mx2);
  learn(*mx1, 5001);
  EXPECT_EQ(ways(), both);
  discover_no_more(*mx2);
  EXPECT_EQ(ways(), first);
  discover(*mx2);
  EXPECT_EQ(ways(), both);
  discover_no_more(*mx1);
  EXPECT_EQ(ways(), first) << "nor if it is the one that has learned it";
  discover(*mx1);
  EXPECT_EQ(ways(), both);
  mx2->stop();
  settle();
  EXPECT_EQ(ways(), first);
}

TEST_F(Aliased, S97_a_router_that_has_learned_it_too_speaks_for_itself) {
  play();
  discover(*mx1);
  discover(*mx2);
  learn(*mx1, 5001);
  learn(*mx2, 5002);
  EXPECT_THAT(ways(), ElementsAre("10.0.9.1 5001 vxlan", "10.0.9.2 5002 vxlan"));
  EXPECT_THAT(paths(), ElementsAre("10.0.9.1 None", "10.0.9.2 None"));
  unlearn(*mx2);
  EXPECT_EQ(ways(), both);
  EXPECT_THAT(paths(), ElementsAre("10.0.9.1 None", "10.0.9.2 AliasedPath"));
}

TEST_F(Aliased, S97_only_over_vxlan_and_on_the_same_segment) {
  play();
  discover(*mx1);
  learn(*mx1, 5001);
  discover(*mx2, Mode::all_active, Encap::udp);
  EXPECT_EQ(ways(), first);
  discover_no_more(*mx2);
  discover(*mx2, Mode::all_active, Encap::vxlan, 2);
  EXPECT_EQ(ways(), first);
  discover(*mx1, Mode::all_active, Encap::vxlan, 2);
  learn(*mx1, 5001, 2);
  EXPECT_EQ(ways(), both) << "it has moved";
  learn(*mx1, 5001, 0);
  EXPECT_EQ(ways(), first) << "it is on none";
}

TEST_F(Aliased, S97_the_explanation_says_that_it_is_an_alias) {
  play();
  discover(*mx1);
  discover(*mx2);
  learn(*mx1, 5001);
  const Tree page = nodes[0]->page(
      "ShowRouteExplainReq",
      {{"routing_table", blue + ".evpn.0"}, {"prefix", "2-0:0-0-02:00:00:00:00:01,0.0.0.0"}});
  const auto found = introspect::all(page, "ShowPathExplain");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(text_of(*found[0], "standing"), "best");
  EXPECT_EQ(text_of(*found[1], "brought_by"),
            "BGP UPDATE of 10.0.9.2 (10.0.9.2), which is on the same Ethernet segment");
  EXPECT_EQ(text_of(*found[1], "standing"), "not best: aliased (AliasedPath)");
}

}  // namespace
}  // namespace tflab::test
