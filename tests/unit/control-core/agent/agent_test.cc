// The agent from outside: what control nodes are told, what the vrouter is told, and what neither
// hears about when nothing changed.

#include <gmock/gmock.h>

#include "control-core/agent/controllers.h"
#include "control-core/base/text.h"
#include "control-core/introspect/tree.h"
#include "tests/unit/control-core/agent/lab.h"
#include "vrouter-core/ops/trap.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::agent {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

struct Started : Lab {
  explicit Started(const config::Vrouter& config = quick_start()) : Lab{config} {
    start();
    for (std::size_t n = 0; n < nodes.size(); ++n) told(n);
    ops();
  }
};

config::Vrouter two_control_nodes() {
  config::Vrouter config = quick_start();
  config.control_nodes.push_back(ip4("172.31.14.48"));
  return config;
}

config::Vrouter gatewayless() {
  config::Vrouter config = quick_start();
  network_of(config, pod_network).provider_network = fab_network;
  return config;
}

const std::string own = "172.31.41.236";

TEST(Agent, programs_the_fabric_and_the_first_pod_in_an_order_the_vrouter_takes) {
  Lab lab;
  lab.start();
  const std::vector<std::string> ops = lab.ops();
  EXPECT_EQ(ops.front(), "SetVrf 0");
  EXPECT_THAT(lab.naive.vrfs, ElementsAre(VrfId{0}, VrfId{1}, VrfId{2}, VrfId{3}));
  EXPECT_EQ(lab.naive.attached.at(VifId{3}), "coredns/eth0");
  const vr::SetVif& port = lab.naive.vifs.at(VifId{3});
  EXPECT_EQ(port.flags, vr::vif_policy | vr::vif_l3);
  EXPECT_EQ(port.vrf, VrfId{2});
  EXPECT_EQ(port.address, ip4("10.47.255.252"));
  EXPECT_EQ(port.mac, mac("00:00:5e:00:01:00"));

  EXPECT_EQ(lab.route(0, "172.31.41.236/32"), "receive");
  EXPECT_EQ(lab.route(0, "172.31.32.0/20"), "resolve");
  EXPECT_EQ(lab.route(0, "172.31.14.47/32"), "native 0e:00:00:00:14:47");
  EXPECT_EQ(lab.route(1, "172.31.41.236/32"), "receive");
  EXPECT_EQ(lab.route(2, "10.47.255.252/32"), "vif coredns/eth0 02:00:00:00:00:01");
  EXPECT_EQ(lab.route(2, "10.32.0.0/12"), "discard");
  EXPECT_EQ(lab.route(3, "10.96.0.10/32"), "vif coredns/eth0 02:00:00:00:00:01");
  EXPECT_EQ(lab.route(3, "10.96.0.0/12"), "discard");
  const auto subnet = lab.naive.routes.at({VrfId{2}, prefix("10.32.0.0/12")});
  EXPECT_EQ(subnet.flags, vr::route_arp_proxy);
}

TEST(Agent, the_two_labels_of_the_lab_lead_to_vhost0_and_to_the_pod) {
  Started lab;
  ASSERT_EQ(lab.naive.labels.size(), 2u);
  const auto& vhost0 = lab.naive.nexthops.at(lab.naive.labels.at(Label{16}).nexthop);
  EXPECT_EQ(vhost0.type, vr::NexthopType::receive);
  EXPECT_EQ(vhost0.out, host_vif);
  const auto& coredns = lab.naive.nexthops.at(lab.naive.labels.at(Label{18}).nexthop);
  EXPECT_EQ(coredns.type, vr::NexthopType::encap);
  EXPECT_EQ(coredns.out, VifId{3});
  EXPECT_EQ(coredns.vrf, VrfId{2});
  EXPECT_EQ(coredns.dst, mac("02:00:00:00:00:01"));
  EXPECT_EQ(coredns.src, mac("00:00:5e:00:01:00"));
}

