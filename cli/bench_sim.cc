#include "cli/bench_sim.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "cli/heap.h"
#include "control-core/agent/agent.h"
#include "control-core/config/names.h"
#include "control-core/xmpp/memo.h"
#include "control-core/xmpp/session.h"
#include "control-core/xmpp/stanza.h"
#include "scenarios/load.h"
#include "scenarios/play.h"
#include "sim/sim_lab.h"
#include "sim/world/chatter.h"
#include "sim/world/forwarder.h"

namespace tflab::cli {
namespace {

using nlohmann::json;

// --- time: a lab in which every vRouter has a port in one network

constexpr unsigned vrouters = 100, control_nodes = 4, of_each = 2;

json lab_document(const char* fidelity) {
  const json families{"inet-vpn", "inet6-vpn", "e-vpn", "erm-vpn", "route-target"};
  return {
      {"tflab", 1},
      {"name", "bench-sim"},
      {"run", {{"on", {"sim"}}, {"fidelity", fidelity}, {"seed", 1}, {"until", "120s"}}},
      {"underlay", {{"model", "clos"}, {"leaves", 8}, {"defaults", {{"mtu", 9000}}}}},
      {"generate",
       {{"controls",
         {{"kind", "bgp-router"},
          {"count", control_nodes},
          {"name", "control-{i}"},
          {"address-pool", "172.31.16.0/24"},
          {"template", {{"router-type", "control-node"}, {"address-families", families}}}}},
        {"computes",
         {{"kind", "virtual-router"},
          {"count", vrouters},
          {"name", "compute-{i:03}"},
          {"address-pool", "172.31.0.0/21"}}},
        {"ports",
         {{"kind", "virtual-machine"},
          {"per", "virtual-router:compute-*"},
          {"name", "vm-{per}"},
          {"template", {{"interfaces", {{"eth0", {{"virtual-network", "vn1"}}}}}}}}}}},
      {"virtual-networks", {{"vn1", {{"subnets", {"10.0.0.0/20"}}, {"forwarding-mode", "l3"}}}}},
      {"events",
       {{{"id", "come"},
         {"at", "0s"},
         {"do", "start"},
         {"target", "virtual-router:compute-*"},
         {"spread", {{"distribution", "uniform"}, {"min", "0s"}, {"max", "60s"}}}}}},
      {"expect",
       {{{"id", "quiet"}, {"after", "come"}, {"within", "30s"}, {"invariant", "converged"}}}}};
}

scenario::Scenario lab_of(const char* fidelity) {
  const auto file = std::filesystem::temp_directory_path() / "tflab-bench-sim.tflab.json";
  std::ofstream{file} << lab_document(fidelity);
  scenario::Loaded loaded = scenario::load(file.string());
  std::filesystem::remove(file);
  if (const auto* faults = std::get_if<std::vector<scenario::Fault>>(&loaded))
    throw std::logic_error{"the bench's own scenario: " + to_text(faults->front())};
  return std::get<scenario::Scenario>(std::move(loaded));
}

// CPU time of the whole run; what was said is found in `said`.
double played(const scenario::Scenario& scenario, sim::ChatterPlan& said) {
  const double begun = thread_cpu_ns();
  const auto lab = sim::bring_up(scenario, "");
  const scenario::Outcome outcome = scenario::play(scenario, *lab, {});
  const double took = thread_cpu_ns() - begun;
  for (const scenario::Finding& finding : outcome.findings)
    if (finding.verdict != scenario::Verdict::passed)
      throw std::runtime_error{"the bench's lab: " + finding.id + ": " + finding.got};
  said.by_hubs = said.by_clients = {};
  for (const scenario::NodeRef& node : lab->nodes()) {
    const auto vitals = lab->vitals(node);
    if (!vitals) continue;
    auto& share = node.kind == scenario::NodeRef::vrouter ? said.by_clients : said.by_hubs;
    share.messages += vitals->messages_sent / 2;  // a stanza is written in two pieces
    share.octets += vitals->octets_sent;
  }
  return took;
}

void times(const Options& options, std::vector<BenchCase>& cases) {
  for (const char* fidelity : {"message", "tcp"}) {
    const std::string name = std::string{"run, fidelity "} + fidelity;
    if (!wanted(options, name)) continue;
    const scenario::Scenario scenario = lab_of(fidelity);
    sim::ChatterPlan plan{.hubs = control_nodes,
                          .clients = vrouters,
                          .hubs_of_each = of_each,
                          .by_hubs = {},
                          .by_clients = {},
                          .fidelity = scenario.run.fidelity,
                          .link = {.delay = scenario.link.delay,
                                   .rate_bps = scenario.link.rate_bps,
                                   .mtu = scenario.link.mtu}};
    const auto per_message = [&](double ns) {
      return ns / static_cast<double>(plan.by_hubs.messages + plan.by_clients.messages);
    };
    const auto goal =
        scenario.run.fidelity == scenario::Fidelity::tcp ? std::optional{2.5} : std::nullopt;
    cases.push_back(compared(
        name, [&] { return per_message(played(scenario, plan)); },
        [&] {
          const double begun = thread_cpu_ns();
          sim::chatter(plan);
          return per_message(thread_cpu_ns() - begun);
        },
        "ns-3 alone", goal));
  }
}

// --- memory: agents that two control nodes tell the same routes

constexpr unsigned routes = 4000, agents = 10;

config::Vrouter agent_config() {
  config::Network network;
  network.name = "d:p:vn";
  network.instance = network.network_id = 1;
  config::Port port;
  port.name = "vm/eth0";
  port.machine = "vm";
  port.network = network.name;
  port.mac = Mac{{2, 0, 0, 0, 0, 1}};
  port.address = Ip4{0x0a000001};
  config::Vrouter config;
  config.name = "agent";
  config.address = Ip4{0xac1f0001};
  config.prefix_length = 32;
  config.gateway = Ip4{0xa9fe0001};
  config.control_nodes = {Ip4{0xac1f1001}, Ip4{0xac1f1002}};
  config.ports = {port};
  config.fabric.networks = {network};
  return config;
}

std::vector<SharedBytes> bodies(bool own_far_ends) {
  xmpp::ItemTexts pool;
  std::vector<xmpp::SharedItemText> items;
  for (unsigned n = 0; n < routes; ++n) {
    xmpp::UnicastItem item;
    item.prefix = IpPrefix::host(Ip4{0x0a010000 + n});
    item.virtual_network = "d:p:vn";
    item.next_hops = {{.address = Ip4{0xac100001 + (own_far_ends ? n : 0)},
                       .mac = {},
                       .label = 20 + n,
                       .encaps = {Encap::udp, Encap::gre},
                       .virtual_network = "d:p:vn"}};
    items.push_back(xmpp::write_item(item, pool));
  }
  std::vector<SharedBytes> out;
  const std::string instance = config::instance_of("d:p:vn");
  for (std::span<const xmpp::SharedItemText> left{items}; !left.empty();) {
    const std::string body = xmpp::items_body(instance, left);
    const Bytes octets = std::as_bytes(std::span{body});
    out.push_back(std::make_shared<const std::vector<std::byte>>(octets.begin(), octets.end()));
  }
  return out;
}

// One agent with its forwarding core, and the far ends of its sessions while it is told.
class Told {
public:
  Told(const std::shared_ptr<xmpp::Memo>& memo, const vr::Limits& limits)
      : agent_{agent_config(), memo}, forwarder_{limits, [](VifId, Bytes) {}} {
    agent_.start({});
    drain();
  }
  void hear(const std::vector<SharedBytes>& bodies) {
    for (auto& [stream, server] : servers_)
      for (const SharedBytes& body : bodies) {
        server.send({}, body);
        drain();
      }
    // Then there is nothing to say but that one lives, which is when parsers are let go.
    for (auto& [stream, server] : servers_) {
      server.on_timer(*server.next_timer());
      drain();
    }
    servers_.clear();
  }

private:
  void drain() {
    for (bool more = true; more;) {
      more = false;
      while (auto output = agent_.poll_output()) {
        more = true;
        std::visit([this](const auto& act) { perform(act); }, *output);
      }
      for (auto& [stream, server] : servers_)
        while (auto output = server.poll_output())
          if (const auto* send = std::get_if<xmpp::Send>(&*output)) {
            more = true;
            agent_.on_bytes({}, stream, *send->bytes);
          }
    }
  }
  void perform(const OpenStream& open) {
    servers_.emplace(open.stream,
                     xmpp::SessionConfig{.local = std::string{config::control_jid}, .remote = ""});
    servers_.at(open.stream).on_transport_up({});
    agent_.on_opened({}, open.stream, {});
  }
  void perform(const WriteStream& write) {
    if (const auto at = servers_.find(write.stream); at != servers_.end())
      at->second.on_bytes({}, *write.bytes);
  }
  void perform(const agent::Program& program) { forwarder_.apply(program.op); }
  void perform(const auto&) {}

