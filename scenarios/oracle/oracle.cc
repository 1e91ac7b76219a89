#include "scenarios/oracle/oracle.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

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

// A router with a VRF for every network asks for thousands of targets; a route has a few.
bool meet(const Names& a, const Names& b) {
  if (a.size() > b.size()) return meet(b, a);
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
  if (network.policies.empty()) return out;  // nothing can connect it
  for (const Network& other : world.networks)
    if (connected(world, network, other)) add(out, exports_of(other));
  return out;
}

const std::string type5 = "5-0-";

bool is_host(const std::string& prefix) {
  return prefix.ends_with("/32");
}

// The prefixes among EVPN routes.
Vrf routed(const Vrf& bridge) {
  Vrf out;
  for (const auto& [route, hops] : bridge)
    if (route.starts_with(type5)) out[route.substr(type5.size())] = hops;
  return out;
}

// Agents prefer what they have by 200 to 100, what only waits for an address by as much as routers.
constexpr unsigned high = 200, low = 100;

// How good a path is (RFC 4271 section 9.1.2). MEDs are those of agents, and compared between paths
// that came from one neighbour AS.
struct Merits {
  unsigned preference = low;
  std::vector<As> as_path;
  unsigned med = 0;

  bool better_than(const Merits& other) const {
    if (preference != other.preference) return preference > other.preference;
    if (as_path.size() != other.as_path.size()) return as_path.size() < other.as_path.size();
    return !as_path.empty() && as_path.front() == other.as_path.front() && med < other.med;
  }
};

struct Path {
  std::string next_hop;
  Merits merits;
};
using Table = std::map<std::string, std::vector<Path>>;  // by prefix

bool beaten(const Table& table, const std::string& prefix, const Merits& merits) {
  const auto paths = table.find(prefix);
  return paths != table.end() && std::ranges::any_of(paths->second, [&](const Path& each) {
           return each.merits.better_than(merits);
         });
}

Vrf all_of(const Table& table) {
  Vrf out;
  for (const auto& [prefix, paths] : table)
    for (const Path& path : paths) out[prefix].insert(path.next_hop);
  return out;
}
Vrf best_of(const Table& table) {
  Vrf out;
  for (const auto& [prefix, paths] : table)
    for (const Path& path : paths)
      if (!beaten(table, prefix, path.merits)) out[prefix].insert(path.next_hop);
  return out;
}

// A route as its owner says it: where it begins, and with which preference.
struct Said {
  Shared<RouteId> id;
  Shared<Route> route;
  unsigned preference = low;
  Names origins;
  bool layer2 = false;  // of EVPN

  // Layer 2 stays in its network; a prefix goes where its targets say, in EVPN, too.
  bool routed() const { return !layer2 || id->prefix.starts_with(type5); }
};

class Answer {
public:
  explicit Answer(const World& world) : world_{world}, reach_{world} {
    for (const Network& network : world_.networks) {
      networks_[network.name] = &network;
      if (!network.routes_between.empty()) out_.routers[network.name] = &network;
      for (const std::string& joined : network.routes_between) out_.routers[joined] = &network;
    }
    for (const Agent& agent : world_.agents) agents_[agent.name] = &agent;
    for (const ControlNode& node : world_.control_nodes) as_of_[node.name] = node.as;
    for (const Router& router : world_.routers) {
      as_of_[router.name] = router.as;
      routers_.insert(router.name);
    }
    for (const Router& router : world_.routers)
      if (!router.filters) say_all_.insert(router.name);
  }

