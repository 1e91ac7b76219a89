// QoS maps of networks, interfaces and the node itself: set before they are named, taken back
// after.

#include "control-core/agent/qos.h"

#include <gmock/gmock.h>

#include "tests/unit/control-core/agent/lab.h"

namespace tflab::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr VifId coredns{3};
const config::ForwardingClass gold{"gold", 3, 46, 5, 6, 1};
const config::QosConfig voice{"voice", config::QosScope::project, 9, {{46, 3}}, {{5, 3}}, {}};
const config::QosConfig mail{"mail", config::QosScope::project, 3, {}, {}, {}};

config::Vrouter marked() {
  config::Vrouter config = quick_start();
  config.forwarding_classes = {gold};
  config.qos_configs = {voice, mail};
  network_of(config, pod_network).qos_config = "voice";
  return config;
}
std::uint16_t qos_of(const Lab& lab, VifId vif) {
  return lab.naive.vifs.at(vif).qos;
}

TEST(AgentQos, an_interface_has_its_networks_map_or_its_own) {
  Lab lab{marked()};
  lab.start();
  EXPECT_EQ(qos_of(lab, coredns), 1);
  const vr::SetQosMap& map = lab.naive.qos_maps.at(1);
  EXPECT_EQ(map.dscp[46], 3);
  EXPECT_EQ(map.dscp[45], 9);
  EXPECT_EQ(map.priority[5], 3);
  EXPECT_EQ(lab.naive.classes.at(3), (vr::SetForwardingClass{3, 46, 5, 6, 1}));
  config::Vrouter own = marked();
  own.ports[0].qos_config = "mail";
  lab.configure(own);
  EXPECT_EQ(qos_of(lab, coredns), 2);
}

TEST(AgentQos, what_comes_from_the_fabric_and_from_the_node_has_a_map_of_its_type) {
  config::Vrouter config = marked();
  config.qos_configs[0].scope = config::QosScope::fabric;
  config.qos_configs[1].scope = config::QosScope::vhost;
  network_of(config, pod_network).qos_config.clear();
  Lab lab{config};
  lab.start();
  EXPECT_EQ(qos_of(lab, VifId{0}), 1);
  EXPECT_EQ(qos_of(lab, VifId{1}), 2);
  EXPECT_EQ(qos_of(lab, coredns), 0);
  lab.configure(quick_start());
  EXPECT_EQ(qos_of(lab, VifId{0}), 0);
  EXPECT_THAT(lab.naive.qos_maps, IsEmpty());
}

TEST(AgentQos, a_change_programs_what_differs_and_no_more) {
  Lab lab{marked()};
  lab.start();
  lab.ops();
  config::Vrouter next = marked();
  next.qos_configs[0].dscp[0].code = 10;
  next.forwarding_classes[0].dscp = 8;
  lab.configure(next);
  EXPECT_THAT(
      lab.ops(),
      ElementsAre("SetForwardingClass 3 dscp 8 priority 5 exp 6 queue 1",
                  "SetQosMap 1 dscp 0-9:9 10:3 11-63:9 priority 0-4:9 5:3 6-7:9 exp 0-7:9"));
  lab.configure(quick_start());
  EXPECT_THAT(lab.naive.qos_maps, IsEmpty());
  EXPECT_THAT(lab.naive.classes, IsEmpty());
  EXPECT_EQ(qos_of(lab, coredns), 0);
}

TEST(AgentQos, an_agent_that_begins_again_leaves_nothing_behind) {
  Lab lab{marked()};
  lab.start();
  config::Vrouter next = quick_start();
  next.name = "another";
  lab.configure(next);
  EXPECT_THAT(lab.naive.qos_maps, IsEmpty());
  EXPECT_THAT(lab.naive.classes, IsEmpty());
}

}  // namespace
}  // namespace tflab::agent
