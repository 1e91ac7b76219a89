// What gobgpd is told, and what is read from what gobgp(1) prints (GoBGP 3.10).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control-core/base/text.h"
#include "netns-lab/host/gobgp_host.h"
#include "netns-lab/host/gobgp_pages.h"

namespace tflab::netns {
namespace {

using introspect::Tree;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

config::ControlNode router() {
  config::ControlNode out;
  out.as = Asn{65001};
  out.address = out.router_id = *parse_ip4("192.0.2.9");
  config::BgpPeer peer;
  peer.name = "cn1";
  peer.address = *parse_ip4("192.0.2.1");
  peer.as = Asn{64512};
  peer.families = {Family::inet_vpn, Family::route_target, Family::ermvpn};
  out.peers = {peer};
  config::Vrf vrf;
  vrf.name = "RED";
  vrf.instance = 1;
  vrf.rd = *parse_rd("192.0.2.9:100");
  vrf.import_targets = {*parse_target("target:64512:100"), *parse_target("target:10.0.0.1:7")};
  vrf.export_targets = {*parse_target("target:64512:100")};
  vrf.next_hop = out.address;
  vrf.label = 16;
  out.vrfs = {vrf};
  return out;
}

TEST(Gobgp, is_told_sessions_and_vrfs_in_its_own_words) {
  const std::string told = gobgp_config(router());
  for (const char* line :
       {"as = 65001\n", "router-id = \"192.0.2.9\"\n", "neighbor-address = \"192.0.2.1\"\n",
        "peer-as = 64512\n", "afi-safi-name = \"l3vpn-ipv4-unicast\"\n",
        "afi-safi-name = \"rtc\"\n", "name = \"RED\"\n", "rd = \"192.0.2.9:100\"\n",
        "import-rt-list = [\"64512:100\", \"10.0.0.1:7\"]\n", "export-rt-list = [\"64512:100\"]\n"})
    EXPECT_THAT(told, HasSubstr(line));
  EXPECT_THAT(told, Not(HasSubstr("erm")));  // it has no such family
}

TEST(Gobgp, is_not_offered_the_family_when_filtering_is_off) {
  config::ControlNode off = router();
  off.target_filtering = config::TargetFiltering::off;
  EXPECT_THAT(gobgp_config(off), Not(HasSubstr("rtc")));
  EXPECT_THAT(gobgp_config(off), HasSubstr("l3vpn-ipv4-unicast"));
}

TEST(Gobgp, announces_with_the_vrfs_label_and_targets) {
  EXPECT_THAT(gobgp_announcement(router().vrfs[0], *parse_prefix("203.0.113.0/24")),
              ElementsAre("gobgp", "global", "rib", "add", "-a", "vpnv4", "203.0.113.0/24", "label",
                          "16", "rd", "192.0.2.9:100", "rt", "64512:100", "nexthop", "192.0.2.9",
                          "origin", "igp"));
}

TEST(Gobgp, withdraws_by_label_and_distinguisher) {
  EXPECT_THAT(gobgp_withdrawal(router().vrfs[0], *parse_prefix("203.0.113.0/24")),
              ElementsAre("gobgp", "global", "rib", "del", "-a", "vpnv4", "203.0.113.0/24", "label",
                          "16", "rd", "192.0.2.9:100"));
}

const char* const vpnv4 =
    R"({"192.0.2.9:100:203.0.113.0/24":[{"nlri":{"prefix":"203.0.113.0/24","labels":[16],"rd":{"type":1,"admin":"192.0.2.9","assigned":100}},"age":1,"best":true,
      "attrs":[{"type":1,"value":0},{"type":16,"value":[{"type":0,"subtype":2,"value":"64512:100"}]},{"type":14,"nexthop":"192.0.2.9","afi":1,"safi":128}],"stale":false}],
    "192.0.2.11:4:10.1.0.3/32":[{"nlri":{"prefix":"10.1.0.3/32","labels":[25]},"age":1,"best":true,
      "attrs":[{"type":1,"value":0},{"type":5,"value":200},{"type":14,"nexthop":"192.0.2.11"}],"source-id":"192.0.2.1","neighbor-ip":"192.0.2.1"}]})";

std::string answer(const std::vector<std::string>& words) {
  if (words[0] == "neighbor")
    return R"([{"conf":{"peer_asn":64512},"state":{"neighbor_address":"192.0.2.1","peer_asn":64512,"session_state":6}}])";
  if (words[0] == "vrf")
    return R"({"192.0.2.11:4:10.1.0.3/32":[{"nlri":{"prefix":"10.1.0.3/32"}}]})";
  return words.back() == "rtc"
             ? R"({"65001:64512:100":[{"nlri":{"prefix":"65001:64512:100"}}],"default":[{}]})"
             : vpnv4;
}

std::vector<std::string> prefixes_of(const Tree& page) {
  std::vector<std::string> out;
  for (const Tree* row : introspect::all(page, "ShowRoute"))
    out.emplace_back(introspect::text_of(*row, "prefix"));
  return out;
}

TEST(Gobgp, shows_its_tables_as_a_control_node_would) {
  const auto page = gobgp_page("ShowRouteReq", router(), answer);
  ASSERT_TRUE(page);
  EXPECT_THAT(prefixes_of(*page),
              ElementsAre("192.0.2.11:4:10.1.0.3/32", "192.0.2.9:100:203.0.113.0/24",
                          "0:target:0:0", "65001:target:64512:100", "10.1.0.3/32"));
  const auto paths = introspect::all(*page, "ShowRoutePath");
  const Tree &heard = *paths[0], &own = *paths[1];
  EXPECT_EQ(introspect::text_of(heard, "source"), "192.0.2.1");
  EXPECT_EQ(introspect::text_of(heard, "next_hop"), "192.0.2.11");
  EXPECT_EQ(introspect::text_of(heard, "label"), "25");
  EXPECT_EQ(introspect::text_of(heard, "local_preference"), "200");
  EXPECT_EQ(introspect::text_of(own, "protocol"), "Local");
  EXPECT_EQ(introspect::find(own, "communities")->children.front().text, "target:64512:100");
}

TEST(Gobgp, counts_and_names_its_neighbours) {
  const auto summary = gobgp_page("ShowRouteSummaryReq", router(), answer);
  ASSERT_TRUE(summary);
  const auto rows = introspect::all(*summary, "ShowRouteTableSummary");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(introspect::text_of(*rows[0], "name"), "bgp.l3vpn.0");
  EXPECT_EQ(introspect::text_of(*rows[0], "prefixes"), "2");
  const auto neighbors = gobgp_page("BgpNeighborReq", router(), answer);
  const Tree* row = introspect::find(*neighbors, "BgpNeighborResp");
  EXPECT_EQ(introspect::text_of(*row, "peer"), "cn1");
  EXPECT_EQ(introspect::text_of(*row, "state"), "Established");
}

TEST(Gobgp, that_does_not_answer_has_no_page) {
  const auto silent = [](const auto&) { return std::string{}; };
  const auto upset = [](const auto&) { return std::string{R"({"error":"no"})"}; };
  for (const char* name : {"ShowRouteReq", "ShowRouteSummaryReq", "BgpNeighborReq"})
    EXPECT_FALSE(gobgp_page(name, router(), silent)) << name;
  EXPECT_FALSE(gobgp_page("ShowRouteReq", router(), upset));
  EXPECT_FALSE(gobgp_page("ShowRtGroupReq", router(), answer));
}

}  // namespace
}  // namespace tflab::netns