  Expected make(Agents agents) {
    for (const Network& network : world_.networks) {
      imports_[network.name] = imports_of(world_, network);
      for (const std::string& target : imports_[network.name])
        importers_[target].insert(network.name);
    }
    for (const auto& [name, as] : as_of_) {
      out_.vpn[name];
      out_.evpn[name];
      out_.wanted[name];
    }
    note_sessions();
    spread_targets();
    // What is beaten where it begins is not told, so the better ones come first.
    std::vector<Said> all = said();
    std::ranges::stable_sort(all, std::greater<>{}, &Said::preference);
    for (const Said& each : all) spread(each);
    spread_trees();
    fill(agents);
    if (agents == Agents::included)
      for (const Agent& agent : world_.agents)
        for (const std::string& network : networks_of(agent)) fill(agent, network);
    return std::move(out_);
  }

private:
  // Where it has tables: its ports' networks, and the routers that join them.
  Names networks_of(const Agent& agent) const {
    Names out;
    for (const Port& port : agent.ports) {
      out.insert(port.network);
      if (const auto router = out_.routers.find(port.network); router != out_.routers.end())
        out.insert(router->second->name);
    }
    return out;
  }

  void note_sessions() {
    for (const Peering& peering : world_.peerings)
      for (const Reach::Session& each :
           {Reach::Session{peering.a, peering.b}, Reach::Session{peering.b, peering.a}}) {
        const bool external = as_of_.at(each.first) != as_of_.at(each.second);
        const bool reflects = peering.a_is_client || peering.b_is_client;
        const bool client = each.first == peering.a ? peering.a_is_client : peering.b_is_client;
        if (external || (reflects && !client)) between_.insert(each.first);
        if (peering.filters && world_.filtering != Filtering::off) filters_.insert(each);
        if (peering.layer2) layer2_.insert(each);
      }
  }

  // --- who wants what (RFC 4684)

  // By target and the AS that says so: who.
  using Wanting = std::map<std::pair<std::string, As>, Names>;

  void want(Wanting& out, const std::string& target, const std::string& who) const {
    out[{target, target == everything ? 0 : as_of_.at(who)}].insert(who);
  }

  // A control node wants what its agents' networks import, the target that stands for the network
  // on this node, and the one that stands for the node.
  Wanting wanting() const {
    Wanting out;
    for (const ControlNode& node : world_.control_nodes) {
      want(out, "target:" + node.address + ":0", node.name);
      if (asks_for_everything(node.name)) want(out, everything, node.name);
    }
    for (const Agent& agent : world_.agents)
      for (const std::string& name : networks_of(agent)) {
        const auto network = networks_.find(name);
        if (network == networks_.end()) continue;
        for (const ControlNode& node : world_.control_nodes) {
          if (!agent.control_nodes.contains(node.name)) continue;
          want(out, "target:" + node.address + ":" + std::to_string(network->second->index),
               node.name);
          for (const std::string& target : imports_.at(name)) want(out, target, node.name);
        }
      }
    for (const Router& router : world_.routers) {
      for (const std::string& target : router.wants) want(out, target, router.name);
      for (const Router::Vrf& vrf : router.vrfs)
        for (const std::string& target : vrf.imports) want(out, target, router.name);
      if (router.wants_everything || (router.model && asks_for_everything(router.name)))
        want(out, everything, router.name);
    }
    return out;
  }

  bool asks_for_everything(const std::string& name) const {
    return world_.filtering == Filtering::outbound_only && between_.contains(name);
  }

  void spread_targets() {
    const auto repeated =
        world_.filtering == Filtering::outbound_only ? Reach::Repeated::no : Reach::Repeated::yes;
    Reach::Open open;
    for (const Reach::Session& each : reach_.sessions()) open.push_back(filters_.contains(each));
    for (const auto& [wish, origins] : wanting()) {
      const auto& [target, as] = wish;
      const Reach::Result result = reach_.from(origins, open, repeated);
      const std::string route =
          target == everything ? "0:target:0:0" : std::to_string(as) + ":" + target;
      for (const auto& [holder, held] : result.holders) out_.wanted[holder].insert(route);
      for (std::size_t each = 0; each < result.told.size(); ++each)
        if (const auto& [asking, asked] = reach_.sessions()[each]; result.told[each])
          asked_[{asked, asking}].insert(target);
    }
  }

  // --- who says what