// The inputs of the article's 41 rows, in the order in which they are told.
TEST(Agent, tells_the_control_node_what_the_articles_tables_are_made_of) {
  Lab lab;
  lab.start();
  EXPECT_THAT(lab.streams, ElementsAre("open 172.31.41.236 > 172.31.14.47:5269"));
  EXPECT_THAT(
      lab.told(),
      ElementsAre(
          "up ip-172-31-41-236.ap-northeast-1.compute.internal", "subscribe master 0",
          "subscribe FAB 1", "subscribe POD 2", "subscribe SVC 3",
          "publish FAB inet 172.31.41.236/32 nh 172.31.41.236 label 16 gre,udp,native pref 200",
          "publish FAB evpn 0-0e:92:cc:bd:aa:08,0.0.0.0/32 nh 172.31.41.236 label 17 gre,udp "
          "pref 200",
          "publish FAB evpn 0-0e:92:cc:bd:aa:08,172.31.41.236/32 nh 172.31.41.236 label 17 "
          "gre,udp pref 200",
          "publish FAB evpn 2-ff:ff:ff:ff:ff:ff,0.0.0.0/32 nh 172.31.41.236 label 2 vxlan "
          "pref 100",
          "publish FAB ermvpn 255.255.255.255,0.0.0.0 nh 172.31.41.236 labels 1024-3071 gre,udp",
          "publish POD inet 10.47.255.252/32 nh 172.31.41.236 label 18 gre,udp pref 200",
          "publish POD ermvpn 255.255.255.255,0.0.0.0 nh 172.31.41.236 labels 1024-3071 gre,udp",
          "publish SVC inet 10.96.0.10/32 nh 172.31.41.236 label 18 gre,udp pref 200",
          "publish SVC ermvpn 255.255.255.255,0.0.0.0 nh 172.31.41.236 labels 1024-3071 gre,udp",
          "end-of-rib"));
}

TEST(Agent, publishes_its_mac_its_network_and_the_sub_protocol_with_an_address) {
  Started lab;
  const auto& published = lab.nodes[0].published;
  const auto pod_route = std::ranges::find(published, pod, &xmpp::Published::instance);
  ASSERT_NE(pod_route, published.end());
  const auto& item = std::get<xmpp::UnicastItem>(pod_route->item);
  EXPECT_EQ(item.next_hops.at(0).mac, mac("0e:92:cc:bd:aa:08"));
  EXPECT_EQ(item.next_hops.at(0).virtual_network, pod_network);
  EXPECT_EQ(item.sub_protocol, SubProtocol::interface);
}

TEST(Agent, S53_an_address_says_what_to_choose_by_its_own_or_its_networks) {
  config::Vrouter config = quick_start();
  network_of(config, pod_network).hash_fields = hash_src_ip;
  config.ports.push_back(pod_port("own", "10.47.255.250", 2));
  config.ports.back().hash_fields = hash_dst_port;
  Lab lab{config};
  lab.start();
  std::map<std::string, std::uint8_t> fields;
  for (const xmpp::Published& each : lab.nodes[0].published)
    if (const auto* unicast = std::get_if<xmpp::UnicastItem>(&each.item))
      fields[each.instance + ' ' + to_text(unicast->prefix)] = unicast->load_balance.fields;
  EXPECT_EQ(fields.at(pod + " 10.47.255.252/32"), hash_src_ip);
  EXPECT_EQ(fields.at(pod + " 10.47.255.250/32"), hash_dst_port);
  EXPECT_EQ(fields.at(fab + " 172.31.41.236/32"), all_hash_fields);
}

TEST(Agent, a_network_that_bridges_gets_its_ports_macs_and_its_flood_route_told) {
  config::Vrouter config = quick_start();
  network_of(config, pod_network).forwarding = config::ForwardingMode::l2_l3;
  Lab lab{config};
  lab.start();
  EXPECT_EQ(lab.naive.vifs.at(VifId{3}).flags, vr::vif_policy | vr::vif_l3 | vr::vif_l2);
  EXPECT_THAT(
      lab.told(),
      IsSupersetOf(
          {"publish POD inet 10.47.255.252/32 nh 172.31.41.236 label 18 gre,udp pref 200",
           "publish POD evpn 0-02:00:00:00:00:01,0.0.0.0/32 nh 172.31.41.236 label 19 gre,udp "
           "pref 200",
           "publish POD evpn 0-02:00:00:00:00:01,10.47.255.252/32 nh 172.31.41.236 label 19 "
           "gre,udp pref 200",
           "publish POD evpn 5-ff:ff:ff:ff:ff:ff,0.0.0.0/32 nh 172.31.41.236 label 5 vxlan "
           "pref 100"}));
}

