// Logical routers with VXLAN routing, from outside the agent: what it tells of its machines, how
// packets of a network get to another one, and that nothing of it stays.

#include <gmock/gmock.h>

#include "control-core/base/text.h"
#include "control-core/config/names.h"
#include "control-core/introspect/tree.h"
#include "control-core/introspect/xml_out.h"
#include "tests/unit/control-core/agent/lab.h"

namespace tflab::agent {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string red_network = "d:p:red", blue_network = "d:p:blue";
const std::string inside_network = config::inside_of("d:p:lr");
const std::string inside = config::instance_of(inside_network);
const std::string far = "172.31.40.1", far_router = "02:00:00:00:40:01";
// In order of need: ip-fabric has 1.
constexpr unsigned red = 2, blue = 3, router = 4;

config::Port port(const std::string& machine, const std::string& network,
                  const std::string& address, unsigned number) {
  config::Port port = pod_port(machine, address, number);
  port.network = network;
  return port;
}

config::Network network(const std::string& name, unsigned id, const char* subnet) {
  config::Network network;
  network.name = name;
  network.instance = network.network_id = id;
  network.forwarding = config::ForwardingMode::l3;
  if (subnet != nullptr) network.subnets = {prefix(subnet)};
  return network;
}

// Red and blue, a machine in each.
config::Vrouter apart() {
  config::Vrouter config = quick_start();
  config.fabric.networks.resize(1);
  config.fabric.networks[0].policies.clear();
  config.fabric.policies.clear();
  config.fabric.networks.push_back(network(red_network, 4, "10.11.0.0/24"));
  config.fabric.networks.push_back(network(blue_network, 5, "10.12.0.0/24"));
  config.ports = {port("r", red_network, "10.11.0.11", 1),
                  port("b", blue_network, "10.12.0.11", 2)};
  return config;
}
config::Vrouter joined() {
  config::Vrouter config = apart();
  config.fabric.networks.push_back(network(inside_network, 5000, nullptr));
  config.fabric.networks.back().routes_between = {red_network, blue_network};
  return config;
}
config::Vrouter with_red_only() {
  config::Vrouter config = joined();
  config.ports.pop_back();
  return config;
}

struct Routed : Lab {
  explicit Routed(const config::Vrouter& config = joined()) : Lab{config} { start(); }
};

xmpp::EvpnItem type5(const std::string& where, const std::string& next_hop = far,
                     unsigned vni = 5000) {
  xmpp::EvpnItem told;
  told.address = prefix(where);
  told.next_hops = item("10.0.0.1/32", next_hop, vni, {Encap::vxlan}).next_hops;
  told.next_hops.front().mac = mac(far_router);
  told.local_preference = 200;
  return told;
}
std::string id_of(const std::string& where) {
  return xmpp::id_of(type5(where));
}
const std::string by_vxlan = "VXLAN 172.31.40.1 vni 5000 router 02:00:00:00:40:01";

TEST(AgentRouter, S122_tells_its_machines_as_type_5_in_the_routers_instance) {
  Routed lab;
  const auto told = lab.told();
  EXPECT_THAT(told, Contains("subscribe " + inside + " 4"));
  for (const char* address : {"10.11.0.11/32", "10.12.0.11/32"})
    EXPECT_THAT(told, Contains("publish " + inside + " evpn 0-00:00:00:00:00:00," + address +
                               " nh 172.31.41.236 label 5000 vxlan pref 200"));
  // Nothing else: it bridges nothing and has no tree.
  EXPECT_EQ(std::ranges::count_if(
                told, [](const auto& line) { return line.starts_with("publish " + inside); }),
            2);
  const auto& published = lab.nodes[0].published;
  const auto at = std::ranges::find(published, inside, &xmpp::Published::instance);
  ASSERT_NE(at, published.end());
  EXPECT_EQ(std::get<xmpp::EvpnItem>(at->item).next_hops.at(0).mac, mac("0e:92:cc:bd:aa:08"));
}

TEST(AgentRouter, S122_the_other_networks_subnets_lead_into_the_routers_vrf_and_its_hosts_out) {
  Routed lab;
  EXPECT_EQ(lab.route(red, "10.12.0.0/24"), "vrf 4");
  EXPECT_EQ(lab.route(blue, "10.11.0.0/24"), "vrf 4");
  EXPECT_EQ(lab.route(red, "10.11.0.0/24"), "discard");
  EXPECT_EQ(lab.route(red, "10.12.0.11/32"), "none");
  EXPECT_EQ(lab.route(router, "10.11.0.11/32"), "vif r/eth0 02:00:00:00:00:01");
  EXPECT_EQ(lab.route(router, "10.12.0.11/32"), "vif b/eth0 02:00:00:00:00:02");
}

TEST(AgentRouter, S122_frames_of_its_vni_for_its_mac_are_routed) {
  Routed lab;
  EXPECT_THAT(lab.bridging(), ElementsAre("4 0e:92:cc:bd:aa:08 router of vrf 4", "vni 5000 vrf 4"));
}

TEST(AgentRouter, S122_machines_elsewhere_are_behind_their_vrouters_routers) {
  Routed lab;
  lab.send(0, inside, {type5("10.12.0.12/32")});
  EXPECT_EQ(lab.route(router, "10.12.0.12/32"), by_vxlan);
  EXPECT_EQ(lab.route(red, "10.12.0.12/32"), "none");  // its subnet leads to the router
  lab.send(0, inside, {type5("10.12.0.12/32", far, 6000)});
  EXPECT_EQ(lab.route(router, "10.12.0.12/32"),
            "VXLAN 172.31.40.1 vni 6000 router 02:00:00:00:40:01");
  lab.retract(0, inside, {id_of("10.12.0.12/32")}, Family::evpn);
  EXPECT_EQ(lab.route(router, "10.12.0.12/32"), "none");
}

TEST(AgentRouter, S122_whole_prefixes_lead_from_all_its_networks_into_its_vrf) {
  Routed lab{with_red_only()};
  constexpr unsigned its = 3;  // blue is not here
  lab.send(0, inside, {type5("192.168.0.0/16"), type5("0.0.0.0/0"), type5("2001:db8::/32")});
  for (const char* where : {"192.168.0.0/16", "0.0.0.0/0", "2001:db8::/32"}) {
    EXPECT_EQ(lab.route(its, where), by_vxlan);
    EXPECT_EQ(lab.route(red, where), "vrf 3");
  }
  // A machine comes into blue: the VRF has 4 then.
  lab.configure(joined());
  EXPECT_EQ(lab.route(4, "192.168.0.0/16"), "vrf 3");
  lab.configure(with_red_only());
  lab.retract(0, inside, {id_of("192.168.0.0/16")}, Family::evpn);
  EXPECT_EQ(lab.route(red, "192.168.0.0/16"), "none");
  EXPECT_EQ(lab.route(red, "0.0.0.0/0"), "vrf 3");
}

// A network that imports a target of the route is told of it, too.
TEST(AgentRouter, what_a_network_itself_is_told_by_type_5_takes_nothing_from_its_router) {
  Routed lab;
  const std::string red_instance = config::instance_of(red_network);
  lab.send(0, inside, {type5("192.168.0.0/16")});
  lab.send(0, red_instance, {type5("192.168.0.0/16"), type5("192.169.0.0/16")});
  EXPECT_EQ(lab.route(red, "192.168.0.0/16"), "vrf 4");
  EXPECT_EQ(lab.route(red, "192.169.0.0/16"), "none");
  lab.retract(0, red_instance, {id_of("192.168.0.0/16")}, Family::evpn);
  EXPECT_EQ(lab.route(red, "192.168.0.0/16"), "vrf 4");
  lab.retract(0, inside, {id_of("192.168.0.0/16")}, Family::evpn);
  EXPECT_EQ(lab.route(red, "192.168.0.0/16"), "none");
}

TEST(AgentRouter, S122_the_router_goes_and_with_it_all_that_was_its) {
  Routed lab;
  lab.send(0, inside, {type5("10.12.0.12/32"), type5("192.168.0.0/16")});
  lab.told();
  lab.configure(apart());
  lab.run_for(seconds(320));  // until nobody remembers the other vrouter's MAC
  Lab never{apart()};
  never.start();
  EXPECT_EQ(lab.forwarding(), never.forwarding());
  EXPECT_EQ(lab.bridging(), never.bridging());
  EXPECT_EQ(lab.naive.nexthops.size(), never.naive.nexthops.size());
  const auto told = lab.told();
  EXPECT_THAT(told, Contains("unsubscribe " + inside));
  EXPECT_THAT(told, Contains("retract " + inside + ' ' + id_of("10.11.0.11/32")));
  // Late words about it are nobody's.
  lab.ops();
  lab.send(0, inside, {type5("10.12.0.13/32")});
  EXPECT_TRUE(nothing_in(lab.ops()));
}

TEST(AgentRouter, S122_a_network_leaves_the_router) {
  Routed lab;
  lab.send(0, inside, {type5("192.168.0.0/16")});
  config::Vrouter config = joined();
  config.fabric.networks.back().routes_between = {red_network};
  lab.configure(config);
  EXPECT_EQ(lab.route(blue, "10.11.0.0/24"), "none");
  EXPECT_EQ(lab.route(blue, "192.168.0.0/16"), "none");
  EXPECT_EQ(lab.route(router, "10.12.0.11/32"), "none");
  EXPECT_EQ(lab.route(red, "10.12.0.0/24"), "none");
  EXPECT_EQ(lab.route(red, "192.168.0.0/16"), "vrf 4");
}

TEST(AgentRouter, what_it_told_itself_is_no_way) {
  Routed lab{with_red_only()};
  lab.send(0, inside, {type5("10.12.0.0/16", "172.31.41.236")});
  EXPECT_EQ(lab.route(3, "10.12.0.0/16"), "none");
}

TEST(AgentRouter, without_a_routers_mac_or_vxlan_a_route_of_type_5_is_no_way_to_a_router) {
  Routed lab;
  xmpp::EvpnItem nameless = type5("10.12.0.12/32");
  nameless.next_hops.front().mac.reset();
  lab.send(0, inside, {nameless});
  EXPECT_EQ(lab.route(router, "10.12.0.12/32"), "none");
}

TEST(AgentRouter, an_address_that_several_have_is_reached_at_each) {
  Routed lab;
  lab.neighbours[ip4("172.31.40.2")] = mac("0e:00:00:00:40:02");
  xmpp::EvpnItem both = type5("10.12.0.100/32");
  both.next_hops.push_back(type5("10.12.0.100/32", "172.31.40.2", 5001).next_hops.front());
  lab.send(0, inside, {both});
  std::vector<std::uint32_t> vnis;
  for (const auto& [place, member] : lab.naive.members)
    if (member.number != 0) vnis.push_back(member.number);
  EXPECT_THAT(vnis, ElementsAre(5000, 5001));
}

TEST(AgentRouter, a_lost_control_nodes_words_hold_until_another_has_said_everything) {
  config::Vrouter config = joined();
  config.control_nodes.push_back(ip4("172.31.14.48"));
  Routed lab{config};
  lab.send(0, inside, {type5("10.12.0.12/32")});
  lab.lose(0);
  EXPECT_EQ(lab.route(router, "10.12.0.12/32"), by_vxlan);
  lab.send(1, inside, {type5("10.12.0.12/32", far, 7000)});
  EXPECT_EQ(lab.route(router, "10.12.0.12/32"),
            "VXLAN 172.31.40.1 vni 7000 router 02:00:00:00:40:01");
  lab.end_of_rib(1);
  lab.retract(1, inside, {id_of("10.12.0.12/32")}, Family::evpn);
  EXPECT_EQ(lab.route(router, "10.12.0.12/32"), "none");
}

TEST(AgentRouter, a_router_that_no_machine_is_behind_is_not_here) {
  config::Vrouter config = joined();
  config.ports.clear();
  Routed lab{config};
  EXPECT_THAT(lab.told(), Not(Contains(HasSubstr(inside))));
}

TEST(AgentRouter, pages_say_who_routes) {
  Routed lab;
  lab.send(0, inside, {type5("10.12.0.12/32")});
  const auto peers = [&](const char* vrf, const char* address, const char* length) {
    const auto page = lab.page("Inet4UcRouteReq",
                               {{"vrf_index", vrf}, {"src_ip", address}, {"prefix_len", length}});
    std::vector<std::string> peers;
    for (const introspect::Tree* path : introspect::all(page, "PathSandeshData"))
      peers.push_back(std::string{introspect::text_of(*path, "peer")} + ' ' +
                      std::string{introspect::text_of(*path, "vxlan_id")});
    return peers;
  };
  EXPECT_THAT(peers("4", "10.12.0.12", "32"), ElementsAre("EVPN Router 5000"));
  EXPECT_THAT(peers("2", "10.12.0.0", "24"), ElementsAre("EVPN Router 0"));
  EXPECT_THAT(peers("4", "10.11.0.11", "32"), ElementsAre("LocalVmPort 0"));
  EXPECT_NE(
      introspect::to_xml(lab.page("EvpnRouteReq", {{"vrf_index", "4"}})).find("10.12.0.12/32"),
      std::string::npos);
}

}  // namespace
}  // namespace tflab::agent
