#include "scenarios/oracle/oracle.h"

#include <algorithm>

#include "scenarios/oracle/reach.h"

namespace tflab::oracle {
namespace {

bool names(const std::string& side, const std::string& network) {
  return side == "any" || side == network;
}

bool allows(const World& world, const Network& carrier, const std::string& other) {
  for (const std::string& policy : carrier.policies) {
    const auto rules = world.policies.find(policy);
    if (rules == world.policies.end()) continue;
    for (const Rule& rule : rules->second)
      if (rule.pass && ((names(rule.src, carrier.name) && names(rule.dst, other)) ||
                        (names(rule.dst, carrier.name) && names(rule.src, other))))
        return true;
  }
  return false;
}

void add(Names& to, const Names& more) {
  to.insert(more.begin(), more.end());
}

bool meet(const Names& a, const Names& b) {
  return std::ranges::any_of(a, [&](const std::string& each) { return b.contains(each); });
}

Names exports_of(const Network& network) {
  Names out = network.targets;
  add(out, network.exports);
  return out;
}

// Its own, and what connected networks export.
Names imports_of(const World& world, const Network& network) {
  Names out = network.targets;
  add(out, network.imports);
  for (const Network& other : world.networks)
    if (connected(world, network, other)) add(out, exports_of(other));
  return out;
}

Names networks_of(const Agent& agent) {
  Names out;
  for (const Port& port : agent.ports) out.insert(port.network);
  return out;
}

class Answer {
public:
  explicit Answer(const World& world) : world_{world}, reach_{world} {
    for (const Network& network : world_.networks) networks_[network.name] = &network;
    for (const Agent& agent : world_.agents) agents_[agent.name] = &agent;
  }

  Expected make(Agents agents) {
    for (const Network& network : world_.networks) {
      imports_[network.name] = imports_of(world_, network);
      for (const std::string& target : imports_[network.name])
        importers_[target].insert(network.name);
    }
    for (const ControlNode& node : world_.control_nodes) out_.vpn[node.name];
    for (const Router& router : world_.routers) out_.vpn[router.name];
    spread_targets();
    spread_routes();
    for (const ControlNode& node : world_.control_nodes) fill(node);
    if (agents == Agents::included)
      for (const Agent& agent : world_.agents)
        for (const std::string& network : networks_of(agent))
          out_.agents[{agent.name, network}] = told_to(out_, agent, network);
    return std::move(out_);
  }

private:
  // --- who wants what (RFC 4684)

  // A control node wants what its agents' networks import, the target that stands for the network
  // on this node, and the one that stands for the node.
  std::map<std::string, Names> wanting() const {
    std::map<std::string, Names> out;  // target to speakers
    for (const ControlNode& node : world_.control_nodes)
      out["target:" + node.address + ":0"].insert(node.name);
    for (const Agent& agent : world_.agents)
      for (const std::string& name : networks_of(agent)) {
        const auto found = networks_.find(name);
        if (found == networks_.end()) continue;
        const Network& network = *found->second;
        for (const ControlNode& node : world_.control_nodes) {
          if (!agent.control_nodes.contains(node.name)) continue;
          out["target:" + node.address + ":" + std::to_string(network.index)].insert(node.name);
          for (const std::string& target : imports_.at(network.name)) out[target].insert(node.name);
        }
      }
    for (const Router& router : world_.routers) {
      for (const std::string& target : router.wants) out[target].insert(router.name);
      if (router.wants_everything) out[everything].insert(router.name);
    }
    return out;
  }

  void spread_targets() {
    std::set<Reach::Session> speak;
    for (const Peering& peering : world_.peerings) {
      if (!peering.filters) continue;
      speak.insert({peering.a, peering.b});
      speak.insert({peering.b, peering.a});
    }
    for (const auto& [target, origins] : wanting()) {
      const Reach::Result result =
          reach_.from(origins, [&](const Reach::Session& each) { return speak.contains(each); });
      const std::string route =
          target == everything ? "0:target:0:0" : std::to_string(world_.as) + ":" + target;
      for (const std::string& holder : result.holders) out_.wanted[holder].insert(route);
      for (const Reach::Session& each : result.told)
        asked_[{each.second, each.first}].insert(target);
    }
    filters_ = std::move(speak);
  }

