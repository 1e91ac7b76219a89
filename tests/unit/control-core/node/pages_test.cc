// The introspect pages that the original's tools ask for.

#include "control-core/introspect/query.h"
#include "control-core/introspect/xml_out.h"
#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Pages : testing::Test {
  Lab lab;
  Node& control = lab.add<Node>(article_node());
  FakeAgent& agent = lab.add<FakeAgent>(hostname, "172.31.41.236", ip("172.31.14.47"));

  void SetUp() override {
    lab.start(control);
    lab.start(agent);
    lab.run_for(seconds(1));
    say_what_the_article_says(lab, agent);
  }
  std::vector<std::string> asked(Query query) { return control.rows(std::move(query)); }
  std::vector<std::string> tables_asked(Query query) {
    std::vector<std::string> out;
    const Tree answer = control.page("ShowRouteReq", std::move(query));
    for (const Tree* table : introspect::all(answer, "ShowRouteTable"))
      out.emplace_back(text_of(*table, "routing_table_name"));
    return out;
  }
};

std::vector<std::string> names_of(const Tree& tree) {
  std::vector<std::string> out;
  for (const Tree& child : tree.children) out.push_back(child.name);
  return out;
}

TEST_F(Pages, there_is_no_page_of_an_unknown_name) {
  EXPECT_FALSE(control.node.page({"ShowNothingReq", {}, lab.now, 0}));
}

TEST_F(Pages, every_page_is_ascii_xml) {
  for (const char* name :
       {"SandeshUVECacheReq", "BgpNeighborReq", "ShowRouteSummaryReq", "ShowRouteReq",
        "ShowRouteReqIterate", "ShowRoutingInstanceReq", "ShowRtGroupSummaryReq", "ShowRtGroupReq",
        "ShowXmppServerReq", "ShowXmppConnectionReq", "ShowBgpServerReq", "ShowMulticastManagerReq",
        "ShowMulticastManagerDetailReq", "ShowRtGroupPeerReq", "ShowRouteExplainReq"}) {
    const std::string xml = introspect::to_xml(control.page(name));
    EXPECT_THAT(xml, testing::StartsWith("<?xml-stylesheet")) << name;
    EXPECT_TRUE(std::ranges::all_of(xml, [](char c) { return c >= ' ' && c < 127; })) << name;
  }
}

TEST_F(Pages, a_route_has_the_elements_of_the_original_in_its_order) {
  const Tree answer = control.page("ShowRouteReq");
  const Tree* table = introspect::find(answer, "ShowRouteTable");
  EXPECT_THAT(names_of(*table), ElementsAre("routing_instance", "routing_table_name", "deleted",
                                            "deleted_at", "prefixes", "paths", "primary_paths",
                                            "secondary_paths", "infeasible_paths", "stale_paths",
                                            "llgr_stale_paths", "routes", "listeners"));
  const Tree* path = introspect::find(answer, "ShowRoutePath");
  const auto names = names_of(*path);
  const std::vector<std::string> wanted = {"protocol",
                                           "last_modified",
                                           "local_preference",
                                           "med",
                                           "local_as",
                                           "peer_as",
                                           "peer_router_id",
                                           "source",
                                           "as_path",
                                           "next_hop",
                                           "label",
                                           "origin",
                                           "replicated",
                                           "primary_table",
                                           "secondary_tables",
                                           "communities",
                                           "origin_vn",
                                           "flags",
                                           "tunnel_encap",
                                           "sequence_no",
                                           "origin_vn_path",
                                           "cluster_list",
                                           "originator_id",
                                           "edge_discovery"};
  EXPECT_EQ(names, wanted);
}

TEST_F(Pages, a_leaked_path_names_its_primary_table_and_a_primary_one_its_copies) {
  const Tree leaked = control.page(
      "ShowRouteReq", {{"routing_table", svc + ".inet.0"}, {"prefix", "10.47.255.252/32"}});
  const Tree* path = introspect::find(leaked, "ShowRoutePath");
  EXPECT_EQ(text_of(*path, "primary_table"), pod + ".inet.0");
  EXPECT_EQ(text_of(*path, "replicated"), "true");
  EXPECT_EQ(text_of(*path, "origin_vn"), pod_network);
  EXPECT_THAT(Node::elements(*path, "communities"), testing::Contains("target:64512:8000002"));
  const Tree own = control.page(
      "ShowRouteReq", {{"routing_table", pod + ".inet.0"}, {"prefix", "10.47.255.252/32"}});
  EXPECT_THAT(Node::elements(own, "secondary_tables"),
              ElementsAre("bgp.l3vpn.0", fab + ".inet.0", svc + ".inet.0"));
}

