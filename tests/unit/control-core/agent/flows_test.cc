// An agent that is asked about packets: what it sets, and what becomes of it when configuration,
// routes or machines change. The naive vrouter holds the flows.

#include "control-core/agent/flows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "control-core/base/text.h"
#include "tests/dsl/packet.h"
#include "tests/unit/control-core/agent/lab.h"
#include "vrouter-core/ops/trap.h"

namespace tflab::agent {
namespace {

using dsl::pkt;

constexpr VifId coredns{3}, cirros{4};
const std::string far_end = "172.31.40.1";
const std::string gateway_mac = "00:00:5e:00:01:00", some_mac = "02:00:00:00:00:01";

config::SecurityRule rule(bool ingress, std::optional<std::uint8_t> protocol = {}) {
  config::SecurityRule made;
  made.ingress = ingress;
  made.traffic.protocol = protocol;
  return made;
}

// coredns has a floating IP and therefore flows, cirros is in a group that lets everything out and
// pings in.
config::Vrouter two_pods() {
  config::Vrouter config = quick_start();
  config.ports.push_back(pod_port("cirros", "10.47.255.250", 2));
  config.ports.back().security_groups = {"group"};
  config.fabric.security_groups["group"] = {8000000, {rule(false), rule(true, 1)}};
  return config;
}

struct FlowLab : Lab {
  explicit FlowLab(const config::Vrouter& config = two_pods()) : Lab{config} {
    start();
    send(0, pod, {item("10.47.255.9/32", far_end, 30), item("10.47.255.8/32", far_end, 31)});
    send(0, svc, {item("10.47.255.9/32", far_end, 30)});
    ops();
  }

  void miss(VifId in, const dsl::Frame& frame) {
    agent.on_trap(now, static_cast<std::uint16_t>(vr::Trap::flow_miss), in, VrfId{}, frame.octets);
    drain();
  }
  void ping(VifId from, const std::string& src, const std::string& dst) {
    miss(from, pkt().eth(gateway_mac, some_mac).ip4(src, dst).echo(7));
  }
  // From the far end, to the machine behind the label.
  void tunnelled(unsigned label, const dsl::Frame& inner) {
    miss(fabric_vif, pkt()
                         .eth(gateway_mac, some_mac)
                         .ip4(far_end, "172.31.41.236")
                         .udp(50000, 6635)
                         .mpls(label)
                         .inner(inner));
  }