  // --- who gets what

  // A session without the family is one over which everything goes.
  bool passes(const Reach::Session& session, const Names& targets) const {
    const bool router = std::ranges::any_of(
        world_.routers, [&](const Router& each) { return each.name == session.first; });
    if (router || !filters_.contains(session)) return true;
    const auto asked = asked_.find(session);
    if (asked == asked_.end()) return false;
    return asked->second.contains(everything) || meet(asked->second, targets);
  }

  void spread(const RouteId& id, const Route& route, const Names& origins) {
    const auto result = reach_.from(
        origins, [&](const Reach::Session& each) { return passes(each, route.targets); });
    for (const std::string& holder : result.holders) out_.vpn[holder][id] = route;
  }

  void spread_routes() {
    for (const Agent& agent : world_.agents)
      for (const Port& port : agent.ports)
        if (const auto network = networks_.find(port.network); network != networks_.end())
          spread({agent.name, port.network, port.address + "/32"},
                 {agent.address, exports_of(*network->second)}, agent.control_nodes);
    for (const Router& router : world_.routers)
      for (const Router::Announced& each : router.routes)
        spread({router.name, "", each.prefix}, {router.address, each.targets}, {router.name});
  }

  // --- what becomes of it in a network

  bool local(const ControlNode& node, const RouteId& id) const {
    const auto agent = agents_.find(id.origin);
    return agent != agents_.end() && agent->second->control_nodes.contains(node.name);
  }

  // The networks in which a node has a VPN route.
  Names takers(const ControlNode& node, const RouteId& id, const Route& route) const {
    Names out;
    if (networks_.contains(id.network) && local(node, id)) out.insert(id.network);
    for (const std::string& target : route.targets)
      if (const auto found = importers_.find(target); found != importers_.end())
        add(out, found->second);
    return out;
  }

  // What agents say is preferred to what routers say (200 to 100).
  void fill(const ControlNode& node) {
    std::map<std::string, Vrf> said_by_agents;
    for (const Network& network : world_.networks) out_.vrfs[{node.name, network.name}];
    for (const auto& [id, route] : out_.vpn[node.name])
      for (const std::string& network : takers(node, id, route)) {
        out_.vrfs[{node.name, network}][id.prefix].insert(route.next_hop);
        if (!id.network.empty()) said_by_agents[network][id.prefix].insert(route.next_hop);
      }
    for (const Network& network : world_.networks) {
      Vrf& best = out_.best[{node.name, network.name}];
      best = out_.vrfs[{node.name, network.name}];
      for (const auto& [prefix, hops] : said_by_agents[network.name]) best[prefix] = hops;
    }
  }

  static inline const std::string everything = "*";

  const World& world_;
  const Reach reach_;
  std::map<std::string, const Network*> networks_;
  std::map<std::string, const Agent*> agents_;
  std::map<std::string, Names> imports_;    // by network
  std::map<std::string, Names> importers_;  // networks, by target
  std::set<Reach::Session> filters_;        // sessions that speak of route targets
  std::map<Reach::Session, Names> asked_;   // what the second asked the first for
  Expected out_;
};

}  // namespace

bool connected(const World& world, const Network& a, const Network& b) {
  return a.name != b.name && allows(world, a, b.name) && allows(world, b, a.name);
}

Expected expected(const World& world, Agents agents) {
  return Answer{world}.make(agents);
}

// Whatever one of its control nodes tells it; its own address always leads to its own port.
Vrf told_to(const Expected& expected, const Agent& agent, const std::string& network) {
  Vrf out;
  for (const std::string& node : agent.control_nodes)
    if (const auto told = expected.best.find({node, network}); told != expected.best.end())
      for (const auto& [prefix, hops] : told->second) add(out[prefix], hops);
  for (const Port& port : agent.ports)
    if (port.network == network) out[port.address + "/32"] = {agent.address};
  return out;
}

}  // namespace tflab::oracle