  std::vector<Said> said() const {
    std::vector<Said> out;
    for (const Agent& agent : world_.agents)
      for (const Port& port : agent.ports) say(agent, port, out);
    for (const Router& router : world_.routers) {
      for (const Router::Announced& each : router.routes)
        out.push_back({RouteId{router.name, "", each.prefix},
                       Route{router.address, each.targets},
                       low,
                       {router.name}});
      for (const Router::Vrf& vrf : router.vrfs)
        for (const std::string& prefix : vrf.prefixes)
          out.push_back({RouteId{router.name, vrf.name, vrf.vxlan ? type5 + prefix : prefix},
                         Route{router.address, vrf.exports},
                         low,
                         {router.name},
                         vrf.vxlan});
    }
    return out;
  }

  void say(const Agent& agent, const Port& port, std::vector<Said>& out) const {
    const auto network = networks_.find(port.network);
    if (network == networks_.end()) return;
    const auto router = out_.routers.find(port.network);
    std::optional<Shared<Route>> inside;
    if (router != out_.routers.end())
      inside.emplace(Route{agent.address, exports_of(*router->second)});
    const Shared<Route> route{{agent.address, exports_of(*network->second)}};
    const auto put = [&](const std::string& what, unsigned preference, bool layer2) {
      out.push_back({RouteId{agent.name, port.network, what}, route, preference,
                     agent.control_nodes, layer2});
    };
    const auto put_address = [&](const std::string& address, unsigned preference) {
      put(address + "/32", preference, false);
      if (!port.mac.empty()) put("2-0-" + port.mac + "," + address, preference, true);
      if (inside)
        out.push_back({RouteId{agent.name, router->second->name, type5 + address + "/32"}, *inside,
                       preference, agent.control_nodes, true});
    };
    put_address(port.address, high);
    for (const auto& [address, has_it] : port.pairs)
      if (leads(agent, port, address)) put_address(address, has_it ? high : low);
    if (port.mac.empty()) return;
    put("2-0-" + port.mac + ",0.0.0.0", high, true);
    // Broadcast, which its control nodes make an inclusive multicast route of (RFC 7432 section
    // 11.1).
    put("3-" + std::to_string(network->second->index) + "-" + agent.address, low, true);
  }

  // Of the ports of one vRouter that may have an address one is told: who has it, or the first.
  static bool leads(const Agent& agent, const Port& port, const std::string& address) {
    const Port* leader = nullptr;
    for (const Port& each : agent.ports) {
      const auto pair = each.pairs.find(address);
      if (each.network != port.network || pair == each.pairs.end()) continue;
      if (leader == nullptr || pair->second) leader = &each;
    }
    return leader == &port;
  }

  // --- who gets what

  // A session without the family is one over which everything goes. What carries no extended
  // community goes everywhere; EVPN always carries some, so that without a target it is only for
  // who asks for everything.
  bool passes(const Reach::Session& session, const Said& said) const {
    if (said.layer2 && !layer2_.contains(session)) return false;
    if (said.route->targets.empty() && !said.layer2) return true;
    if (say_all_.contains(session.first) || !filters_.contains(session)) return true;
    const auto asked = asked_.find(session);
    if (asked == asked_.end()) return false;
    return asked->second.contains(everything) || meet(asked->second, said.route->targets);
  }

  // Many routes have the same targets: the sessions are asked once for all of them.
  const Reach::Open& open_for(const Said& said) {
    const auto [at, fresh] = open_.try_emplace({said.route->targets, said.layer2});
    if (fresh)
      for (const Reach::Session& each : reach_.sessions()) at->second.push_back(passes(each, said));
    return at->second;
  }

  // What an agent says by local preference is a MED in the next AS, which control nodes turn back.
  Merits merits_of(const Said& said, const Reach::Held& held) const {
    const bool by_agent = agents_.contains(said.id->origin);
    if (held.as_path.empty()) return {said.preference, {}, 0};
    Merits out{low, held.as_path, 0};
    if (held.as_path.size() > 1 || !by_agent) return out;
    out.med = said.preference == high ? low : high;
    if (trees(held.crossed)) out.preference = said.preference;
    return out;
  }
  bool trees(const Reach::Session& session) const {
    return layer2_.contains(session) && !routers_.contains(session.first) &&
           !routers_.contains(session.second);
  }

