#include "netns-lab/lab/standing_lab.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <map>
#include <stdexcept>
#include <thread>

#include "control-core/base/text.h"
#include "control-core/introspect/query.h"
#include "control-core/introspect/xml_in.h"
#include "netns-lab/lab/build.h"
#include "netns-lab/lab/update.h"
#include "scenarios/load.h"
#include "scenarios/names.h"
#include "scenarios/probe.h"

namespace tflab::netns {
namespace {

using scenario::Control;
using scenario::NodeRef;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto one_step = milliseconds{50};
constexpr auto look_every = milliseconds{10};
constexpr auto quiet_at_first = milliseconds{400};  // what somebody just did has to be noticed
constexpr auto quiet_between = milliseconds{60};

State state_of(const std::string& lab) {
  auto state = load_state(lab);
  if (!state) throw std::runtime_error{"cannot find a lab called " + lab};
  return std::move(*state);
}

// A router is a bgp-router and a physical-router.
bool is(const NodeRef& node, scenario::Kind kind) {
  if (node.kind == NodeRef::router && kind == scenario::Kind::bgp_router) return true;
  return key_of(node).starts_with(std::string{scenario::row_of(kind).word} + ":");
}

}  // namespace

scenario::Scenario scenario_of(const std::string& lab) {
  auto loaded = scenario::load(document_of(lab).string(), {.standing = true});
  if (auto* scenario = std::get_if<scenario::Scenario>(&loaded)) return std::move(*scenario);
  const auto& faults = std::get<std::vector<scenario::Fault>>(loaded);
  throw std::runtime_error{"cannot read the scenario of lab " + lab + ": " +
                           (faults.empty() ? "" : to_text(faults.front()))};
}

StandingLab::StandingLab(const std::string& name, const std::string& capture_folder, Ground& ground)
    : name_{name},
      ground_{ground},
      state_{state_of(name)},
      scenario_{scenario_of(name)},
      zero_{steady_clock::now()} {
  std::ifstream{clock_of(name)} >> skipped_.ns;
  skipped_before_ = skipped_;
  if (!capture_folder.empty()) begin_captures(capture_folder);
}

// One file a capture; a node's name is added when several nodes are meant.
void StandingLab::begin_captures(const std::string& folder) {
  for (const scenario::Capture& capture : scenario_.outputs.captures) {
    const auto slash = capture.on.rfind('/');
    const auto wanted = scenario::Selector::parse(capture.on.substr(0, slash));
    std::vector<const Space*> spaces;
    for (const Space& space : state_.plan)
      if (const auto node = node_of(space.node))
        for (const auto& row : scenario::kind_rows)
          if (is(*node, row.kind) && wanted.matches(row.kind, node->name)) {
            spaces.push_back(&space);
            break;
          }
    for (const Space* space : spaces) {
      const std::string more = spaces.size() > 1 ? "-" + space->name.substr(6) : "";
      const auto file = std::filesystem::path{folder} / (capture.name + more + ".pcap");
      captures_.push_back(std::make_unique<Capture>(
          capture_point(*space, capture.on.substr(slash + 1)), file.string(), capture.filter));
    }
  }
}

Instant StandingLab::now() const {
  const std::chrono::nanoseconds lived = steady_clock::now() - zero_;
  return Instant{lived.count() + skipped_.ns - skipped_before_.ns};
}

Duration StandingLab::step() {
  const Instant before = now();
  std::this_thread::sleep_for(one_step);
  return now() - before;
}

std::optional<StandingLab::Pulse> StandingLab::pulse() const {
  Pulse all;
  for (const auto& [node, program] : state_.programs) {
    const Space* space = find(state_.plan, node);
    if (!space || space->http == 0) continue;
    if (!ground_.alive({space, program})) continue;  // who died changes nothing more
    const auto one = activity_from(ground_.get(*space, "/activity"));
    if (!one) return {};
    all.changes += one->changes + " ";
    all.in_step &= one->skipped == skipped_;
    if (one->next) all.next = std::min(all.next.value_or(*one->next), *one->next);
  }
  return all;
}

void StandingLab::settle(milliseconds quiet, Instant until) const {
  std::string last;
  auto since = steady_clock::now();
  while (now() < until && steady_clock::now() - since < quiet) {
    const auto current = pulse();
    if (!current || !current->in_step || current->changes != last) since = steady_clock::now();
    if (current) last = current->changes;
    std::this_thread::sleep_for(look_every);
  }
}

void StandingLab::skip(Duration time) {
  skipped_ = skipped_ + time;
  ground_.write(clock_of(name_), std::to_string(skipped_.ns) + "\n");
  for (const auto& [node, program] : state_.programs)
    if (const Space* space = find(state_.plan, node); space && space->http != 0)
      ground_.signal({space, program}, SIGUSR1);
}

// Programs that are not ours live in real time only: their hold timers cannot be set forward.
bool StandingLab::all_skip_time() const {
  return std::ranges::none_of(scenario_.physical_routers, [](const auto& router) {
    return router.second.make == scenario::RouterMake::gobgp;
  });
}

// To the next timer of any node, so that none is late; but at least a second, or keepalives would
// make many small steps of it.
void StandingLab::advance(Instant until) {
  constexpr Duration shortest = seconds(1), longest = seconds(60);
  if (scenario_.run.realtime || !all_skip_time()) {
    const std::int64_t left = std::max((until - now()).ns, std::int64_t{0});
    return std::this_thread::sleep_for(std::chrono::nanoseconds{left});
  }
  settle(quiet_at_first, until);
  while (now() < until) {
    const auto current = pulse();
    const Duration next = current && current->next ? *current->next : longest;
    skip(std::min(std::clamp(next, shortest, longest), std::max(until - now(), Duration{})));
    settle(quiet_between, until + longest);
  }
}

void StandingLab::configure(const scenario::Scenario& next) {
  const Lock lock = Lock::wait(name_);
  state_ = state_of(name_);
  update(state_, next, false, ground_);
  scenario_ = next;
}

void StandingLab::control(Control::Verb verb, const NodeRef& node) {
  const Lock lock = Lock::wait(name_);
  state_ = state_of(name_);
  const Space* space = find(state_.plan, key_of(node));
  const bool off = verb != Control::start && verb != Control::recover;
  const bool on = verb != Control::stop && verb != Control::fail;
  if (space && node.kind == NodeRef::machine) {
    if (off) ground_.set_power(*space, false);
    if (on) ground_.set_power(*space, true);
    return;
  }
  if (!space || space->http == 0)
    throw std::runtime_error{"cannot stop or start " + key_of(node) +
                             ": only control nodes, routers and vrouters are programs here"};
  if (off) stop_program(*space, verb);
  if (on) start_program(*space);
  save(state_);
}

void StandingLab::stop_program(const Space& space, Control::Verb verb) {
  const auto program = state_.programs.find(space.node);
  if (program == state_.programs.end()) return;
  state_.stopped.push_back(space.node);
  if (verb == Control::fail) ground_.signal({&space, program->second}, SIGKILL);
  ground_.stop_programs({{&space, program->second}});
  state_.programs.erase(program);
}

void StandingLab::start_program(const Space& space) {
  const auto program = state_.programs.find(space.node);
  if (program != state_.programs.end() && ground_.alive({&space, program->second})) return;
  state_.programs.merge(ground_.start_programs({&space}, name_));
  std::erase(state_.stopped, space.node);
}

IpAddr StandingLab::address_of(const std::string& name) const {
  if (const auto address = parse_ip(name)) return *address;
  const Space* space = look_up(state_.plan, name);
  const auto node = space ? node_of(space->node) : std::nullopt;
  if (node) {
    if (const auto* machine = find(scenario_.machines, node->name);
        machine && node->kind == NodeRef::machine && !machine->interfaces.empty())
      return machine->interfaces.front().second.address;
    if (const auto* router = find(scenario_.bgp_routers, node->name)) return router->address;
    if (const auto* router = find(scenario_.virtual_routers, node->name)) return router->address;
  }
  if (const auto* host = find(scenario_.hosts, name)) return host->address;
  throw std::runtime_error{"cannot ping " + name + ": no such machine or node"};
}

scenario::PingResult StandingLab::ping(const scenario::Ping& ping) {
  const Space* from = space_called(state_.plan, scenario_, ping.from);
  if (!from)
    throw std::runtime_error{"cannot ping from " + ping.from + ": no such machine or node"};
  const IpAddr to = address_of(ping.to);
  const auto before = ping.way ? scenario::read(*this) : scenario::Readings{};
  scenario::PingResult result = ground_.ping(*from, to, ping);
  if (ping.way) scenario::classify(result, before, scenario::read(*this));
  return result;
}

// The underlay is always on this machine, whatever is behind its ports.
void StandingLab::separate(const std::vector<NodeRef>& apart) {
  Spaces spaces;
  for (const NodeRef& node : apart)
    if (const Space* space = find(state_.plan, key_of(node))) spaces.push_back(space);
  netns::separate(*find(state_.plan, "underlay"), all_of(state_.plan), spaces);
}

void StandingLab::plug(const NodeRef& node, bool in) {
  if (const Space* space = find(state_.plan, key_of(node)))
    netns::plug(*find(state_.plan, "underlay"), *space, in);
}

const Space& StandingLab::space_of(const std::string& machine) const {
  const Space* space = find(state_.plan, key_of({NodeRef::machine, machine}));
  if (!space) throw std::runtime_error{"cannot send from " + machine + ": no such machine"};
  return *space;
}

void StandingLab::send(const std::string& machine, const std::string& interface, Bytes frame) {
  ground_.send(space_of(machine), interface, frame);
}

std::vector<scenario::Sighting> StandingLab::follow(const std::string& machine,
                                                    const std::string& interface, Bytes frame) {
  Watched watched{find(state_.plan, "underlay"), {}};
  for (const auto& [name, other] : scenario_.machines)
    if (const Space* space = find(state_.plan, key_of({NodeRef::machine, name})))
      for (const auto& [device, plugged] : other.interfaces)
        watched.ports.push_back({space, device, name + '/' + device});
  return ground_.follow(space_of(machine), interface, frame, watched);
}

std::vector<NodeRef> StandingLab::nodes() const {
  std::vector<NodeRef> nodes;
  for (const Space& space : state_.plan)
    if (auto node = node_of(space.node)) nodes.push_back(std::move(*node));
  return nodes;
}

std::optional<introspect::Tree> StandingLab::page(const NodeRef& node, std::string_view name,
                                                  const introspect::Query& query) {
  const Space* space = find(state_.plan, key_of(node));
  if (!space || space->http == 0) return {};
  std::string target = "/Snh_" + std::string{name};
  for (const auto& [key, value] : query)
    target += (target.find('?') == target.npos ? "?" : "&") + introspect::url_encoded(key) + "=" +
              introspect::url_encoded(value);
  const auto answer = ground_.get(*space, target);
  if (!answer || answer->status != 200) return {};
  auto tree = introspect::from_xml(answer->body);
  if (!tree) return {};
  return std::move(*tree);
}

}  // namespace tflab::netns
