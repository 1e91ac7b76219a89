// A control node as a daemon: BGP on 179, XMPP on 5269, introspect pages on 127.0.0.1:8083.
#include "netns-lab/host/control_host.h"
#include "scenarios/derive.h"

int main(int argc, char** argv) {
  using namespace tflab;
  const netns::DaemonKind kind{
      .program = "tflab-control",
      .what = "Control node of a scenario: BGP, XMPP and introspect in this network namespace",
      .knows = [](const scenario::Scenario& scenario,
                  const std::string& name) { return find(scenario.bgp_routers, name) != nullptr; },
      .make = [](boost::asio::io_context& io, const netns::Clock& clock,
                 const scenario::Scenario& scenario,
                 const std::string& name) -> std::unique_ptr<netns::DaemonNode> {
        return std::make_unique<netns::ControlHost>(io, clock, control_node(scenario, name));
      }};
  return netns::run_daemon(kind, argc, argv);
}