  agent::Agent agent_;
  sim::Forwarder forwarder_;
  std::map<StreamId, xmpp::Server> servers_;
};

// Tables with room for so many, and for an eighth more (sim/world/table_sizes.h).
vr::Limits tables_for(unsigned routes4, unsigned far_ends) {
  constexpr std::uint32_t least = 64;
  return {.nexthops = least + far_ends + far_ends / 8, .routes4 = least + routes4 + routes4 / 8};
}

// What an agent more costs with its forwarding core, for each of its routes: with what agents share
// already there, and without what it has when it knows none.
double octets_a_route(bool own_far_ends) {
  const auto memo = std::make_shared<xmpp::Memo>(xmpp::Memo::for_many);
  const auto told = bodies(own_far_ends);
  std::vector<std::unique_ptr<Told>> all;
  const vr::Limits full = tables_for(routes, own_far_ends ? routes : 1), empty = tables_for(0, 0);
  const auto add = [&](bool with_routes) {
    const vr::Limits& limits = with_routes ? full : empty;
    for (unsigned n = 0; n < agents; ++n) {
      all.push_back(std::make_unique<Told>(memo, limits));
      all.back()->hear(with_routes ? told : std::vector<SharedBytes>{});
    }
  };
  add(true);
  const std::size_t before = heap_in_use();
  add(true);
  const std::size_t between = heap_in_use();
  add(false);
  const std::size_t after = heap_in_use();
  const auto with = static_cast<double>(between - before),
             without = static_cast<double>(after - between);
  // Tables are mapped, beside what was counted.
  const auto tables =
      static_cast<double>(vr::Vrouter::memory_needed(full) - vr::Vrouter::memory_needed(empty));
  return ((with - without) / agents + tables) / routes;
}

void sizes(const Options& options, std::vector<BenchCase>& cases) {
  for (const bool own : {false, true}) {
    const std::string name =
        own ? "memory per route and agent, far ends of their own" : "memory per route and agent";
    if (wanted(options, name)) cases.push_back(counted(name, "octets", octets_a_route(own), 48));
  }
}

}  // namespace

std::vector<BenchCase> bench_sim(const Options& options) {
  std::vector<BenchCase> cases;
  sizes(options, cases);
  times(options, cases);
  return cases;
}

}  // namespace tflab::cli