TEST(Agent, forwards_routes_of_others_in_a_tunnel_of_the_first_kind_both_can) {
  Started lab;
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  EXPECT_EQ(lab.route(2, "10.47.255.10/32"), "MPLSoGRE 172.31.40.1 label 25");
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 26, {Encap::udp})});
  EXPECT_EQ(lab.route(2, "10.47.255.10/32"), "MPLSoUDP 172.31.40.1 label 26");
  const auto route = lab.naive.routes.at({VrfId{2}, prefix("10.47.255.10/32")});
  EXPECT_EQ(route.flags, vr::route_label_valid | vr::route_arp_proxy);
  const auto tunnel = lab.naive.nexthops.at(route.nexthop);
  EXPECT_EQ(tunnel.dst, mac("0e:00:00:00:40:01"));
  EXPECT_EQ(tunnel.src, mac("0e:92:cc:bd:aa:08"));
  EXPECT_EQ(tunnel.sip, ip4(own));
  lab.retract(0, pod, {"10.47.255.10/32"});
  EXPECT_EQ(lab.route(2, "10.47.255.10/32"), "none");
}

TEST(Agent, its_own_addresses_leaked_into_other_vrfs_are_reached_without_a_tunnel) {
  Started lab;
  lab.send(0, svc, {item("10.47.255.252/32", own, 18), item("172.31.41.236/32", own, 16)});
  EXPECT_EQ(lab.route(3, "10.47.255.252/32"), "vif coredns/eth0 02:00:00:00:00:01");
  EXPECT_EQ(lab.route(3, "172.31.41.236/32"), "receive");
}

TEST(Agent, is_not_moved_by_its_own_route_coming_back) {
  Started lab;
  lab.send(0, pod, {item("10.47.255.252/32", own, 18)});
  EXPECT_TRUE(nothing_in(lab.ops()));
}

TEST(Agent, a_pod_that_comes_costs_only_what_is_its_own) {
  Started lab;
  config::Vrouter config = quick_start();
  config.ports.push_back(pod_port("cirros", "10.47.255.250", 2));
  lab.configure(config);
  EXPECT_THAT(lab.told(),
              ElementsAre("publish POD inet 10.47.255.250/32 nh 172.31.41.236 label 19 gre,udp "
                          "pref 200"));
  EXPECT_THAT(lab.ops(), ElementsAre(HasSubstr("SetVif 4 virtual vrf 2"), "Attach 4 cirros/eth0",
                                     HasSubstr("SetNexthop 5 encap"), "BindLabel 19 nexthop 5",
                                     HasSubstr("SetRoute vrf 2 10.47.255.250/32 nexthop 5")));
}

TEST(Agent, a_pod_that_goes_leaves_nothing_even_while_its_leaked_routes_linger) {
  Started lab;
  const auto before = lab.naive.snapshot();
  config::Vrouter config = quick_start();
  config.ports.push_back(pod_port("cirros", "10.47.255.250", 2));
  lab.configure(config);
  lab.send(0, svc, {item("10.47.255.250/32", own, 19)});
  EXPECT_EQ(lab.route(3, "10.47.255.250/32"), "vif cirros/eth0 02:00:00:00:00:02");
  lab.told();
  lab.configure(quick_start());
  EXPECT_EQ(lab.route(3, "10.47.255.250/32"), "none");
  EXPECT_EQ(lab.naive.snapshot(), before);
  EXPECT_THAT(lab.told(), ElementsAre("retract POD 10.47.255.250/32"));
}

TEST(Agent, the_next_pod_does_not_get_the_label_that_was_just_given_up) {
  Started lab;
  config::Vrouter config = quick_start();
  config.ports[0] = pod_port("cirros", "10.47.255.250", 2);
  lab.configure(config);
  EXPECT_THAT(lab.told(),
              Contains("publish POD inet 10.47.255.250/32 nh 172.31.41.236 label 19 gre,udp "
                       "pref 200"));
  EXPECT_FALSE(lab.naive.labels.contains(Label{18}));
}

TEST(Agent, the_last_port_of_a_network_takes_the_vrf_with_it) {
  Started lab;
  config::Vrouter config = quick_start();
  config.ports.clear();
  lab.configure(config);
  EXPECT_THAT(lab.told(), ElementsAre("retract POD 10.47.255.252/32", HasSubstr("retract POD "),
                                      "retract SVC 10.96.0.10/32", HasSubstr("retract SVC "),
                                      "unsubscribe POD", "unsubscribe SVC"));
  EXPECT_THAT(lab.naive.vrfs, ElementsAre(VrfId{0}, VrfId{1}));
  lab.configure(quick_start());
  EXPECT_THAT(lab.told(), IsSupersetOf({"subscribe POD 2", "subscribe SVC 3"}));
  EXPECT_EQ(lab.route(2, "10.32.0.0/12"), "discard");
  EXPECT_EQ(lab.route(2, "10.47.255.252/32"), "vif coredns/eth0 02:00:00:00:00:01");
}

