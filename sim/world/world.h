#pragma once
// A scenario standing in the simulator: its nodes by name, on one segment, in virtual time.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/steps.h"
#include "sim/sim_lab.h"
#include "sim/world/control_host.h"
#include "sim/world/engine.h"
#include "sim/world/machine.h"
#include "sim/world/vrouter_host.h"

namespace tflab::sim {

class World final : public SimLab {
public:
  World(const scenario::Scenario& scenario, const std::string& capture_folder,
        const std::string& recording_folder);

  scenario::HostKind kind() const override { return scenario::HostKind::sim; }
  Instant now() const override;
  void advance(Instant until) override;
  Duration step() override;
  void configure(const scenario::Scenario& next) override;
  void control(scenario::Control::Verb verb, const scenario::NodeRef& node) override;
  scenario::PingResult ping(const scenario::Ping& ping) override;
  void separate(const std::vector<scenario::NodeRef>& apart) override;
  void plug(const scenario::NodeRef& node, bool in) override;
  void send(const std::string& machine, const std::string& interface, Bytes frame) override;
  std::vector<scenario::Sighting> follow(const std::string& machine, const std::string& interface,
                                         Bytes frame) override;
  std::vector<scenario::NodeRef> nodes() const override;
  std::optional<introspect::Tree> page(const scenario::NodeRef& node, std::string_view name,
                                       const introspect::Query& query) override;
  std::optional<scenario::Fib> fib(const scenario::NodeRef& vrouter) override;
  bool each_vpn_route(const scenario::NodeRef& speaker, const VisitVpn& visit) override;
  std::optional<scenario::Vitals> vitals(const scenario::NodeRef& node) override;
  bool quiet() override { return !underlay_.messages || underlay_.messages->under_way() == 0; }
  std::string digest() const override { return underlay_.trace.digest(); }

private:
  void check(const scenario::Scenario& scenario) const;
  void add_stations();
  void add_nodes();
  void add_control(config::ControlNode config);
  void add_vrouter(config::Vrouter config, const vr::Limits& limits);
  void plan_machines();
  void remove_outdated_machines();
  Machine& standing(const std::string& machine);  // one of the planned ones
  void remove_missing();
  void tell_configuration();
  std::string recording_of(const std::string& name);
  void soon(std::uint32_t context, std::function<void()> act);

  Station& station(Ip4 address);
  ControlHost* control_on(Ip4 address);
  void switch_machine(scenario::Control::Verb verb, const std::string& name);
  void switch_process(scenario::Control::Verb verb, ControlHost& control);
  void switch_process(scenario::Control::Verb verb, VrouterHost& vrouter);
  void switch_power(scenario::Control::Verb verb, Station& station);
  Ip4 underlay_address(const scenario::NodeRef& node) const;
  ns3::Ptr<ns3::Node> node_named(const std::string& name);
  std::optional<IpAddr> address_of(const std::string& text) const;

  Engine engine_;  // first: everything else lives in it
  scenario::Scenario scenario_;
  std::string recording_folder_;
  scenario::Down late_;                         // who waits for an event to start it
  std::map<std::string, unsigned> recordings_;  // made so far, by node
  Underlay underlay_;
  std::map<Ip4, std::unique_ptr<Station>> stations_;
  std::map<std::string, std::unique_ptr<ControlHost>> controls_;
  std::map<std::string, std::unique_ptr<VrouterHost>> vrouters_;
  std::map<std::string_view, const scenario::Machine*> planned_;  // in scenario_, by name
  // Those that somebody has sent a frame to, or asked to send one: most of ten thousand never are.
  std::map<std::string, std::unique_ptr<Machine>> machines_;
  std::vector<std::unique_ptr<ControlHost>> old_controls_;  // their last words are under way
  std::vector<std::unique_ptr<VrouterHost>> old_vrouters_;
  std::uint16_t pings_ = 0;
};

}  // namespace tflab::sim
