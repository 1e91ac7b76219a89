// What an agent programs for networks that bridge: MACs, broadcasts and trees, labels and VNIs; and
// that nothing of it stays.

#include <gmock/gmock.h>

#include "control-core/agent/bridging.h"
#include "control-core/base/text.h"
#include "tests/unit/control-core/agent/lab.h"

namespace tflab::agent {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string far_mac = "02:00:00:00:00:77", own_mac = "02:00:00:00:00:01";
const std::string broadcast = "ff:ff:ff:ff:ff:ff";

// The quick start's pods without addresses, at one or two control nodes.
config::Vrouter with_layer2(std::size_t control_nodes = 1) {
  config::Vrouter config = quick_start();
  network_of(config, pod_network).forwarding = config::ForwardingMode::l2;
  network_of(config, svc_network).forwarding = config::ForwardingMode::l2_l3;
  if (control_nodes > 1) config.control_nodes.push_back(ip4("172.31.14.48"));
  return config;
}

struct Bridged : Lab {
  explicit Bridged(const config::Vrouter& config = with_layer2()) : Lab{config} {
    start();
    for (std::size_t n = 0; n < nodes.size(); ++n) told(n);
    ops();
  }
  void expect_nothing_left() {
    EXPECT_THAT(bridging(), IsEmpty());
    EXPECT_TRUE(naive.members.empty());
    for (const auto& [id, nexthop] : naive.nexthops)
      EXPECT_NE(nexthop.family, vr::NexthopFamily::bridge) << id.raw();
  }
};

xmpp::EvpnItem at(const std::string& next_hop, unsigned label,
                  std::vector<Encap> encaps = {Encap::gre, Encap::udp},
                  const std::string& address = "0.0.0.0/32") {
  xmpp::EvpnItem told;
  told.mac = mac(far_mac);
  told.address = prefix(address);
  told.next_hops = item("10.0.0.1/32", next_hop, label, std::move(encaps)).next_hops;
  told.local_preference = 200;
  return told;
}

struct Link {
  std::string to;
  unsigned label = 0;
};
xmpp::MulticastItem tree(unsigned source_label, const std::vector<Link>& links,
                         const std::string& rd = "172.31.41.236:2") {
  xmpp::MulticastItem told;
  told.group = Ip4{0xffffffff};
  told.source_label = source_label;
  for (const Link& link : links)
    told.olist.push_back(item("10.0.0.1/32", link.to, link.label).next_hops.front());
  told.id = rd + ":255.255.255.255,0.0.0.0";
  return told;
}

TEST(AgentBridging, a_machine_is_reached_by_its_mac_its_label_and_the_vni) {
  Bridged lab;
  EXPECT_EQ(lab.bridged(2, own_mac), "vif coredns/eth0");
  EXPECT_THAT(lab.bridging(), Contains("vni 5 vrf 2"));
  const auto& by_label = lab.naive.nexthops.at(lab.naive.labels.at(Label{19}).nexthop);
  EXPECT_EQ(by_label.family, vr::NexthopFamily::bridge);
  EXPECT_EQ(by_label.out, VifId{3});
}

TEST(AgentBridging, what_comes_for_all_must_come_from_one_of_those_it_is_sent_to) {
  Bridged lab;
  int lists = 0;
  for (const auto& [id, nexthop] : lab.naive.nexthops) {
    if (nexthop.type != vr::NexthopType::composite) continue;
    const bool of_ends = (nexthop.flags & (vr::nh_composite_fabric | vr::nh_composite_evpn)) != 0;
    const bool ecmp = (nexthop.flags & vr::nh_composite_ecmp) != 0;
    const bool checks = (nexthop.flags & vr::nh_validate_mcast_source) != 0;
    EXPECT_EQ(checks, !of_ends && !ecmp) << id.raw();
    lists += checks ? 1 : 0;
  }
  EXPECT_GT(lists, 0);
}

TEST(AgentBridging, networks_that_only_route_bridge_nothing) {
  Bridged lab{quick_start()};
  lab.send(0, pod, {at("172.31.40.1", 33)});
  lab.send(0, pod, {tree(1030, {{"172.31.40.1", 1040}})});
  lab.expect_nothing_left();
  EXPECT_TRUE(nothing_in(lab.ops()));
}

TEST(AgentBridging, a_mac_told_leads_into_a_tunnel_until_nobody_tells_it) {
  Bridged lab;
  lab.send(0, pod, {at("172.31.40.1", 33), at("172.31.40.1", 33, {Encap::udp}, "10.47.0.9/32")});
  EXPECT_EQ(lab.bridged(2, far_mac), "MPLSoGRE 172.31.40.1 label 33");
  lab.retract(0, pod, {far_mac + ",0.0.0.0/32"}, Family::evpn);
  EXPECT_EQ(lab.bridged(2, far_mac), "MPLSoUDP 172.31.40.1 label 33");
  lab.retract(0, pod, {far_mac + ",10.47.0.9/32"}, Family::evpn);
  EXPECT_EQ(lab.bridged(2, far_mac), "none");
}

TEST(AgentBridging, whoever_offers_vxlan_has_named_a_vni) {
  Bridged lab;
  lab.send(0, pod, {at("172.31.40.1", 70000, {Encap::vxlan})});
  EXPECT_EQ(lab.bridged(2, far_mac), "VXLAN 172.31.40.1 vni 70000");
}

TEST(AgentBridging, where_vxlan_is_liked_best_the_vni_is_told_instead_of_a_label) {
  config::Vrouter config = with_layer2();
  config.encaps = {Encap::vxlan, Encap::udp};
  Lab lab{config};
  lab.start();
  const auto told = lab.told();
  EXPECT_THAT(told, Contains(HasSubstr("evpn 0-02:00:00:00:00:01,0.0.0.0/32 nh 172.31.41.236 "
                                       "label 5 vxlan")));
  EXPECT_THAT(told, Contains("publish POD ermvpn 255.255.255.255,0.0.0.0 nh 172.31.41.236 labels "
                             "1024-3071 udp"));
}

TEST(AgentBridging, of_two_control_nodes_the_preferred_and_the_one_that_is_there_is_believed) {
  Bridged lab{with_layer2(2)};
  xmpp::EvpnItem better = at("172.31.40.2", 44);
  lab.send(0, pod, {at("172.31.40.1", 33)});
  lab.send(1, pod, {better});
  EXPECT_EQ(lab.bridged(2, far_mac), "MPLSoGRE 172.31.40.1 label 33") << "equals: the first";
  better.local_preference = 300;
  lab.send(1, pod, {better});
  lab.run_for(seconds(5));
  EXPECT_EQ(lab.bridged(2, far_mac), "unresolved") << "nobody is at 172.31.40.2";
  lab.neighbours[ip4("172.31.40.2")] = mac("0e:00:00:00:40:02");
  lab.run_for(seconds(60));
  EXPECT_EQ(lab.bridged(2, far_mac), "MPLSoGRE 172.31.40.2 label 44");
  lab.lose(1);
  EXPECT_EQ(lab.bridged(2, far_mac), "MPLSoGRE 172.31.40.1 label 33") << "the other one is stale";
}

TEST(AgentBridging, what_was_told_by_a_lost_control_node_goes_when_another_has_told_everything) {
  Bridged lab{with_layer2(2)};
  lab.send(0, pod, {at("172.31.40.1", 33)});
  lab.send(0, pod, {tree(1030, {{"172.31.40.1", 1040}})});
  lab.lose(0);
  EXPECT_EQ(lab.bridged(2, far_mac), "MPLSoGRE 172.31.40.1 label 33");
  EXPECT_THAT(lab.bridged(2, broadcast), HasSubstr("label 1040"));
  lab.end_of_rib(1);
  EXPECT_EQ(lab.bridged(2, far_mac), "none");
  EXPECT_EQ(lab.bridged(2, broadcast), "{vif coredns/eth0}");
}

TEST(AgentBridging, our_own_mac_is_here_whatever_is_told) {
  Bridged lab;
  xmpp::EvpnItem elsewhere = at("172.31.40.1", 33);
  elsewhere.mac = mac(own_mac);
  lab.send(0, pod, {elsewhere});
  EXPECT_EQ(lab.bridged(2, own_mac), "vif coredns/eth0");
  lab.send(0, pod, {at("172.31.41.236", 19)});
  EXPECT_EQ(lab.bridged(2, far_mac), "none") << "an echo of what is not here any more";
}

TEST(AgentBridging, a_broadcast_goes_to_the_machines_here_and_along_the_tree) {
  Bridged lab;
  EXPECT_EQ(lab.bridged(2, broadcast), "{vif coredns/eth0}");
  lab.send(0, pod, {tree(1030, {{"172.31.40.1", 1040}, {"172.31.14.48", 1050}})});
  const std::string all =
      "{vif coredns/eth0, tree {MPLSoGRE 172.31.40.1 label 1040, MPLSoGRE 172.31.14.48 label "
      "1050}}";
  EXPECT_EQ(lab.bridged(2, broadcast), all);
  EXPECT_THAT(lab.bridging(), Contains("label 1030 " + all)) << "what comes out of the tree";
}

// What a control node says of our own broadcast MAC.
xmpp::EvpnItem outsiders(const std::vector<xmpp::EvpnItem>& hops) {
  xmpp::EvpnItem told = at("0.0.0.0", 0);
  told.tag = 5;
  told.mac = mac(broadcast);
  told.next_hops.clear();
  for (const xmpp::EvpnItem& each : hops) told.olist.push_back(each.next_hops.front());
  return told;
}
const std::string outsiders_id = "5-ff:ff:ff:ff:ff:ff,0.0.0.0/32";

TEST(AgentBridging, a_broadcast_goes_to_those_outside_the_tree_too) {
  Bridged lab;
  lab.send(0, pod, {outsiders({at("172.31.40.1", 70000, {Encap::vxlan}), at("172.31.14.48", 44)})});
  const std::string copies =
      "outsiders {VXLAN 172.31.40.1 vni 70000, MPLSoGRE 172.31.14.48 label 44}";
  EXPECT_EQ(lab.bridged(2, broadcast), "{vif coredns/eth0, " + copies + "}");
  lab.send(0, pod, {tree(1030, {{"172.31.14.48", 1050}})});
  EXPECT_EQ(lab.bridged(2, broadcast),
            "{vif coredns/eth0, " + copies + ", tree {MPLSoGRE 172.31.14.48 label 1050}}");
  lab.send(0, pod, {outsiders({at("172.31.40.1", 70001, {Encap::vxlan})})});
  EXPECT_THAT(lab.bridged(2, broadcast), HasSubstr("outsiders {VXLAN 172.31.40.1 vni 70001}"));
  lab.retract(0, pod, {outsiders_id}, Family::evpn);
  EXPECT_EQ(lab.bridged(2, broadcast),
            "{vif coredns/eth0, tree {MPLSoGRE 172.31.14.48 label 1050}}");
  lab.retract(0, pod, {tree(0, {}).id}, Family::ermvpn);
  EXPECT_EQ(lab.bridged(2, broadcast), "{vif coredns/eth0}");
}

TEST(AgentBridging, only_what_machines_here_say_is_copied) {
  Bridged lab;
  lab.send(0, svc, {outsiders({at("172.31.40.1", 33)})});
  EXPECT_EQ(lab.bridged(3, broadcast), "none");
  lab.send(0, svc, {tree(1030, {{"172.31.14.48", 1050}})});
  EXPECT_THAT(lab.bridging(), Contains("label 1030 {tree {MPLSoGRE 172.31.14.48 label 1050}}"));
  config::Vrouter without = with_layer2();
  without.ports.clear();
  lab.send(0, pod, {outsiders({at("172.31.40.1", 33)})});
  lab.configure(without);
  lab.expect_nothing_left();
}

TEST(AgentBridging, of_two_olists_one_is_used) {
  Bridged lab{with_layer2(2)};
  lab.send(0, pod, {outsiders({at("172.31.40.1", 33)})});
  lab.send(1, pod, {outsiders({at("172.31.14.48", 44)})});
  EXPECT_EQ(lab.bridged(2, broadcast),
            "{vif coredns/eth0, outsiders {MPLSoGRE 172.31.40.1 label 33}}");
  lab.lose(0);
  EXPECT_EQ(lab.bridged(2, broadcast),
            "{vif coredns/eth0, outsiders {MPLSoGRE 172.31.14.48 label 44}}");
}

TEST(AgentBridging, a_tree_that_changes_leaves_nothing_of_the_old_one) {
  Bridged lab;
  lab.send(0, pod, {tree(1030, {{"172.31.40.1", 1040}, {"172.31.14.48", 1050}})});
  lab.send(0, pod, {tree(1031, {{"172.31.14.48", 1051}})});
  const std::string all = "{vif coredns/eth0, tree {MPLSoGRE 172.31.14.48 label 1051}}";
  EXPECT_EQ(lab.bridged(2, broadcast), all);
  EXPECT_THAT(lab.bridging(), Contains("label 1031 " + all));
  EXPECT_THAT(lab.bridging(), Not(Contains(HasSubstr("label 1030"))));
  lab.retract(0, pod, {tree(0, {}).id}, Family::ermvpn);
  EXPECT_EQ(lab.bridged(2, broadcast), "{vif coredns/eth0}");
  EXPECT_EQ(lab.naive.members.size(), 1u);
  EXPECT_THAT(lab.bridging(), Not(Contains(HasSubstr("label"))));
}

TEST(AgentBridging, a_tree_passes_through_where_there_is_no_machine) {
  Bridged lab;
  lab.send(0, svc, {at("172.31.40.1", 33)});
  lab.send(0, svc, {tree(1030, {{"172.31.40.1", 1040}, {"172.31.14.48", 1050}})});
  EXPECT_EQ(lab.bridged(3, far_mac), "none") << "nobody here could send to it";
  EXPECT_EQ(lab.bridged(3, broadcast), "none");
  EXPECT_THAT(lab.bridging(),
              Contains("label 1030 {tree {MPLSoGRE 172.31.40.1 label 1040, MPLSoGRE 172.31.14.48 "
                       "label 1050}}"));
}

TEST(AgentBridging, only_labels_of_the_control_nodes_own_block_are_bound) {
  Bridged lab;
  lab.send(0, pod, {tree(18, {{"172.31.40.1", 1040}})});
  EXPECT_THAT(lab.bridging(), Not(Contains(HasSubstr("label 18"))));
  EXPECT_EQ(lab.naive.nexthops.at(lab.naive.labels.at(Label{18}).nexthop).family,
            vr::NexthopFamily::ip);
  lab.send(0, pod, {tree(3072, {})});
  EXPECT_FALSE(lab.naive.labels.contains(Label{3072}));
}

TEST(AgentBridging, two_trees_may_change_labels_with_each_other) {
  Bridged lab;
  const std::string other = "172.31.41.236:3";
  lab.send(0, pod, {tree(1030, {})});
  lab.send(0, svc, {tree(1031, {{"172.31.40.1", 1040}}, other)});
  lab.send(0, svc, {tree(1030, {{"172.31.40.1", 1040}}, other)});
  lab.send(0, pod, {tree(1031, {})});
  EXPECT_THAT(lab.bridging(), Contains("label 1030 {tree {MPLSoGRE 172.31.40.1 label 1040}}"));
  EXPECT_THAT(lab.bridging(), Contains("label 1031 {vif coredns/eth0}"));
}

TEST(AgentBridging, of_two_trees_one_is_used) {
  Bridged lab{with_layer2(2)};
  lab.send(0, pod, {tree(1030, {{"172.31.40.1", 1040}})});
  lab.send(1, pod, {tree(3080, {{"172.31.14.48", 1050}})});
  EXPECT_EQ(lab.bridged(2, broadcast),
            "{vif coredns/eth0, tree {MPLSoGRE 172.31.40.1 label 1040}}");
  EXPECT_FALSE(lab.naive.labels.contains(Label{3080}));
  lab.lose(0);
  lab.end_of_rib(1);
  lab.send(1, pod, {tree(3080, {{"172.31.14.48", 1050}})});
  EXPECT_EQ(lab.bridged(2, broadcast),
            "{vif coredns/eth0, tree {MPLSoGRE 172.31.14.48 label 1050}}");
  EXPECT_FALSE(lab.naive.labels.contains(Label{1030}));
  lab.find_again(0);
  EXPECT_EQ(lab.bridged(2, broadcast), "{vif coredns/eth0}") << "we have left that tree";
}

TEST(AgentBridging, nothing_stays_of_a_machine_a_network_or_a_vrouter_that_goes) {
  Bridged lab;
  const auto hear = [&] {
    lab.send(0, pod, {at("172.31.40.1", 33)});
    lab.send(0, pod, {tree(1030, {{"172.31.40.1", 1040}})});
  };
  hear();
  config::Vrouter without = with_layer2();
  without.ports.clear();
  lab.configure(without);
  lab.expect_nothing_left();
  lab.configure(with_layer2());
  EXPECT_EQ(lab.bridged(2, broadcast), "{vif coredns/eth0}");
  hear();
  EXPECT_EQ(lab.bridged(2, far_mac), "MPLSoGRE 172.31.40.1 label 33");
  config::Vrouter routes = quick_start();
  lab.configure(routes);
  lab.expect_nothing_left();
  lab.configure(with_layer2());
  EXPECT_EQ(lab.bridged(2, far_mac), "MPLSoGRE 172.31.40.1 label 33") << "it was told and kept";
  config::Vrouter moved = with_layer2();
  moved.address = ip4("172.31.41.237");
  lab.configure(moved);
  EXPECT_EQ(lab.bridged(2, own_mac), "vif coredns/eth0");
  EXPECT_EQ(lab.bridged(2, far_mac), "none");
}

TEST(AgentTrees, the_control_node_with_the_lowest_address_builds_them) {
  Lab lab{with_layer2(2)};
  lab.start();
  const auto of_trees = [&](std::size_t n) {
    auto lines = lab.told(n);
    std::erase_if(lines, [](const std::string& line) {
      const bool tree = line.find("ermvpn") != line.npos || line.starts_with("retract");
      return !tree || line.find(" POD ") == line.npos;
    });
    return lines;
  };
  const std::string publish = "publish POD ermvpn 255.255.255.255,0.0.0.0 nh 172.31.41.236 labels ";
  EXPECT_THAT(of_trees(0), ElementsAre(publish + "1024-3071 gre,udp"));
  EXPECT_THAT(of_trees(1), IsEmpty());
  lab.lose(0);
  EXPECT_THAT(of_trees(1), ElementsAre(publish + "3072-5119 gre,udp"));
  lab.find_again(0);
  EXPECT_THAT(of_trees(0), ElementsAre(publish + "1024-3071 gre,udp"));
  EXPECT_THAT(of_trees(1), ElementsAre(HasSubstr("retract POD")));
}

}  // namespace
}  // namespace tflab::agent
