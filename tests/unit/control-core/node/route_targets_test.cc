// Route-target filtering (RFC 4684) as seen by a BGP router and by agents.

#include "control-core/types/rd.h"
#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* pod_target = "target:64512:8000002";
constexpr const char* svc_target = "target:64512:8000003";
const std::vector<Family> vpn_families = {Family::inet_vpn, Family::route_target};

struct RouteTargets : testing::Test {
  Lab lab;
  Node& control = lab.add<Node>(config_with_router());
  FakeAgent& a = lab.add<FakeAgent>("a", "10.0.1.1", ip("10.0.0.1"));
  FakeAgent& b = lab.add<FakeAgent>("b", "10.0.1.2", ip("10.0.0.1"));
  Router& mx = lab.add<Router>("10.0.9.1", ip("10.0.0.1"), vpn_families);

  static config::ControlNode config_with_router() {
    config::ControlNode out = article_node("10.0.0.1");
    config::BgpPeer mx;
    mx.name = "mx";
    mx.address = ip("10.0.9.1");
    mx.as = Asn{64512};
    mx.families = vpn_families;
    mx.passive = true;
    out.peers = {mx};
    return out;
  }
  void SetUp() override {
    for (Host* host : std::initializer_list<Host*>{&control, &a, &b, &mx}) lab.start(*host);
    lab.run_for(seconds(10));
    ASSERT_EQ(mx.ups, 1u);
  }
  void settle() { lab.run_for(millis(100)); }
  static Nlri vpn(const char* rd, const char* where) {
    return VpnRoute{*parse_rd(rd), prefix(where)};
  }
  void announce(const char* where, std::vector<const char*> targets) {
    Attributes attributes;
    for (const char* each : targets)
      attributes.ext_communities.push_back(ExtCommunity::target(target(each)));
    mx.announce(vpn("64512:9", where), Family::inet_vpn, attributes, 100);
    settle();
  }
  // VPN routes of two networks, and the router is ready to hear of them.
  void publish_two() {
    a.subscribe(pod, 2);
    a.subscribe(svc, 3);
    a.publish(pod, a.inet("10.47.0.1/32", 25));
    a.publish(svc, a.inet("10.96.0.1/32", 25));
    mx.end_of_rib(Family::route_target);
    settle();
  }
  std::vector<std::string> heard() const { return mx.keys(Family::inet_vpn); }
};

TEST_F(RouteTargets, agents_of_a_network_get_and_lose_a_routers_route) {
  a.subscribe(pod, 2);
  b.subscribe(pod, 2);
  announce("192.0.2.0/24", {pod_target});
  EXPECT_THAT(a.ids(pod), ElementsAre("192.0.2.0/24"));
  EXPECT_THAT(b.ids(pod), ElementsAre("192.0.2.0/24"));
  const auto* told = a.unicast(pod, "192.0.2.0/24");
  EXPECT_EQ(told->virtual_network, pod_network);  // derived from the target
  EXPECT_EQ(told->next_hops[0].encaps, std::vector{Encap::gre});
  mx.withdraw(vpn("64512:9", "192.0.2.0/24"), Family::inet_vpn);
  settle();
  EXPECT_THAT(a.ids(pod), IsEmpty());
  EXPECT_THAT(b.ids(pod), IsEmpty());
}

TEST_F(RouteTargets, a_target_is_advertised_while_somebody_imports_it) {
  EXPECT_THAT(mx.keys(Family::route_target), ElementsAre("64512:target:10.0.0.1:0"));
  a.subscribe(pod, 2);
  settle();
  EXPECT_THAT(mx.keys(Family::route_target),
              ElementsAre("64512:target:10.0.0.1:0", "64512:target:10.0.0.1:4",
                          "64512:target:64512:8000001", "64512:target:64512:8000002",
                          "64512:target:64512:8000003"));
  b.subscribe(pod, 2);
  a.unsubscribe(pod, 2);
  settle();
  EXPECT_EQ(mx.keys(Family::route_target).size(), 5u);
  b.unsubscribe(pod, 2);
  settle();
  EXPECT_THAT(mx.keys(Family::route_target), ElementsAre("64512:target:10.0.0.1:0"));
}

