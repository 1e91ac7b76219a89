#include "scenarios/derive.h"

#include <gmock/gmock.h>

#include "control-core/base/text.h"
#include "control-core/config/names.h"
#include "scenarios/names.h"
#include "tests/unit/scenarios/files.h"

namespace tflab::scenario {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Derive : public Files {};

TEST_F(Derive, meshes_control_nodes_of_one_as) {
  const config::ControlNode node = control_node(good(small_lab), "cn1");
  EXPECT_EQ(to_text(node.address), "192.0.2.1");
  EXPECT_EQ(to_text(node.router_id), "192.0.2.1");
  EXPECT_EQ(node.bgp_hold, seconds(90));
  ASSERT_EQ(node.peers.size(), 1u);
  EXPECT_EQ(node.peers[0].name, "cn2");
  EXPECT_EQ(to_text(node.peers[0].address), "192.0.2.2");
  EXPECT_EQ(node.peers[0].families.size(), 5u);
  EXPECT_EQ(node.fabric.networks.size(), 5u);
}

TEST_F(Derive, does_not_mesh_when_told_not_to_or_across_systems) {
  EXPECT_THAT(control_node(good(replaced(small_lab, "\"run\"",
                                         "\"global-system-config\": {\"ibgp-auto-mesh\": false}, "
                                         "\"run\"")),
                           "cn1")
                  .peers,
              IsEmpty());
  const Scenario two_systems =
      good(replaced(small_lab, "\"192.0.2.2\"", "\"192.0.2.2\", \"autonomous-system\": 64513"));
  EXPECT_THAT(control_node(two_systems, "cn1").peers, IsEmpty());
}

TEST_F(Derive, an_interface_of_both_versions_has_two_addresses_and_the_port_too) {
  const Scenario scenario = good(
      replaced(replaced(small_lab, "[\"10.1.0.0/24\"]", "[\"10.1.0.0/24\", \"2001:db8:1::/64\"]"),
               "\"10.1.0.9\"", "\"10.1.0.9\", \"instance-ip6\": \"2001:db8:1::9\""));
  const Interface& interface = scenario.machines.front().second.interfaces.front().second;
  EXPECT_THAT(addresses_of(scenario, interface),
              ElementsAre(OnLink{*parse_ip("10.1.0.9"), 24, *parse_ip("10.1.0.254")},
                          OnLink{*parse_ip("2001:db8:1::9"), 64,
                                 *parse_ip("2001:db8:1::ffff:ffff:ffff:fffe")}));
  EXPECT_EQ(vrouter(scenario, "compute1").ports.front().address6, parse_ip("2001:db8:1::9"));
}

TEST_F(Derive, what_packets_are_spread_by_is_the_interfaces_or_its_networks) {
  const Scenario scenario = good(replaced(
      replaced(small_lab, "\"subnets\": [\"10.1.0.0/24\"]",
               "\"subnets\": [\"10.1.0.0/24\"], \"ecmp-hashing-include-fields\": "
               "[\"source-ip\", \"ip-protocol\"]"),
      "\"10.1.0.9\"", "\"10.1.0.9\", \"ecmp-hashing-include-fields\": [\"destination-port\"]"));
  const config::Vrouter config = vrouter(scenario, "compute1");
  EXPECT_EQ(config.ports.front().hash_fields, hash_dst_port);
  for (const config::Network& net : config.fabric.networks) {
    const bool red = net.name.ends_with(":red");
    EXPECT_EQ(net.hash_fields, red ? hash_src_ip | hash_protocol : +all_hash_fields) << net.name;
  }
}

TEST_F(Derive, addresses_that_others_may_have_stand_beside_its_own) {
  const Scenario scenario = good(
      replaced(small_lab, "\"10.1.0.9\"",
               "\"10.1.0.9\", \"allowed-address-pairs\": [\"10.1.0.100/32\", \"10.7.0.0/16\"], "
               "\"ecmp-addresses\": [\"10.1.0.101/32\"]"));
  const Machine& machine = scenario.machines.front().second;
  const auto gateway = parse_ip("10.1.0.254");
  EXPECT_THAT(addresses_of(scenario, machine.interfaces.front().second),
              ElementsAre(OnLink{*parse_ip("10.1.0.9"), 24, gateway},
                          OnLink{*parse_ip("10.1.0.100"), 24, gateway, true},
                          OnLink{*parse_ip("10.7.0.0"), 32, {}, true},
                          OnLink{*parse_ip("10.1.0.101"), 24, gateway, true}));
  const config::Port port = vrouter(scenario, "compute1").ports.front();
  EXPECT_THAT(port.allowed_pairs,
              ElementsAre(*parse_prefix("10.1.0.100/32"), *parse_prefix("10.7.0.0/16")));
  EXPECT_THAT(port.shared_addresses, ElementsAre(*parse_prefix("10.1.0.101/32")));
  EXPECT_NE(holder_of(machine, *parse_prefix("10.7.0.0/16")), nullptr);
  EXPECT_NE(holder_of(machine, *parse_prefix("10.1.0.9/32")), nullptr);
  EXPECT_EQ(holder_of(machine, *parse_prefix("10.1.0.101/32")), nullptr);
}

TEST_F(Derive, every_vrouter_knows_the_link_local_services) {
  const Scenario scenario = good(replaced(
      small_lab, "\"run\"",
      "\"global-vrouter-config\": {\"linklocal-services\": {\"metadata\": "
      "{\"linklocal-service-ip\": \"169.254.169.254\", \"linklocal-service-port\": 80, "
      "\"ip-fabric-service-ip\": [\"192.0.2.1\", \"192.0.2.77\"], \"ip-fabric-service-port\": "
      "8775}}}, \"run\""));
  for (const char* name : {"compute1", "compute2"})
    EXPECT_THAT(
        vrouter(scenario, name).link_local_services,
        ElementsAre(config::LinkLocalService{"metadata",
                                             *parse_ip4("169.254.169.254"),
                                             80,
                                             {*parse_ip4("192.0.2.1"), *parse_ip4("192.0.2.77")},
                                             8775}));
}

TEST_F(Derive, vrouters_need_not_know_the_fabrics_network) {
  const auto knows_it = [](const config::Fabric& fabric) {
    return std::ranges::count(fabric.networks, config::ip_fabric, &config::Network::name) != 0;
  };
  EXPECT_TRUE(knows_it(vrouter(good(small_lab), "compute1").fabric));
  const Scenario scenario =
      good(replaced(small_lab, "\"run\"",
                    "\"global-vrouter-config\": {\"vhost0-in-ip-fabric\": false}, \"run\""));
  EXPECT_FALSE(knows_it(vrouter(scenario, "compute1").fabric));
  EXPECT_TRUE(knows_it(control_node(scenario, "cn1").fabric));
}

TEST_F(Derive, a_port_has_its_health_checks_with_all_they_say) {
  const Scenario scenario = good(replaced(
      replaced(small_lab, "\"10.1.0.9\"", "\"10.1.0.9\", \"service-health-checks\": [\"alive\"]"),
      "\"run\"",
      "\"service-health-checks\": {\"alive\": {\"monitor-type\": \"PING\", \"delay\": "
      "\"2s\", \"timeout\": \"500ms\", \"max-retries\": 3}}, \"run\""));
  EXPECT_THAT(vrouter(scenario, "compute1").ports.front().health_checks,
              ElementsAre(config::HealthCheck{full_name("alive"), seconds(2), millis(500), 3}));
}

TEST_F(Derive, everybody_knows_the_forwarding_classes_and_who_is_in_which) {
  const Scenario scenario = good(replaced(
      replaced(small_lab, "\"10.1.0.9\"", "\"10.1.0.9\", \"qos-config\": \"voice\""), "\"run\"",
      "\"forwarding-classes\": {\"gold\": {\"forwarding-class-id\": 3, "
      "\"forwarding-class-dscp\": 46, \"forwarding-class-vlan-priority\": 5, "
      "\"forwarding-class-mpls-exp\": 6, \"qos-queue\": 2}}, \"qos-configs\": {\"voice\": "
      "{\"dscp-entries\": {\"46\": 3}, \"vlan-priority-entries\": {\"5\": 3}}, \"wire\": "
      "{\"qos-config-type\": \"fabric\", \"default-forwarding-class-id\": 3}}, \"run\""));
  for (const char* name : {"compute1", "compute2"}) {
    const config::Vrouter node = vrouter(scenario, name);
    EXPECT_THAT(node.forwarding_classes,
                ElementsAre(config::ForwardingClass{"gold", 3, 46, 5, 6, 2}));
    EXPECT_THAT(node.qos_configs,
                ElementsAre(
                    config::QosConfig{
                        full_name("voice"), config::QosScope::project, 0, {{46, 3}}, {{5, 3}}, {}},
                    config::QosConfig{full_name("wire"), config::QosScope::fabric, 3, {}, {}, {}}));
  }
  EXPECT_EQ(vrouter(scenario, "compute1").ports.front().qos_config, full_name("voice"));
}

TEST_F(Derive, a_rule_names_who_marks_what_it_lets_pass) {
  const Scenario scenario = good(replaced(
      replaced(small_lab, "\"src\": \"red\"", "\"qos-action\": \"voice\", \"src\": \"red\""),
      "\"run\"", "\"qos-configs\": {\"voice\": {}}, \"run\""));
  const config::Vrouter node = vrouter(scenario, "compute1");
  EXPECT_EQ(node.fabric.policies.at(full_name("red-blue")).rules[0].qos_config, full_name("voice"));
}

TEST_F(Derive, a_machine_with_the_gateways_usual_address_has_another_gateway) {
  Interface last{.network = "n",
                 .address = *parse_ip("10.1.0.254"),
                 .mac = {},
                 .floating_ips = {},
                 .security_groups = {}};
  last.address6 = *parse_ip("2001:db8::fffe");
  Scenario scenario;
  scenario.networks = {
      {.name = "n", .subnets = {*parse_prefix("10.1.0.0/24"), *parse_prefix("2001:db8::/112")}}};
  EXPECT_THAT(addresses_of(scenario, last),
              ElementsAre(OnLink{last.address, 24, *parse_ip("10.1.0.1")},
                          OnLink{*last.address6, 112, *parse_ip("2001:db8::fffc")}));
  last.network = "nowhere";
  EXPECT_THAT(addresses_of(scenario, last),
              ElementsAre(OnLink{last.address, 32, {}}, OnLink{*last.address6, 128, {}}));
}

std::string with_router(const std::string& more) {
  return replaced(small_lab, "\"events\": [",
                  "\"logical-routers\": {\"lr\": {\"virtual-networks\": [\"red\", \"blue\"]" +
                      more + "}}, \"events\": [");
}
const config::Network* network_of(const std::vector<config::Network>& networks,
                                  const std::string& name) {
  const auto found = std::ranges::find(networks, name, &config::Network::name);
  return found == networks.end() ? nullptr : &*found;
}

TEST_F(Derive, a_logical_router_gives_its_networks_a_target_more) {
  const Scenario lab = good(with_router(""));
  const auto own = lab.document["logical-routers"]["lr"]["route-targets"];
  ASSERT_EQ(own.size(), 1u);
  const auto networks = control_node(lab, "cn1").fabric.networks;
  for (const char* name : {"red", "blue"}) {
    const config::Network* network = network_of(networks, full_name(name));
    ASSERT_NE(network, nullptr) << name;
    ASSERT_EQ(network->targets.size(), 2u);
    EXPECT_EQ(to_text(network->targets[1]), own[0]);
  }
  // Its own entry stays as it was, so that the target goes with the router.
  EXPECT_EQ(lab.document["virtual-networks"]["red"]["route-targets"].size(), 1u);
}

TEST_F(Derive, with_vxlan_routing_it_has_an_instance_of_its_own) {
  const Scenario lab = good(with_router(
      R"(, "logical-router-type": "vxlan-routing", "route-targets": ["target:64512:9"])"));
  const std::string name = config::inside_of(full_name("lr"));
  const config::ControlNode control = control_node(lab, "cn2");
  const config::Network* inside = network_of(control.fabric.networks, name);
  ASSERT_NE(inside, nullptr);
  EXPECT_EQ(inside->network_id, 6u);  // 4 and 5 are red and blue
  EXPECT_EQ(inside->instance, 6u);
  EXPECT_EQ(lab.document["logical-routers"]["lr"]["vxlan-network-identifier"], 6);
  EXPECT_THAT(inside->routes_between, ElementsAre(full_name("red"), full_name("blue")));
  ASSERT_EQ(inside->targets.size(), 1u);
  EXPECT_EQ(to_text(inside->targets[0]), "target:64512:9");
  EXPECT_EQ(network_of(control.fabric.networks, full_name("red"))->targets.size(), 1u);
  EXPECT_FALSE(lab.document["virtual-networks"].contains(name));
}

TEST_F(Derive, a_vrouter_knows_the_routers_of_its_networks_and_what_they_join) {
  std::string text = replaced(with_router(R"(, "logical-router-type": "vxlan-routing")"),
                              "\"virtual-networks\": {",
                              R"("virtual-networks": {"green": {"subnets": ["10.3.0.0/24"]}, )");
  const Scenario lab = good(text);
  const auto known = vrouter(lab, "compute2").fabric.networks;
  for (const std::string& name :
       {config::inside_of(full_name("lr")), full_name("red"), full_name("blue")})
    EXPECT_NE(network_of(known, name), nullptr) << name;
  EXPECT_EQ(network_of(known, full_name("green")), nullptr);
}

TEST_F(Derive, every_node_knows_what_happens_to_the_routes_of_a_lost_session) {
  EXPECT_FALSE(control_node(good(small_lab), "cn1").fabric.graceful_restart.enable);
  const Scenario lab = good(
      replaced(small_lab, "\"run\"",
               "\"global-system-config\": {\"graceful-restart-parameters\": {\"enable\": true, "
               "\"restart-time\": 9, \"xmpp-helper-enable\": true}}, \"run\""));
  for (const auto& restart : {control_node(lab, "cn1").fabric.graceful_restart,
                              vrouter(lab, "compute1").fabric.graceful_restart}) {
    EXPECT_TRUE(restart.helps_agents());
    EXPECT_FALSE(restart.helps_bgp());
    EXPECT_EQ(restart.restart_time, seconds(9));
    EXPECT_EQ(restart.long_lived_restart_time, seconds(300));
  }
}

TEST_F(Derive, one_end_is_enough_for_a_peering) {
  const Scenario lab = good(replaced(
      small_lab, "\"192.0.2.2\"",
      "\"192.0.2.2\", \"autonomous-system\": 64513, \"hold-time\": 30, \"peers\": {\"cn1\": "
      "{\"address-families\": [\"inet-vpn\"], \"passive\": true, \"hold-time\": 9, "
      "\"prefix-limit\": 100, \"delay-open\": 15}}"));
  const auto one = control_node(lab, "cn1").peers, two = control_node(lab, "cn2").peers;
  ASSERT_EQ(one.size(), 1u);
  ASSERT_EQ(two.size(), 1u);
  EXPECT_EQ(one[0].as, Asn{64513});
  EXPECT_EQ(two[0].as, Asn{64512});
  EXPECT_THAT(one[0].families, ElementsAre(Family::inet_vpn));
  EXPECT_THAT(two[0].families, ElementsAre(Family::inet_vpn));
  EXPECT_FALSE(one[0].passive);
  EXPECT_TRUE(two[0].passive);
  EXPECT_EQ(one[0].hold, seconds(90));
  EXPECT_EQ(two[0].hold, seconds(9));
  EXPECT_EQ(two[0].prefix_limit, 100u);
  EXPECT_EQ(two[0].delay_open, seconds(15));
  EXPECT_EQ(one[0].prefix_limit, 0u);
}

TEST_F(Derive, gives_a_vrouter_its_own_machines_in_order) {
  const config::Vrouter node = vrouter(good(small_lab), "compute2");
  EXPECT_EQ(to_text(node.address), "192.0.2.12");
  EXPECT_EQ(node.prefix_length, 24);
  EXPECT_EQ(node.mtu, 1500);
  ASSERT_EQ(node.control_nodes.size(), 2u);
  EXPECT_EQ(to_text(node.control_nodes[0]), "192.0.2.2");
  ASSERT_EQ(node.ports.size(), 2u);
  EXPECT_EQ(node.ports[0].name, "vm2/eth0");
  EXPECT_EQ(node.ports[0].machine, "vm2");
  ASSERT_EQ(node.ports[0].floating_ips.size(), 1u);
  EXPECT_EQ(node.ports[0].floating_ips[0].network, "default-domain:default-project:blue");
  EXPECT_EQ(node.ports[1].name, "vm3/eth0");
}

}  // namespace
}  // namespace tflab::scenario
