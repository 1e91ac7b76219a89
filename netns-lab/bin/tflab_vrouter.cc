// A vRouter as a daemon: agent and forwarding core, introspect pages on 127.0.0.1:8085.
#include "netns-lab/host/vrouter_host.h"
#include "scenarios/derive.h"

int main(int argc, char** argv) {
  using namespace tflab;
  const netns::DaemonKind kind{
      .program = "tflab-vrouter",
      .what = "vRouter of a scenario: agent and forwarding in this network namespace",
      .nodes =
          [](const scenario::Scenario& scenario) { return names_of(scenario.virtual_routers); },
      .make = [](boost::asio::io_context& io, const netns::Clock& clock,
                 const scenario::Scenario& scenario, const std::string& name,
                 recording::File* tape) -> std::unique_ptr<netns::DaemonNode> {
        return std::make_unique<netns::VrouterHost>(io, clock, vrouter(scenario, name), tape);
      }};
  return netns::run_daemon(kind, argc, argv);
}
