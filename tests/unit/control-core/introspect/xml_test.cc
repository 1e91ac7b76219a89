#include <gtest/gtest.h>

#include "control-core/base/xml.h"
#include "control-core/introspect/xml_in.h"
#include "control-core/introspect/xml_out.h"

namespace tflab::introspect {
namespace {

// One route as a tool sees it, every form of field but maps.
Tree route_page() {
  const Tree path =
      struct_of("ShowRoutePath",
                {string_of("protocol", 1, "XMPP (interface)"),
                 string_of("last_modified", 3, "2026-Jan-05 10:11:12.000000"),
                 u32_of("local_preference", 5, 200), string_of("source", 9, "node-a"),
                 string_of("as_path", 10, ""), string_of("next_hop", 11, "192.0.2.1"),
                 u32_of("label", 12, 25),
                 linked(string_of("primary_table", 14, "vn1:vn1.inet.0"), "ShowRouteReq"),
                 list_of_strings("communities", 15, {"target:64512:8000002"}),
                 string_of("origin_vn", 16, "vn1"), list_of_strings("flags", 17, {"None"}),
                 list_of_strings("tunnel_encap", 18, {"gre", "udp"}),
                 string_of("sequence_no", 19, ""), list_of_strings("origin_vn_path", 20, {})});
  const Tree route =
      struct_of("ShowRoute", {string_of("prefix", 1, "10.0.0.1/32"),
                              string_of("last_modified", 2, "2026-Jan-05 10:11:12.000000"),
                              list_of_structs("paths", 3, {path})});
  const Tree table = struct_of(
      "ShowRouteTable",
      {string_of("routing_instance", 1, "vn1:vn1"),
       string_of("routing_table_name", 2, "vn1:vn1.inet.0"), u64_of("prefixes", 3, 1),
       u64_of("paths", 4, 1), u64_of("primary_paths", 5, 1), u64_of("secondary_paths", 6, 0),
       u64_of("infeasible_paths", 7, 0), list_of_structs("routes", 8, {route})});
  return page("ShowRouteResp",
              {list_of_structs("tables", 1, {table}),
               linked(string_of("next_batch", 2, ""), "ShowRouteReqIterate", "next_batch")});
}

// What ist.py 1.1 was seen to accept.
constexpr std::string_view route_xml =
    R"(<?xml-stylesheet type="text/xsl" href="/universal_parse.xsl"?><ShowRouteResp type="sandesh">)"
    R"(<tables type="list" identifier="1"><list type="struct" size="1"><ShowRouteTable>)"
    R"(<routing_instance type="string" identifier="1">vn1:vn1</routing_instance>)"
    R"(<routing_table_name type="string" identifier="2">vn1:vn1.inet.0</routing_table_name>)"
    R"(<prefixes type="u64" identifier="3">1</prefixes><paths type="u64" identifier="4">1</paths>)"
    R"(<primary_paths type="u64" identifier="5">1</primary_paths>)"
    R"(<secondary_paths type="u64" identifier="6">0</secondary_paths>)"
    R"(<infeasible_paths type="u64" identifier="7">0</infeasible_paths>)"
    R"(<routes type="list" identifier="8"><list type="struct" size="1"><ShowRoute>)"
    R"(<prefix type="string" identifier="1">10.0.0.1/32</prefix>)"
    R"(<last_modified type="string" identifier="2">2026-Jan-05 10:11:12.000000</last_modified>)"
    R"(<paths type="list" identifier="3"><list type="struct" size="1"><ShowRoutePath>)"
    R"(<protocol type="string" identifier="1">XMPP (interface)</protocol>)"
    R"(<last_modified type="string" identifier="3">2026-Jan-05 10:11:12.000000</last_modified>)"
    R"(<local_preference type="u32" identifier="5">200</local_preference>)"
    R"(<source type="string" identifier="9">node-a</source>)"
    R"(<as_path type="string" identifier="10"></as_path>)"
    R"(<next_hop type="string" identifier="11">192.0.2.1</next_hop>)"
    R"(<label type="u32" identifier="12">25</label>)"
    R"(<primary_table type="string" identifier="14" link="ShowRouteReq">vn1:vn1.inet.0</primary_table>)"
    R"(<communities type="list" identifier="15"><list type="string" size="1">)"
    R"(<element>target:64512:8000002</element></list></communities>)"
    R"(<origin_vn type="string" identifier="16">vn1</origin_vn>)"
    R"(<flags type="list" identifier="17"><list type="string" size="1"><element>None</element></list></flags>)"
    R"(<tunnel_encap type="list" identifier="18"><list type="string" size="2">)"
    R"(<element>gre</element><element>udp</element></list></tunnel_encap>)"
    R"(<sequence_no type="string" identifier="19"></sequence_no>)"
    R"(<origin_vn_path type="list" identifier="20"><list type="string" size="0"></list></origin_vn_path>)"
    R"(</ShowRoutePath></list></paths></ShowRoute></list></routes></ShowRouteTable></list></tables>)"
    R"(<next_batch type="string" identifier="2" link="ShowRouteReqIterate" link_title="next_batch">)"
    R"(</next_batch></ShowRouteResp>)";

TEST(IntrospectXml, a_route_page_is_what_the_original_sends) {
  EXPECT_EQ(to_xml(route_page()), route_xml);
}

TEST(IntrospectXml, a_page_read_back_is_the_same_tree) {
  const auto read = from_xml(route_xml);
  ASSERT_TRUE(read) << read.why();
  EXPECT_EQ(*read, route_page());
}

TEST(IntrospectXml, a_page_of_several_sandesh_with_structs_in_fields) {
  const Tree process = struct_of("ProcessStatus", {string_of("module_id", 1, "contrail-control"),
                                                   bool_of("up", 2, true), i32_of("n", 3, -7)});
  const Tree status = struct_of(
      "NodeStatus", {string_of("name", 1, "cn1"), list_of_structs("process_status", 4, {process})});
  const Tree several = pages({page("NodeStatusUVE", {struct_field("data", 1, status)}),
                              page("SandeshUVECacheResp", {u32_of("returned", 1, 1)})});
  const std::string text = to_xml(several);
  EXPECT_EQ(
      text,
      R"(<?xml-stylesheet type="text/xsl" href="/universal_parse.xsl"?>)"
      R"(<__NodeStatusUVE_list type="slist"><NodeStatusUVE type="sandesh">)"
      R"(<data type="struct" identifier="1"><NodeStatus>)"
      R"(<name type="string" identifier="1">cn1</name>)"
      R"(<process_status type="list" identifier="4"><list type="struct" size="1">)"
      R"(<ProcessStatus><module_id type="string" identifier="1">contrail-control</module_id>)"
      R"(<up type="bool" identifier="2">true</up><n type="i32" identifier="3">-7</n>)"
      R"(</ProcessStatus></list></process_status></NodeStatus></data></NodeStatusUVE>)"
      R"(<SandeshUVECacheResp type="sandesh"><returned type="u32" identifier="1">1</returned>)"
      R"(</SandeshUVECacheResp></__NodeStatusUVE_list>)");
  const auto read = from_xml(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, several);
}

TEST(IntrospectXml, an_empty_list_still_says_its_size) {
  const Tree empty = page("R", {list_of_structs("rows", 1, {})});
  EXPECT_NE(to_xml(empty).find(
                R"(<rows type="list" identifier="1"><list type="struct" size="0"></list></rows>)"),
            std::string::npos);
  EXPECT_EQ(*from_xml(to_xml(empty)), empty);
}

TEST(IntrospectXml, text_that_looks_like_markup_stays_text_and_the_body_stays_ascii) {
  const std::string nasty = "<script>alert('x')</script> & \"]]>\" \xC3\xA9";
  const Tree tree = page("R", {string_of("name", 1, nasty), list_of_strings("l", 2, {nasty, ""})});
  const std::string text = to_xml(tree);
  EXPECT_EQ(text.find("<script>"), std::string::npos);
  for (const char c : text) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
  EXPECT_EQ(*from_xml(text), tree);
}

TEST(IntrospectXml, reads_attributes_it_does_not_know_and_maps_as_lists) {
  const auto read = from_xml(
      R"(<R type="sandesh" odd="1"><m type="map" identifier="3" aggtype="a"><map key="string" )"
      R"(value="u32" size="1"><element>k</element><element>5</element></map></m></R>)");
  ASSERT_TRUE(read);
  const Tree& map = read->children.at(0);
  EXPECT_EQ(map.type, "list");
  ASSERT_EQ(map.children.size(), 2u);
  EXPECT_EQ(map.children[0].text, "k");
  EXPECT_EQ(map.children[1].text, "5");
}

TEST(IntrospectXml, no_truncation_of_a_page_is_a_page) {
  for (std::size_t n = 0; n < route_xml.size(); ++n)
    EXPECT_FALSE(from_xml(route_xml.substr(0, n))) << n;
}

}  // namespace
}  // namespace tflab::introspect
