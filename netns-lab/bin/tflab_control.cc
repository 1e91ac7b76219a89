// A control node as a daemon: BGP, XMPP, and introspect pages on loopback.
#include "netns-lab/host/control_host.h"
#include "scenarios/derive.h"

int main(int argc, char** argv) {
  using namespace tflab;
  const netns::DaemonKind kind{
      .program = "tflab-control",
      .what =
          "A control node or BGP route reflector in this network namespace: BGP on port 179, XMPP\n"
          "on 5269, introspect pages on http://127.0.0.1:8083, unless the file says otherwise",
      .nodes = [](const scenario::Scenario& scenario) { return names_of(scenario.bgp_routers); },
      .make = [](boost::asio::io_context& io, const netns::Clock& clock,
                 const scenario::Scenario& scenario, const std::string& name,
                 recording::File* tape) -> std::unique_ptr<netns::DaemonNode> {
        return std::make_unique<netns::ControlHost>(
            io, clock, control_node(scenario, name),
            find(scenario.bgp_routers, name)->introspect_port, tape);
      }};
  return netns::run_daemon(kind, argc, argv);
}
