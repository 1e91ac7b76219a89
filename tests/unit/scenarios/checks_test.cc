#include "scenarios/checks.h"

#include <gmock/gmock.h>

#include "scenarios/observe.h"
#include "tests/unit/scenarios/fake_lab.h"
#include "tests/unit/scenarios/files.h"

namespace tflab::scenario {
namespace {

using testing::HasSubstr;

class Checks : public Files {
protected:
  Checks() {
    lab_.all_nodes = {{NodeRef::control_node, "cn1"},
                      {NodeRef::control_node, "cn2"},
                      {NodeRef::vrouter, "compute1"},
                      {NodeRef::vrouter, "compute2"}};
  }
  Judged look(const Check& check) { return judge(check, scenario_, lab_, moments_); }

  // cn1 has compute1 and cn2; cn2 has compute2 (coming up) and cn1.
  void serve_sessions() {
    lab_.pages["BgpNeighborReq"] = [](const NodeRef& node, const introspect::Query&) {
      if (node.name == "cn1")
        return std::optional{sessions_page({session_row("cn2", "BGP", "Established"),
                                            session_row("compute1", "XMPP", "Established")})};
      if (node.name == "cn2")
        return std::optional{sessions_page(
            {session_row("cn1", "BGP", "Established"), session_row("compute2", "XMPP", "Active")})};
      return std::optional<Tree>{};
    };
  }
  unsigned count(SessionCheck check) {
    for (unsigned n = 0; n < 10; ++n) {
      check.count = {};
      check.count.eq = n;
      if (look(check).holds) return n;
    }
    return 99;
  }

