// A router of the scenario played by gobgpd: its configuration, its routes, its pages.
#include "netns-lab/bin/programs.h"
#include "netns-lab/host/gobgp_host.h"
#include "scenarios/derive.h"

int tflab::gobgp_program(int argc, char** argv) {
  using namespace tflab;
  const netns::DaemonKind kind{
      .program = "tflab-gobgp",
      .what =
          "Starts gobgpd as a router of a scenario in this network namespace, gives it the VRFs "
          "and\n"
          "prefixes of the file, and shows its tables as pages of a control node",
      .nodes =
          [](const scenario::Scenario& scenario) { return names_of(scenario.physical_routers); },
      .make = [](boost::asio::io_context&, const netns::Clock&, const scenario::Scenario& scenario,
                 const std::string& name, recording::File*) -> std::unique_ptr<netns::DaemonNode> {
        return std::make_unique<netns::GobgpHost>(
            control_node(scenario, name), find(scenario.bgp_routers, name)->introspect_port);
      }};
  return netns::run_daemon(kind, argc, argv);
}
