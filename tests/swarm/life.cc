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
  graceful_ = pick(random, 2) == 0;
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
  std::ostringstream out;
  out << "seed " << seed_ << ": " << (graceful_ ? "graceful restart, " : "") << all_.networks.size()
      << " networks";
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

oracle::World Life::world() const {
  oracle::World out = all_;
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
  const oracle::World now = world();
  for (const auto& each : now.control_nodes)
    if (each.name == name) nodes_[name] = &lab_.add<test::Node>(control_node(now, name, graceful_));
  for (const auto& each : now.agents)
    if (each.name == name) computes_[name] = &lab_.add<Compute>(vrouter(now, each, graceful_));
  if (const oracle::Router* router = router_of(name)) {
    const auto peering = std::ranges::find(all_.peerings, name, &oracle::Peering::a);
    Ip4 peer;
    for (const auto& each : all_.control_nodes)
      if (each.name == peering->b) peer = *parse_ip4(each.address);
    routers_[name] =
        &lab_.add<test::Router>(router->address.c_str(), peer, families(*peering), Asn{all_.as});
    routers_[name]->at_up = [this, name] { speak(name); };
  }
  down_.erase(name);
  lab_.start(*host(name));
}

void Life::speak(const std::string& name) {
  const oracle::Router& router = *router_of(name);
  test::Router& host = *routers_.at(name);
  if (std::ranges::find(all_.peerings, name, &oracle::Peering::a)->filters) {
    for (const std::string& target : router.wants) host.want(target.c_str());
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

void Life::configure() {
  const oracle::World now = world();
  for (const auto& [name, node] : nodes_) node->configure(control_node(now, name, graceful_));
  for (const oracle::Agent& agent : now.agents)
    if (const auto at = computes_.find(agent.name); at != computes_.end())
      at->second->configure(vrouter(now, agent, graceful_));
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
    default:
      return settle();
  }
}

// One in four takes an address that somebody else may have, too.
Life::Sentence Life::add_port(const Event& event) {
  oracle::Agent& agent = of(all_.agents, event.whom[0]);
  Random random{event.whom[1]};
  const unsigned network = 1 + zipf(random, static_cast<unsigned>(all_.networks.size()) - 1);
  const unsigned number = event.whom[2] % 4 == 0 ? event.whom[2] % 8 : 100 + addresses_++;
  const oracle::Port port{all_.networks[network].name, address_in(all_, network, number)};
  for (const oracle::Port& each : agent.ports)
    if (each.address == port.address) return {};
  agent.ports.push_back(port);
  configure();
  return agent.name + " gets " + port.address + " in " + port.network;
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
  test::Router* live = live_router(router.name);
  if (!std::ranges::find(all_.peerings, router.name, &oracle::Peering::a)->filters) return {};
  if (event.whom[1] % 6 == 0) {
    router.wants_everything = !router.wants_everything;
    if (live && router.wants_everything) live->announce(TargetRoute{}, Family::route_target, {});
    if (live && !router.wants_everything) live->withdraw(TargetRoute{}, Family::route_target);
    return router.name + (router.wants_everything ? " wants everything" : " wants less");
  }
  const std::string target = *of(all_.networks, event.whom[1]).targets.begin();
  const bool now = toggle(router.wants, target);
  if (live && now) live->want(target.c_str());
  if (live && !now) live->unwant(target.c_str());
  return router.name + (now ? " wants " : " does not want ") + target;
}

// Two prefixes of its own, and one that machines may have.
Life::Sentence Life::toggle_route(const Event& event) {
  if (all_.routers.empty()) return {};
  oracle::Router& router = of(all_.routers, event.whom[0]);
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
  const std::size_t number = event.whom[0] % all_.peerings.size();
  const bool back = removed_.erase(number) != 0;
  if (!back) removed_.insert(number);
  configure();
  const oracle::Peering& peering = all_.peerings[number];
  return peering.a + " and " + peering.b + (back ? " are peers again" : " are no peers any more");
}

// --- and then

Life::Sentence Life::settle() {
  lab_.heal();
  for (const std::string& name : std::set{down_}) start(name);
  lab_.run_for(rest);
  compare();
  return "everything is mended and comes to rest";
}

void Life::compare() {
  differences_.clear();
  const oracle::Expected wanted = oracle::expected(world());
  Distinguishers distinguishers;
  std::map<std::string, const Compute*> everybody;
  for (const auto& [name, compute] : computes_) {
    add_distinguishers(*compute, distinguishers);
    everybody[to_text(compute->agent.config().address)] = compute;
  }
  for (std::size_t n = 0; n < all_.routers.size(); ++n)
    distinguishers["64512:" + std::to_string(101 + n)] = {all_.routers[n].name, ""};
  for (const auto& [name, node] : nodes_)
    swarm::compare(name, *node, wanted, distinguishers, differences_);
  for (const auto& [name, router] : routers_)
    swarm::compare(name, *router, wanted, distinguishers, differences_);
  for (const auto& [name, compute] : computes_)
    swarm::compare(*compute, wanted, everybody, differences_);
}

}  // namespace tflab::swarm
