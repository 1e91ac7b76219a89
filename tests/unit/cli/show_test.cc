#include "cli/show.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

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
  std::vector<NodeRef> nodes() override { return {{NodeRef::control_node, "cn1"}}; }
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
