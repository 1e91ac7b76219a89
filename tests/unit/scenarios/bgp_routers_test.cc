// What a control node is told of speakers outside the scenario, and what is wrong with a file.

#include <gmock/gmock.h>

#include "control-core/base/text.h"
#include "scenarios/derive.h"
#include "tests/unit/scenarios/files.h"

namespace tflab::scenario {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class BgpRouters : public Files {
protected:
  static std::string with(const std::string& keys) {
    return "{\"tflab\": 1, \"name\": \"rr\", \"bgp-routers\": {\"rr\": {\n\"router-type\": "
           "\"control-node\", \"address\": \"192.0.2.1\"" +
           (keys.empty() ? "" : ",\n" + keys) + "}}}";
  }
  config::ControlNode node(const std::string& keys) const {
    return control_node(good(with(keys)), "rr");
  }
};

TEST_F(BgpRouters, without_more_words_listens_on_its_address_and_has_no_peers) {
  const config::ControlNode rr = node("");
  EXPECT_TRUE(rr.bgp_listen.empty());
  EXPECT_EQ(rr.bgp_port, 179);
  EXPECT_EQ(rr.xmpp_port, 5269);
  EXPECT_TRUE(rr.peers.empty());
  EXPECT_TRUE(rr.peer_ranges.empty());
}

TEST_F(BgpRouters, listens_where_it_is_told_to) {
  const config::ControlNode rr = node(
      R"("port": 1179, "xmpp-port": 0, "listen": ["192.0.2.1", "0.0.0.0:1790", "2001:db8::1", "[::]:99"])");
  EXPECT_EQ(rr.xmpp_port, 0);
  EXPECT_THAT(
      rr.bgp_listen,
      ElementsAre(Endpoint{*parse_ip("192.0.2.1"), 1179}, Endpoint{*parse_ip("0.0.0.0"), 1790},
                  Endpoint{*parse_ip("2001:db8::1"), 1179}, Endpoint{*parse_ip("::"), 99}));
}

TEST_F(BgpRouters, a_neighbor_has_the_routers_terms_unless_it_says_otherwise) {
  const config::ControlNode rr = node(R"("autonomous-system": 65000, "hold-time": 30,
    "address-families": ["inet-vpn", "e-vpn"],
    "neighbors": {"pe1": {"address": "192.0.2.9"},
                  "pe2": {"address": "2001:db8::9", "port": 1790, "local-address": "2001:db8::1", "passive": true,
                          "autonomous-system": 65001, "address-families": ["inet"], "hold-time": 9, "route-reflector-client": true}})");
  ASSERT_EQ(rr.peers.size(), 2u);
  const config::BgpPeer& one = rr.peers[0];
  EXPECT_EQ(one.name, "pe1");
  EXPECT_EQ(one.as, Asn{65000});
  EXPECT_THAT(one.families, ElementsAre(Family::inet_vpn, Family::evpn));
  EXPECT_EQ(one.hold, seconds(30));
  EXPECT_EQ(one.port, 179);
  EXPECT_FALSE(one.passive || one.route_reflector_client);
  const config::BgpPeer& two = rr.peers[1];
  EXPECT_EQ(to_text(two.address), "2001:db8::9");
  EXPECT_EQ(to_text(two.local_address), "2001:db8::1");
  EXPECT_EQ(two.port, 1790);
  EXPECT_EQ(two.as, Asn{65001});
  EXPECT_THAT(two.families, ElementsAre(Family::inet));
  EXPECT_EQ(two.hold, seconds(9));
  EXPECT_TRUE(two.passive && two.route_reflector_client);
}

TEST_F(BgpRouters, whole_prefixes_may_dial) {
  const config::ControlNode rr = node(R"("dynamic-neighbors": {
    "198.51.100.0/24": {}, "2001:db8::/32": {"autonomous-system": "any", "limit": 3, "route-reflector-client": true}})");
  ASSERT_EQ(rr.peer_ranges.size(), 2u);
  EXPECT_EQ(to_text(rr.peer_ranges[0].prefix), "198.51.100.0/24");
  EXPECT_EQ(rr.peer_ranges[0].as, Asn{64512});
  EXPECT_EQ(rr.peer_ranges[0].limit, 1000u);
  EXPECT_EQ(rr.peer_ranges[1].as, Asn{});
  EXPECT_EQ(rr.peer_ranges[1].limit, 3u);
  EXPECT_TRUE(rr.peer_ranges[1].route_reflector_client);
}

TEST_F(BgpRouters, sockets_may_have_a_key_and_know_how_far_a_speaker_is) {
  const config::ControlNode rr = node(R"("neighbors": {
    "near": {"address": "192.0.2.9", "md5-key": "secret", "ttl-security": 1}},
    "dynamic-neighbors": {"198.51.100.0/24": {"md5-key": "other", "multihop-ttl": 9}})");
  EXPECT_EQ(rr.peers[0].md5_key, "secret");
  EXPECT_EQ(rr.peers[0].ttl_security, 1);
  EXPECT_EQ(rr.peer_ranges[0].md5_key, "other");
  EXPECT_EQ(rr.peer_ranges[0].multihop_ttl, 9);
  EXPECT_THAT(bad(with(R"("dynamic-neighbors": {"198.51.100.0/24": {"md5-key": ""}})")).front(),
              HasSubstr("a TCP-MD5 key has 1 to 80 characters"));
  EXPECT_THAT(bad(with("\"dynamic-neighbors\": {\"198.51.100.0/24\": {\"ttl-security\": 1, "
                       "\"multihop-ttl\": 2}}"))
                  .front(),
              HasSubstr("has a TTL of its own"));
}

