// The pages as ist.py reads them: by the names of its XPaths.

#include <gmock/gmock.h>

#include "control-core/introspect/tree.h"
#include "control-core/introspect/xml_out.h"
#include "tests/unit/control-core/agent/lab.h"

namespace tflab::agent {
namespace {

using introspect::all;
using introspect::find;
using introspect::text_of;
using introspect::Tree;
using testing::ElementsAre;

std::vector<std::string> column(const Tree& page, std::string_view row, std::string_view name) {
  std::vector<std::string> values;
  for (const Tree* each : all(page, row)) values.emplace_back(text_of(*each, name));
  return values;
}

const Tree* row_with(const Tree& page, std::string_view row, std::string_view name,
                     std::string_view value) {
  for (const Tree* each : all(page, row))
    if (text_of(*each, name) == value) return each;
  return nullptr;
}

struct Shown : Lab {
  Shown() {
    start();
    send(0, pod, {item("10.47.255.10/32", "172.31.40.1", 25)});
    send(0, svc, {item("10.47.255.252/32", "172.31.41.236", 18)});
  }
};

TEST(AgentPages, itf_lists_interfaces_as_vr_intf_prints_them) {
  Shown lab;
  const Tree page = lab.page("ItfReq");
  EXPECT_THAT(column(page, "ItfSandeshData", "index"), ElementsAre("0", "1", "2", "3"));
  const Tree* coredns = row_with(page, "ItfSandeshData", "name", "coredns/eth0");
  ASSERT_NE(coredns, nullptr);
  EXPECT_EQ(text_of(*coredns, "active"), "Active");
  EXPECT_EQ(text_of(*coredns, "mac_addr"), "02:00:00:00:00:01");
  EXPECT_EQ(text_of(*coredns, "ip_addr"), "10.47.255.252");
  EXPECT_EQ(text_of(*coredns, "mdata_ip_addr"), "169.254.0.3");
  EXPECT_EQ(text_of(*coredns, "vm_name"), "coredns");
  EXPECT_EQ(text_of(*coredns, "vn_name"), pod_network);
  EXPECT_EQ(all(lab.page("ItfReq", {{"name", "coredns"}}), "ItfSandeshData").size(), 1u);
  EXPECT_EQ(all(lab.page("ItfReq", {{"ipv4_address", "10.0.0.1"}}), "ItfSandeshData").size(), 0u);
}

TEST(AgentPages, vrfs_and_networks_know_their_numbers) {
  Shown lab;
  const Tree vrfs = lab.page("VrfListReq");
  EXPECT_THAT(column(vrfs, "VrfSandeshData", "name"), ElementsAre(master, fab, pod, svc));
  EXPECT_THAT(column(vrfs, "VrfSandeshData", "ucindex"), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(column(vrfs, "VrfSandeshData", "vxlan_id"), ElementsAre("0", "2", "5", "6"));
  EXPECT_THAT(
      column(vrfs, "VrfSandeshData", "RD"),
      ElementsAre("172.31.41.236:0", "172.31.41.236:1", "172.31.41.236:2", "172.31.41.236:3"));
  const Tree networks = lab.page("VnListReq");
  EXPECT_THAT(column(networks, "VnSandeshData", "layer2_forwarding"),
              ElementsAre("true", "false", "false"));
  EXPECT_THAT(column(networks, "VnSandeshData", "ipv4_forwarding"),
              ElementsAre("true", "true", "true"));
}

TEST(AgentPages, routes_carry_what_vr_route_takes_apart) {
  Shown lab;
  const Tree page = lab.page("Inet4UcRouteReq", {{"vrf_index", "2"}});
  EXPECT_THAT(column(page, "RouteUcSandeshData", "src_ip"),
              ElementsAre("10.32.0.0", "10.47.255.10", "10.47.255.252"));
  for (const Tree* path : all(page, "PathSandeshData")) {
    for (const char* name : {"peer", "label", "active_label", "vxlan_id", "nh"})
      EXPECT_NE(find(*path, name), nullptr) << name;
    EXPECT_NE(find(*path, "PathPreferenceSandeshData"), nullptr);
    const Tree* nexthop = find(*path, "NhSandeshData");
    ASSERT_NE(nexthop, nullptr);
    EXPECT_NE(find(*nexthop, "nh_index"), nullptr);
    EXPECT_NE(find(*nexthop, "policy"), nullptr);
  }
  const Tree* remote = row_with(page, "RouteUcSandeshData", "src_ip", "10.47.255.10");
  EXPECT_EQ(text_of(*find(*remote, "PathSandeshData"), "peer"), "172.31.14.47");
  EXPECT_EQ(text_of(*find(*remote, "PathSandeshData"), "label"), "25");
  EXPECT_EQ(text_of(*find(*remote, "PathPreferenceSandeshData"), "preference"), "200");
  const Tree& tunnel = *find(*remote, "NhSandeshData");
  EXPECT_EQ(text_of(tunnel, "type"), "tunnel");
  EXPECT_EQ(text_of(tunnel, "tunnel_type"), "MPLSoGRE");
  EXPECT_EQ(text_of(tunnel, "dip"), "172.31.40.1");
  EXPECT_EQ(text_of(tunnel, "sip"), "172.31.41.236");
  EXPECT_EQ(text_of(tunnel, "mac"), "0e:00:00:00:40:01");
  const Tree* local = row_with(page, "RouteUcSandeshData", "src_ip", "10.47.255.252");
  EXPECT_EQ(text_of(*find(*local, "PathSandeshData"), "peer"), "LocalVmPort");
  EXPECT_EQ(text_of(*find(*local, "PathSandeshData"), "label"), "18");
  EXPECT_EQ(text_of(*find(*local, "NhSandeshData"), "type"), "interface");
  EXPECT_EQ(text_of(*find(*local, "NhSandeshData"), "itf"), "coredns/eth0");
}

TEST(AgentPages, the_path_that_forwards_comes_first_and_the_others_after_it) {
  Shown lab;
  lab.send(0, pod, {item("10.47.255.252/32", "172.31.41.236", 18)});
  const Tree page = lab.page(
      "Inet4UcRouteReq", {{"vrf_index", "2"}, {"src_ip", "10.47.255.252"}, {"prefix_len", "32"}});
  ASSERT_EQ(all(page, "RouteUcSandeshData").size(), 1u);
  EXPECT_THAT(column(page, "PathSandeshData", "peer"), ElementsAre("LocalVmPort", "172.31.14.47"));
}

TEST(AgentPages, of_two_control_nodes_the_one_that_is_believed_comes_first) {
  config::Vrouter config = quick_start();
  config.control_nodes.push_back(ip4("172.31.14.48"));
  Lab lab{config};
  lab.start();
  auto weaker = item("10.47.255.10/32", "172.31.40.1", 25);
  weaker.local_preference = 100;
  lab.send(0, pod, {weaker});
  lab.send(1, pod, {item("10.47.255.10/32", "172.31.40.1", 26)});
  const Tree page = lab.page("Inet4UcRouteReq", {{"vrf_index", "2"}, {"src_ip", "10.47.255.10"}});
  EXPECT_THAT(column(page, "PathSandeshData", "peer"), ElementsAre("172.31.14.48", "172.31.14.47"));
  EXPECT_THAT(column(page, "PathSandeshData", "label"), ElementsAre("26", "25"));
}

TEST(AgentPages, a_prefix_length_without_an_address_asks_for_all) {
  Shown lab;
  const Tree page = lab.page("Inet4UcRouteReq", {{"vrf_index", "2"}, {"prefix_len", "32"}});
  EXPECT_EQ(all(page, "RouteUcSandeshData").size(), 3u);
}

TEST(AgentPages, nexthops_and_labels_agree) {
  Shown lab;
  const Tree nexthops = lab.page("NhListReq");
  EXPECT_EQ(all(nexthops, "NhSandeshData").size(), lab.naive.nexthops.size() + 1);
  const Tree labels = lab.page("MplsReq");
  EXPECT_THAT(column(labels, "MplsSandeshData", "label"), ElementsAre("16", "18"));
  for (const Tree* row : all(labels, "MplsSandeshData")) {
    const auto index = text_of(*find(*row, "NhSandeshData"), "nh_index");
    EXPECT_NE(row_with(nexthops, "NhSandeshData", "nh_index", index), nullptr);
  }
  const Tree one = lab.page("NhListReq", {{"nh_index", "1"}});
  EXPECT_EQ(all(one, "NhSandeshData").size(), 1u);
  const Tree tunnels = lab.page("NhListReq", {{"type", "tunnel"}});
  EXPECT_EQ(all(tunnels, "NhSandeshData").size(), 1u);
}

TEST(AgentPages, the_session_is_shown_as_vr_xmpp_prints_it) {
  Shown lab;
  const Tree page = lab.page("AgentXmppConnectionStatusReq");
  const Tree* row = row_with(page, "AgentXmppData", "controller_ip", "172.31.14.47");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(text_of(*row, "state"), "Established");
  EXPECT_EQ(text_of(*row, "cfg_controller"), "Yes");
  EXPECT_EQ(text_of(*row, "flap_count"), "0");
  EXPECT_EQ(text_of(*row, "flap_time"), "");
  for (const char* name : {"peer_name", "peer_address"}) EXPECT_NE(find(*row, name), nullptr);
}

TEST(AgentPages, kernel_pages_show_the_snapshot_and_the_counters) {
  Shown lab;
  EXPECT_THAT(column(lab.page("KInterfaceReq"), "KInterfaceInfo", "name"),
              ElementsAre("fabric", "vhost0", "pkt0", "coredns/eth0"));
  EXPECT_THAT(column(lab.page("KInterfaceReq"), "KInterfaceInfo", "flags"),
              ElementsAre("L3L2Vp", "L3L2", "L3", "PL3"));
  EXPECT_EQ(all(lab.page("KRouteReq"), "KRouteInfo").size(), lab.naive.routes.size());
  EXPECT_EQ(all(lab.page("KRouteReq", {{"vrf_id", "2"}}), "KRouteInfo").size(), 3u);
  EXPECT_EQ(all(lab.page("KNHReq"), "KNHInfo").size(), lab.naive.nexthops.size());
  EXPECT_THAT(column(lab.page("KMplsReq"), "KMplsInfo", "label"), ElementsAre("16", "18"));
  const Tree drops = lab.page("KDropStatsReq");
  EXPECT_EQ(drops.children.size(), vr::drop_reasons);
  EXPECT_EQ(text_of(drops, "ds_invalid_source"), "0");
  EXPECT_EQ(all(lab.page("KVrfStatsReq"), "KVrfStats").size(), 4u);
}

TEST(AgentPages, evpn_and_multicast_routes_are_kept_for_those_who_look) {
  Shown lab;
  xmpp::EvpnItem mac_route;
  mac_route.mac = mac("02:00:00:00:00:77");
  mac_route.address = prefix("10.47.255.10/32");
  mac_route.next_hops = {item("10.0.0.1/32", "172.31.40.1", 33).next_hops};
  lab.send(0, pod, {mac_route});
  xmpp::MulticastItem tree;
  tree.group = Ip4{0xffffffff};
  tree.source_label = 1030;
  tree.olist = {item("10.0.0.1/32", "172.31.40.1", 1040).next_hops};
  tree.id = "172.31.41.236:2:255.255.255.255,0.0.0.0";
  lab.send(0, pod, {tree});
  EXPECT_THAT(column(lab.page("EvpnRouteReq", {{"vrf_index", "2"}}), "RouteEvpnSandeshData", "mac"),
              ElementsAre("02:00:00:00:00:77"));
  const Tree multicast = lab.page("Inet4McRouteReq", {{"vrf_index", "2"}});
  EXPECT_THAT(column(multicast, "RouteMcSandeshData", "source_label"), ElementsAre("1030"));
  lab.retract(0, pod, {"02:00:00:00:00:77,10.47.255.10/32"}, Family::evpn);
  lab.retract(0, pod, {tree.id}, Family::ermvpn);
  EXPECT_TRUE(all(lab.page("EvpnRouteReq", {{"vrf_index", "2"}}), "RouteEvpnSandeshData").empty());
  EXPECT_TRUE(all(lab.page("Inet4McRouteReq", {{"vrf_index", "2"}}), "RouteMcSandeshData").empty());
}

TEST(AgentPages, every_page_is_xml_and_an_unknown_one_is_none) {
  Shown lab;
  for (const char* name :
       {"ItfReq", "VnListReq", "VrfListReq", "Inet4UcRouteReq", "Inet6UcRouteReq", "EvpnRouteReq",
        "Inet4McRouteReq", "NhListReq", "MplsReq", "AgentXmppConnectionStatusReq", "ShowArpCache",
        "RefusedOpsReq", "KInterfaceReq", "KRouteReq", "KNHReq", "KMplsReq", "KDropStatsReq",
        "KVrfStatsReq"}) {
    EXPECT_NE(introspect::to_xml(lab.page(name)).find("type=\"sandesh\""), std::string::npos);
  }
  EXPECT_FALSE(lab.agent.page({.name = "ShowRouteReq"}, {}));
}

}  // namespace
}  // namespace tflab::agent
