#include "scenarios/as_configured.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "control-core/base/text.h"
#include "control-core/config/names.h"
#include "scenarios/derive.h"
#include "scenarios/forwarding.h"
#include "scenarios/observe.h"
#include "scenarios/oracle/oracle.h"

namespace tflab::scenario {
namespace {

using oracle::Names;

constexpr std::size_t most = 100;

template <class Value>
Names texts(const std::vector<Value>& values) {
  Names out;
  for (const Value& value : values) out.insert(to_text(value));
  return out;
}

// What the oracle does not know of.
std::string beyond(const Scenario& scenario) {
  for (const auto& [name, machine] : scenario.machines)
    for (const auto& [interface_name, interface] : machine.interfaces) {
      if (!interface.floating_ips.empty()) return "floating IPs";
      if (!interface.allowed_pairs.empty() || !interface.shared_addresses.empty())
        return "addresses that several machines hold";
      if (!interface.health_checks.empty()) return "health checks";
    }
  if (!scenario.link_local_services.empty()) return "link-local services";
  for (const config::Network& net : scenario.networks)
    if (!net.provider_network.empty()) return "IP fabric forwarding";
  return {};
}

// Who has whose session, as the control nodes show it.
struct Up {
  std::map<std::string, Names> agents;                // vRouter to its control nodes
  std::set<std::pair<std::string, std::string>> bgp;  // ends that are established
};
Up up_in(Lab& lab) {
  Up out;
  for (const SessionRow& row : sessions(lab)) {
    if (row.state != "Established") continue;
    if (row.encoding == "XMPP")
      out.agents[row.peer].insert(row.on);
    else
      out.bgp.emplace(row.on, row.peer);
  }
  return out;
}

std::vector<oracle::Network> networks_of(const Scenario& scenario) {
  std::vector<oracle::Network> out;
  for (const config::Network& net : scenario.networks) {
    if (net.name == config::default_network || net.name == config::link_local) continue;
    out.push_back({net.name, net.instance, texts(net.targets), texts(net.import_targets),
                   texts(net.export_targets), net.policies, texts(net.subnets),
                   Names(net.routes_between.begin(), net.routes_between.end())});
  }
  return out;
}

std::map<std::string, std::vector<oracle::Rule>> policies_of(const Scenario& scenario) {
  std::map<std::string, std::vector<oracle::Rule>> out;
  for (const auto& [name, policy] : scenario.policies)
    for (const config::PolicyRule& rule : policy.rules)
      out[name].push_back({rule.pass, rule.src, rule.dst});
  return out;
}

// Its machines' addresses, and its own in the fabric's network.
std::vector<oracle::Agent> agents_of(const Scenario& scenario, const Up& up) {
  std::map<std::string, std::vector<oracle::Port>> ports;
  for (const auto& [name, machine] : scenario.machines)
    for (const auto& [interface_name, interface] : machine.interfaces)
      if (interface.address.is_v4())
        ports[machine.virtual_router].push_back({interface.network, to_text(interface.address)});
  std::vector<oracle::Agent> out;
  for (const auto& [name, router] : scenario.virtual_routers) {
    const auto control_nodes = up.agents.find(name);
    if (control_nodes == up.agents.end()) continue;
    const std::string address = to_text(router.address);
    if (scenario.vhost0_in_ip_fabric)
      ports[name].push_back({std::string{config::ip_fabric}, address});
    out.push_back({name, address, control_nodes->second, std::move(ports[name])});
  }
  return out;
}

oracle::Router router_of(const std::string& name, const BgpRouter& speaker,
                         const PhysicalRouter& router) {
  oracle::Router out{name, to_text(speaker.address), {}, {}};
  out.as = speaker.autonomous_system.raw();
  out.filters = true;
  out.model = router.make == RouterMake::asic_model;
  for (const config::Vrf& vrf : router.vrfs)
    out.vrfs.push_back({vrf.name, texts(vrf.import_targets), texts(vrf.export_targets),
                        texts(vrf.prefixes), vrf.vni != 0});
  return out;
}

oracle::Filtering filtering_of(config::TargetFiltering filtering) {
  switch (filtering) {
    case config::TargetFiltering::off:
      return oracle::Filtering::off;
    case config::TargetFiltering::outbound_only:
      return oracle::Filtering::outbound_only;
    default:
      return oracle::Filtering::rfc4684;
  }
}

bool both_speak(const config::BgpPeer& a, const config::BgpPeer& b, Family family) {
  return std::ranges::all_of(std::array{&a, &b}, [&](const config::BgpPeer* peer) {
    return std::ranges::find(peer->families, family) != peer->families.end();
  });
}

void add_peerings(const Scenario& scenario, const Up& up, oracle::World& to) {
  std::map<std::pair<std::string, std::string>, config::BgpPeer> ends;
  for (const auto& [name, router] : scenario.bgp_routers)
    for (const config::BgpPeer& peer : peers_of(scenario, name)) ends[{name, peer.name}] = peer;
  for (const auto& [who, peer] : ends) {
    const auto other = ends.find({who.second, who.first});
    if (who.first > who.second || other == ends.end()) continue;
    oracle::Peering both{who.first, who.second};
    both.a_is_client = other->second.route_reflector_client;
    both.b_is_client = peer.route_reflector_client;
    both.filters = both_speak(peer, other->second, Family::route_target);
    both.layer2 = both_speak(peer, other->second, Family::evpn);
    both.up = up.bgp.contains(who);
    to.peerings.push_back(std::move(both));
  }
}

oracle::World world_of(const Scenario& scenario, const Up& up) {
  oracle::World out;
  out.as = scenario.autonomous_system.raw();
  out.filtering = filtering_of(scenario.target_filtering);
  out.networks = networks_of(scenario);
  out.policies = policies_of(scenario);
  for (const auto& [name, router] : scenario.bgp_routers) {
    if (const PhysicalRouter* physical = find(scenario.physical_routers, name))
      out.routers.push_back(router_of(name, router, *physical));
    else
      out.control_nodes.push_back(
          {name, to_text(router.identifier), router.autonomous_system.raw()});
  }
  out.agents = agents_of(scenario, up);
  add_peerings(scenario, up, out);
  return out;
}

// Who is behind a route distinguisher: a vRouter and its network, or a router.
using Distinguishers = std::map<RouteDistinguisher, std::pair<std::string, std::string>>;

Distinguishers distinguishers_of(const Scenario& scenario, const oracle::World& world, Lab& lab) {
  Distinguishers out;
  for (const oracle::Agent& agent : world.agents)
    if (const auto page = lab.page({NodeRef::vrouter, agent.name}, "VrfListReq", {}))
      for (const introspect::Tree* row : introspect::all(*page, "VrfSandeshData"))
        if (const auto rd = parse_rd(agent.address + ':' + string_of(*row, "ucindex")))
          out[*rd] = {agent.name, string_of(*row, "vn")};
  for (const auto& [name, router] : scenario.physical_routers)
    for (const config::Vrf& vrf : router.vrfs) out[vrf.rd] = {name, vrf.name};
  return out;
}

// Do prefixes go by EVPN?
bool routes_in_vxlan(const oracle::World& world) {
  const auto joins = [](const oracle::Network& net) { return !net.routes_between.empty(); };
  return std::ranges::any_of(world.networks, joins) ||
         std::ranges::any_of(world.routers, [](const oracle::Router& router) {
           return std::ranges::any_of(router.vrfs, &oracle::Router::Vrf::vxlan);
         });
}

class Comparison {
public:
  Comparison(const Scenario& scenario, Lab& lab) : scenario_{scenario}, lab_{lab} {}