TEST(Agent, an_interface_of_both_versions_is_routed_to_and_announced_by_both) {
  config::Vrouter config = quick_start();
  config.ports[0].address6 = parse_ip("2001:db8::5");
  Lab lab{config};
  lab.start();
  EXPECT_THAT(lab.told(), IsSupersetOf({HasSubstr("10.47.255.252/32 nh 172.31.41.236 label 18"),
                                        HasSubstr("2001:db8::5/128 nh 172.31.41.236 label 18")}));
  for (const char* prefix : {"10.47.255.252/32", "2001:db8::5/128"})
    EXPECT_EQ(lab.route(2, prefix), "vif coredns/eth0 02:00:00:00:00:01");
  config.ports[0].address6.reset();
  lab.configure(config);
  EXPECT_EQ(lab.route(2, "2001:db8::5/128"), "none");
  EXPECT_EQ(lab.route(2, "10.47.255.252/32"), "vif coredns/eth0 02:00:00:00:00:01");
}

TEST(Agent, vrf_numbers_follow_ports_then_floating_ips) {
  config::Vrouter config = quick_start();
  config::Port second = pod_port("web", "10.96.0.20", 3);
  second.network = svc_network;
  config.ports.insert(config.ports.begin(), second);
  Lab lab{config};
  lab.start();
  EXPECT_THAT(lab.told(), IsSupersetOf({"subscribe FAB 1", "subscribe SVC 2", "subscribe POD 3"}));
}

TEST(Agent, the_same_configuration_again_is_silence) {
  Started lab;
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  lab.ops();
  const auto activity = lab.agent.activity();
  lab.configure(quick_start());
  EXPECT_TRUE(nothing_in(lab.ops()));
  EXPECT_TRUE(nothing_in(lab.told()));
  EXPECT_EQ(lab.agent.activity(), activity);
}

TEST(Agent, a_port_whose_address_moves_to_another_is_never_without_a_route) {
  Started lab;
  config::Vrouter config = quick_start();
  config.ports[0] = pod_port("new", "10.47.255.252", 9);
  lab.configure(config);
  for (const std::string& op : lab.ops()) EXPECT_EQ(op.find("DeleteRoute vrf 2"), op.npos) << op;
  EXPECT_EQ(lab.route(2, "10.47.255.252/32"), "vif new/eth0 02:00:00:00:00:09");
}

TEST(Agent, a_port_that_changes_network_is_another_one_there) {
  Started lab;
  config::Vrouter config = quick_start();
  config.ports[0].network = svc_network;
  config.ports[0].floating_ips.clear();
  lab.configure(config);
  EXPECT_THAT(lab.naive.attached, ElementsAre(testing::Pair(testing::_, "coredns/eth0")));
  EXPECT_EQ(lab.naive.vifs.at(lab.naive.attached.begin()->first).vrf, VrfId{3});
  EXPECT_FALSE(lab.naive.labels.contains(Label{18})) << "others may still send with it";
  EXPECT_FALSE(lab.naive.vrfs.contains(VrfId{2}));
}

TEST(Agent, a_port_of_an_unknown_network_waits_for_it) {
  config::Vrouter config = quick_start();
  config.ports[0].network = "nowhere";
  Lab lab{config};
  lab.start();
  EXPECT_THAT(lab.naive.attached, IsEmpty());
  EXPECT_FALSE(lab.naive.vrfs.contains(VrfId{2}));
  lab.configure(quick_start());
  EXPECT_EQ(lab.route(2, "10.47.255.252/32"), "vif coredns/eth0 02:00:00:00:00:01");
}

TEST(Agent, S123_an_l2_network_tells_no_inet_and_an_rpf_free_one_checks_no_source) {
  config::Vrouter config = quick_start();
  network_of(config, pod_network).forwarding = config::ForwardingMode::l2;
  network_of(config, pod_network).rpf = false;
  Lab lab{config};
  lab.start();
  EXPECT_EQ(lab.naive.vifs.at(VifId{3}).flags, vr::vif_l2);
  EXPECT_EQ(lab.route(2, "10.47.255.252/32"), "none");
  for (const std::string& line : lab.told()) EXPECT_EQ(line.find("publish POD inet"), line.npos);
}

