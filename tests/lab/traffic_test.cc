// Packets through our forwarding core: sessions over vhost0, pings between pods and hosts.
#include <gmock/gmock.h>

#include "tests/lab/lab_fixture.h"

namespace tflab::netns {
namespace {

using scenario::NodeRef;
using scenario::PingResult;
using testing::Contains;

class Traffic : public LabTest {
protected:
  std::unique_ptr<scenario::Lab> up(const scenario::Scenario& scenario) {
    deploy(scenario, "p1");
    auto lab = attach("p1", "");
    lab->advance(lab->now() + seconds(60));
    return lab;
  }

  static std::size_t established(scenario::Lab& lab, const NodeRef& node) {
    const auto page = lab.page(node, "BgpNeighborReq", {});
    if (!page) return 0;
    std::size_t count = 0;
    for (const auto* state : introspect::all(*page, "state")) count += state->text == "Established";
    return count;
  }

  static void expect_answered(const PingResult& result, const std::string& encap) {
    EXPECT_EQ(result.sent, 3u);
    EXPECT_EQ(result.received, 3u);
    EXPECT_EQ(result.ttl, 63u);
    EXPECT_EQ(result.encap, encap);
    EXPECT_TRUE(result.drop_reasons.empty());
  }

  static scenario::Scenario with_pods(const scenario::Scenario& base) {
    return patched(base, R"({"virtual-machines": {
      "pod-a": {"virtual-router": "ip-172-31-41-236.ap-northeast-1.compute.internal",
        "interfaces": {"eth0": {"virtual-network": "default-domain:k8s-default:k8s-default-pod-network",
                                "instance-ip": "10.47.255.250"}}},
      "pod-b": {"virtual-router": "ip-172-31-41-236.ap-northeast-1.compute.internal",
        "interfaces": {"eth0": {"virtual-network": "default-domain:k8s-default:k8s-default-pod-network",
                                "instance-ip": "10.47.255.251"}}}}})");
  }
};

TEST_F(Traffic, of_the_quick_start_article) {
  const auto base = scenario_file("two-node-k8s.tflab.json");
  const auto lab = up(base);
  const NodeRef master{NodeRef::control_node, "ip-172-31-14-47"};
  EXPECT_EQ(established(*lab, master), 1u);  // XMPP, through the vrouter's own cross-connect

  const auto pods = with_pods(base);
  lab->configure(pods);
  lab->advance(lab->now() + seconds(30));
  expect_answered(lab->ping({"pod-a", "10.47.255.251"}), "local");
  expect_answered(lab->ping({"pod-a", "coredns"}), "local");

  const auto gatewayless = patched(pods, R"({"virtual-networks": {
      "default-domain:k8s-default:k8s-default-pod-network":
        {"provider-network": "default-domain:default-project:ip-fabric"}}})");
  lab->configure(gatewayless);
  lab->advance(lab->now() + seconds(30));
  lab->ping({"pod-a", "k8s-master"});  // the first one finds the master's MAC
  const PingResult native = lab->ping({"pod-a", "k8s-master"});
  EXPECT_EQ(native.received, 3u);
  EXPECT_EQ(native.encap, "native");

  lab->configure(patched(gatewayless, R"({"virtual-networks": {
      "default-domain:k8s-default:k8s-default-pod-network":
        {"network-policies": ["default-domain:k8s-default:k8s-default-pod-service-np"]}}})"));
  lab->advance(lab->now() + seconds(30));
  const PingResult dropped = lab->ping({"pod-a", "k8s-master"});
  EXPECT_EQ(dropped.received, 0u);
  EXPECT_THAT(dropped.drop_reasons, Contains("invalid-source"));
}

TEST_F(Traffic, crosses_the_underlay_in_mpls_over_udp) {
  const auto lab = up(scenario_file("smoke/two-computes.tflab.json"));
  for (const char* name : {"cn1", "cn2"})  // one agent and the other control node each
    EXPECT_EQ(established(*lab, {NodeRef::control_node, name}), 2u) << name;
  expect_answered(lab->ping({"vm1", "vm2"}), "MPLSoUDP");
  EXPECT_EQ(lab->ping({"vm1", "10.1.0.77"}).received, 0u);  // nobody
}

TEST_F(Traffic, crosses_the_underlay_in_mpls_over_gre) {
  const auto lab = up(patched(scenario_file("smoke/two-computes.tflab.json"), R"({
      "global-vrouter-config": {"encapsulation-priorities": ["MPLSoGRE", "MPLSoUDP"]}})"));
  expect_answered(lab->ping({"vm1", "vm2"}), "MPLSoGRE");
}

TEST_F(Traffic, fills_the_widest_packet_a_machine_may_send) {
  const auto lab = up(scenario_file("smoke/two-computes.tflab.json"));
  lab->ping({"vm1", "vm2"});
  // 1450 octets of IP: with MPLSoUDP still within the underlay's 1500.
  EXPECT_EQ(exec("p1", "vm1",
                 {"ping", "-n", "-q", "-c", "3", "-i", "0.2", "-W", "1", "-M", "do", "-s", "1422",
                  "10.1.0.4"}),
            0);
}

TEST_F(Traffic, reaches_echo_servers_over_udp_and_tcp) {
  const auto lab = up(patched(scenario_file("smoke/two-computes.tflab.json"), R"({
      "virtual-machines": {"vm2": {"workload": "tcp-echo"}}})"));
  lab->ping({"vm1", "vm2"});
  EXPECT_EQ(exec("p1", "vm1",
                 {"bash", "-c",
                  "exec 3<>/dev/tcp/10.1.0.4/7 && echo hello >&3 && read -t 5 -u 3 line "
                  "&& test \"$line\" = hello"}),
            0);
}

}  // namespace
}  // namespace tflab::netns