  std::vector<std::string> run() {
    const Up up = up_in(lab_);
    const oracle::World world = world_of(scenario_, up);
    const oracle::Expected expected = oracle::expected(world, oracle::Agents::left_out);
    const Distinguishers distinguishers = distinguishers_of(scenario_, world, lab_);
    for (const auto& [name, vpn] : expected.vpn)
      if (lives(name)) compare_vpn(speaker(scenario_, name), vpn, distinguishers);
    if (routes_in_vxlan(world))
      for (const auto& [name, evpn] : expected.evpn)
        if (lives(name)) compare_prefixes(speaker(scenario_, name), evpn, distinguishers);
    for (const oracle::Agent& agent : world.agents) compare_agent(agent, world, expected);
    return std::move(faults_);
  }

private:
  // A control node that somebody has stopped is told nothing.
  bool lives(const std::string& name) const {
    return find(scenario_.physical_routers, name) != nullptr ||
           lab_.page({NodeRef::control_node, name}, "ShowBgpServerReq", {});
  }

  void fault(std::string text) {
    if (faults_.size() < most) faults_.push_back(std::move(text));
  }

  static std::string text_of(const oracle::RouteId& id) {
    return id.prefix + " of " + id.origin + (id.network.empty() ? "" : " in " + id.network);
  }