TEST(AgentGatewayless, S118_sends_to_the_fabric_vrf_and_tells_the_master_instance) {
  Started lab;
  lab.configure(gatewayless());
  EXPECT_EQ(lab.route(2, "0.0.0.0/0"), "vrf 0");
  EXPECT_EQ(lab.route(0, "10.47.255.252/32"), "vif coredns/eth0 02:00:00:00:00:01");
  EXPECT_EQ(lab.route(0, "10.96.0.10/32"), "none");
  EXPECT_THAT(
      lab.told(),
      ElementsAre(
          "publish POD inet 10.47.255.252/32 nh 172.31.41.236 label 18 gre,udp,native pref 200",
          "publish master inet 10.47.255.252/32 nh 172.31.41.236 label 0 native pref 200 of 2"));
  // What comes back from the control node must not be a way around the policy below.
  lab.send(0, master, {item("10.47.255.252/32", own, 0, {Encap::native})});

  config::Vrouter without_policy = gatewayless();
  network_of(without_policy, pod_network).policies = {"pod-service-np"};
  lab.ops();
  lab.configure(without_policy);
  EXPECT_THAT(lab.ops(), ElementsAre("DeleteRoute vrf 0 10.47.255.252/32"));
  EXPECT_EQ(lab.route(2, "0.0.0.0/0"), "vrf 0");

  lab.told();
  lab.configure(quick_start());
  EXPECT_EQ(lab.route(2, "0.0.0.0/0"), "none");
  EXPECT_THAT(lab.told(),
              ElementsAre("retract master 10.47.255.252/32 of 2",
                          "publish POD inet 10.47.255.252/32 nh 172.31.41.236 label 18 gre,udp "
                          "pref 200"));
}

TEST(AgentGatewayless, S118_reaches_pods_of_other_nodes_natively) {
  Started lab{gatewayless()};
  lab.send(0, master, {item("10.47.255.10/32", "172.31.40.1", 0, {Encap::native})});
  EXPECT_EQ(lab.route(0, "10.47.255.10/32"), "native 0e:00:00:00:40:01");
  lab.send(0, pod, {item("10.47.255.11/32", "172.31.40.1", 30, {Encap::native})});
  EXPECT_EQ(lab.route(2, "10.47.255.11/32"), "native 0e:00:00:00:40:01");
}

TEST(AgentHeadless, the_only_control_node_may_go_without_taking_forwarding_with_it) {
  Started lab;
  lab.send(
      0, pod,
      {item("10.47.255.10/32", "172.31.40.1", 25), item("10.47.255.11/32", "172.31.40.1", 26)});
  lab.end_of_rib(0);
  lab.ops();
  lab.lose(0);
  lab.run_for(seconds(250));
  EXPECT_TRUE(nothing_in(lab.ops()));

  lab.find_again(0);
  const auto told = lab.told();
  EXPECT_THAT(told, Contains("subscribe POD 2"));
  EXPECT_EQ(told.back(), "end-of-rib");
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  EXPECT_TRUE(nothing_in(lab.ops()));
  lab.end_of_rib(0);
  EXPECT_THAT(lab.ops(), ElementsAre("DeleteRoute vrf 2 10.47.255.11/32"));
}

TEST(AgentHeadless, S124_with_graceful_restart_stale_routes_have_an_end) {
  config::Vrouter config = quick_start();
  config.fabric.graceful_restart = {.enable = true,
                                    .restart_time = seconds(60),
                                    .long_lived_restart_time = seconds(100),
                                    .end_of_rib_timeout = seconds(30)};
  Started lab{config};
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  lab.end_of_rib(0);
  lab.ops();
  lab.lose(0);
  lab.run_for(seconds(155));
  EXPECT_TRUE(nothing_in(lab.ops()));
  lab.run_for(seconds(10));
  EXPECT_THAT(lab.ops(), Contains("DeleteRoute vrf 2 10.47.255.10/32"));
}

TEST(AgentHeadless, S124_a_control_node_that_never_says_it_has_told_all_is_waited_for_so_long) {
  config::Vrouter config = quick_start();
  config.fabric.graceful_restart.end_of_rib_timeout = seconds(200);
  Started lab{config};
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  lab.lose(0);
  lab.find_again(0);
  lab.ops();
  lab.run_for(seconds(100));
  EXPECT_TRUE(nothing_in(lab.ops()));
  lab.run_for(seconds(110));
  EXPECT_THAT(lab.ops(), Contains("DeleteRoute vrf 2 10.47.255.10/32"));
}

