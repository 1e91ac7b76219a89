#include "control-core/agent/flow_rules.h"

#include <gtest/gtest.h>

#include "tests/dsl/packet.h"

namespace tflab::agent {
namespace {

vr::FlowKey packet(const std::string& src, const std::string& dst, std::uint8_t protocol,
                   std::uint16_t src_port = 0, std::uint16_t dst_port = 0) {
  return {.src = dsl::ip4(src),
          .dst = dsl::ip4(dst),
          .protocol = protocol,
          .src_port = src_port,
          .dst_port = dst_port};
}

constexpr std::uint8_t icmp = 1, tcp = 6, udp = 17;

config::Fabric grouped() {
  config::Fabric fabric;
  config::SecurityRule any_out;
  any_out.ingress = false;
  config::SecurityRule http;
  http.traffic = {tcp, {}, {80, 80}};
  config::SecurityRule friends;
  friends.group = "friends";
  config::SecurityRule lan;
  lan.traffic.protocol = udp;
  lan.prefix = dsl::prefix("10.1.0.0/16");
  fabric.security_groups["web"] = {8000000, {any_out, http, friends, lan}};
  fabric.security_groups["friends"] = {8000001, {}};
  return fabric;
}

TEST(SecurityGroups, let_in_what_one_rule_of_one_group_allows) {
  const config::Fabric fabric = grouped();
  const auto in = [&](const vr::FlowKey& key, const GroupIds& remote = {}) {
    return groups_allow(fabric, {"friends", "web"}, true, key, remote);
  };
  EXPECT_TRUE(in(packet("10.9.0.1", "10.1.0.1", tcp, 1024, 80)));
  EXPECT_FALSE(in(packet("10.9.0.1", "10.1.0.1", tcp, 80, 1024))) << "the other port";
  EXPECT_FALSE(in(packet("10.9.0.1", "10.1.0.1", udp, 1024, 80))) << "the other protocol";
  EXPECT_FALSE(in(packet("10.9.0.1", "10.1.0.1", icmp, 7)));
  EXPECT_TRUE(in(packet("10.9.0.1", "10.1.0.1", icmp, 7), {8000001, 8000005})) << "of the group";
  EXPECT_FALSE(in(packet("10.9.0.1", "10.1.0.1", icmp, 7), {8000000})) << "of another group";
  EXPECT_TRUE(in(packet("10.1.9.9", "10.1.0.1", udp, 1, 2))) << "of the prefix";
}

TEST(SecurityGroups, judge_what_leaves_by_rules_for_that) {
  const config::Fabric fabric = grouped();
  const vr::FlowKey out = packet("10.1.0.1", "10.9.0.1", icmp, 7);
  EXPECT_TRUE(groups_allow(fabric, {"web"}, false, out, {}));
  EXPECT_FALSE(groups_allow(fabric, {"friends"}, false, out, {})) << "no rule allows anything";
  EXPECT_TRUE(groups_allow(fabric, {}, false, out, {})) << "no group asks";
  EXPECT_FALSE(groups_allow(fabric, {"unknown"}, false, out, {}));
}

TEST(SecurityGroups, have_ids_in_order_and_unknown_ones_have_none) {
  EXPECT_EQ(ids_of(grouped(), {"friends", "lost", "web"}), (GroupIds{8000000, 8000001}));
}

config::Fabric policed() {
  config::Fabric fabric;
  config::PolicyRule no_ping{.pass = false, .src = "red", .dst = "any", .traffic = {}};
  no_ping.traffic.protocol = icmp;
  config::PolicyRule forth;
  forth.both_ways = false;
  forth.src = "red";
  forth.dst = "blue";
  fabric.policies["p"].rules = {no_ping, forth};
  for (const char* name : {"red", "blue", "green"}) {
    fabric.networks.emplace_back().name = name;
    fabric.networks.back().policies = {"p"};
  }
  fabric.networks.back().policies.clear();
  return fabric;
}

TEST(Policies, the_first_rule_that_is_about_the_packet_decides) {
  const config::Fabric fabric = policed();
  const vr::FlowKey ping = packet("10.1.0.1", "10.2.0.1", icmp, 7);
  const vr::FlowKey web = packet("10.1.0.1", "10.2.0.1", tcp, 1024, 80);
  EXPECT_FALSE(policies_say(fabric, "red", "red", "blue", ping).pass);
  EXPECT_FALSE(policies_say(fabric, "red", "blue", "red", ping).pass) << "both ways";
  EXPECT_TRUE(policies_say(fabric, "red", "red", "blue", web).pass);
  EXPECT_FALSE(policies_say(fabric, "red", "blue", "red", web).pass) << "no rule is about it";
}

TEST(Policies, are_not_asked_where_there_are_none) {
  const config::Fabric fabric = policed();
  const vr::FlowKey ping = packet("10.1.0.1", "10.2.0.1", icmp, 7);
  EXPECT_TRUE(policies_say(fabric, "red", "red", "red", ping).pass) << "within a network";
  EXPECT_TRUE(policies_say(fabric, "green", "green", "red", ping).pass)
      << "a network without policy";
  EXPECT_TRUE(policies_say(fabric, "red", "red", "", ping).pass) << "to the fabric";
}

TEST(Policies, tell_how_to_mark_what_their_rule_lets_pass) {
  config::Fabric fabric = policed();
  fabric.policies["p"].rules[1].qos_config = "voice";
  const vr::FlowKey ping = packet("10.1.0.1", "10.2.0.1", icmp, 7);
  const vr::FlowKey web = packet("10.1.0.1", "10.2.0.1", tcp, 1024, 80);
  EXPECT_EQ(policies_say(fabric, "red", "red", "blue", web).qos_config, "voice");
  EXPECT_EQ(policies_say(fabric, "red", "red", "blue", ping).qos_config, "");
  EXPECT_EQ(policies_say(fabric, "red", "red", "red", web).qos_config, "");
}

TEST(Policies, make_flows_necessary_when_routes_cannot_do_what_they_say) {
  config::Fabric fabric = policed();
  EXPECT_TRUE(judges_packets(fabric, fabric.networks[0]));
  EXPECT_FALSE(judges_packets(fabric, fabric.networks[2]));
  fabric.policies["p"].rules = {{.src = "red", .dst = "blue", .traffic = {}}};
  EXPECT_FALSE(judges_packets(fabric, fabric.networks[0])) << "anything both ways";
  fabric.policies["p"].rules[0].qos_config = "voice";
  EXPECT_TRUE(judges_packets(fabric, fabric.networks[0])) << "routes mark nothing";
}

}  // namespace
}  // namespace tflab::agent
