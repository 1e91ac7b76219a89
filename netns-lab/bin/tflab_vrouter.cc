// A vRouter as a daemon: agent and forwarding core, introspect pages on 127.0.0.1:8085.
#include <CLI/CLI.hpp>

#include "netns-lab/bin/programs.h"
#include "netns-lab/host/kmod.h"
#include "netns-lab/host/local_forwarder.h"
#include "netns-lab/host/vrouter_host.h"
#include "scenarios/derive.h"

namespace {

using namespace tflab;

template <class Kind>
std::unique_ptr<netns::Forwarder> make_forwarder(boost::asio::io_context& io,
                                                 const netns::Clock& clock,
                                                 netns::ForwarderOwner& owner) {
  return std::make_unique<Kind>(io, clock, owner);
}

}  // namespace

int tflab::vrouter_program(int argc, char** argv) {
  std::string datapath = "user";
  const netns::DaemonKind kind{
      .program = "tflab-vrouter",
      .what = "vRouter of a scenario: agent and forwarding in this network namespace",
      .nodes =
          [](const scenario::Scenario& scenario) { return names_of(scenario.virtual_routers); },
      .make = [&](boost::asio::io_context& io, const netns::Clock& clock,
                  const scenario::Scenario& scenario, const std::string& name,
                  recording::File* tape) -> std::unique_ptr<netns::DaemonNode> {
        return std::make_unique<netns::VrouterHost>(io, clock, vrouter(scenario, name), tape,
                                                    datapath == "kernel"
                                                        ? make_forwarder<netns::Kmod>
                                                        : make_forwarder<netns::LocalForwarder>);
      },
      .options =
          [&](CLI::App& app) {
            app.add_option("--datapath", datapath,
                           "What forwards: user (this process, packet sockets) or kernel (the "
                           "module vrouter.ko, which must be loaded)")
                ->check(CLI::IsMember({"user", "kernel"}))
                ->capture_default_str();
          }};
  return netns::run_daemon(kind, argc, argv);
}