TEST(AgentHeadless, pods_still_come_and_go) {
  Started lab;
  lab.lose(0);
  config::Vrouter config = quick_start();
  config.ports.push_back(pod_port("cirros", "10.47.255.250", 2));
  lab.configure(config);
  EXPECT_EQ(lab.route(2, "10.47.255.250/32"), "vif cirros/eth0 02:00:00:00:00:02");
  lab.find_again(0);
  EXPECT_THAT(lab.told(), Contains(HasSubstr("publish POD inet 10.47.255.250/32")));
}

TEST(AgentTwoControlNodes, both_are_told_the_same_but_for_the_multicast_trees) {
  Lab lab{two_control_nodes()};
  lab.start();
  auto first = lab.told(0), second = lab.told(1);
  EXPECT_THAT(first, Contains(HasSubstr("labels 1024-3071")));
  EXPECT_THAT(second, Not(Contains(HasSubstr("labels"))));
  const auto is_tree = [](const std::string& line) { return line.find("ermvpn") != line.npos; };
  std::erase_if(first, is_tree);
  std::erase_if(second, is_tree);
  EXPECT_EQ(first, second);
}

TEST(AgentManyControlNodes, the_next_in_the_list_is_asked_when_one_is_lost_for_long) {
  config::Vrouter config = two_control_nodes();
  config.control_nodes.push_back(ip4("172.31.14.49"));
  Agent agent{config};
  agent.start({});
  std::vector<std::string> dialled;
  std::map<std::string, StreamId> streams;
  const auto drain = [&] {
    while (auto output = agent.poll_output())
      if (const auto* open = std::get_if<OpenStream>(&*output)) {
        dialled.push_back(to_text(open->to.address));
        streams[dialled.back()] = open->stream;
      }
  };
  drain();
  EXPECT_THAT(dialled, ElementsAre("172.31.14.47", "172.31.14.48"));
  dialled.clear();
  Instant now{};
  agent.on_closed(now, streams["172.31.14.47"]);  // refused
  for (; now <= Instant{} + Controllers::patience; now = now + seconds(1)) {
    agent.on_timer(now);
    drain();
  }
  EXPECT_THAT(dialled, Contains("172.31.14.49"));
}