  std::map<Place, Table>& tables(const Said& said) {
    return said.layer2 ? bridge_tables_ : tables_;
  }

  void put(const std::string& node, const std::string& network, const Said& said,
           const Merits& merits) {
    tables(said)[{node, network}][said.id->prefix].push_back({said.route->next_hop, merits});
  }

  void spread(const Said& said) {
    const Merits own{said.preference, {}, 0};
    Names telling;
    for (const std::string& origin : said.origins) {
      if (!as_of_.contains(origin)) continue;
      const bool beaten_here =
          beaten(tables(said)[{origin, said.id->network}], said.id->prefix, own);
      if (!beaten_here) telling.insert(origin);
      if (!said.id->network.empty()) put(origin, said.id->network, said, own);
    }
    const auto result = reach_.from(telling, open_for(said));
    for (const auto& [holder, held] : result.holders) {
      (said.layer2 ? out_.evpn : out_.vpn)[holder].insert_or_assign(said.id, over(said, held));
      const bool at_home = said.origins.contains(holder);
      for (const std::string& network : takers(holder, said))
        if (!at_home || network != said.id->network)
          put(holder, network, said, merits_of(said, held));
    }
  }

  // The route as it has come to somebody.
  static Shared<Route> over(const Said& said, const Reach::Held& held) {
    if (held.as_path == said.route->as_path) return said.route;
    Route route = *said.route;
    route.as_path = held.as_path;
    return route;
  }

  // A control node offers its agents' part of a network's tree to the others.
  void spread_trees() {
    std::set<Place> builders;
    for (const Agent& agent : world_.agents)
      if (const ControlNode* node = tree_builder(world_, agent))
        for (const Port& port : agent.ports) builders.insert({node->name, port.network});
    for (const auto& [node, name] : builders) {
      const auto network = networks_.find(name);
      if (network == networks_.end()) continue;
      const Said said{
          RouteId{node, name, ""}, Route{"", exports_of(*network->second)}, low, {node}, true};
      const auto result = reach_.from(said.origins, open_for(said));
      for (const auto& [holder, held] : result.holders)
        if (takers(holder, said).contains(name)) out_.trees[{holder, name}].insert(node);
    }
  }

  // --- what becomes of it in a network

  // The tables in which a node has a VPN route: those that import a target of it.
  Names takers(const std::string& node, const Said& said) const {
    const auto router = std::ranges::find(world_.routers, node, &Router::name);
    Names out;
    if (router != world_.routers.end()) {
      for (const Router::Vrf& vrf : router->vrfs)
        if (said.routed() && meet(vrf.imports, said.route->targets)) out.insert(vrf.name);
      return out;
    }
    for (const std::string& target : said.route->targets)
      if (const auto found = importers_.find(target); found != importers_.end())
        add(out, found->second);
    if (!said.routed())
      std::erase_if(out, [&](const auto& each) { return each != said.id->network; });
    return out;
  }

  void fill(Agents agents) {
    for (const ControlNode& node : world_.control_nodes)
      for (const Network& network : world_.networks) fill({node.name, network.name}, agents);
    for (const Router& router : world_.routers)
      for (const Router::Vrf& vrf : router.vrfs) fill({router.name, vrf.name}, agents);
  }
  void fill(const Place& place, Agents agents) {
    const Table routes = std::exchange(tables_[place], {});
    const Table bridges = std::exchange(bridge_tables_[place], {});
    out_.best[place] = best_of(routes);
    out_.best_bridges[place] = best_of(bridges);
    if (agents == Agents::left_out) return;
    out_.vrfs[place] = all_of(routes);
    out_.bridges[place] = all_of(bridges);
  }

  // A vRouter knows MACs where a machine of its own can send to them.
  void fill(const Agent& agent, const std::string& network) {
    out_.agents[{agent.name, network}] = told_to(world_, out_, agent, network);
    const auto has_machine = [&](const Port& port) {
      return port.network == network && !port.mac.empty() && port.address != agent.address;
    };
    if (std::ranges::none_of(agent.ports, has_machine)) return;
    Vrf& macs = out_.macs[{agent.name, network}];
    for (const std::string& node : agent.control_nodes)
      for (const auto& [route, hops] : out_.best_bridges[{node, network}])
        if (route.starts_with("2-"))  // 2-0-MAC,address
          add(macs[route.substr(4, route.find(',') - 4)], hops);
    for (const Port& port : agent.ports)
      if (has_machine(port)) macs[port.mac] = {agent.address};
  }