TEST_F(RouteTargets, a_lost_channel_is_as_good_as_an_unsubscribe) {
  a.subscribe(pod, 2);
  b.subscribe(pod, 2);
  settle();
  lab.unreachable.insert(control.address());
  lab.cut(control, a);
  settle();
  EXPECT_EQ(mx.keys(Family::route_target).size(), 5u);
  lab.cut(control, b);
  settle();
  EXPECT_EQ(mx.keys(Family::route_target).size(), 1u);
}

TEST_F(RouteTargets, a_route_with_two_targets_is_imported_by_both) {
  a.subscribe(pod, 2);
  b.subscribe(svc, 3);
  auto next = config_with_router();
  next.fabric.policies.clear();  // not connected any more
  control.configure(next);
  announce("192.0.2.0/24", {pod_target, svc_target});
  EXPECT_THAT(a.ids(pod), ElementsAre("192.0.2.0/24"));
  EXPECT_THAT(b.ids(svc), ElementsAre("192.0.2.0/24"));
  announce("192.0.2.0/24", {svc_target});
  EXPECT_THAT(a.ids(pod), IsEmpty());
  EXPECT_THAT(b.ids(svc), ElementsAre("192.0.2.0/24"));
  announce("192.0.2.0/24", {pod_target});
  EXPECT_THAT(a.ids(pod), ElementsAre("192.0.2.0/24"));
  EXPECT_THAT(b.ids(svc), IsEmpty());
  announce("192.0.2.0/24", {});
  EXPECT_THAT(a.ids(pod), IsEmpty());
}

TEST_F(RouteTargets, an_import_added_at_run_time_is_advertised_and_served) {
  a.subscribe(pod, 2);
  announce("192.0.2.0/24", {"target:64512:77"});
  EXPECT_THAT(a.ids(pod), IsEmpty());
  auto next = config_with_router();
  next.fabric.networks[3].import_targets = {target("target:64512:77")};
  control.configure(next);
  settle();
  EXPECT_THAT(mx.keys(Family::route_target), testing::Contains("64512:target:64512:77"));
  EXPECT_THAT(a.ids(pod), ElementsAre("192.0.2.0/24"));

  next.fabric.networks[3].import_targets = {target("target:64512:78")};
  control.configure(next);
  settle();
  EXPECT_THAT(mx.keys(Family::route_target), testing::Contains("64512:target:64512:78"));
  EXPECT_THAT(mx.keys(Family::route_target),
              testing::Not(testing::Contains("64512:target:64512:77")));
  EXPECT_THAT(a.ids(pod), IsEmpty());
}

TEST_F(RouteTargets, a_target_imported_by_two_instances_stays_until_the_last_lets_go) {
  auto config = config_with_router();
  config.fabric.networks[3].import_targets = {target("target:64512:77")};
  config.fabric.networks[4].import_targets = {target("target:64512:77")};
  control.configure(config);
  a.subscribe(pod, 2);
  a.subscribe(svc, 3);
  settle();
  const std::string wanted = "64512:target:64512:77";
  EXPECT_THAT(mx.keys(Family::route_target), testing::Contains(wanted));
  config.fabric.networks[3].import_targets.clear();
  control.configure(config);
  settle();
  EXPECT_THAT(mx.keys(Family::route_target), testing::Contains(wanted));
  config.fabric.networks[4].import_targets.clear();
  control.configure(config);
  settle();
  EXPECT_THAT(mx.keys(Family::route_target), testing::Not(testing::Contains(wanted)));
}

TEST_F(RouteTargets, a_peer_gets_what_it_asks_for_and_loses_it_when_it_stops_asking) {
  publish_two();
  EXPECT_THAT(heard(), IsEmpty());
  mx.want(pod_target);
  settle();
  EXPECT_THAT(heard(), ElementsAre("10.0.1.1:2:10.47.0.1/32"));
  mx.want(svc_target);
  settle();
  EXPECT_THAT(heard(), ElementsAre("10.0.1.1:2:10.47.0.1/32", "10.0.1.1:3:10.96.0.1/32"));
  mx.unwant(pod_target);
  settle();
  EXPECT_THAT(heard(), ElementsAre("10.0.1.1:3:10.96.0.1/32"));
  EXPECT_EQ(mx.withdrawals, 1u);
}