  using Got = std::vector<const oracle::RouteId*>;

  void compare_vpn(const NodeRef& node, const oracle::Vpn& wanted,
                   const Distinguishers& distinguishers) {
    Got got;
    const bool answers = lab_.each_vpn_route(node, [&](const VpnRoute& route, const IpAddr& hop) {
      note(node, wanted, distinguishers, route.rd, to_text(route.prefix), to_text(hop), got);
    });
    if (!answers) return fault(node.name + " does not answer");
    compare_with(node, wanted, got);
  }

  // Of EVPN the routes of type 5 are judged.
  void compare_prefixes(const NodeRef& node, const oracle::Vpn& wanted,
                        const Distinguishers& distinguishers) {
    static constexpr const char* table = "bgp.evpn.0";
    const auto rows = routes(lab_, node, {{"routing_table", table}});
    if (!rows) return fault(node.name + " does not answer");
    Got got;
    for (const RouteRow& row : *rows) {
      const auto nlri = row.table == table ? parse_nlri(Family::evpn, row.prefix) : std::nullopt;
      const auto* route = nlri ? std::get_if<EvpnRoute>(&*nlri) : nullptr;
      if (route != nullptr && route->type == EvpnRoute::ip_prefix)
        note(node, wanted, distinguishers, route->rd, "5-0-" + to_text(route->prefix),
             row.paths.front().next_hop, got);
    }
    compare_with(node, wanted, got);
  }

  void note(const NodeRef& node, const oracle::Vpn& wanted, const Distinguishers& distinguishers,
            RouteDistinguisher rd, const std::string& prefix, const std::string& hop, Got& got) {
    const auto origin = distinguishers.find(rd);
    if (origin == distinguishers.end())
      return fault(node.name + " has " + to_text(rd) + ':' + prefix + ", which is nobody's");
    const oracle::RouteId id{origin->second.first, origin->second.second, prefix};
    const auto found = wanted.find(id);
    if (found == wanted.end()) return fault(node.name + " should not have " + text_of(id));
    if (hop != found->second->next_hop) fault(node.name + " has " + text_of(id) + " via " + hop);
    got.push_back(&*found->first);
  }

  void compare_with(const NodeRef& node, const oracle::Vpn& wanted, Got& got) {
    if (got.size() == wanted.size()) return;
    std::ranges::sort(got);
    for (const auto& [id, route] : wanted)
      if (!std::ranges::binary_search(got, &*id)) fault(node.name + " lacks " + text_of(*id));
  }