TEST(AgentTwoControlNodes, one_route_from_both_is_one_route) {
  Started lab{two_control_nodes()};
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  lab.ops();
  lab.send(1, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  EXPECT_TRUE(nothing_in(lab.ops()));
  lab.retract(0, pod, {"10.47.255.10/32"});
  EXPECT_TRUE(nothing_in(lab.ops()));
  lab.retract(1, pod, {"10.47.255.10/32"});
  EXPECT_EQ(lab.route(2, "10.47.255.10/32"), "none");
}

TEST(AgentTwoControlNodes, what_only_the_lost_one_said_goes_and_the_rest_stays) {
  Started lab{two_control_nodes()};
  lab.send(
      0, pod,
      {item("10.47.255.10/32", "172.31.40.1", 25), item("10.47.255.11/32", "172.31.40.1", 26)});
  lab.send(1, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  lab.end_of_rib(0);
  lab.end_of_rib(1);
  lab.ops();
  lab.lose(0);
  EXPECT_THAT(lab.ops(), ElementsAre("DeleteRoute vrf 2 10.47.255.11/32"));
}

TEST(AgentTwoControlNodes, the_lost_ones_word_counts_until_the_other_has_said_all) {
  Started lab{two_control_nodes()};
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  lab.end_of_rib(0);
  lab.ops();
  lab.lose(0);
  EXPECT_TRUE(nothing_in(lab.ops()));
  lab.send(1, pod, {item("10.47.255.12/32", "172.31.40.1", 27)});
  lab.ops();
  lab.end_of_rib(1);
  EXPECT_THAT(lab.ops(), ElementsAre("DeleteRoute vrf 2 10.47.255.10/32"));
}

TEST(AgentTwoControlNodes, F10_a_fresh_route_beats_a_stale_one_and_then_the_higher_preference) {
  Started lab{two_control_nodes()};
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  auto weaker = item("10.47.255.10/32", "172.31.40.1", 99);
  weaker.local_preference = 100;
  lab.send(1, pod, {weaker});
  EXPECT_EQ(lab.route(2, "10.47.255.10/32"), "MPLSoGRE 172.31.40.1 label 25");
  lab.lose(0);
  EXPECT_EQ(lab.route(2, "10.47.255.10/32"), "MPLSoGRE 172.31.40.1 label 99");
}

TEST(AgentTwoControlNodes,
     F10_what_one_says_anew_wins_over_what_the_other_said_before_it_was_lost) {
  Started lab{two_control_nodes()};
  const std::string where = "10.47.255.10/32";
  lab.send(0, pod, {item(where, "172.31.40.1", 25), item("10.47.255.11/32", "172.31.40.1", 26)});
  lab.send(1, pod, {item(where, "172.31.40.1", 25)});
  lab.lose(0);  // neither has told all yet
  EXPECT_EQ(lab.route(2, where), "MPLSoGRE 172.31.40.1 label 25");
  lab.send(1, pod, {item(where, "172.31.40.1", 77)});
  EXPECT_EQ(lab.route(2, where), "MPLSoGRE 172.31.40.1 label 77");
  lab.find_again(0);
  lab.send(0, pod, {item(where, "172.31.40.1", 77)});
  EXPECT_EQ(lab.route(2, "10.47.255.11/32"), "MPLSoGRE 172.31.40.1 label 26");
  lab.ops();
  lab.end_of_rib(0);
  EXPECT_THAT(lab.ops(), ElementsAre("DeleteRoute vrf 2 10.47.255.11/32"));
}

TEST(AgentTwoControlNodes, a_new_list_leaves_the_one_that_stays_alone) {
  Started lab{two_control_nodes()};
  lab.nodes.push_back({.address = ip4("172.31.14.49")});
  lab.streams.clear();
  config::Vrouter config = two_control_nodes();
  config.control_nodes = {ip4("172.31.14.48"), ip4("172.31.14.49")};
  lab.configure(config);
  EXPECT_THAT(lab.streams, ElementsAre("close", "open 172.31.41.236 > 172.31.14.49:5269"));
  EXPECT_THAT(lab.told(1), Each(HasSubstr("ermvpn"))) << "it builds the trees now";
  EXPECT_THAT(lab.told(2), IsSupersetOf({"subscribe POD 2", "end-of-rib"}));
}

TEST(AgentArp, asks_again_with_back_off_until_the_neighbour_answers) {
  Lab lab;
  lab.answers = false;
  lab.start();
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  EXPECT_EQ(lab.route(2, "10.47.255.10/32"), "unresolved");
  EXPECT_EQ(lab.route(0, "172.31.40.1/32"), "none");
  lab.asked.clear();
  lab.run_for(seconds(2));
  EXPECT_EQ(std::ranges::count(lab.asked, ip4("172.31.40.1")), 3);  // at 250, 750 and 1750 ms
  lab.answers = true;
  lab.ops();
  lab.run_for(seconds(2));
  EXPECT_EQ(lab.route(2, "10.47.255.10/32"), "MPLSoGRE 172.31.40.1 label 25");
  EXPECT_EQ(lab.route(0, "172.31.40.1/32"), "native 0e:00:00:00:40:01");
  for (const std::string& op : lab.ops()) EXPECT_EQ(op.find("vrf 2"), op.npos) << op;  // in place
}

TEST(AgentArp, a_neighbour_that_falls_silent_stops_tunnels_until_it_speaks) {
  Started lab;
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  lab.answers = false;
  lab.run_for(seconds(330));
  EXPECT_EQ(lab.route(2, "10.47.255.10/32"), "unresolved");
  EXPECT_EQ(lab.route(0, "172.31.40.1/32"), "none");
  lab.answers = true;
  lab.run_for(seconds(10));
  EXPECT_EQ(lab.route(2, "10.47.255.10/32"), "MPLSoGRE 172.31.40.1 label 25");
}

TEST(AgentArp, a_neighbour_with_a_new_mac_is_followed_in_place) {
  Started lab;
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  lab.ops();
  lab.neighbours[ip4("172.31.40.1")] = mac("0e:00:00:00:40:99");
  lab.run_for(seconds(310));
  EXPECT_THAT(lab.ops(),
              ElementsAre(HasSubstr("0e:00:00:00:40:99"), HasSubstr("0e:00:00:00:40:99")));
}

TEST(AgentArp, everything_off_the_segment_goes_to_the_gateway) {
  config::Vrouter config = quick_start();
  config.prefix_length = 20;
  config.gateway = ip4("172.31.40.1");
  config.control_nodes = {ip4("172.31.14.47")};  // not in 172.31.32.0/20
  Lab lab{config};
  lab.start();
  EXPECT_EQ(lab.asked, std::vector{ip4("172.31.40.1")});
  EXPECT_EQ(lab.route(0, "0.0.0.0/0"), "native 0e:00:00:00:40:01");
  EXPECT_EQ(lab.route(0, "172.31.14.47/32"), "none");
  lab.send(0, pod, {item("10.47.255.10/32", "203.0.113.9", 25)});
  EXPECT_EQ(lab.route(2, "10.47.255.10/32"), "MPLSoGRE 203.0.113.9 label 25");
}

std::vector<std::byte> frame_to(Ip4 to) {
  std::vector<std::byte> frame(wire::Ethernet::size + wire::Ipv4::size);
  Writer out{frame};
  wire::Ethernet{mac("00:00:5e:00:01:00"), mac("02:00:00:00:00:01"), wire::EtherType::ipv4}.write(
      out);
  wire::Ipv4 ip;
  ip.total_length = wire::Ipv4::size;
  ip.ttl = 63;
  ip.src = ip4("10.47.255.252");
  ip.dst = to;
  ip.write(out);
  return frame;
}

TEST(AgentArp, a_packet_for_an_unknown_neighbour_is_sent_on_when_it_is_known) {
  Started lab{gatewayless()};
  const auto resolve = static_cast<std::uint16_t>(vr::Trap::resolve);
  lab.agent.on_trap(lab.now, resolve, VifId{3}, VrfId{0}, frame_to(ip4("172.31.40.1")));
  lab.drain();
  EXPECT_EQ(lab.route(0, "172.31.40.1/32"), "native 0e:00:00:00:40:01");
  ASSERT_EQ(lab.sent.size(), 1u);
  EXPECT_EQ(lab.sent[0].vif, fabric_vif);
  Reader in{lab.sent[0].frame};
  const auto ethernet = wire::Ethernet::read(in);
  EXPECT_EQ(ethernet.dst, mac("0e:00:00:00:40:01"));
  EXPECT_EQ(ethernet.src, mac("0e:92:cc:bd:aa:08"));
}

TEST(AgentArp, nonsense_from_the_wire_does_nothing) {
  Started lab;
  const auto frame = frame_to(ip4("172.31.40.1"));
  for (std::uint16_t why = 0; why < 20; ++why)
    for (std::size_t n = 0; n < frame.size(); ++n)
      lab.agent.on_trap(lab.now, why, fabric_vif, fabric_vrf, Bytes{frame}.first(n));
  lab.drain();
  EXPECT_TRUE(nothing_in(lab.ops()));
}

TEST(Agent, a_new_identity_builds_everything_anew) {
  Started lab;
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  config::Vrouter config = quick_start();
  config.mac = mac("0e:92:cc:bd:aa:99");
  lab.configure(config);
  EXPECT_EQ(lab.naive.vifs.at(fabric_vif).mac, config.mac);
  EXPECT_EQ(lab.route(2, "10.47.255.10/32"), "none");
  EXPECT_EQ(lab.route(2, "10.47.255.252/32"), "vif coredns/eth0 02:00:00:00:00:01");
  EXPECT_THAT(lab.streams, testing::SizeIs(3));
  EXPECT_THAT(lab.told(), Contains("subscribe POD 2"));
}

TEST(Agent, stops_and_starts_again_without_touching_forwarding) {
  Started lab;
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  lab.ops();
  lab.agent.stop(lab.now);
  lab.drain();
  EXPECT_FALSE(lab.nodes[0].up);
  lab.run_for(seconds(30));
  lab.start();
  EXPECT_TRUE(lab.nodes[0].up);
  lab.send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
  lab.end_of_rib(0);
  EXPECT_TRUE(nothing_in(lab.ops()));
}

TEST(Agent, keeps_what_the_vrouter_refused_for_those_who_look) {
  Started lab;
  for (unsigned i = 0; i < 100; ++i) {
    lab.agent.on_refused(lab.now, vr::DeleteVrf{VrfId{9}}, vr::Result::no_such_vrf);
  }
  const auto page = lab.page("RefusedOpsReq");
  EXPECT_EQ(introspect::text_of(page, "count"), "100");
  const auto rows = introspect::all(page, "RefusedOp");
  ASSERT_EQ(rows.size(), 64u);
  EXPECT_EQ(introspect::text_of(*rows[0], "op"), "DeleteVrf 9");
  EXPECT_EQ(introspect::text_of(*rows[0], "why"), "no_such_vrf");
}

}  // namespace
}  // namespace tflab::agent