  FakeLab lab_;
  Moments moments_;
  Scenario scenario_ = good(small_lab);
};

TEST_F(Checks, count_sessions_by_their_ends) {
  serve_sessions();
  EXPECT_EQ(count({}), 4u);
  EXPECT_EQ(count({.of = "", .with = "", .encoding = "BGP", .state = "Established", .count = {}}),
            2u);
  EXPECT_EQ(count({.of = "bgp-router:cn1", .with = "", .encoding = "", .state = "", .count = {}}),
            2u);
  EXPECT_EQ(count({.of = "bgp-router:cn1",
                   .with = "bgp-router:cn2",
                   .encoding = "",
                   .state = "",
                   .count = {}}),
            1u);
  EXPECT_EQ(
      count(
          {.of = "virtual-router:compute*", .with = "", .encoding = "", .state = "", .count = {}}),
      2u);
  EXPECT_EQ(count({.of = "virtual-router:compute*",
                   .with = "",
                   .encoding = "",
                   .state = "Established",
                   .count = {}}),
            1u);
  EXPECT_EQ(count({.of = "virtual-router:compute1",
                   .with = "bgp-router:cn2",
                   .encoding = "",
                   .state = "",
                   .count = {}}),
            0u);
  EXPECT_EQ(
      count(
          {.of = "", .with = "virtual-router:compute1", .encoding = "", .state = "", .count = {}}),
      1u);
}

TEST_F(Checks, say_which_session_is_not_as_wanted) {
  serve_sessions();
  SessionCheck check{.of = "", .with = "", .encoding = "XMPP", .state = "Established", .count = {}};
  check.count.eq = 2;
  const Judged found = look(check);
  EXPECT_FALSE(found.holds);
  EXPECT_EQ(found.wanted, "2 XMPP sessions Established");
  EXPECT_EQ(found.got, "1; cn2 with compute2 is Active");
}

TEST_F(Checks, compare_a_tables_counts) {
  lab_.page_is("ShowRouteSummaryReq", summary_page("bgp.l3vpn.0", 3, 3, 1));
  TableCheck check{.on = "bgp-router:cn1",
                   .name = "bgp.l3vpn.0",
                   .prefixes = {},
                   .paths = {},
                   .primary_paths = {}};
  check.prefixes.emplace().eq = 3;
  check.primary_paths.emplace().eq = 1;
  EXPECT_TRUE(look(check).holds);
  EXPECT_EQ(look(check).wanted, "bgp.l3vpn.0 on bgp-router:cn1: 3 prefixes, 1 primary");
  EXPECT_EQ(look(check).got, "3 prefixes, 3 paths, 1 primary");
  check.primary_paths->eq = 0;
  EXPECT_FALSE(look(check).holds);
  check.name = "bgp.evpn.0";
  EXPECT_EQ(look(check).got, "no such table");
}

TEST_F(Checks, need_every_control_node_unless_one_is_named) {
  lab_.pages["ShowRouteSummaryReq"] = [](const NodeRef& node, const introspect::Query&) {
    return std::optional{summary_page("bgp.l3vpn.0", node.name == "cn1" ? 3 : 4, 4, 1)};
  };
  TableCheck check{
      .on = "", .name = "bgp.l3vpn.0", .prefixes = {}, .paths = {}, .primary_paths = {}};
  check.prefixes.emplace().eq = 3;
  const Judged found = look(check);
  EXPECT_FALSE(found.holds);
  EXPECT_EQ(found.got, "cn2: 4 prefixes, 4 paths, 1 primary");
  check.on = "bgp-router:cn1";
  EXPECT_TRUE(look(check).holds);
  lab_.pages.clear();
  EXPECT_EQ(look(check).got, "does not answer");
}

class Routes : public Checks {
protected:
  Routes() {
    lab_.page_is("ShowRouteReq",
                 routes_page("red:red.inet.0",
                             {route_tree("10.1.0.4/32",
                                         {FakePath{}, {.protocol = "BGP", .source = "192.0.2.2"}}),
                              route_tree("10.1.0.44/32", {})}));
    check_.table = "red:red.inet.0";
    check_.prefix = "10.1.0.4/32";
  }
  RouteCheck check_;
};

TEST_F(Routes, are_found_by_every_property_of_one_path) {
  EXPECT_TRUE(look(check_).holds);
  check_.next_hop = "192.0.2.11";
  check_.local_preference = 200;
  check_.encap = {"udp", "gre"};  // a set, not a list
  check_.label.emplace().ge = 16;
  check_.paths.emplace().eq = 2;
  EXPECT_TRUE(look(check_).holds);
  check_.source = "192.0.2.2";
  EXPECT_TRUE(look(check_).holds);
  check_.source = "192.0.2.3";
  EXPECT_FALSE(look(check_).holds);
  EXPECT_EQ(look(check_).wanted,
            "10.1.0.4/32 in red:red.inet.0: nh 192.0.2.11, source 192.0.2.3, label >= 16, encap "
            "[udp, gre], localpref 200, 2 paths");
  EXPECT_THAT(look(check_).got, HasSubstr("[XMPP (interface)|compute1] nh 192.0.2.11, label 16, "
                                          "encap [gre, udp], localpref 200; [BGP|192.0.2.2]"));
}

TEST_F(Routes, each_property_alone_can_fail) {
  const auto fails = [&](auto change) {
    RouteCheck check = check_;
    change(check);
    return !look(check).holds;
  };
  EXPECT_TRUE(fails([](RouteCheck& c) { c.prefix = "10.1.0.5/32"; }));
  EXPECT_TRUE(fails([](RouteCheck& c) { c.table = "blue:blue.inet.0"; }));
  EXPECT_TRUE(fails([](RouteCheck& c) { c.next_hop = "192.0.2.12"; }));
  EXPECT_TRUE(fails([](RouteCheck& c) { c.label.emplace().gt = 16; }));
  EXPECT_TRUE(fails([](RouteCheck& c) { c.encap = {"gre"}; }));
  EXPECT_TRUE(fails([](RouteCheck& c) { c.local_preference = 100; }));
  EXPECT_TRUE(fails([](RouteCheck& c) { c.paths.emplace().eq = 1; }));
  EXPECT_TRUE(fails([](RouteCheck& c) { c.present = false; }));
  EXPECT_TRUE(fails([](RouteCheck& c) { c.prefix = "10.1.0.44/32"; }));  // a row without paths
  EXPECT_FALSE(fails([](RouteCheck& c) {
    c.present = false;
    c.prefix = "10.1.0.5/32";
  }));
}

TEST_F(Routes, absent_is_not_what_a_silent_node_is) {
  lab_.pages.clear();
  check_.present = false;
  EXPECT_FALSE(look(check_).holds);
}

TEST_F(Checks, follow_answers_over_all_their_batches) {
  lab_.page_is("ShowRouteReq",
               routes_page("red:red.inet.0", {route_tree("10.1.0.1/32", {{}})}, "one||two"));
  lab_.pages["ShowRouteReqIterate"] = [](const NodeRef&, const introspect::Query& query) {
    EXPECT_EQ(query.at(0).second, "one||two");
    return std::optional{routes_page("red:red.inet.0", {route_tree("10.1.0.2/32", {{}})})};
  };
  const auto rows = routes(lab_, {NodeRef::control_node, "cn1"});
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[1].prefix, "10.1.0.2/32");
}

TEST_F(Checks, ping_two_packets_and_look_at_everything) {
  ReachableCheck check{.from = "vm1",
                       .to = "vm2",
                       .is = true,
                       .encap = "MPLSoUDP",
                       .loss = {},
                       .ttl = {},
                       .drop_reason = ""};
  check.ttl.emplace().eq = 63;
  check.loss.emplace().eq = 0;
  lab_.on_ping = [](const Ping& ping) {
    EXPECT_EQ(ping.packets, 2u);
    EXPECT_EQ(ping.to, "10.1.0.3");  // the name is resolved
    return PingResult{2, 2, 63, {}, "MPLSoUDP", {}};
  };
  const Judged found = look(check);
  EXPECT_TRUE(found.holds);
  EXPECT_EQ(found.wanted, "vm1 reaches vm2, encap MPLSoUDP, ttl 63, loss 0");
  EXPECT_EQ(found.got, "2 of 2 replies, ttl 63, encap MPLSoUDP");
  EXPECT_EQ(found.ping.dump(), R"({"reached":true,"ttl":63,"encap":"MPLSoUDP"})");

  for (const PingResult& result :
       {PingResult{2, 1, 63, {}, "MPLSoUDP", {}}, PingResult{2, 2, 64, {}, "MPLSoUDP", {}},
        PingResult{2, 2, 63, {}, "native", {}}, PingResult{2, 2, {}, {}, "MPLSoUDP", {}},
        PingResult{2, 0, {}, {}, "", {}}}) {
    lab_.on_ping = [&](const Ping&) { return result; };
    EXPECT_FALSE(look(check).holds) << look(check).got;
  }
}

TEST_F(Checks, want_to_hear_where_hops_end) {
  ReachableCheck check;
  check.from = "vm1";
  check.to = "vm2";
  check.is = false;
  check.hops = 1;
  check.expired_at = Ip4{0x0a010001};
  PingResult told{2, 0, {}, {}, "", {}, Ip4{0x0a010001}};
  lab_.on_ping = [&](const Ping& ping) {
    EXPECT_EQ(ping.hops, 1u);
    return told;
  };
  const Judged found = look(check);
  EXPECT_TRUE(found.holds);
  EXPECT_EQ(found.wanted, "vm1 does not reach vm2, hops 1, told so by 10.1.0.1");
  EXPECT_EQ(found.got, "no reply to 2 packets, hops used up at 10.1.0.1");
  EXPECT_EQ(found.ping.dump(), R"({"reached":false,"expired-at":"10.1.0.1"})");
  told.expired_at = Ip4{0x0a0100fe};
  EXPECT_FALSE(look(check).holds);
  told.expired_at = {};
  EXPECT_FALSE(look(check).holds);
}

TEST_F(Checks, want_no_reply_and_its_reason) {
  const ReachableCheck check{.from = "vm1",
                             .to = "192.0.2.1",
                             .is = false,
                             .encap = "",
                             .loss = {},
                             .ttl = {},
                             .drop_reason = "invalid-source"};
  lab_.on_ping = [](const Ping&) {
    return PingResult{2, 0, {}, {}, "", {"discard", "invalid-source"}};
  };
  EXPECT_TRUE(look(check).holds);
  EXPECT_EQ(look(check).got, "no reply to 2 packets, dropped as discard, invalid-source");
  lab_.on_ping = [](const Ping&) { return PingResult{2, 0, {}, {}, "", {"discard"}}; };
  EXPECT_FALSE(look(check).holds);
  lab_.on_ping = [](const Ping&) { return PingResult{2, 1, 63, {}, "", {"invalid-source"}}; };
  EXPECT_FALSE(look(check).holds);
}

TEST_F(Checks, want_all_configured_sessions_up) {
  serve_sessions();
  const Judged found = look(InvariantCheck{"all-sessions-up"});
  EXPECT_FALSE(found.holds);
  // compute2 has both control nodes: one session is not up, the other not there at all.
  EXPECT_THAT(found.got, HasSubstr("cn2 with compute2 is Active"));
  EXPECT_THAT(found.got, HasSubstr("cn1 has no XMPP session with compute2"));
}

TEST_F(Checks, metrics_are_one_number_of_many_nodes) {
  lab_.all_nodes = {{NodeRef::vrouter, "compute1"}, {NodeRef::vrouter, "compute2"}};
  unsigned n = 0;
  lab_.pages["VrfListReq"] = [&](const NodeRef&, const introspect::Query&) {
    const auto row = [](int index, std::uint32_t routes) {
      return struct_of("VrfSandeshData",
                       {i32_of("ucindex", 2, index), u32_of("uc_routes", 14, routes)});
    };
    return introspect::page("VrfListResp",
                            {list_of_structs("vrf_list", 1, {row(0, 99), row(1, ++n * 10)})});
  };
  MetricCheck check;
  check.of = "virtual-router:*";
  check.is.eq = 15;
  Judged found = look(check);
  EXPECT_TRUE(found.holds) << found.got;
  EXPECT_EQ(found.wanted, "mean routes of virtual-router:* = 15");
  EXPECT_EQ(found.got, "15 (2 nodes)");
  n = 0;
  check.aggregate = MetricCheck::max;
  EXPECT_FALSE(look(check).holds) << "20, and nobody counts the fabric's own 99";
  check.name = MetricCheck::octets_sent;
  EXPECT_EQ(look(check).got, "nobody here counts it");
}

TEST(Aggregates, percentiles_are_values_that_were_measured) {
  const std::vector<double> values{5, 1, 4, 2, 3};
  EXPECT_EQ(aggregated(MetricCheck::min, values), 1);
  EXPECT_EQ(aggregated(MetricCheck::p50, values), 3);
  EXPECT_EQ(aggregated(MetricCheck::p99, values), 5);
  EXPECT_EQ(aggregated(MetricCheck::sum, values), 15);
}

TEST(Refusals, are_told_of_the_vrouters_that_refused_something) {
  FakeLab lab;
  lab.all_nodes = {{NodeRef::control_node, "cn1"},
                   {NodeRef::vrouter, "compute1"},
                   {NodeRef::vrouter, "compute2"},
                   {NodeRef::vrouter, "down"}};
  lab.pages["RefusedOpsReq"] = [](const NodeRef& node,
                                  const introspect::Query&) -> std::optional<Tree> {
    if (node.name == "down") return {};
    if (node.name == "compute1")
      return introspect::page("RefusedOpsResp", {introspect::u64_of("count", 1, 0)});
    std::vector<Tree> last;
    for (const char* op : {"one", "two"})
      last.push_back(introspect::struct_of(
          "RefusedOp",
          {introspect::string_of("op", 2, op), introspect::string_of("why", 3, "no room")}));
    return introspect::page("RefusedOpsResp",
                            {introspect::u64_of("count", 1, 2),
                             introspect::list_of_structs("last", 2, std::move(last))});
  };
  const auto rows = refusals(lab);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].vrouter, "compute2");
  EXPECT_EQ(rows[0].count, 2u);
  EXPECT_EQ(rows[0].last, "two: no room");
}

}  // namespace
}  // namespace tflab::scenario