  // Every network of it, and every logical router, prefix by prefix, in its forwarding table.
  void compare_agent(const oracle::Agent& agent, const oracle::World& world,
                     const oracle::Expected& expected) {
    const auto fib = lab_.fib({NodeRef::vrouter, agent.name});
    if (!fib) return fault(agent.name + " does not answer");
    std::map<std::string, unsigned> vrfs;
    for (const auto& [number, instance] : fib->vrfs)
      if (instance != config::master_instance) vrfs[config::network_of(instance)] = number;
    for (const auto& [network, own] : own_addresses(agent, expected)) {
      const auto vrf = vrfs.find(network);
      if (vrf == vrfs.end()) {
        fault(agent.name + " has no VRF of " + network);
        continue;
      }
      const auto table = fib->routes.find(vrf->second);
      compare_vrf(agent, network, own, told_by(world, expected, agent.control_nodes, network), *fib,
                  table == fib->routes.end() ? std::map<IpPrefix, FibRoute>{} : table->second);
    }
  }

  // By network, and by the inside of the router that joins it.
  static std::map<std::string, Names> own_addresses(const oracle::Agent& agent,
                                                    const oracle::Expected& expected) {
    std::map<std::string, Names> out;
    for (const oracle::Port& port : agent.ports) {
      out[port.network].insert(port.address + "/32");
      if (const auto router = expected.routers.find(port.network); router != expected.routers.end())
        out[router->second->name].insert(port.address + "/32");
    }
    return out;
  }

  // The same for all agents of the same control nodes, of which there are thousands.
  const oracle::Vrf& told_by(const oracle::World& world, const oracle::Expected& expected,
                             const Names& control_nodes, const std::string& network) {
    constexpr std::size_t most_kept = 64;
    const std::pair key{control_nodes, network};
    if (const auto known = told_.find(key); known != told_.end()) return known->second;
    if (told_.size() == most_kept) told_.clear();
    return told_[key] = oracle::told_by(world, expected, control_nodes, network);
  }

  // Its own ports' addresses lead to them, whatever is told.
  void compare_vrf(const oracle::Agent& agent, const std::string& network, const Names& own,
                   const oracle::Vrf& told, const Fib& fib,
                   const std::map<IpPrefix, FibRoute>& table) {
    const Names here{agent.address};
    const auto wanted =
        told.size() + static_cast<std::size_t>(std::ranges::count_if(
                          own, [&](const std::string& each) { return !told.contains(each); }));
    std::size_t found = 0;
    for (const auto& [prefix, route] : table) {
      const FibNexthop* nexthop = fib.nexthop(route.nexthop);
      if (nexthop == nullptr || nexthop->type == "DISCARD") continue;  // of the subnet as a whole
      const std::string text = to_text(prefix);
      const auto want = told.find(text);
      const bool is_own = own.contains(text);
      if (!is_own && want == told.end()) {
        fault(agent.name + " should not reach " + text + " in " + network);
        continue;
      }
      ++found;
      const Names& ends = is_own ? here : want->second;
      const std::string end = end_of(*nexthop, agent);
      const bool several = nexthop->type == "COMPOSITE" && ends.size() > 1;
      if (!several && !ends.contains(end))
        fault(agent.name + " sends " + text + " in " + network + " to " + end);
    }
    if (found < wanted)
      fault(agent.name + " lacks " + std::to_string(wanted - found) + " of the " +
            std::to_string(wanted) + " routes in " + network);
  }

  static std::string end_of(const FibNexthop& nexthop, const oracle::Agent& agent) {
    if (nexthop.type == "TUNNEL") return to_text(nexthop.dip);
    return nexthop.type == "VRF_TRANSLATE" ? oracle::into_router : agent.address;
  }

  const Scenario& scenario_;
  Lab& lab_;
  std::vector<std::string> faults_;
  std::map<std::pair<Names, std::string>, oracle::Vrf> told_;
};

}  // namespace

std::vector<std::string> against_configuration(const Scenario& scenario, Lab& lab) {
  if (const std::string what = beyond(scenario); !what.empty())
    return {"cannot be judged: the oracle knows nothing of " + what};
  return Comparison{scenario, lab}.run();
}

}  // namespace tflab::scenario
