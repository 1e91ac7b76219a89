// Link-local services: what a machine asks at one of their addresses becomes a question of the
// vrouter's own, from a port that nobody else has.

#include <gtest/gtest.h>

#include "control-core/agent/service_ports.h"
#include "control-core/base/text.h"
#include "control-core/introspect/tree.h"
#include "tests/dsl/packet.h"
#include "tests/unit/control-core/agent/lab.h"
#include "vrouter-core/ops/trap.h"

namespace tflab::agent {
namespace {

using dsl::pkt;

constexpr VifId coredns{3}, cirros{4};
constexpr std::uint8_t tcp = 6;
const std::string own = "172.31.41.236", nova = "172.31.14.47", metadata = "169.254.169.254",
                  coredns_ip = "10.47.255.252", cirros_ip = "10.47.255.250";

config::Vrouter with_metadata() {
  config::Vrouter config = quick_start();
  config.ports[0].floating_ips.clear();
  config.ports.push_back(pod_port("cirros", cirros_ip, 2));
  config.link_local_services = {{"metadata", ip4(metadata), 80, {ip4(nova)}, 8775}};
  return config;
}

struct ServiceLab : Lab {
  explicit ServiceLab(const config::Vrouter& config = with_metadata()) : Lab{config} { start(); }

  void ask(VifId in, const std::string& src, std::uint16_t src_port, std::uint16_t port = 80) {
    const dsl::Frame frame =
        pkt().eth("00:00:5e:00:01:00", "02:00:00:00:00:01").ip4(src, metadata).tcp(src_port, port);
    agent.on_trap(now, static_cast<std::uint16_t>(vr::Trap::flow_miss), in, naive.vifs.at(in).vrf,
                  frame.octets);
    drain();
  }
  vr::FlowKey key(VifId of, const std::string& src, std::uint16_t src_port) const {
    return {naive.vifs.at(of).nexthop, ip4(src), ip4(metadata), tcp, src_port, 80};
  }
  const vr::SetFlow* flow(const vr::FlowKey& wanted) const {
    const auto it = naive.flows.find(wanted);
    return it == naive.flows.end() ? nullptr : &it->second;
  }
  // What the service is asked from for this flow.
  std::uint16_t port_of(const vr::FlowKey& forth) const {
    const vr::SetFlow* set = flow(forth);
    return set == nullptr ? 0 : set->reverse.dst_port;
  }
  std::string reason() {
    const auto table = page("FetchAllFlowRecords");
    const auto* row = introspect::find(table, "SandeshFlowData");
    return row == nullptr ? "none" : std::string{introspect::text_of(*row, "drop_reason")};
  }
};

TEST(LinkLocal, S119_a_question_becomes_the_vrouters_own_and_the_answer_finds_back) {
  ServiceLab lab;
  lab.ask(coredns, coredns_ip, 1000);
  ASSERT_EQ(lab.naive.flows.size(), 2u);
  const vr::SetFlow* forth = lab.flow(lab.key(coredns, coredns_ip, 1000));
  ASSERT_NE(forth, nullptr);
  const vr::SetFlow* back = lab.flow(forth->reverse);
  ASSERT_NE(back, nullptr);
  const auto& nexthop = lab.naive.nexthops.at(back->key.nexthop);
  EXPECT_EQ(nexthop.type, vr::NexthopType::receive);
  EXPECT_EQ(nexthop.out, host_vif);
  EXPECT_EQ(back->key,
            (vr::FlowKey{back->key.nexthop, ip4(nova), ip4(own), tcp, 8775, ServicePorts::first}));
  constexpr std::uint16_t all =
      vr::flow_snat | vr::flow_spat | vr::flow_dnat | vr::flow_dpat | vr::flow_vrf_translate;
  EXPECT_EQ(forth->action, vr::FlowAction::nat);
  EXPECT_EQ(forth->flags, all);
  EXPECT_EQ(forth->vrf, fabric_vrf);
  EXPECT_EQ(forth->source, lab.naive.vifs.at(coredns).nexthop);
  EXPECT_EQ(back->action, vr::FlowAction::nat);
  EXPECT_EQ(back->flags, all);
  EXPECT_EQ(back->vrf, lab.naive.vifs.at(coredns).vrf);
  EXPECT_EQ(back->reverse, forth->key);
}

TEST(LinkLocal, S119_every_flow_has_a_port_of_its_own_and_gives_it_back) {
  config::Vrouter config = with_metadata();
  ServiceLab lab{config};
  const vr::FlowKey one = lab.key(coredns, coredns_ip, 1000);
  const vr::FlowKey two = lab.key(cirros, cirros_ip, 1000);
  lab.ask(coredns, coredns_ip, 1000);
  lab.ask(cirros, cirros_ip, 1000);
  const std::uint16_t first = lab.port_of(one);
  EXPECT_EQ(first, ServicePorts::first);
  EXPECT_EQ(lab.port_of(two), first + 1);
  lab.ask(coredns, coredns_ip, 1000);
  EXPECT_EQ(lab.port_of(one), first) << "asked again, it keeps what it has";
  EXPECT_EQ(lab.naive.flows.size(), 4u);
  const config::Port first_port = config.ports.front();
  config.ports.erase(config.ports.begin());
  lab.configure(config);
  config.ports.push_back(first_port);
  lab.configure(config);
  lab.ask(coredns, coredns_ip, 1001);
  EXPECT_EQ(lab.port_of(lab.key(coredns, coredns_ip, 1001)), first + 2)
      << "what was given back comes last";
}

TEST(LinkLocal, S119_a_machine_that_goes_takes_both_flows_along) {
  config::Vrouter config = with_metadata();
  ServiceLab lab{config};
  lab.ask(coredns, coredns_ip, 1000);
  lab.ask(cirros, cirros_ip, 1000);
  config.ports.pop_back();
  lab.configure(config);
  EXPECT_EQ(lab.naive.flows.size(), 2u);
  EXPECT_EQ(lab.port_of(lab.key(coredns, coredns_ip, 1000)), ServicePorts::first);
}

TEST(LinkLocal, S119_without_a_port_left_the_flow_is_dropped_for_that_reason) {
  ServiceLab lab;
  const auto nexthop = lab.naive.vifs.at(coredns).nexthop;
  for (std::size_t i = 0; i < ServicePorts::count; ++i) {
    const auto port = static_cast<std::uint16_t>(1000 + i);
    const dsl::Frame frame =
        pkt().eth("00:00:5e:00:01:00", "02:00:00:00:00:01").ip4(coredns_ip, metadata).tcp(port, 80);
    lab.agent.on_trap(lab.now, static_cast<std::uint16_t>(vr::Trap::flow_miss), coredns, VrfId{1},
                      frame.octets);
    while (lab.agent.poll_output()) {
    }
  }
  lab.ask(coredns, coredns_ip, 999);  // the first in order
  const vr::SetFlow* set = lab.flow({nexthop, ip4(coredns_ip), ip4(metadata), tcp, 999, 80});
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(set->action, vr::FlowAction::drop);
  EXPECT_EQ(lab.reason(), "LinkSrcNatErr");

  lab.agent.on_aged(lab.now, {{nexthop, ip4(coredns_ip), ip4(metadata), tcp, 1000, 80}});
  lab.ask(coredns, coredns_ip, 999);
  EXPECT_EQ(set->action, vr::FlowAction::nat) << "one has become free";
  EXPECT_EQ(set->reverse.dst_port, ServicePorts::first);
}

TEST(LinkLocal, S119_what_is_no_service_of_the_address_is_dropped) {
  ServiceLab lab;
  lab.ask(coredns, coredns_ip, 1000, 81);
  ASSERT_EQ(lab.naive.flows.size(), 1u);
  EXPECT_EQ(lab.naive.flows.begin()->second.action, vr::FlowAction::drop);
  EXPECT_EQ(lab.reason(), "NoDstRt");
}

TEST(LinkLocal, S119_services_come_and_go_with_their_routes_flows_and_pages) {
  config::Vrouter config = with_metadata();
  ServiceLab lab{config};
  const unsigned vrf = lab.naive.vifs.at(coredns).vrf.raw();
  EXPECT_NE(lab.route(vrf, metadata + "/32"), "none");
  const auto routes =
      lab.page("Inet4UcRouteReq", {{"vrf_index", std::to_string(vrf)}, {"src_ip", metadata}});
  EXPECT_EQ(introspect::text_of(*introspect::find(routes, "PathSandeshData"), "peer"), "LinkLocal");
  const auto table = lab.page("LinkLocalServiceInfo");
  const auto* row = introspect::find(table, "LinkLocalServiceData");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(introspect::text_of(*row, "linklocal_service_name"), "metadata");
  EXPECT_EQ(introspect::text_of(*row, "linklocal_service_port"), "80");
  EXPECT_EQ(introspect::text_of(*row, "ipfabric_port"), "8775");

  lab.ask(coredns, coredns_ip, 1000);
  config.link_local_services[0].fabric_port = 8776;
  lab.configure(config);
  const vr::SetFlow* forth = lab.flow(lab.key(coredns, coredns_ip, 1000));
  EXPECT_EQ(forth->reverse.src_port, 8776) << "decided again, in place";
  EXPECT_EQ(forth->reverse.dst_port, ServicePorts::first);
  EXPECT_EQ(lab.naive.flows.size(), 2u);

  config.link_local_services.clear();
  lab.configure(config);
  EXPECT_TRUE(lab.naive.flows.empty()) << "the interface has no flows any more";
  EXPECT_EQ(introspect::find(lab.page("LinkLocalServiceInfo"), "LinkLocalServiceData"), nullptr);
}

}  // namespace
}  // namespace tflab::agent