  vr::FlowKey key(VifId of, const std::string& src, const std::string& dst) const {
    return {.nexthop = naive.vifs.at(of).nexthop,
            .src = ip4(src),
            .dst = ip4(dst),
            .protocol = 1,
            .src_port = 7};
  }
  const vr::SetFlow* flow(const vr::FlowKey& wanted) const {
    const auto it = naive.flows.find(wanted);
    return it == naive.flows.end() ? nullptr : &it->second;
  }
  unsigned label_of(VifId vif) const {
    for (const auto& [label, bind] : naive.labels)
      if (bind.nexthop == naive.vifs.at(vif).nexthop) return label.raw();
    return 0;
  }
  bool leads_to(NexthopId id, vr::NexthopType type) const {
    const auto it = naive.nexthops.find(id);
    return it != naive.nexthops.end() && it->second.type == type;
  }
  std::string reason() {
    const auto table = page("FetchAllFlowRecords");
    const auto* row = introspect::find(table, "SandeshFlowData");
    return row == nullptr ? "none" : std::string{introspect::text_of(*row, "drop_reason")};
  }
};

TEST(AgentFlows, an_interface_without_need_has_none) {
  config::Vrouter config = quick_start();
  config.ports[0].floating_ips.clear();
  FlowLab lab{config};
  EXPECT_EQ(lab.naive.vifs.at(coredns).nexthop, NexthopId{});
  lab.ping(coredns, "10.47.255.252", "10.47.255.9");
  EXPECT_TRUE(lab.naive.flows.empty());
}

TEST(AgentFlows, what_a_group_allows_gets_both_directions) {
  FlowLab lab;
  lab.ping(cirros, "10.47.255.250", "10.47.255.9");
  const auto* forth = lab.flow(lab.key(cirros, "10.47.255.250", "10.47.255.9"));
  const auto* back = lab.flow(lab.key(cirros, "10.47.255.9", "10.47.255.250"));
  ASSERT_NE(forth, nullptr);
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(lab.naive.flows.size(), 2u);
  EXPECT_EQ(forth->action, vr::FlowAction::forward);
  EXPECT_EQ(forth->reverse, back->key);
  EXPECT_EQ(back->reverse, forth->key);
  EXPECT_EQ(forth->source, lab.naive.vifs.at(cirros).nexthop);
  EXPECT_TRUE(lab.leads_to(back->source, vr::NexthopType::tunnel));
}

TEST(AgentFlows, of_a_port_have_the_ports_the_other_way_round) {
  FlowLab lab;
  lab.miss(cirros,
           pkt().eth(gateway_mac, some_mac).ip4("10.47.255.250", "10.47.255.9").tcp(1024, 80));
  ASSERT_EQ(lab.naive.flows.size(), 2u);
  vr::FlowKey back = lab.key(cirros, "10.47.255.9", "10.47.255.250");
  back.protocol = 6;
  back.src_port = 80;
  back.dst_port = 1024;
  EXPECT_NE(lab.flow(back), nullptr);
}

TEST(AgentFlows, what_no_rule_allows_is_dropped_for_its_reason_and_has_no_reverse) {
  FlowLab lab;
  lab.tunnelled(lab.label_of(cirros), pkt().ip4("10.47.255.9", "10.47.255.250").udp(1000, 53));
  ASSERT_EQ(lab.naive.flows.size(), 1u);
  EXPECT_EQ(lab.naive.flows.begin()->second.action, vr::FlowAction::drop);
  EXPECT_EQ(lab.reason(), "SG");
}

TEST(AgentFlows, between_two_machines_here_the_answer_begins_at_the_other) {
  FlowLab lab;
  lab.ping(coredns, "10.47.255.252", "10.47.255.250");
  ASSERT_EQ(lab.naive.flows.size(), 2u);
  EXPECT_NE(lab.flow(lab.key(coredns, "10.47.255.252", "10.47.255.250")), nullptr);
  const auto* back = lab.flow(lab.key(cirros, "10.47.255.250", "10.47.255.252"));
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(back->source, lab.naive.vifs.at(cirros).nexthop);
}

TEST(AgentFlows, the_group_of_the_other_machine_here_is_asked_too) {
  FlowLab lab;
  lab.miss(coredns,
           pkt().eth(gateway_mac, some_mac).ip4("10.47.255.252", "10.47.255.250").udp(1000, 53));
  ASSERT_EQ(lab.naive.flows.size(), 1u);
  EXPECT_EQ(lab.reason(), "OutSG");
}

TEST(AgentFlows, S111_follow_a_changed_group_in_place) {
  config::Vrouter config = two_pods();
  FlowLab lab{config};
  const std::string here = "10.47.255.250", there = "10.47.255.9";
  lab.tunnelled(lab.label_of(cirros), pkt().ip4(there, here).echo(7));
  const vr::FlowKey forth = lab.key(cirros, there, here), back = lab.key(cirros, here, there);
  ASSERT_NE(lab.flow(back), nullptr);

  config.fabric.security_groups["group"].rules = {rule(false)};
  lab.configure(config);
  EXPECT_EQ(lab.flow(forth)->action, vr::FlowAction::drop);
  EXPECT_EQ(lab.flow(back), nullptr);

  config.fabric.security_groups["group"].rules = {rule(true)};
  lab.configure(config);
  EXPECT_EQ(lab.flow(forth)->action, vr::FlowAction::forward);
  ASSERT_NE(lab.flow(back), nullptr);
  EXPECT_EQ(lab.flow(forth)->reverse, back);
}

TEST(AgentFlows, a_rule_for_a_group_holds_for_who_is_in_it_by_its_route) {
  config::Vrouter config = two_pods();
  config::SecurityRule friends = rule(true);
  friends.group = "friends";
  config.fabric.security_groups["friends"] = {8000001, {}};
  config.fabric.security_groups["group"].rules = {friends};
  FlowLab lab{config};
  auto route = item("10.47.255.9/32", far_end, 30);
  lab.tunnelled(lab.label_of(cirros), pkt().ip4("10.47.255.9", "10.47.255.250").echo(7));
  const vr::FlowKey key = lab.key(cirros, "10.47.255.9", "10.47.255.250");
  EXPECT_EQ(lab.flow(key)->action, vr::FlowAction::drop);
  route.security_groups = {8000001};
  lab.send(0, pod, {route});
  EXPECT_EQ(lab.flow(key)->action, vr::FlowAction::forward);
}

TEST(AgentFlows, without_a_route_there_is_nothing_to_forward_to_until_there_is_one) {
  FlowLab lab;
  lab.ping(cirros, "10.47.255.250", "10.47.255.77");
  const vr::FlowKey key = lab.key(cirros, "10.47.255.250", "10.47.255.77");
  EXPECT_EQ(lab.flow(key)->action, vr::FlowAction::drop);
  EXPECT_EQ(lab.reason(), "NoDstRt");
  lab.send(0, pod, {item("10.47.255.77/32", far_end, 44)});
  EXPECT_EQ(lab.flow(key)->action, vr::FlowAction::forward);
  lab.retract(0, pod, {"10.47.255.77/32"});
  EXPECT_EQ(lab.flow(key)->action, vr::FlowAction::drop);
}

TEST(AgentFlows, go_with_their_machine_whichever_end_it_is) {
  config::Vrouter config = two_pods();
  FlowLab lab{config};
  lab.ping(coredns, "10.47.255.252", "10.47.255.250");
  lab.ping(coredns, "10.47.255.252", "10.47.255.9");
  lab.ping(cirros, "10.47.255.250", "10.47.255.8");
  EXPECT_EQ(lab.naive.flows.size(), 6u);
  config.ports.pop_back();
  lab.configure(config);
  EXPECT_EQ(lab.naive.flows.size(), 2u) << "coredns with the far end";
  config.ports.clear();
  lab.configure(config);
  EXPECT_TRUE(lab.naive.flows.empty());
}

// Without numbers that hang on history.
std::set<std::string> told_of(const FlowLab& lab) {
  std::set<std::string> out;
  for (const auto& [key, flow] : lab.naive.flows)
    out.insert(tflab::to_text(key.src) + ' ' + std::to_string(key.src_port) + " > " +
               tflab::to_text(key.dst) + ' ' + std::to_string(key.dst_port) + " action " +
               std::to_string(static_cast<unsigned>(flow.action)) + " flags " +
               std::to_string(flow.flags));
  return out;
}

TEST(AgentFlows, P03_changes_every_ten_milliseconds_leave_no_flow_that_would_not_be_made_now) {
  const auto talk = [](FlowLab& lab) {
    lab.ping(cirros, "10.47.255.250", "10.47.255.9");
    lab.ping(coredns, "10.47.255.252", "10.47.255.250");
    lab.tunnelled(lab.label_of(coredns), pkt().ip4("10.47.255.9", "10.96.0.10").echo(7));
    lab.tunnelled(lab.label_of(cirros), pkt().ip4("10.47.255.8", "10.47.255.250").echo(7));
  };
  const config::Vrouter first = two_pods();
  FlowLab lab{first};
  config::Vrouter config = first;
  for (unsigned n = 0; n < 600; ++n) {
    config.fabric.security_groups["group"].rules = {
        rule(n % 2 == 0), rule(n % 3 == 0, n % 5 == 0 ? std::uint8_t{17} : std::uint8_t{1})};
    config.ports[0].floating_ips = first.ports[0].floating_ips;
    if (n % 7 == 0) config.ports[0].floating_ips[0].address = ip4("10.96.0.11");
    lab.configure(config);
    lab.run_for(millis(10));
    if (n % 20 == 0) talk(lab);
  }
  lab.configure(first);
  FlowLab fresh{first};
  talk(lab);
  talk(fresh);
  EXPECT_EQ(fresh.naive.flows.size(), 8u);
  EXPECT_EQ(told_of(lab), told_of(fresh));
}

TEST(AgentFlows, P04_a_machine_that_changes_its_network_is_never_in_both) {
  config::Vrouter config = two_pods();
  FlowLab lab{config};
  lab.ping(cirros, "10.47.255.250", "10.47.255.9");
  const auto reached = [&] {
    std::vector<std::string> out;
    for (const std::string& line : lab.forwarding())
      if (line.find("vif cirros") != line.npos) out.push_back(line);
    return out;
  };
  ASSERT_EQ(reached().size(), 1u);
  const unsigned label = lab.label_of(cirros);
  config.ports.back().network = svc_network;
  config.ports.back().address = ip4("10.96.1.5");
  lab.configure(config);
  ASSERT_EQ(reached().size(), 1u);
  EXPECT_THAT(reached()[0], testing::HasSubstr("10.96.1.5/32"));
  for (const auto& [key, flow] : lab.naive.flows) EXPECT_NE(key.src, IpAddr{ip4("10.47.255.250")});
  const auto ops = lab.ops();
  const auto place = [&](const std::string& of) {
    return std::ranges::find_if(ops,
                                [&](const std::string& op) { return op.find(of) != op.npos; }) -
           ops.begin();
  };
  EXPECT_LT(place("DeleteRoute vrf 2 10.47.255.250/32"), place("SetRoute vrf 3 10.96.1.5/32"));
  EXPECT_LT(place("SetRoute vrf 3 10.96.1.5/32"), std::ssize(ops));
  EXPECT_NE(lab.label_of(cirros), label) << "whoever knows the old one does not get to the other";
}

TEST(AgentFlows, P05_a_floating_ip_that_moves_has_one_owner_and_leaves_no_flow) {
  config::Vrouter config = two_pods();
  FlowLab lab{config};
  lab.tunnelled(lab.label_of(coredns), pkt().ip4("10.47.255.9", "10.96.0.10").echo(7));
  EXPECT_EQ(lab.route(3, "10.96.0.10/32"), "vif coredns/eth0 02:00:00:00:00:01");
  std::swap(config.ports[0].floating_ips, config.ports[1].floating_ips);
  lab.configure(config);
  EXPECT_EQ(lab.route(3, "10.96.0.10/32"), "vif cirros/eth0 02:00:00:00:00:02");
  EXPECT_TRUE(lab.naive.flows.empty());
  lab.tunnelled(lab.label_of(cirros), pkt().ip4("10.47.255.9", "10.96.0.10").echo(7));
  EXPECT_NE(lab.flow(lab.key(cirros, "10.47.255.9", "10.96.0.10")), nullptr);
}

TEST(AgentFlows, to_a_floating_ip_become_flows_to_the_machine_and_back) {
  FlowLab lab;
  lab.tunnelled(lab.label_of(coredns), pkt().ip4("10.47.255.9", "10.96.0.10").echo(7));
  const auto* in = lab.flow(lab.key(coredns, "10.47.255.9", "10.96.0.10"));
  const auto* out = lab.flow(lab.key(coredns, "10.47.255.252", "10.47.255.9"));
  ASSERT_NE(in, nullptr);
  ASSERT_NE(out, nullptr);
  EXPECT_EQ(in->action, vr::FlowAction::nat);
  EXPECT_EQ(in->flags, vr::flow_dnat);
  EXPECT_EQ(out->flags, vr::flow_snat | vr::flow_vrf_translate);
}

TEST(AgentFlows, to_what_only_the_pools_network_knows_leave_with_the_floating_ip) {
  FlowLab lab;
  lab.send(0, svc, {item("10.200.0.1/32", far_end, 50)});
  lab.ping(coredns, "10.47.255.252", "10.200.0.1");
  const auto* out = lab.flow(lab.key(coredns, "10.47.255.252", "10.200.0.1"));
  const auto* in = lab.flow(lab.key(coredns, "10.200.0.1", "10.96.0.10"));
  ASSERT_NE(out, nullptr);
  ASSERT_NE(in, nullptr);
  EXPECT_EQ(out->flags, vr::flow_snat | vr::flow_vrf_translate);
  EXPECT_EQ(in->flags, vr::flow_dnat);
  lab.ping(coredns, "10.47.255.252", "10.47.255.9");
  EXPECT_EQ(lab.flow(lab.key(coredns, "10.47.255.252", "10.47.255.9"))->action,
            vr::FlowAction::forward)
      << "its own network knows that one as well";
}

TEST(AgentFlows, have_the_map_that_a_policys_rule_names_and_an_interfaces_own_goes_first) {
  config::Vrouter config = two_pods();
  config.qos_configs = {{"mail", config::QosScope::project, 3, {}, {}, {}},
                        {"voice", config::QosScope::project, 9, {}, {}, {}}};
  config::PolicyRule& rule = config.fabric.policies["pod-service-np"].rules[0];
  rule.qos_config = "voice";
  network_of(config, pod_network).qos_config = "mail";
  FlowLab lab{config};
  xmpp::UnicastItem there = item("10.200.0.1/32", far_end, 40);
  there.virtual_network = there.next_hops[0].virtual_network = svc_network;
  lab.send(0, pod, {there});
  lab.ping(coredns, "10.47.255.252", "10.200.0.1");
  lab.tunnelled(lab.label_of(coredns), pkt().ip4("10.200.0.1", "10.47.255.252").echo(7));
  const vr::FlowKey forth = lab.key(coredns, "10.47.255.252", "10.200.0.1"),
                    back = lab.key(coredns, "10.200.0.1", "10.47.255.252");
  const auto maps = [&] { return std::pair{lab.flow(forth)->qos, lab.flow(back)->qos}; };
  ASSERT_NE(lab.flow(forth), nullptr);
  ASSERT_NE(lab.flow(back), nullptr);
  EXPECT_EQ(lab.naive.vifs.at(coredns).qos, 1);
  EXPECT_EQ(maps(), (std::pair<std::uint16_t, std::uint16_t>{2, 2}));
  config.ports[0].qos_config = "mail";
  lab.configure(config);
  EXPECT_EQ(maps(), (std::pair<std::uint16_t, std::uint16_t>{0, 2}));
  config.ports[0].qos_config.clear();
  rule.qos_config = "mail";
  lab.configure(config);
  EXPECT_EQ(maps(), (std::pair<std::uint16_t, std::uint16_t>{1, 1}));
  rule.qos_config.clear();
  lab.configure(config);
  EXPECT_EQ(maps(), (std::pair<std::uint16_t, std::uint16_t>{0, 0}));
  // Within a network no rule is asked.
  lab.ping(coredns, "10.47.255.252", "10.47.255.9");
  EXPECT_EQ(lab.flow(lab.key(coredns, "10.47.255.252", "10.47.255.9"))->qos, 0);
}

TEST(AgentFlows, of_a_caller_from_elsewhere_mark_the_answers) {
  config::Vrouter config = two_pods();
  config.qos_configs = {{"voice", config::QosScope::project, 9, {}, {}, {}}};
  config.fabric.policies["pod-service-np"].rules[0].qos_config = "voice";
  FlowLab lab{config};
  xmpp::UnicastItem caller = item("10.200.0.1/32", far_end, 40);
  caller.virtual_network = caller.next_hops[0].virtual_network = svc_network;
  lab.send(0, pod, {caller});
  lab.tunnelled(lab.label_of(coredns), pkt().ip4("10.200.0.1", "10.47.255.252").echo(7));
  const auto* answers = lab.flow(lab.key(coredns, "10.47.255.252", "10.200.0.1"));
  ASSERT_NE(answers, nullptr);
  EXPECT_EQ(answers->qos, 1);
}

// coredns answers at its floating IP's port 80 on its own 8080.
struct MappedLab : FlowLab {
  explicit MappedLab(bool ingress = true, bool egress = true) : FlowLab{config(ingress, egress)} {
    send(0, svc, {item("10.200.0.1/32", far_end, 50)});  // known to the pool's network only
  }
  static config::Vrouter config(bool ingress, bool egress) {
    config::Vrouter config = two_pods();
    config::FloatingIp& floating = config.ports[0].floating_ips[0];
    floating.ingress = ingress;
    floating.egress = egress;
    floating.port_mappings = {{.protocol = 6, .port = 80, .machine_port = 8080}};
    return config;
  }
  const vr::SetFlow* tcp(const std::string& src, std::uint16_t src_port, const std::string& dst,
                         std::uint16_t dst_port) const {
    vr::FlowKey wanted = key(coredns, src, dst);
    wanted.protocol = 6;
    wanted.src_port = src_port;
    wanted.dst_port = dst_port;
    return flow(wanted);
  }
  void from_outside(std::uint16_t port) {
    tunnelled(label_of(coredns), pkt().ip4("10.47.255.9", "10.96.0.10").tcp(1000, port));
  }
  void from_coredns(std::uint16_t port) {
    miss(coredns, pkt().eth(gateway_mac, some_mac).ip4("10.47.255.252", "10.200.0.1").tcp(port, 9));
  }
};

TEST(AgentFlows, S113_a_mapped_port_of_a_floating_ip_leads_to_the_machines_own) {
  MappedLab lab;
  lab.from_outside(80);
  const auto* in = lab.tcp("10.47.255.9", 1000, "10.96.0.10", 80);
  const auto* out = lab.tcp("10.47.255.252", 8080, "10.47.255.9", 1000);
  ASSERT_NE(in, nullptr);
  ASSERT_NE(out, nullptr);
  EXPECT_EQ(in->flags, vr::flow_dnat | vr::flow_dpat);
  EXPECT_EQ(out->flags, vr::flow_snat | vr::flow_spat | vr::flow_vrf_translate);
  EXPECT_EQ(out->reverse, in->key);
}

TEST(AgentFlows, S113_what_leaves_a_mapped_port_has_the_floating_ips) {
  MappedLab lab;
  lab.from_coredns(8080);
  const auto* out = lab.tcp("10.47.255.252", 8080, "10.200.0.1", 9);
  const auto* in = lab.tcp("10.200.0.1", 9, "10.96.0.10", 80);
  ASSERT_NE(out, nullptr);
  ASSERT_NE(in, nullptr);
  EXPECT_EQ(out->flags, vr::flow_snat | vr::flow_spat | vr::flow_vrf_translate);
  EXPECT_EQ(in->flags, vr::flow_dnat | vr::flow_dpat);
}

TEST(AgentFlows, S113_a_port_that_is_not_mapped_does_not_pass) {
  for (const auto& asked : std::vector<std::function<void(MappedLab&)>>{
           [](MappedLab& lab) { lab.from_outside(81); },
           [](MappedLab& lab) { lab.from_coredns(80); },
           [](MappedLab& lab) {
             lab.tunnelled(lab.label_of(coredns), pkt().ip4("10.47.255.9", "10.96.0.10").echo(7));
           }}) {
    MappedLab lab;
    asked(lab);
    ASSERT_EQ(lab.naive.flows.size(), 1u);
    EXPECT_EQ(lab.naive.flows.begin()->second.action, vr::FlowAction::drop);
    EXPECT_EQ(lab.reason(), "NoFipPortMap");
  }
}

TEST(AgentFlows, S113_a_floating_ip_may_be_for_one_direction) {
  MappedLab only_in{true, false}, only_out{false, true};
  only_in.from_coredns(8080);
  EXPECT_EQ(only_in.reason(), "NoDstRt") << "no way out but with the floating IP";
  only_in.from_outside(80);
  ASSERT_NE(only_in.tcp("10.47.255.9", 1000, "10.96.0.10", 80), nullptr);
  EXPECT_EQ(only_in.tcp("10.47.255.9", 1000, "10.96.0.10", 80)->action, vr::FlowAction::nat);

  only_out.from_coredns(8080);
  ASSERT_NE(only_out.tcp("10.47.255.252", 8080, "10.200.0.1", 9), nullptr);
  EXPECT_EQ(only_out.tcp("10.47.255.252", 8080, "10.200.0.1", 9)->action, vr::FlowAction::nat);
  only_out.from_outside(80);
  ASSERT_NE(only_out.tcp("10.47.255.9", 1000, "10.96.0.10", 80), nullptr);
  EXPECT_EQ(only_out.tcp("10.47.255.9", 1000, "10.96.0.10", 80)->action, vr::FlowAction::forward)
      << "not translated";
}

TEST(AgentFlows, S112_sources_are_checked_while_the_network_says_so) {
  config::Vrouter config = two_pods();
  FlowLab lab{config};
  const std::string here = "10.47.255.250", there = "10.47.255.9", unknown = "10.99.0.1";
  lab.ping(cirros, here, there);
  const vr::FlowKey forth = lab.key(cirros, here, there), back = lab.key(cirros, there, here);
  const NexthopId own = lab.naive.vifs.at(cirros).nexthop;
  EXPECT_EQ(lab.flow(forth)->source, own);
  lab.tunnelled(lab.label_of(cirros), pkt().ip4(unknown, here).echo(7));
  EXPECT_EQ(lab.flow(lab.key(cirros, unknown, here))->action, vr::FlowAction::drop) << "NoSrcRt";

  network_of(config, pod_network).rpf = false;
  lab.configure(config);
  EXPECT_EQ(lab.flow(forth)->source, NexthopId{}) << "of flows that are there already, too";
  EXPECT_EQ(lab.flow(back)->source, NexthopId{});
  EXPECT_EQ(lab.flow(lab.key(cirros, unknown, here))->action, vr::FlowAction::forward);

  network_of(config, pod_network).rpf = true;
  lab.configure(config);
  EXPECT_EQ(lab.flow(forth)->source, own);
  EXPECT_TRUE(lab.leads_to(lab.flow(back)->source, vr::NexthopType::tunnel));
  EXPECT_EQ(lab.flow(lab.key(cirros, unknown, here))->action, vr::FlowAction::drop);
}

TEST(AgentFlows, S112_the_pools_network_says_so_for_a_floating_ip) {
  for (const bool in_pool : {false, true}) {
    config::Vrouter config = two_pods();
    network_of(config, pod_network).rpf = !in_pool;
    network_of(config, svc_network).rpf = in_pool;
    FlowLab lab{config};
    lab.tunnelled(lab.label_of(coredns), pkt().ip4("10.47.255.9", "10.96.0.10").echo(7));
    const auto* in = lab.flow(lab.key(coredns, "10.47.255.9", "10.96.0.10"));
    ASSERT_NE(in, nullptr);
    EXPECT_EQ(in->source != NexthopId{}, in_pool);
    lab.send(0, svc, {item("10.200.0.1/32", far_end, 50)});
    lab.ping(coredns, "10.47.255.252", "10.200.0.1");
    const auto* out = lab.flow(lab.key(coredns, "10.47.255.252", "10.200.0.1"));
    ASSERT_NE(out, nullptr);
    EXPECT_EQ(out->source != NexthopId{}, in_pool);
  }
}

TEST(AgentFlows, a_machine_without_flows_meets_those_of_the_machine_it_calls) {
  config::Vrouter config = two_pods();
  config.ports.push_back(pod_port("plain", "10.47.255.240", 3));
  FlowLab lab{config};
  const VifId plain{5};
  ASSERT_EQ(lab.naive.vifs.at(plain).nexthop, NexthopId{});
  const dsl::Frame frame =
      pkt().eth(gateway_mac, some_mac).ip4("10.47.255.240", "10.47.255.250").echo(7);
  lab.agent.on_trap(lab.now, static_cast<std::uint16_t>(vr::Trap::flow_miss), plain,
                    lab.naive.vifs.at(plain).vrf, frame.octets);
  lab.drain();
  const auto* forth = lab.flow(lab.key(cirros, "10.47.255.240", "10.47.255.250"));
  ASSERT_NE(forth, nullptr);
  EXPECT_EQ(forth->action, vr::FlowAction::forward);
  EXPECT_NE(lab.flow(lab.key(cirros, "10.47.255.250", "10.47.255.240")), nullptr);
}

TEST(AgentFlows, S114_to_several_keep_the_one_that_was_chosen_while_it_is_there) {
  FlowLab lab;
  const auto several = [&](std::vector<unsigned> labels) {
    auto route = item("10.47.255.60/32", far_end, labels[0]);
    for (std::size_t i = 1; i < labels.size(); ++i)
      route.next_hops.push_back(item("10.47.255.60/32", far_end, labels[i]).next_hops[0]);
    lab.send(0, pod, {route});
  };
  several({60, 61, 62});
  lab.ping(cirros, "10.47.255.250", "10.47.255.60");
  const vr::FlowKey key = lab.key(cirros, "10.47.255.250", "10.47.255.60");
  ASSERT_NE(lab.flow(key), nullptr);
  const auto chosen = lab.flow(key)->ecmp_index;
  ASSERT_LT(chosen, 3);
  std::vector<unsigned> others = {60, 61, 62};
  const unsigned own = others[chosen];
  std::erase(others, own);
  several({others[0], own, 63});
  EXPECT_EQ(lab.flow(key)->ecmp_index, chosen) << "another went, another came";
  several({others[0], 64});
  EXPECT_NE(lab.flow(key)->ecmp_index, vr::no_ecmp_index);
  several({others[0]});
  EXPECT_EQ(lab.flow(key)->ecmp_index, vr::no_ecmp_index) << "nothing to choose";
}

// Eight flows of one machine, from as many ports.
TEST(AgentFlows, S53_one_of_several_is_chosen_by_the_fields_its_route_names) {
  FlowLab lab;
  auto route = item("10.47.255.60/32", far_end, 60);
  for (const unsigned label : {61u, 62u, 63u})
    route.next_hops.push_back(item("10.47.255.60/32", far_end, label).next_hops[0]);
  const auto places = [&](std::uint8_t fields) {
    route.load_balance.fields = fields;
    lab.send(0, pod, {route});
    std::set<int> used;
    for (std::uint16_t port = 1; port <= 8; ++port) {
      lab.miss(cirros, pkt()
                           .eth(gateway_mac, some_mac)
                           .ip4("10.47.255.250", "10.47.255.60")
                           .udp(static_cast<std::uint16_t>(fields * 1000 + port), 9));
      vr::FlowKey key = lab.key(cirros, "10.47.255.250", "10.47.255.60");
      key.protocol = 17;
      key.src_port = static_cast<std::uint16_t>(fields * 1000 + port);
      key.dst_port = 9;
      const vr::SetFlow* flow = lab.flow(key);
      EXPECT_NE(flow, nullptr);
      if (flow != nullptr) used.insert(flow->ecmp_index);
    }
    return used;
  };
  EXPECT_GT(places(all_hash_fields).size(), 1u);
  EXPECT_EQ(places(hash_src_ip | hash_dst_ip | hash_protocol | hash_dst_port).size(), 1u);
  EXPECT_GT(places(hash_src_port).size(), 1u);
  const auto& nexthops = lab.naive.nexthops;
  EXPECT_EQ(std::ranges::count_if(nexthops,
                                  [](const auto& each) {
                                    return each.second.type == vr::NexthopType::composite &&
                                           each.second.hash_fields == hash_src_port;
                                  }),
            1);
}

// A network that only bridges: cirros is in the group, plain in none, a third machine is far away.
struct BridgedLab : FlowLab {
  static constexpr VifId plain{5};
  inline static const std::string cirros_mac = "02:00:00:00:00:02", plain_mac = "02:00:00:00:00:03",
                                  far_mac = "02:00:00:00:00:77";
  inline static const std::string here = "10.47.255.250", beside = "10.47.255.240",
                                  there = "10.47.255.9";

