// Machines that are asked whether they are there, and what becomes of the routes of those that
// leave it without an answer.

#include "control-core/agent/health_checks.h"

#include <gmock/gmock.h>

#include "control-core/base/text.h"
#include "control-core/introspect/tree.h"
#include "tests/dsl/packet.h"
#include "tests/unit/control-core/agent/lab.h"
#include "vrouter-core/ops/trap.h"

namespace tflab::agent {
namespace {

using dsl::pkt;

constexpr VifId coredns{3};
const std::string coredns_ip = "10.47.255.252", asker = "169.254.169.254",
                  gateway_mac = "00:00:5e:00:01:00", coredns_mac = "02:00:00:00:00:01";
const config::HealthCheck alive{"alive", seconds(2), seconds(1), 2};

config::Vrouter checked() {
  config::Vrouter config = quick_start();
  network_of(config, pod_network).forwarding = config::ForwardingMode::l2_l3;
  config.ports[0].health_checks = {alive};
  return config;
}

// RFC 792.
dsl::Octets echo(unsigned type, std::uint16_t id, std::uint16_t sequence) {
  dsl::Octets message;
  const unsigned sum = (type << 8) + id + sequence;
  dsl::put(message, type, 1), dsl::put(message, 0, 1), dsl::put(message, ~sum & 0xffff, 2);
  dsl::put(message, id, 2), dsl::put(message, sequence, 2);
  return message;
}

struct HealthLab : Lab {
  explicit HealthLab(const config::Vrouter& config = checked()) : Lab{config} {
    start();
    vrf = naive.vifs.at(coredns).vrf;
    told();
  }

  // What the agent has asked of its machines since the last call.
  std::vector<Transmit> asked_machines() { return std::exchange(sent, {}); }
  static std::uint16_t sequence_of(const Transmit& transmit) {
    const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(transmit.frame.at(i)); };
    return static_cast<std::uint16_t>(at(40) << 8 | at(41));
  }
  dsl::Frame answer(std::uint16_t sequence, const std::string& src = coredns_ip,
                    std::uint16_t id = 3, unsigned type = 0) const {
    return pkt()
        .eth(gateway_mac, coredns_mac)
        .ip4(src, asker)
        .type(1)
        .inner(dsl::Frame{echo(type, id, sequence)});
  }
  void hears(const dsl::Frame& frame, VifId from = coredns) {
    agent.on_trap(now, static_cast<std::uint16_t>(vr::Trap::l3_protocols), from, vrf, frame.octets);
    drain();
  }
  // Lets one question pass: with its answer, or without.
  void question(bool answered) {
    run_for(alive.delay);
    const auto questions = asked_machines();
    ASSERT_EQ(questions.size(), 1u);
    if (answered) return hears(answer(sequence_of(questions[0])));
    run_for(alive.timeout);
  }
  bool routed() const {
    return route(vrf.raw(), coredns_ip + "/32").starts_with("vif coredns/eth0");
  }

