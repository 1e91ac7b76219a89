#include "scenarios/load.h"

#include <gmock/gmock.h>

#include "control-core/base/text.h"
#include "scenarios/names.h"
#include "tests/unit/scenarios/files.h"

namespace tflab::scenario {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class Load : public Files {};

const config::Network& network(const Scenario& scenario, const std::string& name) {
  for (const config::Network& net : scenario.networks)
    if (net.name == full_name(name)) return net;
  static const config::Network none;
  return none;
}

TEST_F(Load, machines_are_marked_by_a_configuration_for_machines) {
  const std::string text = replaced(
      replaced(small_lab, "\"instance-ip\": \"10.1.0.9\"", "\"qos-config\": \"wire\""),
      "\"bgp-routers\": {",
      "\"qos-configs\": {\"wire\": {\"qos-config-type\": \"fabric\"}}, \"bgp-routers\": {");
  EXPECT_THAT(bad(text), Contains(HasSubstr("is for the node's own interfaces; name one of type "
                                            "\"project\"")));
}

TEST_F(Load, reads_a_lab_with_what_it_leaves_open) {
  const Scenario lab = good(small_lab);
  EXPECT_EQ(lab.name, "small");
  EXPECT_EQ(lab.run.seed, 7u);
  EXPECT_EQ(lab.run.until, seconds(300));
  EXPECT_EQ(lab.underlay_length, 24);
  ASSERT_EQ(lab.bgp_routers.size(), 2u);
  EXPECT_EQ(lab.bgp_routers[0].second.identifier, *parse_ip4("192.0.2.1"));
  EXPECT_THAT(lab.bgp_routers[0].second.families, Contains(Family::route_target));
  EXPECT_THAT(find(lab.virtual_routers, "compute1")->control_nodes, ElementsAre("cn1"));
  EXPECT_THAT(find(lab.virtual_routers, "compute2")->control_nodes, ElementsAre("cn2", "cn1"));
  EXPECT_EQ(find(lab.virtual_routers, "compute2")->mac.octets[0], 0x02);
  EXPECT_EQ(lab.policies.at(full_name("red-blue")).rules[0].src, full_name("red"));
}

TEST_F(Load, numbers_networks_in_file_order_after_the_built_in_ones) {
  const Scenario lab = good(small_lab);
  ASSERT_EQ(lab.networks.size(), 5u);
  EXPECT_EQ(lab.networks[0].name, full_name("ip-fabric"));
  EXPECT_EQ(lab.networks[0].instance, 1u);
  EXPECT_EQ(lab.networks[0].network_id, 2u);
  EXPECT_EQ(lab.networks[1].network_id, 1u);
  EXPECT_EQ(lab.networks[2].name, full_name("__link_local__"));
  EXPECT_EQ(network(lab, "red").instance, 4u);
  EXPECT_EQ(network(lab, "blue").network_id, 5u);
  EXPECT_EQ(lab.document["virtual-networks"]["blue"]["virtual-network-network-id"], 5);
}

TEST_F(Load, gives_networks_without_route_targets_one_of_their_own) {
  const Scenario lab = good(replaced(small_lab, "\"subnets\": [\"10.2.0.0/24\"]",
                                     "\"subnets\": [\"10.2.0.0/24\"], \"route-targets\": "
                                     "[\"target:64512:8000001\"]"));
  EXPECT_EQ(to_text(network(lab, "blue").targets[0]), "target:64512:8000001");
  EXPECT_EQ(to_text(network(lab, "ip-fabric").targets[0]), "target:64512:8000002");
  EXPECT_EQ(to_text(network(lab, "red").targets[0]), "target:64512:8000003");
}

TEST_F(Load, gives_interfaces_the_lowest_free_address) {
  const Scenario lab = good(small_lab);
  const auto address = [&](const char* machine) {
    return to_text(find(lab.machines, machine)->interfaces[0].second.address);
  };
  EXPECT_EQ(address("vm1"), "10.1.0.9");
  EXPECT_EQ(address("vm2"), "10.1.0.3");
  EXPECT_EQ(address("vm3"), "10.2.0.3");
  EXPECT_EQ(lab.document["virtual-machines"]["vm3"]["interfaces"]["eth0"]["instance-ip"],
            "10.2.0.3");
}

TEST_F(Load, is_a_function_of_the_text) {
  const Scenario once = good(small_lab), again = good(small_lab);
  EXPECT_EQ(once.document.dump(), again.document.dump());
  // And what it wrote down reads as itself.
  const Scenario spelled_out = good(once.document.dump());
  EXPECT_EQ(spelled_out.document.dump(), once.document.dump());
  EXPECT_EQ(spelled_out.networks, once.networks);
}

TEST_F(Load, finds_the_shortest_prefix_that_makes_everything_on_link) {
  const auto length = [&](const std::string& address) {
    return good(replaced(small_lab, "192.0.2.2\"", address + '"')).underlay_length;
  };
  EXPECT_EQ(length("192.0.2.2"), 24);
  EXPECT_EQ(length("192.0.3.2"), 23);
  EXPECT_EQ(length("192.0.2.255"), 23);  // would be the broadcast address of a /24
  EXPECT_EQ(length("192.0.40.2"), 18);
}

struct Wrong {
  const char* what;
  std::string from, to, fault;
};
void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.what;
}