  static inline const std::string everything = "*";

  const World& world_;
  const Reach reach_;
  std::map<std::string, const Network*> networks_;
  std::map<std::string, const Agent*> agents_;
  std::map<std::string, As> as_of_;  // control nodes and routers
  Names routers_;
  std::map<std::string, Names> imports_;    // by network
  std::map<std::string, Names> importers_;  // networks, by target
  Names say_all_;                           // routers that nobody asks
  Names between_;                           // who stands between peers, as configured
  std::set<Reach::Session> filters_;        // sessions that speak of route targets
  std::set<Reach::Session> layer2_;
  std::map<Reach::Session, Names> asked_;               // what the second asked the first for
  std::map<std::pair<Names, bool>, Reach::Open> open_;  // by targets, and whether it is layer 2
  std::map<Place, Table> tables_, bridge_tables_;
  Expected out_;
};

}  // namespace

bool connected(const World& world, const Network& a, const Network& b) {
  return a.name != b.name && allows(world, a, b.name) && allows(world, b, a.name);
}

Expected expected(const World& world, Agents agents) {
  return Answer{world}.make(agents);
}

const ControlNode* tree_builder(const World& world, const Agent& agent) {
  const ControlNode* lowest = nullptr;
  for (const ControlNode& node : world.control_nodes)
    if (agent.control_nodes.contains(node.name) &&
        (lowest == nullptr || octets_of(node.address) < octets_of(lowest->address)))
      lowest = &node;
  return lowest;
}

namespace {

// What these control nodes tell their agents, by the tables they tell it from.
Vrf told(const std::map<Place, Vrf>& tables, const Names& control_nodes,
         const std::string& network) {
  Vrf out;
  for (const std::string& node : control_nodes)
    if (const auto best = tables.find({node, network}); best != tables.end())
      for (const auto& [prefix, hops] : best->second) add(out[prefix], hops);
  return out;
}

// To the router go the subnets of its other networks, and what it is told as more than an address.
void lead_into(const World& world, const Network& router, const std::string& network,
               const Vrf& inside, Vrf& out) {
  for (const Network& other : world.networks)
    if (other.name != network && router.routes_between.contains(other.name))
      for (const std::string& subnet : other.subnets) out.try_emplace(subnet, Names{into_router});
  for (const auto& [prefix, hops] : inside)
    if (!is_host(prefix)) out.try_emplace(prefix, Names{into_router});
}

}  // namespace

Vrf told_by(const World& world, const Expected& expected, const Names& control_nodes,
            const std::string& network) {
  Vrf out = told(expected.best, control_nodes, network);
  const auto joined = expected.routers.find(network);
  if (joined == expected.routers.end()) return out;
  const Network& router = *joined->second;
  Vrf inside = routed(told(expected.best_bridges, control_nodes, router.name));
  if (router.name == network)
    out.merge(inside);
  else
    lead_into(world, router, network, inside, out);
  return out;
}

// Its own address always leads to its own port, in the network and in its router; one that others
// may have, too, as long as nobody else was heard with it.
Vrf told_to(const World& world, const Expected& expected, const Agent& agent,
            const std::string& network) {
  Vrf out = told_by(world, expected, agent.control_nodes, network);
  for (const Port& port : agent.ports) {
    const auto router = expected.routers.find(port.network);
    const bool through = router != expected.routers.end() && router->second->name == network;
    if (port.network != network && !through) continue;
    out[port.address + "/32"] = {agent.address};
    for (const auto& [address, has_it] : port.pairs)
      if (has_it || !out.contains(address + "/32")) out[address + "/32"] = {agent.address};
  }
  return out;
}

}  // namespace tflab::oracle