TEST_F(Pages, filters_combine) {
  EXPECT_EQ(asked({{"routing_instance", pod}}).size(), 6u);
  EXPECT_EQ(asked({{"family", "l3vpn"}}).size(), 3u);
  EXPECT_EQ(asked({{"family", "inetvpn"}}).size(), 0u);
  EXPECT_EQ(asked({{"protocol", "Local"}}).size(), 15u);
  EXPECT_EQ(asked({{"protocol", "local"}}).size(), 0u);
  EXPECT_EQ(asked({{"source", hostname}}).size(), 26u);
  EXPECT_EQ(asked({{"source", hostname}, {"family", "rtarget"}}).size(), 6u);
  EXPECT_EQ(asked({{"prefix", "^10\\.96"}}).size(), 3u);
  EXPECT_EQ(asked({{"prefix", "aa:08"}, {"family", "evpn"}}).size(), 4u);
  EXPECT_THAT(asked({{"routing_table", "no such table"}}), IsEmpty());
}

TEST_F(Pages, prefixes_match_by_length_in_inet_and_vpn_tables_only) {
  EXPECT_EQ(asked({{"prefix", "10.32.0.0/11"}, {"longer_match", "1"}}).size(), 3u);
  EXPECT_EQ(asked({{"prefix", "0.0.0.0/0"}, {"longer_match", "true"}}).size(), 9u);
  EXPECT_EQ(asked({{"prefix", "0.0.0.0/0"}, {"shorter_match", "1"}}).size(), 0u);
  EXPECT_THAT(tables_asked({{"prefix", "172.31.41.236:2:10.32.0.0/11"}, {"longer_match", "1"}}),
              ElementsAre("bgp.l3vpn.0"));
  EXPECT_THAT(asked({{"prefix", "no prefix"}, {"longer_match", "1"}}), IsEmpty());
}

TEST_F(Pages, patterns_that_make_no_sense_find_nothing_and_do_no_harm) {
  EXPECT_THAT(asked({{"prefix", "("}}), IsEmpty());
  EXPECT_THAT(asked({{"prefix", "[z-a]"}}), IsEmpty());
  EXPECT_THAT(asked({{"prefix", std::string(100000, '(')}}), IsEmpty());
  EXPECT_THAT(asked({{"prefix", "(a*)*(a*)*(a*)*b!"}}), IsEmpty());
}

// A thousand routes an answer; the next batch goes on where the last one ended.
TEST_F(Pages, long_tables_come_in_batches) {
  for (std::uint32_t i = 0; i < 1200; ++i) {
    const std::string where =
        "10.40." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "/32";
    agent.publish(pod, agent.inet(where.c_str(), 100));
  }
  lab.run_for(seconds(5));
  Tree answer = control.page("ShowRouteReq", {{"routing_table", pod + ".inet.0"}});
  std::vector<std::string> got = Node::rows_of(answer);
  EXPECT_EQ(got.size(), 1000u);
  int batches = 1;
  for (;;) {
    const Tree* next = introspect::find(answer, "next_batch");
    if (next->text.empty()) break;
    EXPECT_EQ(next->link, "ShowRouteReqIterate");
    ASSERT_LT(++batches, 10);
    // As ist.py asks: the text, URL-encoded, under a name that matches nothing.
    const auto request =
        introspect::parse_url("/Snh_" + next->link + "?x=" + introspect::url_encoded(next->text));
    ASSERT_TRUE(request);
    answer = control.page(request->name, request->query);
    for (const auto& row : Node::rows_of(answer)) got.push_back(row);
  }
  EXPECT_EQ(batches, 2);
  EXPECT_EQ(got.size(), 1203u);
  EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), 1203u);
}