class Refuses : public Files, public testing::WithParamInterface<Wrong> {};

TEST_P(Refuses, with_place_and_cure) {
  const Wrong& wrong = GetParam();
  EXPECT_THAT(bad(replaced(small_lab, wrong.from, wrong.to)),
              Contains(StartsWith("lab.tflab.json:" + wrong.fault)));
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Load, Refuses, testing::Values(
  Wrong{"unknown_key", "\"seed\": 7", "\"seeed\": 7", R"(4:11: unknown key "seeed" in /run; did you mean "seed"?)"},
  Wrong{"unknown_top_key", "\"expect\"", "\"expects\"", R"(28:3: unknown key "expects" in the file; did you mean "expect"?)"},
  Wrong{"wrong_type", "\"seed\": 7", "\"seed\": \"7\"", "4:19: expected a whole number from 0 to 9223372036854775807, found a string"},
  Wrong{"null", "\"seed\": 7", "\"seed\": null", "4:19: expected a whole number"},
  Wrong{"fraction", "\"seed\": 7", "\"seed\": 7.5", "4:19: expected a whole number"},
  Wrong{"negative", "\"seed\": 7", "\"seed\": -7", "4:19: -7 is out of range"},
  Wrong{"bare_time", "\"5m\"", "5", "4:31: expected a time with its unit"},
  Wrong{"missing_key", "\"router-type\": \"control-node\", ", "", R"(6:12: key "router-type" is missing in /bgp-routers/cn1)"},
  Wrong{"newer_format", "\"tflab\": 1", "\"tflab\": 2", "2:12: format 2 is not known; this version reads format 1"},
  Wrong{"bad_name", "\"small\"", "\"Small Lab\"", R"(3:11: name "Small Lab" must be)"},
  Wrong{"service_that_is_not_link_local", "\"bgp-routers\": {", "\"global-vrouter-config\": {\"linklocal-services\": {\"s\": {\"linklocal-service-ip\": \"10.1.0.9\", \"linklocal-service-port\": 80, \"ip-fabric-service-ip\": [\"192.0.2.1\"], \"ip-fabric-service-port\": 80}}}, \"bgp-routers\": {", "5:82: 10.1.0.9 is not link-local; take an address of 169.254.0.0/16"},
  Wrong{"service_on_a_vrouter", "\"bgp-routers\": {", "\"global-vrouter-config\": {\"linklocal-services\": {\"s\": {\"linklocal-service-ip\": \"169.254.0.1\", \"linklocal-service-port\": 80, \"ip-fabric-service-ip\": [\"192.0.2.11\"], \"ip-fabric-service-port\": 80}}}, \"bgp-routers\": {", "5:152: 192.0.2.11 is vRouter \"compute1\"'s, whose own machines could not reach it there"},
  Wrong{"service_nowhere", "\"bgp-routers\": {", "\"global-vrouter-config\": {\"linklocal-services\": {\"s\": {\"linklocal-service-ip\": \"169.254.0.1\", \"linklocal-service-port\": 80, \"ip-fabric-service-ip\": [], \"ip-fabric-service-port\": 80}}}, \"bgp-routers\": {", "5:151: name at least one address"},
  Wrong{"service_twice", "\"bgp-routers\": {", "\"global-vrouter-config\": {\"linklocal-services\": {\"s\": {\"linklocal-service-ip\": \"169.254.0.1\", \"linklocal-service-port\": 80, \"ip-fabric-service-ip\": [\"192.0.2.1\"], \"ip-fabric-service-port\": 80}, \"t\": {\"linklocal-service-ip\": \"169.254.0.1\", \"linklocal-service-port\": 80, \"ip-fabric-service-ip\": [\"192.0.2.1\"], \"ip-fabric-service-port\": 81}}}, \"bgp-routers\": {", "5:202: \"s\" has 169.254.0.1 port 80 already; choose another"},
  Wrong{"workload_beside_a_control_node", "\"bgp-routers\": {", "\"hosts\": {\"h\": {\"address\": \"192.0.2.1\", \"workload\": \"tcp-echo\"}}, \"bgp-routers\": {", "5:43: the control node is all that runs there; give the host its own address"},
  Wrong{"check_not_yet", "\"bgp-routers\": {", "\"service-health-checks\": {\"a\": {\"monitor-type\": \"HTTP\", \"delay\": \"1s\", \"timeout\": \"1s\", \"max-retries\": 2}}, \"bgp-routers\": {", "5:51: \"HTTP\" is not supported by this version; use \"PING\""},
  Wrong{"check_too_often", "\"bgp-routers\": {", "\"service-health-checks\": {\"a\": {\"monitor-type\": \"PING\", \"delay\": \"99ms\", \"timeout\": \"1s\", \"max-retries\": 2}}, \"bgp-routers\": {", "5:68: a machine is not asked more often than every 100ms"},
  Wrong{"check_without_end", "\"bgp-routers\": {", "\"service-health-checks\": {\"a\": {\"monitor-type\": \"PING\", \"delay\": \"1s\", \"timeout\": \"1s\"}}, \"bgp-routers\": {", "5:34: key \"max-retries\" is missing"},
  Wrong{"no_such_check", "\"instance-ip\": \"10.1.0.9\"", "\"service-health-checks\": [\"alive\"]", "21:119: there is no service health check \"default-domain:default-project:alive\""},
  Wrong{"class_id_twice", "\"bgp-routers\": {", "\"forwarding-classes\": {\"a\": {\"forwarding-class-id\": 1}, \"b\": {\"forwarding-class-id\": 1}}, \"bgp-routers\": {", "5:88: id 1 is \"a\"'s already; choose another"},
  Wrong{"class_mark_too_big", "\"bgp-routers\": {", "\"forwarding-classes\": {\"a\": {\"forwarding-class-id\": 1, \"forwarding-class-dscp\": 64}}, \"bgp-routers\": {", "5:83: 64 is out of range; allowed is 0 to 63"},
  Wrong{"qos_code_too_big", "\"bgp-routers\": {", "\"forwarding-classes\": {\"a\": {\"forwarding-class-id\": 1}}, \"qos-configs\": {\"q\": {\"vlan-priority-entries\": {\"8\": 1}}}, \"bgp-routers\": {", "5:108: \"8\" is not a code from 0 to 7"},
  Wrong{"qos_code_that_is_none", "\"bgp-routers\": {", "\"forwarding-classes\": {\"a\": {\"forwarding-class-id\": 1}}, \"qos-configs\": {\"q\": {\"dscp-entries\": {\"ef\": 1}}}, \"bgp-routers\": {", "5:99: \"ef\" is not a code from 0 to 63"},
  Wrong{"no_such_class", "\"bgp-routers\": {", "\"qos-configs\": {\"q\": {\"dscp-entries\": {\"46\": 7}}}, \"bgp-routers\": {", "5:48: no forwarding class has the id 7"},
  Wrong{"two_for_the_fabric", "\"bgp-routers\": {", "\"qos-configs\": {\"p\": {\"qos-config-type\": \"fabric\"}, \"q\": {\"qos-config-type\": \"fabric\"}}, \"bgp-routers\": {", "5:55: \"default-domain:default-project:p\" is of this type already, and there is one of each"},
  Wrong{"no_such_qos", "\"instance-ip\": \"10.1.0.9\"", "\"qos-config\": \"voice\"", "21:107: there is no qos config \"default-domain:default-project:voice\""},
  Wrong{"not_yet_key", "\"seed\": 7", "\"repeat\": 7", R"(4:11: key "repeat" is not supported by this version; take it out)"},
  Wrong{"not_yet_top", "\"expect\": [", "\"bgp-as-a-services\": {}, \"expect\": [", R"(28:3: key "bgp-as-a-services" is not supported by this version)"},
  Wrong{"unknown_host", "\"seed\": 7", "\"on\": [\"kernal\"]", R"(4:18: "kernal" is not one of "sim", "netns" or "kernel"; did you mean "kernel"?)"},
  Wrong{"no_fidelity", "\"seed\": 7", "\"fidelity\": \"massage\"", R"(4:23: "massage" is not one of "tcp" or "message"; did you mean "message"?)"},
  Wrong{"spread_without_ends", "\"do\": \"ping\", \"from\": \"vm1\", \"to\": \"vm2\"", "\"do\": \"stop\", \"target\": \"cn1\", \"spread\": {\"distribution\": \"uniform\"}", R"(26:74: key "min" is missing)"},
  Wrong{"times_without_every", "\"do\": \"ping\", \"from\": \"vm1\", \"to\": \"vm2\"", "\"do\": \"stop\", \"target\": \"cn1\", \"times\": 3", R"(26:64: "times" needs "every")"},
  Wrong{"move_to_nobody", "\"do\": \"ping\", \"from\": \"vm1\", \"to\": \"vm2\"", "\"do\": \"move\", \"target\": \"vm1\", \"to\": \"compute9\"", R"(26:70: selector "compute9" matches nothing; did you mean "compute1"?)"},
  Wrong{"processor_without_cost", "\"control-node\", \"address\": \"192.0.2.1\"", "\"control-node\", \"cpu\": {\"cores\": 2}, \"address\": \"192.0.2.1\"", R"(6:51: key "per-update" is missing)"},
  Wrong{"processor_without_cores", "\"control-node\", \"address\": \"192.0.2.1\"", "\"control-node\", \"cpu\": {\"cores\": 0, \"per-update\": \"1ms\"}, \"address\": \"192.0.2.1\"", R"(6:61: 0 is out of range)"},
  Wrong{"metric_of_time", "\"invariant\": \"all-sessions-up\"", "\"metric\": {\"name\": \"convergence-time\", \"is\": 1}", R"(29:45: key "since" is missing)"},
  Wrong{"metric_since", "\"invariant\": \"all-sessions-up\"", "\"metric\": {\"name\": \"convergence-time\", \"since\": \"pong\", \"is\": 1}", R"(29:83: no event has the id "pong"; did you mean "ping"?)"},
  Wrong{"leaves_of_a_segment", "\"bgp-routers\": {", "\"underlay\": {\"leaves\": 4}, \"bgp-routers\": {", R"(5:16: "leaves" needs "model": "clos")"},
  Wrong{"not_yet_router", "\"control-node\", \"address\": \"192.0.2.1\"", "\"bgpaas-client\", \"address\": \"192.0.2.1\"", R"(6:28: "bgpaas-client" is not supported by this version; use "control-node" or "router")"},
  Wrong{"not_yet_verb", "\"do\": \"ping\"", "\"do\": \"clear\"", R"(26:39: "clear" is not supported by this version)"},
  Wrong{"not_yet_check", "\"invariant\": \"all-sessions-up\"", "\"capture\": {}", R"(29:35: key "capture" is not supported by this version)"},
  Wrong{"mistyped_word", "\"control-node\", \"address\": \"192.0.2.1\"", "\"controlnode\", \"address\": \"192.0.2.1\"", R"(6:28: "controlnode" is not one of "control-node" or "router"; did you mean "control-node"?)"},
  Wrong{"not_an_address", "192.0.2.11", "192.0.2.256", R"(10:47: "192.0.2.256" is not an IP address)"},
  Wrong{"ipv6_underlay", "192.0.2.11", "2001:db8::1", "10:47: an IPv4 address is needed here"},
  Wrong{"multicast_node", "192.0.2.11", "224.0.0.1", "10:47: 224.0.0.1 is not an address a node can have"},
  Wrong{"taken_node_address", "192.0.2.11", "192.0.2.1", R"(10:47: "192.0.2.1" is taken by /bgp-routers/cn1/address (lab.tflab.json:6:55))"},
  Wrong{"far_apart", "192.0.2.11", "10.0.0.1", "1:1: the nodes' addresses share fewer than 8 leading bits"},
  Wrong{"no_such_control_node", "[\"cn1\"]", "[\"cn3\"]", R"(10:79: there is no bgp router "cn3"; did you mean "cn1"?)"},
  Wrong{"three_control_nodes", "[\"cn1\"]", "[\"cn1\", \"cn2\", \"cn1\"]", "10:93: listed twice"},
  Wrong{"bad_prefix", "10.1.0.0/24", "10.1.0.0/33", R"(14:25: "10.1.0.0/33" is not a prefix)"},
  Wrong{"host_bits", "10.1.0.0/24", "10.1.0.1/24", R"(14:25: "10.1.0.1/24" has host bits set; write "10.1.0.0/24")"},
  Wrong{"overlap", "[\"10.1.0.0/24\"]", "[\"10.1.0.0/24\", \"10.1.0.0/25\"]", "14:24: subnets 10.1.0.0/24 and 10.1.0.0/25 overlap"},
  Wrong{"no_such_policy", "[\"red-blue\"]", "[\"red-bleu\"]", R"(14:62: there is no network policy "default-domain:default-project:red-bleu"; did you mean "default-domain:default-project:red-blue"?)"},
  Wrong{"no_such_network_in_rule", "\"src\": \"red\"", "\"src\": \"reed\"", "18:61: there is no virtual network"},
  Wrong{"protocol", "\"src\": \"red\"", "\"protocol\": \"tpc\"", R"(18:66: "tpc" is not one of)"},
  Wrong{"ports", "\"src\": \"red\"", "\"dst-ports\": \"90-80\"", R"(18:67: expected "any", a port or a range of ports)"},
  Wrong{"no_such_group", "\"virtual-network\": \"blue\"", "\"virtual-network\": \"blue\", \"security-groups\": [\"web\"]", R"(23:114: there is no security group "default-domain:default-project:web")"},
  Wrong{"no_such_qos_action", "\"src\": \"red\"", "\"qos-action\": \"voice\", \"src\": \"red\"", "18:68: there is no qos config \"default-domain:default-project:voice\""},
  Wrong{"qos_action_of_denied", "\"simple-action\": \"pass\"", "\"simple-action\": \"deny\", \"qos-action\": \"q\"", "18:68: what is denied is not marked; take it out or let the rule pass"},
  Wrong{"group_rule_of_others", "\"expect\": [", "\"security-groups\": {\"web\": {\"rules\": [{\"src\": \"any\", \"dst\": \"any\"}]}}, \"expect\": [", R"(28:41: one of "src" and "dst" must be "local")"},
  Wrong{"router_of_nothing", "\"expect\": [", "\"logical-routers\": {\"lr\": {}}, \"expect\": [", R"(28:29: key "virtual-networks" is missing)"},
  Wrong{"router_of_no_network", "\"expect\": [", "\"logical-routers\": {\"lr\": {\"virtual-networks\": [\"reed\"]}}, \"expect\": [", R"(28:51: there is no virtual network "default-domain:default-project:reed"; did you mean "default-domain:default-project:red"?)"},
  Wrong{"router_of_the_fabric", "\"expect\": [", "\"logical-routers\": {\"lr\": {\"virtual-networks\": [\"ip-fabric\"]}}, \"expect\": [", R"(28:51: a built-in network cannot be joined to others)"},
  Wrong{"vni_of_a_plain_router", "\"expect\": [", "\"logical-routers\": {\"lr\": {\"virtual-networks\": [\"red\"], \"vxlan-network-identifier\": 77}}, \"expect\": [", R"(28:87: only a router of type "vxlan-routing" has a VNI)"},
  Wrong{"vni_of_the_fabric", "\"expect\": [", "\"logical-routers\": {\"lr\": {\"virtual-networks\": [\"red\"], \"logical-router-type\": \"vxlan-routing\", \"vxlan-network-identifier\": 1}}, \"expect\": [", R"(28:127: VNI 1 is taken by "default-domain:default-project:ip-fabric")"},
  Wrong{"router_type", "\"expect\": [", "\"logical-routers\": {\"lr\": {\"virtual-networks\": [\"red\"], \"logical-router-type\": \"vxlan\"}}, \"expect\": [", R"(28:82: "vxlan" is not one of "snat-routing" or "vxlan-routing")"},
  Wrong{"router_without_target", "\"expect\": [", "\"logical-routers\": {\"lr\": {\"virtual-networks\": [\"red\"], \"route-targets\": []}}, \"expect\": [", R"(28:76: without a route target it joins nothing)"},
  Wrong{"network_on_two_routers", "\"expect\": [", "\"logical-routers\": {\"a\": {\"virtual-networks\": [\"red\"], \"logical-router-type\": \"vxlan-routing\"}, \"b\": {\"virtual-networks\": [\"red\"], \"logical-router-type\": \"vxlan-routing\"}}, \"expect\": [", R"(28:126: "default-domain:default-project:a" routes for network "default-domain:default-project:red" already)"},
  Wrong{"router_to_the_outside", "\"expect\": [", "\"logical-routers\": {\"lr\": {\"virtual-networks\": [\"red\"], \"gateway-external\": true}}, \"expect\": [", R"(28:59: key "gateway-external" is not supported by this version)"},
  Wrong{"other_domain", "\"src\": \"red\"", "\"src\": \"k8s:default:red\"", R"(18:61: there is no virtual network "k8s:default:red"; did you mean "default-domain:default-project:red"?)"},
  Wrong{"vni_out_of_range", "\"subnets\": [\"10.1.0.0/24\"]", "\"virtual-network-network-id\": 16777216", "14:43: 16777216 is out of range"},
  Wrong{"built_in_id", "\"subnets\": [\"10.1.0.0/24\"]", "\"virtual-network-network-id\": 2", "14:43: ids 1 to 3 belong to the built-in networks"},
  Wrong{"bad_target", "\"subnets\": [\"10.1.0.0/24\"]", "\"route-targets\": [\"64512:1\"]", R"(14:31: "64512:1" is not a route target)"},
  Wrong{"target_twice", "\"subnets\": [\"10.1.0.0/24\"]", "\"route-targets\": [\"target:64512:1\", \"target:64512:1\"]", "14:49: listed twice"},
  Wrong{"other_provider", "\"network-policies\": [\"red-blue\"]", "\"provider-network\": \"blue\"", "14:61: a provider network other than"},
  Wrong{"provider_that_nobody_knows", "\"network-policies\": [\"red-blue\"]", "\"provider-network\": \"ip-fabric\"}}, \"global-vrouter-config\": {\"vhost0-in-ip-fabric\": false}, \"x-rest\": {\"a\": {", "14:61: vRouters that do not know ip-fabric"},
  Wrong{"no_such_vrouter", "\"virtual-router\": \"compute1\"", "\"virtual-router\": \"compute9\"", R"(21:31: there is no virtual router "compute9"; did you mean "compute1"?)"},
  Wrong{"no_such_network", "\"virtual-network\": \"blue\"", "\"virtual-network\": \"bule\"", "23:86: there is no virtual network"},
  Wrong{"outside_subnet", "10.1.0.9", "10.9.0.9", R"(21:108: 10.9.0.9 is outside network "default-domain:default-project:red" (10.1.0.0/24))"},
  Wrong{"gateway_address", "10.1.0.9", "10.1.0.1", "21:108: 10.1.0.1 is the gateway's own address"},
  Wrong{"wrong_version", "10.1.0.9", "2001:db8::9", R"(21:108: 2001:db8::9 is IPv6, but network "default-domain:default-project:red" only has 10.1.0.0/24)"},
  Wrong{"ipv4_as_ipv6", "\"10.1.0.9\"", "\"10.1.0.9\", \"instance-ip6\": \"10.1.0.10\"", "21:136: 10.1.0.10 is IPv4; its place is \"instance-ip\""},
  Wrong{"ipv6_without_subnet", "\"10.1.0.9\"", "\"10.1.0.9\", \"instance-ip6\": \"2001:db8::9\"", R"(21:136: 2001:db8::9 is IPv6, but network "default-domain:default-project:red" only has 10.1.0.0/24)"},
  Wrong{"ipv6_twice", "\"red\", \"instance-ip\": \"10.1.0.9\"", "\"red\", \"instance-ip\": \"2001:db8::8\", \"instance-ip6\": \"2001:db8::9\"", "21:123: \"instance-ip6\" stands beside an IPv4 address"},
  Wrong{"address_twice", "{\"virtual-network\": \"red\", \"floating-ips\"", "{\"virtual-network\": \"red\", \"instance-ip\": \"10.1.0.9\", \"floating-ips\"", R"(22:108: "10.1.0.9" in "default-domain:default-project:red" is taken by /virtual-machines/vm1/interfaces/eth0/instance-ip (lab.tflab.json:21:108))"},
  Wrong{"pair_of_a_machine", "{\"virtual-network\": \"red\", \"floating-ips\"", "{\"virtual-network\": \"red\", \"allowed-address-pairs\": [\"10.1.0.9/32\"], \"floating-ips\"", R"(22:119: "10.1.0.9" in "default-domain:default-project:red" is taken by /virtual-machines/vm1/interfaces/eth0/instance-ip)"},
  Wrong{"pair_that_is_shared", "\"instance-ip\": \"10.1.0.9\"", "\"allowed-address-pairs\": [\"10.1.0.7/32\"], \"ecmp-addresses\": [\"10.1.0.7/32\"]", R"(21:154: "10.1.0.7" in "default-domain:default-project:red" is taken by /virtual-machines/vm1/interfaces/eth0/allowed-address-pairs/0)"},
  Wrong{"pair_twice", "\"instance-ip\": \"10.1.0.9\"", "\"allowed-address-pairs\": [\"10.1.0.7/32\", \"10.1.0.7/32\"]", "21:134: 10.1.0.7/32 is in the list already; take it out"},
  Wrong{"pair_of_the_gateway", "\"instance-ip\": \"10.1.0.9\"", "\"allowed-address-pairs\": [\"10.1.0.1/32\"]", "21:119: 10.1.0.1 is the gateway's own address"},
  Wrong{"pair_of_ipv6", "\"instance-ip\": \"10.1.0.9\"", "\"ecmp-addresses\": [\"2001:db8::7/128\"]", "21:112: 2001:db8::7/128 is IPv6, which is not supported by this version here"},
  Wrong{"hash_field", "\"subnets\": [\"10.1.0.0/24\"]", "\"ecmp-hashing-include-fields\": [\"source\"]", R"(14:45: "source" is not one of)"},
  Wrong{"hash_field_twice", "\"instance-ip\": \"10.1.0.9\"", "\"ecmp-hashing-include-fields\": [\"source-ip\", \"source-ip\"]", "21:138: listed twice; take one out"},
  Wrong{"no_hash_field", "\"instance-ip\": \"10.1.0.9\"", "\"ecmp-hashing-include-fields\": []", "21:124: name at least one field"},
  Wrong{"announces_what_it_cannot_have", "\"at\": \"60s\", \"do\": \"ping\", \"from\": \"vm1\", \"to\": \"vm2\"", "\"at\": \"60s\", \"do\": \"announce\", \"target\": \"vm1\", \"prefixes\": [\"10.1.0.77/32\"]", R"(26:81: "vm1" cannot have 10.1.0.77/32: it is neither the address of an interface nor among its "allowed-address-pairs")"},
  Wrong{"announces_nothing", "\"at\": \"60s\", \"do\": \"ping\", \"from\": \"vm1\", \"to\": \"vm2\"", "\"at\": \"60s\", \"do\": \"announce\", \"target\": \"vm1\", \"prefixes\": []", "26:80: name at least one prefix"},
  Wrong{"mac_twice", "\"instance-ip\": \"10.1.0.9\"", "\"mac\": \"02:00:00:00:00:01\"}, \"eth1\": {\"virtual-network\": \"blue\", \"mac\": \"02:00:00:00:00:01\"", "21:165: MAC 02:00:00:00:00:01 is taken by"},
  Wrong{"mac_form", "\"instance-ip\": \"10.1.0.9\"", "\"mac\": \"02-00-00-00-00-01\"", "21:100:"},
  Wrong{"long_interface", "\"eth0\": {\"virtual-network\": \"blue\"", "\"sixteen-letters-\": {\"virtual-network\": \"blue\"", "23:58: interface name \"sixteen-letters-\" must be"},
  Wrong{"no_such_pool", "\"public\", \"floating", "\"pubic\", \"floating", R"(22:119: no network has a floating-ip pool "pubic"; did you mean "public"?)"},
  Wrong{"outside_pool", "10.2.0.130", "10.2.0.120", R"(22:152: 10.2.0.120 is outside pool "public" (10.2.0.128/25))"},
  Wrong{"shell_name", "\"vm3\"", "\"$(reboot)\"", "23:5: name \"$(reboot)\" must be"},
  Wrong{"at_and_after", "\"at\": \"60s\"", "\"at\": \"60s\", \"after\": \"up\"", "26:33: \"at\" and \"after\" exclude each other"},
  Wrong{"never_due", "\"at\": \"60s\", ", "", "26:5: say when"},
  Wrong{"delay_of_nothing", "\"at\": \"60s\"", "\"at\": \"60s\", \"delay\": \"1s\"", "26:33: \"delay\" counts from \"after\""},
  Wrong{"after_nothing", "\"at\": \"60s\"", "\"after\": \"upp\"", R"(26:29: no event or expectation has the id "upp"; did you mean "up"?)"},
  Wrong{"after_itself", "\"at\": \"60s\"", "\"after\": \"ping\"", R"(26:29: these wait for each other: "ping" after "ping")"},
  Wrong{"ping_from_nobody", "\"from\": \"vm1\"", "\"from\": \"vm9\"", R"(26:55: there is no machine or node "vm9"; did you mean "vm1"?)"},
  Wrong{"ping_without_end", ", \"to\": \"vm2\"", "", R"(26:5: key "to" is missing; "do": "ping" needs it)"},
  Wrong{"foreign_key", "\"to\": \"vm2\"", "\"to\": \"vm2\", \"objects\": {}", R"(26:75: key "objects" means nothing to "do": "ping")"},
  Wrong{"no_check", ", \"invariant\": \"all-sessions-up\"", "", "29:5: say what to check"},
  Wrong{"two_times", "\"within\": \"30s\"", "\"within\": \"30s\", \"always\": true", R"(29:35: "within" and "always" exclude each other)"},
  Wrong{"id_twice", "\"id\": \"up\"", "\"id\": \"ping\"", R"(29:12: id "ping" is used already (lab.tflab.json:26:5))"},
  Wrong{"until_nothing", "\"within\": \"30s\"", "\"within\": \"30s\", \"until\": \"pong\"", R"(29:44: no event has the id "pong"; did you mean "ping"?)"},
  Wrong{"selector_matches_nothing", "\"invariant\": \"all-sessions-up\"", "\"session\": {\"of\": \"bgp-router:cn9\"}", R"(29:53: selector "bgp-router:cn9" matches nothing; did you mean "bgp-router:cn1"?)"},
  Wrong{"wrong_kind", "\"invariant\": \"all-sessions-up\"", "\"session\": {\"of\": \"virtual-machine:vm1\"}", R"(29:53: "virtual-machine:vm1" names a virtual-machine; here this version takes)"},
  Wrong{"table_unknown", "\"invariant\": \"all-sessions-up\"", "\"table\": {\"name\": \"red\"}", R"(29:53: no node has a table "red"; did you mean "default-domain:default-project:red:red.inet.0"?)"},
  Wrong{"drop_reason_unknown", "\"invariant\": \"all-sessions-up\"", "\"reachable\": {\"from\": \"vm1\", \"to\": \"vm2\", \"is\": false, \"drop-reason\": \"invalid-sauce\"}", R"(29:105: "invalid-sauce" is not a drop reason; did you mean "invalid-source"?)"},
  Wrong{"flood_of_nobody", "\"invariant\": \"all-sessions-up\"", "\"flood\": {\"from\": \"vm9\"}", R"(29:53: there is no machine "vm9"; did you mean "vm1"?)"},
  Wrong{"flood_key", "\"invariant\": \"all-sessions-up\"", "\"flood\": {\"from\": \"vm1\", \"fanout\": 4}", R"(29:60: unknown key "fanout" in /expect/0/flood; did you mean "fan-out"?)"},
  Wrong{"flood_copies", "\"invariant\": \"all-sessions-up\"", "\"flood\": {\"from\": \"vm1\", \"copies\": \"one\"}", "29:70: expected a number or a comparison"},
  Wrong{"port_of_a_ping", "\"invariant\": \"all-sessions-up\"", "\"reachable\": {\"from\": \"vm1\", \"to\": \"vm2\", \"port\": 7}", R"(29:77: "port" needs "protocol": "udp" or "tcp")"},
  Wrong{"tcp_without_port", "\"invariant\": \"all-sessions-up\"", "\"reachable\": {\"from\": \"vm1\", \"to\": \"vm2\", \"protocol\": \"tcp\"}", R"(29:48: udp and tcp need a "port")"},
  Wrong{"ttl_of_tcp", "\"invariant\": \"all-sessions-up\"", "\"reachable\": {\"from\": \"vm1\", \"to\": \"vm2\", \"protocol\": \"tcp\", \"port\": 7, \"ttl\": 63}", R"(29:107: "ttl" is told by pings only ("protocol": "icmp"))"},
  Wrong{"port_mapped_twice", "\"public\", \"floating", "\"public\", \"floating-ip-port-mappings\": [{\"protocol\": \"tcp\", \"src-port\": 80, \"dst-port\": 1}, {\"protocol\": \"tcp\", \"src-port\": 80, \"dst-port\": 2}], \"floating", "22:211: port 80 is mapped already"},
  Wrong{"machine_port_behind_two", "\"public\", \"floating", "\"public\", \"floating-ip-port-mappings\": [{\"protocol\": \"tcp\", \"src-port\": 80, \"dst-port\": 1}, {\"protocol\": \"tcp\", \"src-port\": 81, \"dst-port\": 1}], \"floating", "22:211: port 1 of the machine stands behind another port already"},
  Wrong{"told_though_reached", "\"invariant\": \"all-sessions-up\"", "\"reachable\": {\"from\": \"vm1\", \"to\": \"vm2\", \"hops\": 1, \"expired-at\": \"10.1.0.1\"}", R"(29:88: "expired-at" needs "is": false)"},
  Wrong{"hops_none", "\"invariant\": \"all-sessions-up\"", "\"reachable\": {\"from\": \"vm1\", \"to\": \"vm2\", \"hops\": 0}", "29:85: 0 is out of range; allowed is 1 to 255"},
  Wrong{"port_out_of_range", "\"192.0.2.1\"", "\"192.0.2.1\", \"port\": 65536", "6:76: 65536 is out of range; allowed is 1 to 65535"},
  Wrong{"as_out_of_range", "\"192.0.2.1\"", "\"192.0.2.1\", \"autonomous-system\": 4294967296", "6:89: 4294967296 is out of range"},
  Wrong{"hold_time_no_peer_takes", "\"192.0.2.1\"", "\"192.0.2.1\", \"hold-time\": 2", "6:81: hold times are 0 or at least 3 seconds"},
  Wrong{"mtu_zero", "\"seed\": 7", "\"seed\": 7}, \"underlay\": {\"defaults\": {\"mtu\": 0}", "4:56: 0 is out of range"},
  Wrong{"empty_cmp", "\"invariant\": \"all-sessions-up\"", "\"session\": {\"count\": {}}", "29:56: a comparison needs one of"}
), [](const auto& info) { return std::string{info.param.what}; });
// clang-format on