TEST_F(BgpRouters, peers_with_all_others_that_a_selector_picks_unless_a_name_says_otherwise) {
  const std::string clients =
      R"("peers": {"bgp-router:*": {"route-reflector-client": true}, "c2": {}})";
  std::string others;
  for (const char* n : {"2", "3", "4"})
    others += ", \"c" + std::string{n} +
              "\": {\"router-type\": \"control-node\", \"address\": \"192.0.2." + n + "\"}";
  std::string text = with(clients);
  text.insert(text.size() - 2, others);
  const config::ControlNode rr = control_node(good(text), "rr");
  std::vector<std::pair<std::string, bool>> peers;
  for (const config::BgpPeer& peer : rr.peers)
    peers.emplace_back(peer.name, peer.route_reflector_client);
  EXPECT_THAT(peers, ElementsAre(Pair("c2", false), Pair("c3", true), Pair("c4", true)));
  EXPECT_THAT(bad(with(R"("peers": {"bgp-router:r*": {}})")).front(),
              HasSubstr("3:11: \"bgp-router:r*\" selects no other bgp-router"));
}

TEST_F(BgpRouters, who_has_clients_is_a_cluster_of_its_own_unless_it_says_of_which) {
  const std::string client =
      R"("dynamic-neighbors": {"198.51.100.0/24": {"route-reflector-client": true}})";
  EXPECT_FALSE(node("").cluster_id);
  EXPECT_EQ(node(client).cluster_id, *parse_ip4("192.0.2.1"));
  EXPECT_EQ(node(client + R"(, "identifier": "192.0.2.77")").cluster_id, *parse_ip4("192.0.2.77"));
  EXPECT_EQ(node(client + R"(, "cluster-id": 1)").cluster_id, Ip4{1});
}

TEST_F(BgpRouters, refuses_with_place_and_cure) {
  const auto first = [&](const std::string& keys) { return bad(with(keys)).front(); };
  EXPECT_EQ(first(R"("listen": ["192.0.2"])"),
            "lab.tflab.json:3:12: \"192.0.2\" is not an address to listen on such as "
            "\"192.0.2.1\", \"0.0.0.0:1790\" or \"[2001:db8::1]:179\"");
  for (const char* word : {"192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "[::1]", "[::1]:x", ""})
    EXPECT_THAT(first("\"listen\": [\"" + std::string{word} + "\"]"),
                HasSubstr("is not an address to listen on"))
        << word;
  EXPECT_EQ(first(R"("listen": ["192.0.2.1:5269"])"),
            "lab.tflab.json:3:12: port 5269 is for XMPP (\"xmpp-port\") "
            "(/bgp-routers/rr/listen/0)");
  EXPECT_EQ(first(R"("port": 5269)"), "lab.tflab.json:3:9: port 5269 is for XMPP (\"xmpp-port\")");
  EXPECT_THAT(bad(with(R"("neighbors": {"a": {"adress": "192.0.2.9"}})")),
              Contains("lab.tflab.json:3:21: unknown key \"adress\" in "
                       "/bgp-routers/rr/neighbors/a; did you mean \"address\"?"));
  EXPECT_EQ(first(R"("neighbors": {"a": {"address": "192.0.2.1"}})"),
            "lab.tflab.json:3:32: is this router's own address");
  EXPECT_EQ(first(R"("neighbors": {"a": {"address": "224.0.0.1"}})"),
            "lab.tflab.json:3:32: 224.0.0.1 is not an address a BGP speaker can have");
  EXPECT_EQ(first(R"("neighbors": {"rr": {"address": "192.0.2.9"}})"),
            "lab.tflab.json:3:15: is a bgp-router of this scenario; list it in \"peers\" "
            "(/bgp-routers/rr/neighbors/rr)");
  EXPECT_EQ(first(R"("neighbors": {"a": {"address": "192.0.2.9"}, "b": {"address": "192.0.2.9"}})"),
            "lab.tflab.json:3:63: \"192.0.2.9\" is also the address of a; give each neighbor its "
            "own");
  EXPECT_EQ(
      first(R"("neighbors": {"a": {"address": "192.0.2.9", "local-address": "2001:db8::1"}})"),
      "lab.tflab.json:3:62: must be of the same IP version as \"address\" "
      "(/bgp-routers/rr/neighbors/a/local-address)");
  EXPECT_EQ(first(R"("dynamic-neighbors": {"192.0.2.9/24": {}})"),
            "lab.tflab.json:3:23: \"192.0.2.9/24\" is not a prefix such as \"192.0.2.0/24\" "
            "(/bgp-routers/rr/dynamic-neighbors/192.0.2.9~124)");
  EXPECT_EQ(first(R"("dynamic-neighbors": {"192.0.2.0/24": {"autonomous-system": "all"}})"),
            "lab.tflab.json:3:61: \"all\" is not an autonomous system: expected a number or "
            "\"any\" (/bgp-routers/rr/dynamic-neighbors/192.0.2.0~124/autonomous-system)");
}

}  // namespace
}  // namespace tflab::scenario
