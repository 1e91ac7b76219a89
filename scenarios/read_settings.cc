// run, global-system-config, global-vrouter-config and underlay: settings of the lab as a whole.

#include "scenarios/draft.h"

namespace tflab::scenario {
namespace {

constexpr Choice<StopWhen> stops[] = {{"converged", StopWhen::converged},
                                      {"events-done", StopWhen::events_done},
                                      {"never", StopWhen::never}};
constexpr Choice<Fidelity> fidelities[] = {{"tcp", Fidelity::tcp}, {"message", Fidelity::message}};
constexpr Choice<bool> speeds[] = {{"max", false}, {"realtime", true}};

constexpr Key run_keys[] = {{"on"},       {"seed"},  {"until"},        {"stop-when"},
                            {"fidelity"}, {"speed"}, {"differential"}, {"repeat", Key::refused}};

void read_run(const Node& node, Run& run) {
  if (!node.object(run_keys)) return;
  if (const auto on = node.at("on")) {
    read_hosts(*on, run.on);
    if (on->json().is_array() && on->json().empty()) on->fault("name at least one host");
  }
  take(node, "seed", run.seed, integer<0, std::numeric_limits<std::int64_t>::max()>);
  take(node, "until", run.until, &Node::duration);
  take(node, "stop-when", run.stop_when, [](const Node& n) { return n.one_of<StopWhen>(stops); });
  take(node, "fidelity", run.fidelity,
       [](const Node& n) { return n.one_of<Fidelity>(fidelities); });
  take(node, "speed", run.realtime, [](const Node& n) { return n.one_of<bool>(speeds); });
  take(node, "differential", run.differential, &Node::boolean);
}

constexpr Key system_keys[] = {{"autonomous-system"},
                               {"ibgp-auto-mesh"},
                               {"enable-4byte-as", Key::refused},
                               {"graceful-restart-parameters"},
                               {"fast-convergence-parameters", Key::refused},
                               {"route-target-filtering"}};
constexpr Choice<config::TargetFiltering> filterings[] = {
    {"rfc4684", config::TargetFiltering::rfc4684},
    {"outbound-only", config::TargetFiltering::outbound_only},
    {"off", config::TargetFiltering::off}};

constexpr Key restart_keys[] = {{"enable"},
                                {"restart-time"},
                                {"long-lived-restart-time"},
                                {"end-of-rib-timeout"},
                                {"bgp-helper-enable"},
                                {"xmpp-helper-enable"}};

// The times have the bits that their capabilities have (RFC 4724 section 3, RFC 9494 section 3).
void read_restart(const Node& node, config::GracefulRestart& restart) {
  if (!node.object(restart_keys)) return;
  const auto time = [&](std::string_view key, Duration& to, auto read) {
    std::uint64_t whole = static_cast<std::uint64_t>(to.ns / seconds(1).ns);
    take(node, key, whole, read);
    to = seconds(static_cast<std::int64_t>(whole));
  };
  take(node, "enable", restart.enable, &Node::boolean);
  time("restart-time", restart.restart_time, integer<0, 4095>);
  time("long-lived-restart-time", restart.long_lived_restart_time, integer<0, 16'777'215>);
  time("end-of-rib-timeout", restart.end_of_rib_timeout, integer<0, 4095>);
  take(node, "bgp-helper-enable", restart.bgp_helper, &Node::boolean);
  take(node, "xmpp-helper-enable", restart.xmpp_helper, &Node::boolean);
}

void read_system(const Node& node, Scenario& scenario) {
  if (!node.object(system_keys)) return;
  take(node, "autonomous-system", scenario.autonomous_system, &Node::autonomous_system);
  take(node, "ibgp-auto-mesh", scenario.ibgp_auto_mesh, &Node::boolean);
  take(node, "route-target-filtering", scenario.target_filtering,
       [](const Node& n) { return n.one_of<config::TargetFiltering>(filterings); });
  if (const auto restart = node.at("graceful-restart-parameters"))
    read_restart(*restart, scenario.graceful_restart);
}

constexpr Choice<Encap> encaps[] = {
    {"MPLSoGRE", Encap::gre}, {"MPLSoUDP", Encap::udp}, {"VXLAN", Encap::vxlan}};
constexpr Key vrouter_keys[] = {{"encapsulation-priorities"},
                                {"vxlan-network-identifier-mode", Key::refused},
                                {"forwarding-mode", Key::refused},
                                {"ecmp-hashing-include-fields", Key::refused},
                                {"flow-aging-timeout", Key::refused},
                                {"xmpp-keepalive"},
                                {"vhost0-in-ip-fabric"},
                                {"linklocal-services"}};

void read_vrouter_config(const Node& node, Scenario& scenario) {
  if (!node.object(vrouter_keys)) return;
  take(node, "xmpp-keepalive", scenario.xmpp_keepalive, &Node::duration);
  if (scenario.xmpp_keepalive < seconds(1))
    node.at("xmpp-keepalive")->fault("a keepalive more often than every second is not supported");
  take(node, "vhost0-in-ip-fabric", scenario.vhost0_in_ip_fabric, &Node::boolean);
  if (const auto list = node.at("encapsulation-priorities")) {
    read_list(*list, "a list of encapsulations", scenario.encaps,
              [](const Node& n) { return n.one_of<Encap>(encaps); });
    if (list->json().is_array() && list->json().empty())
      list->fault("name at least one encapsulation");
  }
}

constexpr Key underlay_keys[] = {
    {"model"}, {"defaults"}, {"leaves"}, {"spines", Key::refused}, {"links", Key::refused}};
constexpr Key link_keys[] = {{"delay"},
                             {"rate"},
                             {"mtu"},
                             {"endpoints", Key::refused},
                             {"jitter", Key::refused},
                             {"loss", Key::refused},
                             {"duplicate", Key::refused},
                             {"reorder", Key::refused},
                             {"corrupt", Key::refused},
                             {"queue", Key::refused}};
constexpr Choice<bool> models[] = {{"segment", false}, {"clos", true}};
constexpr std::string_view models_refused[] = {"links"};

void read_underlay(const Node& node, Link& link, std::optional<Clos>& clos) {
  if (!node.object(underlay_keys)) return;
  bool routed = false;
  take(node, "model", routed, [](const Node& n) { return n.one_of<bool>(models, models_refused); });
  if (routed) clos.emplace();
  if (const auto leaves = node.at("leaves"); leaves && !clos)
    leaves->key_fault("\"leaves\" needs \"model\": \"clos\"");
  if (clos) take(node, "leaves", clos->leaves, integer<1, 4096>);
  const auto defaults = node.at("defaults");
  if (!defaults || !defaults->object(link_keys)) return;
  take(*defaults, "delay", link.delay, &Node::duration);
  take(*defaults, "rate", link.rate_bps, &Node::rate);
  // 576 is what every IPv4 host must take (RFC 791 section 3.1); 9216 what switches stop at.
  take(*defaults, "mtu", link.mtu, integer<576, 9216>);
}

}  // namespace

void read_hosts(const Node& list, std::vector<HostKind>& hosts) {
  read_list(list, "a list of hosts", hosts,
            [](const Node& n) { return n.one_of<HostKind>(host_kinds); });
}

void read_settings(const Node& root, Draft& to) {
  if (const auto node = root.at("run")) read_run(*node, to.scenario.run);
  if (const auto node = root.at("global-system-config")) read_system(*node, to.scenario);
  if (const auto node = root.at("global-vrouter-config")) read_vrouter_config(*node, to.scenario);
  if (const auto node = root.at("underlay"))
    read_underlay(*node, to.scenario.link, to.scenario.clos);
}

}  // namespace tflab::scenario
