#include "tests/swarm/life.h"

#include <algorithm>
#include <sstream>

#include "control-core/base/text.h"
#include "tests/swarm/configure.h"

namespace tflab::swarm {
namespace {

// Long enough for every timer: sessions are dialled again, stale routes go, route targets are
// waited for.
constexpr Duration rest = seconds(240);
// Long enough for who is heard with an address to have it, were there others who wanted it.
constexpr Duration settling_of_pairs = seconds(45);

template <class List>
auto& of(List& list, unsigned number) {
  return list[number % list.size()];
}

// True: it is in now.
bool toggle(oracle::Names& names, const std::string& name) {
  if (names.erase(name) != 0) return false;
  names.insert(name);
  return true;
}

Nlri nlri(const oracle::World& world, const oracle::Router& router, const std::string& prefix) {
  const auto number =
      std::ranges::find(world.routers, router.name, &oracle::Router::name) - world.routers.begin();
  return VpnRoute{*parse_rd("64512:" + std::to_string(101 + number)), *parse_prefix(prefix)};
}

}  // namespace

Life::Life(std::uint32_t seed) : seed_{seed} {
  Random random{seed};
  all_ = random_world(random);
  const unsigned longest = 1 + pick(random, 3) * 40;
  lab_.latency = [longest](const test::Host& from, const test::Host& to) {
    return millis(1 + (from.number * 7 + to.number * 13) % longest);
  };
  for (const auto& each : all_.control_nodes) start(each.name);
  for (const auto& each : all_.agents) start(each.name);
  for (const auto& each : all_.routers) start(each.name);
  lab_.run_for(seconds(20));
}

std::string Life::describe() const {
  static constexpr const char* switches[] = {"off", "outbound only", "as RFC 4684"};
  std::ostringstream out;
  out << "seed " << seed_ << ": " << (all_.graceful ? "graceful restart, " : "")
      << (all_.layer2 ? "layer 2, " : "") << (all_.pairs ? "pairs, " : "")
      << (has_logical_router(all_) ? "a logical router, " : "") << all_.networks.size()
      << " networks, targets " << switches[static_cast<std::size_t>(all_.filtering)];
  for (const oracle::ControlNode& each : all_.control_nodes)
    if (each.as != all_.as) out << "\n  " << each.name << " in AS " << each.as;
  for (const oracle::Router& each : all_.routers) {
    out << "\n  " << each.name << " in AS " << each.as;
    for (const oracle::Router::Vrf& vrf : each.vrfs)
      out << ", " << vrf.name << " with " << *vrf.prefixes.begin() << " of "
          << *vrf.exports.begin();
  }
  for (const oracle::Peering& each : all_.peerings)
    out << "\n  " << each.a << (each.a_is_client ? " is a client of " : " - ") << each.b
        << (each.filters ? "" : ", without route targets");
  for (const oracle::Agent& each : all_.agents) {
    out << "\n  " << each.name << " at";
    for (const std::string& node : each.control_nodes) out << " " << node;
    for (const oracle::Port& port : each.ports)
      if (port.address != each.address) out << ", " << port.address << " in " << port.network;
  }
  return std::move(out).str();
}

// --- the world

World Life::world() const {
  World out = all_;
  out.peerings.clear();
  for (std::size_t n = 0; n < all_.peerings.size(); ++n)
    if (!removed_.contains(n)) out.peerings.push_back(all_.peerings[n]);
  return out;
}

oracle::Router* Life::router_of(const std::string& name) {
  const auto at = std::ranges::find(all_.routers, name, &oracle::Router::name);
  return at == all_.routers.end() ? nullptr : &*at;
}

test::Host* Life::host(const std::string& name) const {
  if (const auto at = nodes_.find(name); at != nodes_.end()) return at->second;
  if (const auto at = computes_.find(name); at != computes_.end()) return at->second;
  const auto at = routers_.find(name);
  return at == routers_.end() ? nullptr : at->second;
}

test::Router* Life::live_router(const std::string& name) {
  const auto at = routers_.find(name);
  return at == routers_.end() || at->second->ups == at->second->downs ? nullptr : at->second;
}

void Life::start(const std::string& name) {
  const World now = world();
  const oracle::Router* router = router_of(name);
  for (const auto& each : now.agents)
    if (each.name == name) computes_[name] = &lab_.add<Compute>(vrouter(now, each));
  for (const auto& each : now.control_nodes)
    if (each.name == name) nodes_[name] = &lab_.add<test::Node>(control_node(now, name));
  if (router != nullptr && router->model)
    nodes_[name] = &lab_.add<test::Node>(control_node(now, name));
  if (router != nullptr && !router->model) start_script(*router);
  down_.erase(name);
  lab_.start(*host(name));
}

void Life::start_script(const oracle::Router& router) {
  const auto peering = std::ranges::find(all_.peerings, router.name, &oracle::Peering::a);
  const auto node = std::ranges::find(all_.control_nodes, peering->b, &oracle::ControlNode::name);
  auto speaks =
      test::Router::speaks(Asn{router.as}, *parse_ip4(router.address), families(all_, *peering));
  speaks.peer_as = Asn{node->as};
  test::Router& host = lab_.add<test::Router>(*parse_ip4(node->address), speaks);
  host.at_up = [this, name = router.name] { speak(name); };
  routers_[router.name] = &host;
}

void Life::speak(const std::string& name) {
  const oracle::Router& router = *router_of(name);
  test::Router& host = *routers_.at(name);
  if (speaks_of_targets(name)) {
    for (const std::string& target : router.wants) host.want(target.c_str(), router.as);
    if (router.wants_everything) host.announce(TargetRoute{}, Family::route_target, {});
    host.end_of_rib(Family::route_target);
  }
  for (const auto& route : router.routes) {
    Attributes attributes;
    for (const std::string& target : route.targets)
      attributes.ext_communities.push_back(ExtCommunity::target(*parse_target(target)));
    host.announce(nlri(all_, router, route.prefix), Family::inet_vpn, attributes, 100);
  }
  host.end_of_rib(Family::inet_vpn);
}

bool Life::speaks_of_targets(const std::string& router) const {
  return all_.filtering != oracle::Filtering::off &&
         std::ranges::find(all_.peerings, router, &oracle::Peering::a)->filters;
}

void Life::configure() {
  const World now = world();
  for (const auto& [name, node] : nodes_) node->configure(control_node(now, name));
  for (const oracle::Agent& agent : now.agents)
    if (const auto at = computes_.find(agent.name); at != computes_.end())
      at->second->configure(vrouter(now, agent));
}

std::vector<Life::Pair> Life::sessions() const {
  std::vector<Pair> out;
  for (const oracle::Peering& each : all_.peerings) out.emplace_back(each.a, each.b);
  for (const oracle::Agent& agent : all_.agents)
    for (const std::string& node : agent.control_nodes) out.emplace_back(agent.name, node);
  return out;
}

// --- events

std::optional<std::string> Life::perform(const Event& event) {
  lab_.run_for(event.pause);
  switch (event.what) {
    case Event::Do::add_port:
      return add_port(event);
    case Event::Do::remove_port:
      return remove_port(event);
    case Event::Do::toggle_import:
      return toggle_target(event, &oracle::Network::imports, "import");
    case Event::Do::toggle_export:
      return toggle_target(event, &oracle::Network::exports, "export");
    case Event::Do::toggle_policy:
      return toggle_policy(event);
    case Event::Do::reset:
      return reset(event);
    case Event::Do::partition:
      return partition(event);
    case Event::Do::heal:
      return heal();
    case Event::Do::crash:
      return crash(event);
    case Event::Do::restart:
      return restart(event);
    case Event::Do::toggle_want:
      return toggle_want(event);
    case Event::Do::toggle_route:
      return toggle_route(event);
    case Event::Do::toggle_family:
      return toggle_family(event);
    case Event::Do::toggle_peering:
      return toggle_peering(event);
    case Event::Do::toggle_switch:
      return toggle_switch(event);
    case Event::Do::announce:
      return announce(event);
    default:
      return settle();
  }
}

// One in four takes an address that somebody else may have, too.
Life::Sentence Life::add_port(const Event& event) {
  oracle::Agent& agent = of(all_.agents, event.whom[0]);
  Random random{event.whom[1]};
  const auto networks = all_.networks.size() - (has_logical_router(all_) ? 1 : 0);
  const unsigned network = 1 + zipf(random, static_cast<unsigned>(networks) - 1);
  const unsigned number = event.whom[2] % 4 == 0 ? event.whom[2] % 8 : 100 + addresses_++;
  oracle::Port port = port_in(all_, network, address_in(all_, network, number));
  for (const oracle::Port& each : agent.ports)
    if (each.address == port.address) return {};
  std::string story = agent.name + " gets " + port.address + " in " + port.network;
  if (all_.pairs && at_home(agent) && pick(random, 2) == 0) {
    const std::string pair = address_in(all_, network, 240 + pick(random, 2));
    // Of two on one vRouter somebody is heard with it before anything is compared.
    for (const oracle::Port& each : agent.ports)
      if (each.network == port.network && each.pairs.contains(pair))
        heard_.insert({port.network, pair});
    port.pairs[pair] = false;
    story += ", and may have " + pair;
  }
  agent.ports.push_back(std::move(port));
  configure();
  return story;
}

Life::Sentence Life::remove_port(const Event& event) {
  oracle::Agent& agent = of(all_.agents, event.whom[0]);
  if (agent.ports.size() < 2) return {};
  const auto at = agent.ports.begin() + 1 + event.whom[1] % (agent.ports.size() - 1);
  const std::string address = at->address;
  agent.ports.erase(at);
  configure();
  return agent.name + " loses " + address;
}

Life::Sentence Life::toggle_target(const Event& event, oracle::Names oracle::Network::*list,
                                   const char* verb) {
  oracle::Network& network = of(all_.networks, event.whom[0]);
  const unsigned other = event.whom[1] % (all_.networks.size() + 2);
  const std::string target = other < all_.networks.size() ? *all_.networks[other].targets.begin()
                                                          : "target:64512:" + std::to_string(other);
  const bool now = toggle(network.*list, target);
  configure();
  return network.name + (now ? " " : " does not ") + verb + " " + target + " now";
}

Life::Sentence Life::toggle_policy(const Event& event) {
  oracle::Network& a = of(all_.networks, event.whom[0]);
  oracle::Network& b = of(all_.networks, event.whom[1]);
  if (a.name == b.name) return {};
  const std::string policy = std::min(a.name, b.name) + "<>" + std::max(a.name, b.name);
  all_.policies[policy] = {{true, std::min(a.name, b.name), std::max(a.name, b.name)}};
  const bool carried = std::ranges::count(a.policies, policy) != 0;
  std::erase(a.policies, policy);
  std::erase(b.policies, policy);
  if (!carried) a.policies.push_back(policy);
  if (!carried && event.whom[2] % 4 != 0) b.policies.push_back(policy);
  configure();
  return "policy " + policy + (carried ? " goes" : event.whom[2] % 4 != 0 ? " comes" : " half");
}

Life::Sentence Life::reset(const Event& event) {
  const auto all = sessions();
  const auto& [a, b] = of(all, event.whom[0]);
  if (down_.contains(a) || down_.contains(b)) return {};
  lab_.cut(*host(a), *host(b));
  return "the connection of " + a + " and " + b + " breaks";
}

Life::Sentence Life::partition(const Event& event) {
  const auto all = sessions();
  const auto& [a, b] = of(all, event.whom[0]);
  if (down_.contains(a) || down_.contains(b)) return {};
  const test::Host *one = host(a), *other = host(b);
  lab_.muted.insert({one, other});
  if (event.whom[1] % 3 == 0) return "nothing gets from " + a + " to " + b;
  lab_.muted.insert({other, one});
  return "nothing gets through between " + a + " and " + b;
}

Life::Sentence Life::heal() {
  if (lab_.muted.empty()) return {};
  lab_.heal();
  return "everything gets through again";
}

Life::Sentence Life::crash(const Event& event) {
  std::vector<std::string> names;
  for (const auto& [name, node] : nodes_) names.push_back(name);
  for (const auto& [name, compute] : computes_) names.push_back(name);
  for (const auto& [name, router] : routers_) names.push_back(name);
  if (names.empty()) return {};
  const std::string name = of(names, event.whom[0]);
  lab_.crash(*host(name));
  nodes_.erase(name);
  computes_.erase(name);
  routers_.erase(name);
  down_.insert(name);
  return name + " crashes";
}

Life::Sentence Life::restart(const Event& event) {
  if (down_.empty()) return {};
  const std::string name = *std::next(down_.begin(), event.whom[0] % down_.size());
  start(name);
  return name + " starts again";
}

Life::Sentence Life::toggle_want(const Event& event) {
  if (all_.routers.empty()) return {};
  oracle::Router& router = of(all_.routers, event.whom[0]);
  if (router.model) return toggle_import(router, event);
  test::Router* live = live_router(router.name);
  if (!speaks_of_targets(router.name)) return {};
  if (event.whom[1] % 6 == 0) {
    router.wants_everything = !router.wants_everything;
    if (live && router.wants_everything) live->announce(TargetRoute{}, Family::route_target, {});
    if (live && !router.wants_everything) live->withdraw(TargetRoute{}, Family::route_target);
    return router.name + (router.wants_everything ? " wants everything" : " wants less");
  }
  const std::string target = *of(all_.networks, event.whom[1]).targets.begin();
  const bool now = toggle(router.wants, target);
  if (live && now) live->want(target.c_str(), router.as);
  if (live && !now) live->unwant(target.c_str(), router.as);
  return router.name + (now ? " wants " : " does not want ") + target;
}

// Two prefixes of its own, and one that machines may have.
Life::Sentence Life::toggle_route(const Event& event) {
  if (all_.routers.empty()) return {};
  oracle::Router& router = of(all_.routers, event.whom[0]);
  if (router.model) return toggle_prefix(router, event);
  const unsigned number = event.whom[1] % 3;
  const std::string prefix =
      number == 2 ? address_in(all_, 1, 4) + "/32" : "192.0.2." + std::to_string(number) + "/32";
  oracle::Names targets;
  for (unsigned n = 0; n < 1 + event.whom[2] % 2; ++n)
    targets.insert(*of(all_.networks, event.whom[2] / 2 + n * 3).targets.begin());
  test::Router* live = live_router(router.name);
  const auto known = std::ranges::find(router.routes, prefix, &oracle::Router::Announced::prefix);
  if (known != router.routes.end() && event.whom[2] % 3 == 0) {
    router.routes.erase(known);
    if (live) live->withdraw(nlri(all_, router, prefix), Family::inet_vpn);
    return router.name + " withdraws " + prefix;
  }
  if (known != router.routes.end())
    known->targets = targets;
  else
    router.routes.push_back({prefix, targets});
  if (live) speak(router.name);
  std::string text;
  for (const std::string& target : targets) text += " " + target;
  return router.name + " announces " + prefix + " with" + text;
}

// The table of an ASIC router imports a network's target or exports it; one in four both at once.
Life::Sentence Life::toggle_import(oracle::Router& router, const Event& event) {
  oracle::Router::Vrf& vrf = of(router.vrfs, event.whom[1]);
  const std::string target = *of(all_.networks, event.whom[2]).targets.begin();
  const bool imports = event.whom[1] / 16 % 4 != 0, exports = event.whom[1] / 16 % 2 == 0;
  std::string story = router.name + " " + vrf.name;
  if (imports) story += toggle(vrf.imports, target) ? " imports" : " does not import";
  if (exports) story += toggle(vrf.exports, target) ? " exports" : " does not export";
  configure();
  return story + " " + target + " now";
}

// Three prefixes of its own, and one that machines may have.
Life::Sentence Life::toggle_prefix(oracle::Router& router, const Event& event) {
  oracle::Router::Vrf& vrf = of(router.vrfs, event.whom[1]);
  const unsigned number = event.whom[2] % 4;
  const std::string prefix =
      number == 3 ? address_in(all_, 1, 4) + "/32" : "198.51.100." + std::to_string(number) + "/32";
  const bool now = toggle(vrf.prefixes, prefix);
  configure();
  return router.name + " " + vrf.name + (now ? " announces " : " withdraws ") + prefix;
}

Life::Sentence Life::toggle_family(const Event& event) {
  oracle::Peering& peering = of(all_.peerings, event.whom[0]);
  peering.filters = !peering.filters;
  if (const auto at = routers_.find(peering.a); at != routers_.end()) {
    lab_.crash(*at->second);
    routers_.erase(at);
    start(peering.a);
  }
  if (oracle::Router* router = router_of(peering.a); router && !peering.filters) {
    router->wants.clear();
    router->wants_everything = false;
  }
  configure();
  return peering.a + " and " + peering.b +
         (peering.filters ? " speak of route targets" : " speak of route targets no more");
}

Life::Sentence Life::toggle_peering(const Event& event) {
  if (all_.pairs) return {};  // who has an address must be told of who has it later
  const std::size_t number = event.whom[0] % all_.peerings.size();
  const bool back = removed_.erase(number) != 0;
  if (!back) removed_.insert(number);
  configure();
  const oracle::Peering& peering = all_.peerings[number];
  return peering.a + " and " + peering.b + (back ? " are peers again" : " are no peers any more");
}

Life::Sentence Life::toggle_switch(const Event& event) {
  static constexpr const char* reaches[] = {"nobody", "neighbours only", "whom it concerns"};
  const unsigned now = (static_cast<unsigned>(all_.filtering) + 1 + event.whom[0] % 2) % 3;
  all_.filtering = static_cast<oracle::Filtering>(now);
  configure();
  return std::string{"interest in targets reaches "} + reaches[now];
}

// Those who take addresses from each other are of one AS: no sequence number is preferred to a
// shorter AS path.
bool Life::at_home(const oracle::Agent& agent) const {
  const auto node = std::ranges::find(all_.control_nodes, *agent.control_nodes.begin(),
                                      &oracle::ControlNode::name);
  return node->as == all_.as;
}

Life::Sentence Life::announce(const Event& event) {
  std::vector<std::pair<const oracle::Agent*, oracle::Port*>> holders;
  for (oracle::Agent& agent : all_.agents)
    for (oracle::Port& port : agent.ports)
      if (!port.pairs.empty() && computes_.contains(agent.name))
        holders.emplace_back(&agent, &port);
  if (holders.empty()) return {};
  const auto& [agent, port] = of(holders, event.whom[0]);
  const std::string address = port->pairs.begin()->first;
  for (oracle::Agent& each : all_.agents)
    for (oracle::Port& other : each.ports)
      if (const auto pair = other.pairs.find(address); pair != other.pairs.end())
        pair->second = &other == port;
  heard_.insert({port->network, address});
  computes_.at(agent->name)
      ->announce(port->network + "-" + port->address + "/eth0", *parse_ip4(address));
  return port->address + " on " + agent->name + " is heard with " + address;
}

// Who has an address says so now and then. Where it is gone, somebody else has taken its place.
void Life::announce_again() {
  for (const auto& [network, address] : heard_) {
    oracle::Port* speaker = nullptr;
    const oracle::Agent* home = nullptr;
    for (oracle::Agent& agent : all_.agents)
      for (oracle::Port& port : agent.ports) {
        const auto pair = port.pairs.find(address);
        if (port.network != network || pair == port.pairs.end()) continue;
        if (speaker != nullptr && !pair->second) continue;
        speaker = &port;
        home = &agent;
      }
    if (speaker == nullptr) continue;
    speaker->pairs[address] = true;
    computes_.at(home->name)
        ->announce(network + "-" + speaker->address + "/eth0", *parse_ip4(address));
  }
  if (!heard_.empty()) lab_.run_for(settling_of_pairs);
}

// --- and then

Life::Sentence Life::settle() {
  lab_.heal();
  for (const std::string& name : std::set{down_}) start(name);
  lab_.run_for(rest);
  announce_again();
  compare();
  return "everything is mended and comes to rest";
}

void Life::compare() {
  differences_.clear();
  const World now = world();
  const oracle::Expected wanted = oracle::expected(now);
  Distinguishers distinguishers;
  std::map<std::string, const Compute*> everybody;
  for (const auto& [name, compute] : computes_) {
    add_distinguishers(*compute, distinguishers);
    everybody[to_text(compute->agent.config().address)] = compute;
  }
  for (std::size_t n = 0; n < all_.routers.size(); ++n) {
    const oracle::Router& router = all_.routers[n];
    distinguishers["64512:" + std::to_string(101 + n)] = {router.name, ""};
    for (std::size_t i = 0; i < router.vrfs.size(); ++i)
      distinguishers[router.address + ":" + std::to_string(i + 1)] = {router.name,
                                                                      router.vrfs[i].name};
  }
  for (const auto& [name, node] : nodes_)
    swarm::compare(name, *node, wanted, distinguishers, differences_);
  for (const auto& [name, router] : routers_)
    swarm::compare(name, *router, wanted, distinguishers, differences_);
  for (const auto& [name, compute] : computes_)
    swarm::compare(*compute, wanted, everybody, differences_);
  if (!now.layer2) return;
  for (const auto& [name, node] : nodes_)
    compare_layer2(name, *node, wanted, distinguishers, differences_);
  for (const auto& [name, compute] : computes_) compare_layer2(*compute, wanted, differences_);
  compare_trees(now, wanted, everybody, differences_);
}

}  // namespace tflab::swarm
