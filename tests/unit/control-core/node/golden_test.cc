// The quick-start article, string by string: what its control node shows of its tables.

#include <fstream>

#include "tests/dsl/source_tree.h"
#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

std::vector<std::string> lines_of(const std::string& name) {
  std::ifstream file{in_tree("tests/golden/" + name)};
  EXPECT_TRUE(file) << name;
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

std::vector<std::string> headers_of(const Tree& answer) {
  std::vector<std::string> out;
  for (const Tree* table : introspect::all(answer, "ShowRouteTable")) {
    std::string line{text_of(*table, "routing_table_name")};
    for (const char* field :
         {"prefixes", "paths", "primary_paths", "secondary_paths", "infeasible_paths"})
      line += "\t" + std::string{text_of(*table, field)};
    out.push_back(line);
  }
  return out;
}

struct Article : testing::Test {
  Lab lab;
  Node& control = lab.add<Node>(article_node());
  FakeAgent& agent = lab.add<FakeAgent>(hostname, "172.31.41.236", ip("172.31.14.47"));

  void SetUp() override {
    lab.start(control);
    lab.run_for(seconds(160));
    lab.start(agent);
    lab.run_for(seconds(1));
    say_what_the_article_says(lab, agent);
  }
  void add_two_pods() {
    agent.publish(pod, agent.inet("10.47.255.250/32", 37));
    agent.publish(pod, agent.inet("10.47.255.251/32", 32));
    lab.run_for(seconds(1));
  }
};

TEST_F(Article, shows_the_eleven_tables) {
  EXPECT_EQ(headers_of(control.page("ShowRouteReq")), lines_of("two-node-k8s.tables.tsv"));
}

TEST_F(Article, shows_the_forty_one_rows_in_order) {
  EXPECT_EQ(control.rows(), lines_of("two-node-k8s.routes.tsv"));
}

TEST_F(Article, shows_no_as_path_and_no_flag_on_any_path) {
  const Tree answer = control.page("ShowRouteReq");
  const auto paths = introspect::all(answer, "ShowRoutePath");
  ASSERT_EQ(paths.size(), 41u);
  for (const Tree* path : paths) {
    EXPECT_EQ(text_of(*path, "as_path"), "");
    EXPECT_EQ(Node::elements(*path, "flags"), std::vector<std::string>{"None"});
  }
}

TEST_F(Article, sums_up_the_inet_tables) {
  std::vector<std::string> inet;
  const Tree summary = control.page("ShowRouteSummaryReq");
  for (const Tree* row : introspect::all(summary, "ShowRouteTableSummary"))
    if (const std::string name{text_of(*row, "name")}; name.find("inet.0") != name.npos)
      inet.push_back(name + " " + control.counts(name));
  EXPECT_EQ(inet,
            (std::vector<std::string>{
                "default-domain:default-project:__link_local__:__link_local__.inet.0 0 0 0 0 0",
                "default-domain:default-project:default-virtual-network:default-virtual-network"
                ".inet.0 0 0 0 0 0",
                "inet.0 0 0 0 0 0",
                fab + ".inet.0 3 3 1 2 0",
                pod + ".inet.0 3 3 1 2 0",
                svc + ".inet.0 3 3 1 2 0",
            }));
}

TEST_F(Article, has_the_agent_as_its_only_neighbour) {
  const Tree answer = control.page("BgpNeighborReq");
  const auto rows = introspect::all(answer, "BgpNeighborResp");
  ASSERT_EQ(rows.size(), 1u);
  const auto text = [&](const char* name) { return text_of(*rows[0], name); };
  EXPECT_EQ(text("peer"), hostname);
  EXPECT_EQ(text("peer_address"), "172.31.41.236");
  EXPECT_EQ(text("peer_asn"), "0");
  EXPECT_EQ(text("encoding"), "XMPP");
  EXPECT_EQ(text("peer_type"), "internal");
  EXPECT_EQ(text("state"), "Established");
  EXPECT_EQ(text("send_state"), "in sync");
  EXPECT_EQ(text("flap_count"), "0");
  EXPECT_EQ(text("flap_time"), "");
}

TEST_F(Article, leaks_to_instances_before_anybody_subscribes_to_them) {
  Lab other;
  Node& node = other.add<Node>(article_node());
  FakeAgent& early = other.add<FakeAgent>(hostname, "172.31.41.236", ip("172.31.14.47"));
  other.start(node);
  other.start(early);
  other.run_for(seconds(1));
  early.subscribe(fab, 1);
  early.publish(fab, early.inet("172.31.41.236/32", 16));
  other.run_for(seconds(1));
  EXPECT_EQ(node.counts(pod + ".inet.0"), "1 1 0 1 0");
  EXPECT_EQ(node.counts("bgp.rtarget.0"), "5 5 5 0 0");
}

TEST_F(Article, shows_an_address_where_it_lives_and_where_it_leaks) {
  add_two_pods();
  const Tree answer =
      control.page("ShowRouteReq", {{"prefix", "10.47.255.250/32"}, {"shorter_match", "1"}});
  EXPECT_EQ(headers_of(answer), (std::vector<std::string>{fab + ".inet.0\t5\t5\t1\t4\t0",
                                                          pod + ".inet.0\t5\t5\t3\t2\t0",
                                                          svc + ".inet.0\t5\t5\t1\t4\t0"}));
  const std::string row = "\t10.47.255.250/32\tXMPP (interface)\t" + hostname +
                          "\t200\t172.31.41.236\t['gre', 'udp']\t37";
  EXPECT_EQ(Node::rows_of(answer),
            (std::vector<std::string>{fab + ".inet.0" + row, pod + ".inet.0" + row,
                                      svc + ".inet.0" + row}));
}

TEST_F(Article, shows_one_table_when_asked_for_one) {
  add_two_pods();
  const Tree answer = control.page(
      "ShowRouteReq",
      {{"routing_table", pod + ".inet.0"}, {"prefix", "10.47.255.251/32"}, {"shorter_match", "1"}});
  EXPECT_EQ(headers_of(answer), (std::vector<std::string>{pod + ".inet.0\t5\t5\t3\t2\t0"}));
  ASSERT_EQ(Node::rows_of(answer).size(), 1u);
  EXPECT_TRUE(Node::rows_of(answer)[0].ends_with("\t32"));
}

TEST_F(Article, keeps_counts_after_two_pods) {
  add_two_pods();
  EXPECT_EQ(control.counts("bgp.l3vpn.0"), "5 5 0 5 0");
  EXPECT_EQ(control.counts("bgp.rtarget.0"), "7 7 7 0 0");
}

TEST_F(Article, tells_the_agent_every_route_of_its_instances) {
  EXPECT_THAT(agent.ids(pod),
              testing::ElementsAre("10.47.255.252/32", "10.96.0.10/32", "172.31.41.236/32"));
  EXPECT_THAT(
      agent.ids(fab, Family::evpn),
      testing::ElementsAre("0e:92:cc:bd:aa:08,0.0.0.0/32", "0e:92:cc:bd:aa:08,172.31.41.236/32"));
  const auto* leaked = agent.unicast(pod, "10.96.0.10/32");
  ASSERT_TRUE(leaked);
  EXPECT_EQ(leaked->virtual_network, svc_network);
  ASSERT_EQ(leaked->next_hops.size(), 1u);
  EXPECT_EQ(leaked->next_hops[0].label, 25u);
  EXPECT_EQ(leaked->next_hops[0].encaps, (std::vector{Encap::gre, Encap::udp}));
  EXPECT_EQ(leaked->local_preference, 200u);
  const auto* mac = agent.item<xmpp::EvpnItem>(fab, Family::evpn, "0e:92:cc:bd:aa:08,0.0.0.0/32");
  EXPECT_EQ(mac->next_hops[0].encaps, (std::vector{Encap::gre, Encap::udp}));
}

TEST_F(Article, gives_the_only_vrouter_a_tree_without_neighbours) {
  const std::string id = "172.31.41.236:1:255.255.255.255,0.0.0.0";
  EXPECT_THAT(agent.ids(fab, Family::ermvpn), testing::ElementsAre(id));
  const auto* tree = agent.item<xmpp::MulticastItem>(fab, Family::ermvpn, id);
  EXPECT_EQ(tree->source_label, 4096u);
  EXPECT_TRUE(tree->olist.empty());
}

TEST_F(Article, ends_the_rib_six_seconds_after_the_last_word) {
  lab.run_for(seconds(20));
  EXPECT_EQ(agent.ends_of_rib, 1u);
}

TEST_F(Article, leaves_nothing_but_its_own_target_when_the_channel_goes) {
  lab.unreachable.insert(control.address());
  lab.cut(control, agent);
  lab.run_for(seconds(1));
  EXPECT_EQ(control.rows().size(), 1u);
  EXPECT_THAT(control.rows()[0], testing::StartsWith("bgp.rtarget.0\t64512:target:172.31.14.47:0"));
}

TEST_F(Article, comes_back_to_the_same_tables_after_a_flap) {
  lab.cut(control, agent);
  lab.run_for(seconds(30));
  say_what_the_article_says(lab, agent);
  EXPECT_EQ(control.rows(), lines_of("two-node-k8s.routes.tsv"));
  const Tree answer = control.page("BgpNeighborReq");
  EXPECT_EQ(text_of(*introspect::find(answer, "BgpNeighborResp"), "flap_count"), "1");
}

}  // namespace
}  // namespace tflab::test