TEST_F(Load, tells_every_fault_not_only_the_first) {
  std::string text = replaced(small_lab, "\"seed\": 7", "\"seeed\": 7");
  text = replaced(text, "192.0.2.11", "192.0.2");
  text = replaced(text, "\"from\": \"vm1\"", "\"from\": \"nobody-at-all\"");
  EXPECT_THAT(bad(text),
              ElementsAre(StartsWith("lab.tflab.json:4:11: unknown key"),
                          StartsWith("lab.tflab.json:10:47: \"192.0.2\" is not an IP address"),
                          StartsWith("lab.tflab.json:26:55: there is no machine")));
}

TEST_F(Load, passes_over_extensions_and_comments) {
  good(
      replaced(small_lab, "\"seed\": 7", "\"seed\": 7, \"x-mine\": {\"a\": [1]}, \"//\": \"why\""));
  good("// a comment\n" + small_lab + "/* another */");
}

TEST_F(Load, refuses_a_scenario_without_nodes) {
  EXPECT_THAT(bad(R"({"tflab": 1, "name": "empty"})"),
              ElementsAre(HasSubstr("the scenario has no node")));
}

TEST_F(Load, finds_a_cycle_over_several_steps_once) {
  const std::string events = R"(
    {"id": "a", "after": "c", "do": "mark"}, {"id": "b", "after": "a", "do": "mark"},
    {"id": "c", "after": "b", "do": "mark"}, {"id": "d", "after": "c", "do": "mark"},)";
  EXPECT_THAT(
      bad(replaced(small_lab, "\"events\": [", "\"events\": [" + events)),
      ElementsAre(HasSubstr(R"(these wait for each other: "a" after "c" after "b" after "a")")));
}

TEST_F(Load, refuses_too_many_objects_before_reading_them) {
  std::string hosts;
  for (int i = 0; i < 131073; ++i) hosts += (i ? ",\"h" : "\"h") + std::to_string(i) + "\":0";
  EXPECT_THAT(bad(R"({"tflab":1,"name":"x","hosts":{)" + hosts + "}}"),
              Contains(HasSubstr("are more than this version can hold")));
}

}  // namespace
}  // namespace tflab::scenario
