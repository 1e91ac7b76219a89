#include "sim/world/world.h"

#include <algorithm>
#include <stdexcept>

#include "control-core/base/text.h"
#include "scenarios/checks.h"
#include "scenarios/derive.h"
#include "scenarios/flood.h"
#include "scenarios/probe.h"
#include "sim/ns3/time.h"
#include "sim/world/table_sizes.h"
#include "sim/world/volley.h"
#include "vrouter-core/base/hash.h"

namespace tflab::sim {
namespace {

using scenario::Control;
using scenario::NodeRef;
using scenario::Scenario;

// 2019-04-13 01:38:35 UTC: what virtual time zero is called in pages and captures, in every run.
constexpr std::int64_t utc_ns_at_zero = 1'555'119'515'000'000'000;

SegmentLink link_of(const Scenario& scenario) {
  return {.delay = scenario.link.delay,
          .rate_bps = scenario.link.rate_bps,
          .mtu = scenario.link.mtu,
          .leaves = scenario.clos ? scenario.clos->leaves : 0,
          .leaf_address = scenario::leaf_address};
}

// Computers do not come up in the same nanosecond. A node's own moment follows from the seed and
// its name; control nodes come first, so that agents find somebody.
Duration moment(std::uint64_t seed, const std::string& name, Duration earliest, Duration spread) {
  Hash hash{static_cast<std::uint32_t>(seed ^ seed >> 32)};
  for (const char letter : name) hash.add(static_cast<unsigned char>(letter));
  return earliest + Duration{static_cast<std::int64_t>(hash.value()) % spread.ns};
}

std::string machine_of(const std::string& port) {
  return port.substr(0, port.rfind('/'));
}

// At a machine's interface, or on its way from a vRouter to another one.
std::optional<scenario::Sighting> sighting_of(std::string_view where, Direction direction,
                                              Bytes crossing, Bytes frame) {
  constexpr std::string_view at_machine = "virtual-machine:", at_vrouter = "virtual-router:";
  if (crossing.size() < frame.size() || !std::ranges::equal(crossing.last(frame.size()), frame))
    return {};
  if (where.starts_with(at_machine) && direction == Direction::in)
    return scenario::Sighting{.port = std::string{where.substr(at_machine.size())}};
  if (where.starts_with(at_vrouter) && direction == Direction::out)
    return scenario::tunnel_sighting(crossing);
  return {};
}

bool same_place(const config::Vrouter& config, const scenario::VirtualRouter& router) {
  return config.address == router.address && config.mac == router.mac &&
         (!router.gateway || config.gateway == router.gateway);
}

}  // namespace

World::World(const Scenario& scenario, const std::string& capture_folder,
             const std::string& recording_folder)
    : engine_{scenario.run.seed},
      scenario_{scenario},
      recording_folder_{recording_folder},
      late_{scenario::started_by_events(scenario)},
      underlay_{Segment{link_of(scenario)},
                Trace{scenario.outputs.captures, capture_folder, utc_ns_at_zero},
                scenario.underlay_length} {
  check(scenario);
  if (scenario.run.fidelity == scenario::Fidelity::message)
    underlay_.messages.emplace(underlay_.segment, underlay_.trace);
  add_stations();
  add_nodes();
  plan_machines();
}

void World::check(const Scenario& scenario) const {
  if (scenario.link.rate_bps == 0) throw std::runtime_error("the underlay has no rate");
  std::map<Ip4, std::string> vrouters;
  for (const auto& [name, router] : scenario.virtual_routers)
    if (const auto [it, fresh] = vrouters.emplace(router.address, name); !fresh)
      throw std::runtime_error("virtual-routers " + it->second + " and " + name +
                               " have one address");
  const auto refuse = [&](const std::string& name, Ip4 address) {
    if (const auto it = vrouters.find(address); it != vrouters.end())
      throw std::runtime_error(name + " and virtual-router " + it->second +
                               " have one address; the simulator gives each its own computer");
  };
  for (const auto& [name, router] : scenario.bgp_routers) refuse(name, router.address);
  for (const auto& [name, host] : scenario.hosts) refuse(name, host.address);
  for (const scenario::Expectation& each : scenario.expectations) {
    const auto* reachable = std::get_if<scenario::ReachableCheck>(&each.check);
    const bool here = each.on.empty() || std::ranges::find(each.on, kind()) != each.on.end();
    if (reachable == nullptr || !here || reachable->over == scenario::Ping::icmp) continue;
    const auto to = parse_ip(scenario::address_of(scenario, reachable->to));
    if (to && !to->is_v4())
      throw std::runtime_error("expectation " + each.id + " calls " + to_text(*to) +
                               " over TCP or UDP; the simulator does so over IPv4 only (\"on\": "
                               "[\"netns\"])");
  }
}

// Control nodes and plain hosts; one address is one computer.
void World::add_stations() {
  std::vector<std::pair<Ip4, std::string>> wanted;
  for (const auto& [name, router] : scenario_.bgp_routers)
    wanted.emplace_back(router.address, "bgp-router:" + name + "/eth0");
  for (const auto& [name, router] : scenario_.physical_routers)
    wanted.emplace_back(scenario::find(scenario_.bgp_routers, name)->address,
                        "physical-router:" + name + "/eth0");
  for (const auto& [name, host] : scenario_.hosts)
    wanted.emplace_back(host.address, "host:" + name + "/eth0");
  for (const auto& [address, first] : wanted) {
    if (stations_.contains(address)) continue;
    std::vector<std::string> selectors;
    for (const auto& [other, selector] : wanted)
      if (other == address) selectors.push_back(selector);
    stations_[address] = std::make_unique<Station>(underlay_, address, selectors);
  }
  for (const auto& [name, host] : scenario_.hosts) {
    station(host.address).set_routes(host.routes);
    station(host.address).set_workload(host.workload);
  }
}

namespace {

template <class Wanted, class Standing>
bool all_stand(const Wanted& wanted, const Standing& standing) {
  return std::ranges::all_of(wanted,
                             [&](const auto& each) { return standing.contains(each.first); });
}

}  // namespace

void World::add_nodes() {
  if (!all_stand(scenario_.bgp_routers, controls_))
    for (auto& [name, config] : scenario::control_nodes(scenario_))
      if (!controls_.contains(name)) add_control(std::move(config));
  if (all_stand(scenario_.virtual_routers, vrouters_)) return;
  const TableSizes sizes{scenario_};
  for (auto& [name, config] : scenario::vrouters(scenario_))
    if (!vrouters_.contains(name)) add_vrouter(std::move(config), sizes.of(config));
}

// A node that went away and comes back is another one: it gets a file of its own.
std::string World::recording_of(const std::string& name) {
  if (recording_folder_.empty()) return {};
  const unsigned before = recordings_[name]++;
  return recording_folder_ + '/' + name + (before == 0 ? "" : '.' + std::to_string(before)) +
         ".events.jsonl";
}

void World::add_control(config::ControlNode config) {
  const std::string name = config.name;
  Station& at = station(config.address.v4());
  auto& control = controls_[name] =
      std::make_unique<ControlHost>(at, std::move(config), recording_of(name),
                                    scenario::find(scenario_.bgp_routers, name)->processor);
  if (late_.contains("bgp-router:" + name)) return;
  engine_.at(control->station().context(), moment(scenario_.run.seed, name, millis(1), millis(10)),
             [host = control.get()] { host->start(); });
}

void World::add_vrouter(config::Vrouter config, const vr::Limits& limits) {
  const std::string name = config.name;
  auto& vrouter = vrouters_[name] = std::make_unique<VrouterHost>(
      underlay_, std::move(config), limits,
      [this](const std::string& port, SharedBytes frame) {
        if (const std::string machine = machine_of(port); planned_.contains(machine))
          standing(machine).deliver(port, std::move(frame));
      },
      recording_of(name));
  if (late_.contains("virtual-router:" + name)) return;
  engine_.at(vrouter->node()->GetId(), moment(scenario_.run.seed, name, millis(20), millis(100)),
             [host = vrouter.get()] { host->start(); });
}

void World::plan_machines() {
  planned_.clear();
  for (const auto& [name, machine] : scenario_.machines) planned_.emplace(name, &machine);
}

// Machines that have become different ones stand no longer.
void World::remove_outdated_machines() {
  std::erase_if(machines_, [&](const auto& standing) {
    const auto& [name, machine] = standing;
    const auto planned = planned_.find(name);
    return planned != planned_.end() &&
           plan_of(scenario_, name, *planned->second) != machine->plan();
  });
}

Machine& World::standing(const std::string& name) {
  if (const auto it = machines_.find(name); it != machines_.end()) return *it->second;
  MachinePlan plan = plan_of(scenario_, name, *planned_.at(name));
  const auto to_vrouter = [this, vrouter = plan.vrouter](const std::string& port,
                                                         const SharedBytes& frame) {
    if (const auto it = vrouters_.find(vrouter); it != vrouters_.end())
      it->second->from_machine(port, *frame);
  };
  auto machine = std::make_unique<Machine>(underlay_.trace, std::move(plan), to_vrouter);
  return *machines_.emplace(name, std::move(machine)).first->second;
}

Instant World::now() const {
  return sim::now();
}

void World::advance(Instant until) {
  engine_.run_until(until);
  underlay_.trace.flush();
}

Duration World::step() {
  // Whoever waits looks after each step, and a look at thousands costs more than their next 10 ms.
  constexpr std::size_t many = 200;
  const Duration span = vrouters_.size() > many ? millis(100) : millis(10);
  engine_.run_until(now() + span);
  return span;
}

// Does something inside a node, and everything that follows from it at the same instant.
void World::soon(std::uint32_t context, std::function<void()> act) {
  engine_.at(context, {}, std::move(act));
  engine_.run_until(now());
}

void World::configure(const Scenario& next) {
  check(next);
  const bool moved = next.underlay_length != underlay_.prefix_length ||
                     next.link.mtu != underlay_.segment.link().mtu;
  scenario_ = next;
  plan_machines();
  underlay_.segment.set_link(link_of(next));
  underlay_.prefix_length = next.underlay_length;
  remove_missing();
  if (moved) {
    for (auto& [address, station] : stations_) station->adapt();
    for (auto& [name, vrouter] : vrouters_) vrouter->adapt();
  }
  add_stations();
  add_nodes();
  remove_outdated_machines();
  tell_configuration();
  // Only now: their ports were detached by what was told.
  std::erase_if(machines_, [&](const auto& machine) { return !planned_.contains(machine.first); });
}

// Nodes that are no longer there, or that are elsewhere now, say goodbye.
void World::remove_missing() {
  for (auto it = controls_.begin(); it != controls_.end();) {
    const auto* router = scenario::find(scenario_.bgp_routers, it->first);
    if (router && it->second->config().address == IpAddr{router->address}) {
      ++it;
      continue;
    }
    auto& old = old_controls_.emplace_back(std::move(it->second));
    it = controls_.erase(it);
    soon(old->station().context(), [&] { old->stop(); });
  }
  for (auto it = vrouters_.begin(); it != vrouters_.end();) {
    const auto* router = scenario::find(scenario_.virtual_routers, it->first);
    if (router && same_place(it->second->config(), *router)) {
      ++it;
      continue;
    }
    auto& old = old_vrouters_.emplace_back(std::move(it->second));
    it = vrouters_.erase(it);
    soon(old->node()->GetId(), [&] { old->stop(); });
    engine_.run_until(now() + VrouterHost::linger);
    old->lose_power();  // frees its addresses
  }
}

void World::tell_configuration() {
  for (const auto& [name, config] : scenario::control_nodes(scenario_)) {
    ControlHost& control = *controls_.at(name);
    const auto& cpu = scenario::find(scenario_.bgp_routers, name)->processor;
    soon(control.station().context(), [&] { control.configure(config, cpu); });
  }
  for (const auto& [name, config] : scenario::vrouters(scenario_)) {
    VrouterHost& vrouter = *vrouters_.at(name);
    if (vrouter.config() == config) continue;
    soon(vrouter.node()->GetId(), [&] { vrouter.configure(config); });
  }
}

Station& World::station(Ip4 address) {
  return *stations_.at(address);
}

ControlHost* World::control_on(Ip4 address) {
  const auto it = std::ranges::find_if(
      controls_, [&](const auto& one) { return one.second->station().address() == address; });
  return it == controls_.end() ? nullptr : it->second.get();
}

void World::control(Control::Verb verb, const NodeRef& node) {
  if (node.kind == NodeRef::control_node || node.kind == NodeRef::router) {
    if (const auto it = controls_.find(node.name); it != controls_.end())
      switch_process(verb, *it->second);
  } else if (node.kind == NodeRef::vrouter) {
    if (const auto it = vrouters_.find(node.name); it != vrouters_.end())
      switch_process(verb, *it->second);
  } else if (node.kind == NodeRef::host) {
    if (const auto* host = scenario::find(scenario_.hosts, node.name))
      switch_power(verb, station(host->address));
  } else if (planned_.contains(node.name)) {
    switch_machine(verb, node.name);
  }
}

void World::switch_machine(Control::Verb verb, const std::string& name) {
  if (verb == Control::restart)
    machines_.erase(name);
  else
    standing(name).set_power(verb == Control::start || verb == Control::recover);
}

void World::switch_process(Control::Verb verb, ControlHost& control) {
  if (verb == Control::fail || !control.station().on()) {
    switch_power(verb, control.station());
    return;
  }
  soon(control.station().context(), [&] {
    if (verb == Control::stop || verb == Control::restart) control.stop();
    if (verb != Control::stop) control.start();
  });
}

void World::switch_process(Control::Verb verb, VrouterHost& vrouter) {
  if (verb == Control::fail) {
    vrouter.lose_power();
  } else if (verb == Control::stop) {
    soon(vrouter.node()->GetId(), [&] { vrouter.stop(); });
  } else {
    vrouter.boot();
    soon(vrouter.node()->GetId(), [&] {
      if (verb == Control::restart) vrouter.stop();
      vrouter.start();
    });
  }
}

// A computer has no goodbye: to stop it is to pull the plug.
void World::switch_power(Control::Verb verb, Station& station) {
  ControlHost* control = control_on(station.address());
  if (verb == Control::stop || verb == Control::fail || verb == Control::restart) {
    if (control) control->lose_power();
    station.lose_power();
  }
  if (verb == Control::stop || verb == Control::fail) return;
  station.boot();
  if (control) soon(station.context(), [&] { control->start(); });
}

ns3::Ptr<ns3::Node> World::node_named(const std::string& name) {
  if (planned_.contains(name)) {
    const Machine& machine = standing(name);
    return machine.on() ? machine.node() : nullptr;
  }
  if (const auto it = vrouters_.find(name); it != vrouters_.end())
    return it->second->on() ? it->second->node() : nullptr;
  const auto address = address_of(name);
  if (!address || !address->is_v4() || !stations_.contains(address->v4())) return nullptr;
  const Station& station = *stations_.at(address->v4());
  return station.on() ? station.node() : nullptr;
}

std::optional<IpAddr> World::address_of(const std::string& text) const {
  if (const auto address = parse_ip(text)) return address;
  if (const auto it = planned_.find(text); it != planned_.end()) {
    const auto& interfaces = it->second->interfaces;
    return interfaces.empty() ? std::optional<IpAddr>{} : interfaces.front().second.address;
  }
  if (const auto* router = scenario::find(scenario_.bgp_routers, text)) return router->address;
  if (const auto* router = scenario::find(scenario_.virtual_routers, text)) return router->address;
  if (const auto* host = scenario::find(scenario_.hosts, text)) return host->address;
  return {};
}

// Of a control node, router or vrouter.
Ip4 World::underlay_address(const NodeRef& node) const {
  return node.kind == NodeRef::vrouter
             ? scenario::find(scenario_.virtual_routers, node.name)->address
             : scenario::find(scenario_.bgp_routers, node.name)->address;
}

void World::separate(const std::vector<NodeRef>& apart) {
  std::set<Ip4> addresses;
  for (const NodeRef& node : apart) addresses.insert(underlay_address(node));
  underlay_.segment.separate(std::move(addresses));
  if (underlay_.messages) underlay_.messages->send_held();
}

void World::plug(const NodeRef& node, bool in) {
  underlay_.segment.plug(underlay_address(node), in);
  if (underlay_.messages) underlay_.messages->send_held();
}

void World::send(const std::string& machine, const std::string& interface, Bytes frame) {
  Machine& from = standing(machine);
  const auto shared = std::make_shared<const std::vector<std::byte>>(frame.begin(), frame.end());
  soon(from.node()->GetId(), [&] { from.send(machine + '/' + interface, shared); });
}

std::vector<scenario::Sighting> World::follow(const std::string& machine,
                                              const std::string& interface, Bytes frame) {
  std::vector<scenario::Sighting> seen;
  underlay_.trace.observe([&](const std::string& where, Direction direction, Bytes crossing) {
    if (auto sighting = sighting_of(where, direction, crossing, frame))
      seen.push_back(std::move(*sighting));
  });
  send(machine, interface, frame);
  engine_.run_until(now() + seconds(1));
  underlay_.trace.observe({});
  return seen;
}

scenario::PingResult World::ping(const scenario::Ping& ping) {
  scenario::PingResult result;
  result.sent = ping.packets;
  const auto before = ping.way ? scenario::read(*this) : scenario::Readings{};
  const auto from = node_named(ping.from);
  const auto to = address_of(ping.to);
  if (from && to) ask(engine_, from, *to, ++pings_, ping, result);
  if (ping.way) scenario::classify(result, before, scenario::read(*this));
  return result;
}

std::vector<NodeRef> World::nodes() const {
  std::vector<NodeRef> all;
  for (const auto& [name, router] : scenario_.bgp_routers)
    all.push_back(scenario::speaker(scenario_, name));
  for (const auto& [name, router] : scenario_.virtual_routers)
    all.push_back({NodeRef::vrouter, name});
  for (const auto& [name, machine] : scenario_.machines) all.push_back({NodeRef::machine, name});
  for (const auto& [name, host] : scenario_.hosts) all.push_back({NodeRef::host, name});
  return all;
}

std::optional<introspect::Tree> World::page(const NodeRef& node, std::string_view name,
                                            const introspect::Query& query) {
  const introspect::PageRequest request{std::string{name}, query, now(), utc_ns_at_zero};
  if (node.kind == NodeRef::control_node || node.kind == NodeRef::router)
    if (const auto it = controls_.find(node.name); it != controls_.end())
      return it->second->page(request);
  if (node.kind == NodeRef::vrouter)
    if (const auto it = vrouters_.find(node.name); it != vrouters_.end())
      return it->second->page(request);
  return {};
}

std::optional<scenario::Fib> World::fib(const NodeRef& vrouter) {
  const auto it = vrouters_.find(vrouter.name);
  if (it == vrouters_.end()) return {};
  auto fib = it->second->fib();
  if (fib) fib->vrfs = scenario::vrf_names(*this, vrouter);
  return fib;
}

bool World::each_vpn_route(const NodeRef& speaker, const VisitVpn& visit) {
  const auto it = controls_.find(speaker.name);
  return it != controls_.end() && it->second->each_vpn_route(visit);
}

std::optional<scenario::Vitals> World::vitals(const NodeRef& node) {
  if (node.kind == NodeRef::control_node || node.kind == NodeRef::router)
    if (const auto it = controls_.find(node.name); it != controls_.end() && it->second->up())
      return it->second->vitals();
  if (node.kind == NodeRef::vrouter)
    if (const auto it = vrouters_.find(node.name); it != vrouters_.end() && it->second->up())
      return it->second->vitals();
  return {};
}

std::unique_ptr<SimLab> bring_up(const Scenario& scenario, const std::string& capture_folder,
                                 const std::string& recording_folder) {
  return std::make_unique<World>(scenario, capture_folder, recording_folder);
}

}  // namespace tflab::sim