TEST_F(RouteTargets, two_routes_for_one_target_are_two_reasons) {
  publish_two();
  mx.want(pod_target, 64512);
  mx.want(pod_target, 65001);
  settle();
  mx.unwant(pod_target, 64512);
  settle();
  EXPECT_THAT(heard(), ElementsAre("10.0.1.1:2:10.47.0.1/32"));
  mx.unwant(pod_target, 65001);
  settle();
  EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(RouteTargets, the_default_route_asks_for_everything) {
  publish_two();
  mx.want(svc_target);
  mx.announce(TargetRoute{Asn{}, {}}, Family::route_target, {});
  settle();
  EXPECT_EQ(heard().size(), 2u);
  mx.withdraw(TargetRoute{Asn{}, {}}, Family::route_target);
  settle();
  EXPECT_THAT(heard(), ElementsAre("10.0.1.1:3:10.96.0.1/32"));
}

TEST_F(RouteTargets, vpn_routes_wait_for_the_peers_end_of_rib_or_thirty_seconds) {
  a.subscribe(pod, 2);
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  mx.want(pod_target);
  settle();
  EXPECT_THAT(heard(), IsEmpty());
  lab.run_for(seconds(30));
  EXPECT_THAT(heard(), ElementsAre("10.0.1.1:2:10.47.0.1/32"));
  EXPECT_TRUE(mx.ended.contains(Family::inet_vpn));
}

TEST_F(RouteTargets, our_own_end_of_rib_waits_for_quiet_only_while_we_start) {
  EXPECT_TRUE(mx.ended.contains(Family::route_target));  // ten seconds have passed
  mx.stop();
  lab.run_for(seconds(1));
  lab.start(mx);
  lab.run_for(seconds(20));
  EXPECT_TRUE(mx.ended.contains(Family::route_target));
}

TEST_F(RouteTargets, the_pages_show_who_is_interested_in_what) {
  publish_two();
  mx.want(pod_target);
  settle();
  const Tree answer = control.page("ShowRtGroupReq", {{"search_string", "8000002"}});
  const auto groups = introspect::all(answer, "ShowRtGroupInfo");
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(text_of(*groups[0], "rtarget"), pod_target);
  EXPECT_THAT(Node::elements(*groups[0], "peers_interested"), ElementsAre("mx"));
  EXPECT_THAT(Node::elements(*groups[0], "dep_route"), ElementsAre("10.0.1.1:2:10.47.0.1/32"));
  const Tree summary = control.page("ShowRtGroupSummaryReq");
  EXPECT_FALSE(introspect::find(summary, "peers_interested"));
  EXPECT_GE(introspect::all(summary, "ShowRtGroupInfo").size(), 3u);
}

TEST_F(RouteTargets, a_page_lists_what_one_peer_is_interested_in) {
  publish_two();
  mx.want(pod_target);
  settle();
  const Tree answer = control.page("ShowRtGroupPeerReq", {{"search_string", "mx"}});
  const auto groups = introspect::all(answer, "ShowRtGroupInfo");
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(text_of(*groups[0], "rtarget"), pod_target);
  EXPECT_FALSE(introspect::find(control.page("ShowRtGroupPeerReq"), "ShowRtGroupInfo"));
}

struct Explained : RouteTargets {
  // "kind name: told" or why not, one line each.
  std::vector<std::string> audience(const std::string& table, const std::string& route) const {
    std::vector<std::string> out;
    const Tree page =
        control.page("ShowRouteExplainReq", {{"routing_table", table}, {"prefix", route}});
    for (const Tree* row : introspect::all(page, "ShowAudienceExplain"))
      out.push_back(std::string{text_of(*row, "name")} + ": " +
                    (text_of(*row, "told") == "true" ? "told" : std::string{text_of(*row, "why")}));
    return out;
  }
  Tree path(const std::string& table, const std::string& route, std::size_t n) const {
    const Tree page =
        control.page("ShowRouteExplainReq", {{"routing_table", table}, {"prefix", route}});
    return *introspect::all(page, "ShowPathExplain").at(n);
  }
  const std::string of_a = "10.0.1.1:2:10.47.0.1/32";
};

TEST_F(Explained, why_a_router_is_told_of_a_route_or_not) {
  a.subscribe(pod, 2);
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  settle();
  EXPECT_THAT(audience("bgp.l3vpn.0", of_a),
              ElementsAre("mx: waits for its route targets, or for our start"));
  mx.end_of_rib(Family::route_target);
  settle();
  EXPECT_THAT(audience("bgp.l3vpn.0", of_a),
              ElementsAre("mx: not interested in any of its route targets"));
  mx.want(pod_target);
  settle();
  EXPECT_THAT(audience("bgp.l3vpn.0", of_a), ElementsAre("mx: told"));
  EXPECT_THAT(heard(), ElementsAre(of_a));
  announce("192.0.2.0/24", {pod_target});
  EXPECT_THAT(audience("bgp.l3vpn.0", "64512:9:192.0.2.0/24"),
              ElementsAre("mx: split horizon: what one iBGP peer said is repeated to clients, or "
                          "if a client said it"));
  mx.stop();
  settle();
  EXPECT_THAT(audience("bgp.l3vpn.0", of_a), ElementsAre("mx: the session is not up"));
}

TEST_F(Explained, who_brought_a_path_by_which_target_and_why_it_is_not_best) {
  a.subscribe(pod, 2);
  b.subscribe(svc, 3);
  a.publish(pod, a.inet("192.0.2.0/24", 25));
  announce("192.0.2.0/24", {pod_target});
  const std::string table = pod + ".inet.0";
  const Tree best = path(table, "192.0.2.0/24", 0), other = path(table, "192.0.2.0/24", 1);
  EXPECT_EQ(text_of(best, "brought_by"), "XMPP publish of agent a");
  EXPECT_EQ(text_of(best, "standing"), "best");
  EXPECT_THAT(Node::elements(best, "copied_to"), testing::Contains("bgp.l3vpn.0"));
  EXPECT_EQ(text_of(other, "brought_by"), "BGP UPDATE of mx (10.0.9.1)");
  EXPECT_EQ(text_of(other, "standing"), "not best: local preference");
  EXPECT_EQ(text_of(other, "copied_from"), "bgp.l3vpn.0");
  EXPECT_THAT(Node::elements(other, "by_targets"), ElementsAre(pod_target));
  EXPECT_THAT(audience(table, "192.0.2.0/24"), ElementsAre("a: told"));
}

// A router without route-target routes gets everything, as ever.
TEST(UnfilteredRouter, gets_all_vpn_routes_at_once) {
  Lab lab;
  auto config = RouteTargets::config_with_router();
  config.peers[0].families = {Family::inet_vpn};
  Node& control = lab.add<Node>(config);
  FakeAgent& a = lab.add<FakeAgent>("a", "10.0.1.1", ip("10.0.0.1"));
  Router& mx = lab.add<Router>("10.0.9.1", ip("10.0.0.1"), std::vector{Family::inet_vpn});
  for (Host* host : std::initializer_list<Host*>{&control, &a, &mx}) lab.start(*host);
  lab.run_for(seconds(5));
  a.subscribe(pod, 2);
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  lab.run_for(millis(100));
  EXPECT_THAT(mx.keys(Family::inet_vpn), ElementsAre("10.0.1.1:2:10.47.0.1/32"));
  const auto set = mx.attributes.begin()->second;
  EXPECT_EQ(set->next_hop, IpAddr{ip("10.0.1.1")});
  EXPECT_EQ(set->med, 100u);
}

TEST(ExternalRouter, gets_routes_with_our_as_and_without_local_preference) {
  Lab lab;
  auto config = RouteTargets::config_with_router();
  config.peers[0].as = Asn{65001};
  Node& control = lab.add<Node>(config);
  FakeAgent& a = lab.add<FakeAgent>("a", "10.0.1.1", ip("10.0.0.1"));
  Router& mx = lab.add<Router>("10.0.9.1", ip("10.0.0.1"), vpn_families, Asn{65001});
  for (Host* host : std::initializer_list<Host*>{&control, &a, &mx}) lab.start(*host);
  lab.run_for(seconds(5));
  a.subscribe(pod, 2);
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  mx.want(pod_target);
  mx.end_of_rib(Family::route_target);
  lab.run_for(millis(100));
  ASSERT_THAT(mx.keys(Family::inet_vpn), ElementsAre("10.0.1.1:2:10.47.0.1/32"));
  const auto set = mx.attributes[{Family::inet_vpn, "10.0.1.1:2:10.47.0.1/32"}];
  EXPECT_EQ(to_text(set->as_path), "64512");
  EXPECT_FALSE(set->local_pref);
  EXPECT_EQ(set->med, 100u);
  EXPECT_EQ(set->next_hop, IpAddr{ip("10.0.1.1")});
}

}  // namespace
}  // namespace tflab::test
