#include "cli/show.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/explain.h"

namespace tflab::cli {
namespace {

using namespace introspect;
using scenario::NodeRef;
using testing::HasSubstr;
using testing::Not;

Tree path_of(const std::string& next_hop) {
  return struct_of("ShowRoutePath",
                   {string_of("protocol", 1, "XMPP (interface)"),
                    u32_of("local_preference", 5, 200), string_of("source", 9, "node-a"),
                    string_of("as_path", 10, ""), string_of("next_hop", 11, next_hop),
                    u32_of("label", 12, 25), list_of_strings("tunnel_encap", 18, {"gre", "udp"})});
}

Tree table_of(const std::string& name, const std::vector<std::string>& prefixes) {
  std::vector<Tree> routes;
  for (const auto& prefix : prefixes)
    routes.push_back(struct_of("ShowRoute", {string_of("prefix", 1, prefix),
                                             list_of_structs("paths", 3, {path_of("192.0.2.1")})}));
  return struct_of(
      "ShowRouteTable",
      {string_of("routing_table_name", 2, name), u64_of("prefixes", 3, prefixes.size()),
       u64_of("paths", 4, prefixes.size()), u64_of("primary_paths", 5, 1),
       u64_of("secondary_paths", 6, 0), u64_of("infeasible_paths", 7, 0),
       list_of_structs("routes", 8, std::move(routes))});
}

// One control node whose routes come in two batches, and nothing else.
class TwoBatches : public Pages {
public:
  std::vector<NodeRef> nodes() const override { return {{NodeRef::control_node, "cn1"}}; }
  std::optional<Tree> page(const NodeRef&, std::string_view request, const Query& query) override {
    if (request == "ShowRouteReq")
      return introspect::page(
          "ShowRouteResp",
          {list_of_structs("tables", 1, {table_of("red.inet.0", {"10.1.0.3/32", "10.1.0.0/16"})}),
           string_of("next_batch", 2, "more")});
    if (request == "ShowRouteReqIterate" && query == Query{{"route_info", "more"}})
      return introspect::page(
          "ShowRouteResp",
          {list_of_structs("tables", 1, {table_of("blue.inet.0", {"10.2.0.3/32"})}),
           string_of("next_batch", 2, "")});
    return {};
  }
};

std::string shown(std::vector<std::string> words, const std::string& format = "table") {
  TwoBatches pages;
  Options options;
  options.words = std::move(words);
  options.format = format;
  std::ostringstream out;
  show(out, options, pages);
  return out.str();
}

TEST(Show, prints_routes_of_all_batches_in_the_form_of_ist_py) {
  const std::string text = shown({"route", "show"});
  EXPECT_THAT(
      text,
      HasSubstr("red.inet.0: 2 destinations, 2 routes (1 primary, 0 secondary, 0 infeasible)"));
  EXPECT_THAT(text, HasSubstr("[XMPP (interface)|node-a] localpref: 200, nh: 192.0.2.1, encap: "
                              "['gre', 'udp'], label: 25, AS path: None"));
  EXPECT_THAT(text, HasSubstr("blue.inet.0"));
}

TEST(Show, a_bare_address_means_every_prefix_that_covers_it) {
  const std::string text = shown({"route", "show", "10.1.0.3"});
  EXPECT_THAT(text, HasSubstr("10.1.0.3/32"));
  EXPECT_THAT(text, HasSubstr("10.1.0.0/16"));
  EXPECT_THAT(text, Not(HasSubstr("blue.inet.0")));
}

TEST(Show, a_table_can_be_named) {
  EXPECT_THAT(shown({"route", "show", "-t", "blue.inet.0"}), Not(HasSubstr("red.inet.0")));
}

TEST(Show, other_formats_have_a_row_a_path) {
  EXPECT_THAT(shown({"route", "show"}, "csv"),
              HasSubstr("cn1,blue.inet.0,10.2.0.3/32,XMPP (interface),node-a,200,192.0.2.1,"));
}

// A control node with one target and one route that one peer is told of and another is not.
class Targets : public Pages {
public:
  std::vector<NodeRef> nodes() const override { return {{NodeRef::control_node, "cn1"}}; }
  std::optional<Tree> page(const NodeRef&, std::string_view request, const Query& query) override {
    if (request == "ShowRtGroupReq") return groups();
    if (request == "ShowRouteReq")
      return introspect::page(
          "ShowRouteResp",
          {list_of_structs("tables", 1, {table_of("bgp.rtarget.0", {"64512:target:1:2"})}),
           string_of("next_batch", 2, "")});
    // As a finished run has it: all routes, and no answer to a closer question.
    if (request == "ShowRouteExplainReq" && query.empty()) return explanations();
    return {};
  }

private:
  static Tree groups() {
    return introspect::page(
        "ShowRtGroupResp",
        {list_of_structs("rtgroup_list", 1,
                         {struct_of("ShowRtGroupInfo",
                                    {string_of("rtarget", 1, "target:1:2"),
                                     list_of_strings("peers_interested", 4, {"mx"}),
                                     list_of_strings("dep_route", 5,
                                                     {"1:1:10.1.0.3/32", "1:1:10.1.0.4/32"})})})});
  }
  static Tree explanations() {
    const auto peer = [](const char* name, bool told, const char* why) {
      return struct_of("ShowAudienceExplain",
                       {string_of("kind", 1, "BGP"), string_of("name", 2, name),
                        bool_of("told", 3, told), string_of("why", 4, why)});
    };
    const Tree path = struct_of(
        "ShowPathExplain", {string_of("brought_by", 1, "XMPP publish of agent node-a"),
                            string_of("next_hop", 2, "192.0.2.1"), string_of("standing", 3, "best"),
                            string_of("copied_from", 5, "red.inet.0"),
                            list_of_strings("by_targets", 6, {"target:1:2"})});
    const Tree route =
        struct_of("ShowRouteExplain",
                  {string_of("routing_table", 1, "bgp.l3vpn.0"),
                   string_of("prefix", 2, "1:1:10.1.0.3/32"), list_of_structs("paths", 3, {path}),
                   list_of_structs("audience", 4,
                                   {peer("cn2", true, ""), peer("cn3", false, "not interested")})});
    return introspect::page("ShowRouteExplainResp", {list_of_structs("routes", 1, {route})});
  }
};

TEST(Show, a_target_has_importers_subscribers_interested_peers_and_routes) {
  Targets pages;
  Options options;
  options.words = {"rt"};
  options.format = "csv";
  std::ostringstream out;
  show(out, options, pages);
  EXPECT_THAT(out.str(), HasSubstr("cn1,target:1:2,n/a,node-a,mx,n/a,2"));
}

std::string told_why(std::vector<std::string> words, const std::string& format = "table") {
  Targets pages;
  Options options;
  options.words = std::move(words);
  options.format = format;
  std::ostringstream out;
  explain(out, options, pages);
  return out.str();
}

TEST(Explain, says_who_brought_a_route_and_who_is_told_of_it_or_why_not) {
  const std::string text = told_why({"bgp.l3vpn.0", "1:1:10.1.0.3/32"});
  EXPECT_THAT(text, HasSubstr("path via 192.0.2.1: best"));
  EXPECT_THAT(text, HasSubstr("brought by XMPP publish of agent node-a"));
  EXPECT_THAT(text, HasSubstr("copied from red.inet.0 because of target:1:2"));
  EXPECT_THAT(text, HasSubstr("BGP cn2: told"));
  EXPECT_THAT(text, HasSubstr("BGP cn3: not told: not interested"));
  EXPECT_THAT(told_why({"bgp.l3vpn.0", "1:1:10.1.0.3/32"}, "csv"),
              HasSubstr("cn1,bgp.l3vpn.0,1:1:10.1.0.3/32,BGP,cn3,not told,not interested"));
}

TEST(Explain, a_route_that_nobody_has_is_an_error_with_its_name) {
  try {
    told_why({"bgp.l3vpn.0", "1:1:10.9.9.9/32"});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.message, HasSubstr("1:1:10.9.9.9/32 in bgp.l3vpn.0"));
  }
}

TEST(Show, words_that_say_nothing_get_the_grammar) {
  try {
    shown({"rout"});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.message, HasSubstr("route summary"));
  }
}

}  // namespace
}  // namespace tflab::cli