TEST_F(Pages, a_batch_goes_on_in_the_next_table) {
  Tree answer = control.page("ShowRouteReq", {{"count", "5"}});
  EXPECT_EQ(Node::rows_of(answer).size(), 5u);
  EXPECT_EQ(introspect::find(answer, "next_batch")->text, "");
  answer = control.page("ShowRouteReqIterate",
                        {{"route_info",
                          "||||||default-domain:default-project:ip-fabric:__default__"
                          "||bgp.l3vpn.0||172.31.41.236:2:10.47.255.252/32||0||||||||"
                          "false||false"}});
  const auto rows = Node::rows_of(answer);
  ASSERT_EQ(rows.size(), 31u);
  EXPECT_THAT(rows[0], testing::StartsWith("bgp.l3vpn.0\t172.31.41.236:2:10.47.255.252/32"));
}

TEST_F(Pages, a_batch_that_begins_late_in_one_instance_shows_all_of_the_next) {
  const Tree answer =
      control.page("ShowRouteReqIterate",
                   {{"route_info",
                     "||||||default-domain:default-project:ip-fabric:__default__||inet.0||"
                     "10.0.0.0/8||0||||||||false||false"}});
  EXPECT_EQ(Node::rows_of(answer).size(), 22u);
}

TEST_F(Pages, broken_batches_are_answered_with_nothing) {
  for (const char* text : {"", "x", "||||", "||||||||||||||||||||||||||||||"})
    EXPECT_THAT(Node::rows_of(control.page("ShowRouteReqIterate", {{"route_info", text}})),
                IsEmpty())
        << text;
}

TEST_F(Pages, the_summary_lists_empty_tables_by_instance_and_name) {
  const Tree answer = control.page("ShowRouteSummaryReq", {{"search_string", "ip-fabric"}});
  std::vector<std::string> names;
  for (const Tree* row : introspect::all(answer, "ShowRouteTableSummary"))
    names.emplace_back(text_of(*row, "name"));
  EXPECT_THAT(names,
              ElementsAre(fab + ".ermvpn.0", fab + ".evpn.0", fab + ".inet.0", fab + ".inet6.0"));
}

TEST_F(Pages, an_instance_shows_its_targets) {
  const Tree answer = control.page("ShowRoutingInstanceReq", {{"search_string", "pod-network"}});
  const auto rows = introspect::all(answer, "ShowRoutingInstance");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(text_of(*rows[0], "name"), pod);
  EXPECT_EQ(text_of(*rows[0], "virtual_network"), pod_network);
  EXPECT_THAT(Node::elements(*rows[0], "import_target"),
              ElementsAre("target:64512:8000001", "target:64512:8000002", "target:64512:8000003",
                          "target:172.31.14.47:4"));
  EXPECT_THAT(Node::elements(*rows[0], "export_target"), ElementsAre("target:64512:8000002"));
}

TEST_F(Pages, multicast_managers_and_their_trees) {
  const Tree all = control.page("ShowMulticastManagerReq", {{"search_string", "pod-network"}});
  EXPECT_EQ(text_of(*introspect::find(all, "ShowMulticastManager"), "total_trees"), "1");
  const Tree trees = control.page("ShowMulticastManagerDetailReq", {{"x", pod + ".ermvpn.0"}});
  const Tree* tree = introspect::find(trees, "ShowMulticastTree");
  ASSERT_TRUE(tree);
  EXPECT_EQ(text_of(*tree, "group"), "255.255.255.255");
  const auto forwarders = introspect::all(*tree, "ShowMulticastForwarder");
  ASSERT_EQ(forwarders.size(), 2u);
  EXPECT_EQ(text_of(*forwarders[0], "label_block"), "4096-6143");
  EXPECT_EQ(text_of(*forwarders[1], "router_id"), "172.31.14.47");
}

TEST_F(Pages, status_says_functional_and_names_no_back_end_we_do_not_have) {
  const Tree answer = control.page("SandeshUVECacheReq", {{"tname", "NodeStatus"}});
  EXPECT_EQ(answer.name, "__NodeStatusUVE_list");
  EXPECT_EQ(text_of(*introspect::find(answer, "ProcessStatus"), "state"), "Functional");
  const auto rows = introspect::all(answer, "ConnectionInfo");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_THAT(names_of(*rows[0]),
              ElementsAre("type", "name", "server_addrs", "status", "description"));
}

TEST_F(Pages, xmpp_pages_count_connections) {
  const Tree server = control.page("ShowXmppServerReq");
  EXPECT_EQ(text_of(server, "current_connections"), "1");
  const Tree connections = control.page("ShowXmppConnectionReq");
  EXPECT_EQ(text_of(*introspect::find(connections, "ShowXmppConnection"), "name"), hostname);
}

}  // namespace
}  // namespace tflab::test
