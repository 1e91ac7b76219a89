// A control node as a daemon: BGP, XMPP, and introspect pages on loopback.
#include <CLI/CLI.hpp>

#include "netns-lab/bin/programs.h"
#include "netns-lab/host/control_host.h"
#include "scenarios/derive.h"

int tflab::control_program(int argc, char** argv) {
  using namespace tflab;
  std::string datapath = "none";
  const netns::DaemonKind kind{
      .program = "tflab-control",
      .what =
          "A control node or BGP route reflector in this network namespace: BGP on port 179, XMPP\n"
          "on 5269, introspect pages on http://127.0.0.1:8083, unless the file says otherwise",
      .nodes = [](const scenario::Scenario& scenario) { return names_of(scenario.bgp_routers); },
      .make = [&](boost::asio::io_context& io, const netns::Clock& clock,
                  const scenario::Scenario& scenario, const std::string& name,
                  recording::File* tape) -> std::unique_ptr<netns::DaemonNode> {
        auto config = control_node(scenario, name);
        auto plane = datapath == "linux" && !config.vrfs.empty()
                         ? std::make_unique<netns::LinuxPlane>(config)
                         : nullptr;
        return std::make_unique<netns::ControlHost>(
            io, clock, std::move(config), find(scenario.bgp_routers, name)->introspect_port, tape,
            std::move(plane));
      },
      .options =
          [&](CLI::App& app) {
            app.add_option("--datapath", datapath,
                           "What forwards for the VRFs of a router: none, or linux (MPLS, GRE, FOU "
                           "and VRFs of this namespace's kernel)")
                ->check(CLI::IsMember({"none", "linux"}))
                ->capture_default_str();
          }};
  return netns::run_daemon(kind, argc, argv);
}