  static config::Vrouter configuration() {
    config::Vrouter config = two_pods();
    network_of(config, pod_network).forwarding = config::ForwardingMode::l2;
    config.ports.push_back(pod_port("plain", beside, 3));
    return config;
  }
  explicit BridgedLab(const config::Vrouter& config = configuration()) : FlowLab{config} {
    tell_far(33);
  }
  void tell_far(unsigned label, std::vector<std::uint32_t> groups = {}) {
    xmpp::EvpnItem told;
    told.mac = mac(far_mac);
    told.address = prefix("0.0.0.0/32");
    told.next_hops = item("10.0.0.1/32", far_end, label).next_hops;
    told.local_preference = 200;
    told.security_groups = std::move(groups);
    send(0, pod, {told});
  }
  dsl::Frame frame(const std::string& to, const std::string& from, const std::string& src,
                   const std::string& dst) const {
    return pkt().eth(to, from).ip4(src, dst).echo(7);
  }
  void missed_in_vrf(VifId in, const dsl::Frame& frame) {
    agent.on_trap(now, static_cast<std::uint16_t>(vr::Trap::flow_miss), in,
                  naive.vifs.at(cirros).vrf, frame.octets);
    drain();
  }
  // The frame in MPLS, to the machine's own label for frames.
  dsl::Frame tunnelled_to_cirros(const dsl::Frame& inside) const {
    unsigned label = 0;
    for (const auto& [bound, bind] : naive.labels) {
      const vr::SetNexthop& nexthop = naive.nexthops.at(bind.nexthop);
      if (nexthop.family == vr::NexthopFamily::bridge && nexthop.out == cirros) label = bound.raw();
    }
    return pkt()
        .eth(gateway_mac, some_mac)
        .ip4(far_end, "172.31.41.236")
        .udp(50000, 6635)
        .mpls(label)
        .inner(inside);
  }
  vr::FlowAction action(const std::string& src, const std::string& dst) const {
    const vr::SetFlow* found = flow(key(cirros, src, dst));
    EXPECT_NE(found, nullptr) << src << " > " << dst;
    return found != nullptr ? found->action : vr::FlowAction::hold;
  }
};

TEST(AgentBridgedFlows, S112_have_their_sources_where_the_macs_are) {
  BridgedLab lab;
  ASSERT_NE(lab.naive.vifs.at(cirros).nexthop, NexthopId{});
  EXPECT_EQ(lab.naive.vifs.at(BridgedLab::plain).nexthop, NexthopId{});
  lab.miss(cirros, lab.frame(lab.far_mac, lab.cirros_mac, lab.here, lab.there));
  const auto* forth = lab.flow(lab.key(cirros, lab.here, lab.there));
  const auto* back = lab.flow(lab.key(cirros, lab.there, lab.here));
  ASSERT_TRUE(forth != nullptr && back != nullptr);
  EXPECT_EQ(forth->action, vr::FlowAction::forward);
  EXPECT_EQ(forth->source, lab.naive.vifs.at(cirros).nexthop);
  EXPECT_TRUE(lab.leads_to(back->source, vr::NexthopType::tunnel));
  // Another's MAC, or nobody's, is no source of this machine's.
  lab.miss(cirros, lab.frame(lab.far_mac, "02:00:00:00:00:99", "10.9.9.9", lab.there));
  EXPECT_EQ(lab.action("10.9.9.9", lab.there), vr::FlowAction::drop);
  EXPECT_EQ(lab.reason(), "NoSrcRt");
}

TEST(AgentBridgedFlows, S112_sources_are_free_where_the_network_says_so) {
  config::Vrouter config = BridgedLab::configuration();
  network_of(config, pod_network).rpf = false;
  BridgedLab lab{config};
  lab.miss(cirros, lab.frame(lab.far_mac, "02:00:00:00:00:99", "10.9.9.9", lab.there));
  EXPECT_EQ(lab.action("10.9.9.9", lab.there), vr::FlowAction::forward);
  EXPECT_EQ(lab.flow(lab.key(cirros, "10.9.9.9", lab.there))->source, NexthopId{});
}

TEST(AgentBridgedFlows, S112_are_judged_by_groups_from_near_and_far) {
  config::Vrouter config = BridgedLab::configuration();
  config::SecurityRule members = rule(true);
  members.group = "group";
  config.fabric.security_groups["group"] = {8000000, {rule(false), members}};
  BridgedLab lab{config};
  const auto from_plain = lab.frame(lab.cirros_mac, lab.plain_mac, lab.beside, lab.here);
  lab.missed_in_vrf(BridgedLab::plain, from_plain);
  EXPECT_EQ(lab.action(lab.beside, lab.here), vr::FlowAction::drop);
  const auto from_far = lab.frame(lab.cirros_mac, lab.far_mac, lab.there, lab.here);
  lab.missed_in_vrf(fabric_vif, lab.tunnelled_to_cirros(from_far));
  EXPECT_EQ(lab.action(lab.there, lab.here), vr::FlowAction::drop);
  // The far machine's groups come with its MAC.
  lab.tell_far(33, {8000000});
  EXPECT_EQ(lab.action(lab.there, lab.here), vr::FlowAction::forward);
  EXPECT_NE(lab.flow(lab.key(cirros, lab.here, lab.there)), nullptr) << "the answer's";
  EXPECT_EQ(lab.action(lab.beside, lab.here), vr::FlowAction::drop);
}

TEST(AgentBridgedFlows, S112_go_with_the_mac_and_nothing_stays_of_the_machine) {
  BridgedLab lab;
  lab.miss(cirros, lab.frame(lab.far_mac, lab.cirros_mac, lab.here, lab.there));
  ASSERT_EQ(lab.naive.flows.size(), 2u);
  lab.tell_far(34);
  EXPECT_EQ(lab.naive.flows.size(), 2u);
  lab.retract(0, pod, {lab.far_mac + ",0.0.0.0/32"}, Family::evpn);
  EXPECT_TRUE(lab.naive.flows.empty()) << "the address may be behind another MAC now";
  lab.miss(cirros, lab.frame(lab.plain_mac, lab.cirros_mac, lab.here, lab.beside));
  ASSERT_EQ(lab.naive.flows.size(), 2u);
  config::Vrouter config = BridgedLab::configuration();
  config.ports[1].security_groups.clear();
  lab.configure(config);
  EXPECT_TRUE(lab.naive.flows.empty());
  EXPECT_EQ(lab.naive.vifs.at(cirros).nexthop, NexthopId{});
  for (const auto& [id, nexthop] : lab.naive.nexthops) {
    const bool frames = nexthop.family == vr::NexthopFamily::bridge;
    EXPECT_FALSE(frames && (nexthop.flags & vr::nh_policy) != 0) << id.raw();
  }
}

TEST(AgentFlows, an_allowed_answer_takes_the_place_of_what_was_dropped) {
  FlowLab lab;
  const std::string here = "10.47.255.250", there = "10.47.255.77";
  lab.ping(cirros, here, there);
  ASSERT_EQ(lab.flow(lab.key(cirros, here, there))->action, vr::FlowAction::drop);
  lab.send(0, pod, {item(there + "/32", far_end, 44)});
  lab.tunnelled(lab.label_of(cirros), pkt().ip4(there, here).echo(7));
  EXPECT_EQ(lab.naive.flows.size(), 2u);
  EXPECT_EQ(lab.flow(lab.key(cirros, here, there))->action, vr::FlowAction::forward);
}

TEST(AgentFlows, what_would_answer_itself_is_dropped) {
  FlowLab lab;
  lab.ping(cirros, "10.47.255.250", "10.47.255.250");
  EXPECT_EQ(lab.reason(), "SameFlowRflowKey");
}

TEST(AgentFlows, a_route_of_a_grouped_machine_tells_its_groups) {
  FlowLab lab;
  bool told = false;
  for (const auto& published : lab.nodes[0].published)
    if (const auto* unicast = std::get_if<xmpp::UnicastItem>(&published.item))
      if (unicast->prefix == prefix("10.47.255.250/32"))
        told = unicast->security_groups == std::vector<std::uint32_t>{8000000};
  EXPECT_TRUE(told);
}

TEST(AgentFlows, what_the_vrouter_has_forgotten_is_forgotten) {
  FlowLab lab;
  EXPECT_EQ(lab.reason(), "none");
  lab.ping(cirros, "10.47.255.250", "10.47.255.9");
  EXPECT_EQ(lab.reason(), "");
  lab.agent.on_aged(lab.now, {lab.key(cirros, "10.47.255.9", "10.47.255.250"),
                              lab.key(cirros, "10.47.255.250", "10.47.255.9")});
  EXPECT_EQ(lab.reason(), "none");
}

TEST(AgentFlows, half_a_pair_the_vrouter_refuses_takes_the_other_half_with_it) {
  FlowLab lab;
  lab.ping(cirros, "10.47.255.250", "10.47.255.9");
  const vr::FlowKey forth = lab.key(cirros, "10.47.255.250", "10.47.255.9");
  const vr::SetFlow back = *lab.flow(lab.key(cirros, "10.47.255.9", "10.47.255.250"));
  lab.agent.on_refused(lab.now, back, vr::Result::table_full);
  lab.drain();
  EXPECT_EQ(lab.flow(forth), nullptr);
  EXPECT_EQ(lab.reason(), "none");
}

}  // namespace
}  // namespace tflab::agent