  VrfId vrf;
};

TEST(HealthChecks, S121_a_machine_is_pinged_from_a_link_local_address_and_again_after_the_delay) {
  HealthLab lab;
  lab.run_for(millis(1999));
  EXPECT_TRUE(lab.asked_machines().empty());
  lab.run_for(millis(1));
  const auto questions = lab.asked_machines();
  ASSERT_EQ(questions.size(), 1u);
  EXPECT_EQ(questions[0].vif, coredns);
  EXPECT_THAT(dsl::Frame{questions[0].frame}, dsl::is_frame(pkt()
                                                                .eth(coredns_mac, gateway_mac)
                                                                .ip4(asker, coredns_ip)
                                                                .type(1)
                                                                .inner(dsl::Frame{echo(8, 3, 1)})));
  lab.hears(lab.answer(1));
  lab.run_for(millis(1999));
  EXPECT_TRUE(lab.asked_machines().empty());
  lab.run_for(millis(1));
  EXPECT_EQ(lab.asked_machines().size(), 1u);
  EXPECT_TRUE(nothing_in(lab.told()));
}

TEST(HealthChecks, S121_after_its_retries_all_routes_of_the_interface_go_and_come_with_an_answer) {
  HealthLab lab;
  const auto before = lab.forwarding();
  for (int i = 0; i < 2; ++i) lab.question(false);
  EXPECT_TRUE(nothing_in(lab.told()));
  lab.question(true);
  for (int i = 0; i < 2; ++i) lab.question(false);
  EXPECT_TRUE(nothing_in(lab.told())) << "an answer counts from the beginning";
  EXPECT_TRUE(lab.routed());
  lab.question(false);
  EXPECT_FALSE(lab.routed());
  EXPECT_EQ(lab.route(lab.naive.vifs.at(coredns).vrf.raw(), asker + "/32"), "receive")
      << "answers are still awaited";
  const auto taken_back = lab.told();
  EXPECT_THAT(taken_back, testing::UnorderedElementsAre(
                              "retract POD " + coredns_ip + "/32", "retract SVC 10.96.0.10/32",
                              testing::HasSubstr(coredns_mac + ",0.0.0.0"),
                              testing::HasSubstr(coredns_mac + ',' + coredns_ip)));
  lab.question(false);
  EXPECT_TRUE(nothing_in(lab.told()));
  lab.question(true);
  EXPECT_TRUE(lab.routed());
  EXPECT_EQ(lab.told().size(), taken_back.size());
  EXPECT_EQ(lab.forwarding(), before);
}

TEST(HealthChecks, S121_only_the_machines_own_answer_to_the_last_question_counts) {
  HealthLab lab;
  for (int i = 0; i < 3; ++i) lab.question(false);
  ASSERT_FALSE(lab.routed());
  lab.run_for(alive.delay);
  const std::uint16_t sequence = HealthLab::sequence_of(lab.asked_machines().at(0));
  lab.hears(lab.answer(static_cast<std::uint16_t>(sequence - 1)));
  lab.hears(lab.answer(sequence, "10.47.255.9"));
  lab.hears(lab.answer(sequence, coredns_ip, 4));
  lab.hears(lab.answer(sequence, coredns_ip, 3, 8));
  lab.hears(lab.answer(sequence), fabric_vif);
  lab.hears(dsl::Frame{lab.answer(sequence)}.cut(30));
  EXPECT_FALSE(lab.routed());
  lab.hears(lab.answer(sequence));
  EXPECT_TRUE(lab.routed());
}

TEST(HealthChecks, S121_without_the_check_the_machine_has_its_routes_again) {
  config::Vrouter config = checked();
  HealthLab lab{config};
  for (int i = 0; i < 3; ++i) lab.question(false);
  ASSERT_FALSE(lab.routed());
  config.ports[0].health_checks[0].max_retries = 9;
  lab.configure(config);
  EXPECT_FALSE(lab.routed()) << "it has not answered yet";
  config.ports[0].health_checks.clear();
  lab.configure(config);
  EXPECT_TRUE(lab.routed());
  EXPECT_EQ(lab.route(lab.vrf.raw(), asker + "/32"), "none");
  lab.run_for(seconds(10));
  EXPECT_TRUE(lab.asked_machines().empty());
}

TEST(HealthChecks, S121_answers_have_a_flow_whatever_groups_say_and_nothing_else_has) {
  config::Vrouter config = checked();
  config.ports[0].security_groups = {"silent"};
  config.fabric.security_groups["silent"] = {8000000, {}};
  HealthLab lab{config};
  const auto miss = [&](const dsl::Frame& frame) {
    lab.agent.on_trap(lab.now, static_cast<std::uint16_t>(vr::Trap::flow_miss), coredns, lab.vrf,
                      frame.octets);
    lab.drain();
  };
  miss(lab.answer(1));
  ASSERT_EQ(lab.naive.flows.size(), 2u);
  for (const auto& [key, flow] : lab.naive.flows)
    EXPECT_EQ(flow.action, vr::FlowAction::forward) << "also while its routes are gone";
  for (int i = 0; i < 3; ++i) lab.question(false);
  ASSERT_FALSE(lab.routed());
  EXPECT_EQ(lab.naive.flows.size(), 2u);
  miss(pkt().eth(gateway_mac, coredns_mac).ip4(coredns_ip, asker).tcp(1000, 80));
  EXPECT_EQ(lab.naive.flows.size(), 3u);
}

TEST(HealthChecks, S121_the_page_tells_each_check_and_who_fails_it) {
  HealthLab lab;
  const auto active = [&] {
    const auto table = lab.page("HealthCheckSandeshReq", {{"uuid", "alive"}});
    const auto* row = introspect::find(table, "HealthCheckSandeshData");
    EXPECT_NE(row, nullptr);
    if (row == nullptr) return std::string{};
    EXPECT_EQ(introspect::text_of(*row, "monitor_type"), "PING");
    EXPECT_EQ(introspect::text_of(*row, "delay"), "2");
    EXPECT_EQ(introspect::text_of(*row, "timeout"), "1");
    EXPECT_EQ(introspect::text_of(*row, "max_retries"), "2");
    const auto* one = introspect::find(*row, "HealthCheckInstanceSandeshData");
    return std::string{introspect::text_of(*one, "active")};
  };
  EXPECT_EQ(active(), "true");
  for (int i = 0; i < 3; ++i) lab.question(false);
  EXPECT_EQ(active(), "false");
  const auto none = lab.page("HealthCheckSandeshReq", {{"uuid", "other"}});
  EXPECT_EQ(introspect::find(none, "HealthCheckSandeshData"), nullptr);
}

}  // namespace
}  // namespace tflab::agent
