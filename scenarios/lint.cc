#include "scenarios/lint.h"

#include <algorithm>
#include <set>

#include "scenarios/document.h"
#include "scenarios/graph.h"
#include "scenarios/names.h"
#include "scenarios/suggest.h"
#include "scenarios/units.h"

namespace tflab::scenario {
namespace {

// Every state of the document that the run goes through, so that an object which an event uses or
// brings is judged together with what it brings.
std::vector<Scenario> states_of(const Scenario& scenario) {
  std::vector<Scenario> states{scenario};
  for (const Event& event : scenario.events) {
    auto next = applied(states.back(), event);
    if (!std::holds_alternative<Json>(next)) continue;
    auto loaded = reload(states.back(), std::move(std::get<Json>(next)));
    if (auto* good = std::get_if<Scenario>(&loaded)) states.push_back(std::move(*good));
  }
  return states;
}

class Linter {
public:
  Linter(const Scenario& scenario, Faults& faults)
      : scenario_{scenario}, faults_{faults}, states_{states_of(scenario)} {}

  void run() {
    unused_policies();
    unused_groups();
    unused_networks();
    lonely_routers();
    hidden_vxlan();
    one_vni_for_two();
    limits_nobody_looks_at();
    unused_pools();
    idle_nodes();
    split_networks();
    repeated_targets();
    times_that_never_come();
  }

private:
  std::string place(Kind kind, const std::string& name) const {
    return '/' + std::string{row_of(kind).collection} + '/' +
           pointer_token(key_of(scenario_.document, kind, name).value_or(name));
  }

  void unused_policies() {
    std::set<std::string> used;
    for (const Scenario& state : states_)
      for (const config::Network& net : state.networks)
        used.insert(net.policies.begin(), net.policies.end());
    for (const auto& [name, policy] : scenario_.policies)
      if (!used.contains(name))
        warn(Kind::network_policy, name, "no network uses policy " + in_quotes(name));
  }

  // A group that is only named by rules of others counts: nobody is in it, which can be meant.
  void unused_groups() {
    std::set<std::string> used;
    for (const Scenario& state : states_) {
      for (const auto& [name, machine] : state.machines)
        for (const auto& [interface_name, interface] : machine.interfaces)
          used.insert(interface.security_groups.begin(), interface.security_groups.end());
      for (const auto& [name, group] : state.security_groups)
        for (const config::SecurityRule& rule : group.rules) used.insert(rule.group);
    }
    for (const auto& [name, group] : scenario_.security_groups)
      if (!used.contains(name))
        warn(Kind::security_group, name, "no interface is in security group " + in_quotes(name));
  }

  void unused_networks() {
    std::set<std::string> used;
    for (const Scenario& state : states_) {
      for (const auto& [name, machine] : state.machines)
        for (const auto& [interface_name, interface] : machine.interfaces) {
          used.insert(interface.network);
          for (const config::FloatingIp& floating : interface.floating_ips)
            used.insert(floating.network);
        }
      for (const config::Network& net : state.networks) used.insert(net.provider_network);
    }
    std::vector<std::string> unused;
    for (const config::Network& net : scenario_.networks)
      if (net.instance > 3 && net.routes_between.empty() && !used.contains(net.name))
        unused.push_back(net.name);
    warn_of_each(Kind::virtual_network, unused, "no machine ever has an interface in network ");
  }

  // Or a network and an ASIC router.
  void lonely_routers() {
    std::map<std::string, std::set<std::string>> joined;
    for (const Scenario& state : states_)
      for (const auto& [name, router] : state.logical_routers)
        joined[name].insert(router.networks.begin(), router.networks.end());
    for (const auto& [name, router] : scenario_.logical_routers)
      if (joined[name].size() + vrfs_behind(router) < 2)
        warn(Kind::logical_router, name,
             "logical router " + in_quotes(name) + " never joins two networks");
  }

  std::size_t vrfs_behind(const LogicalRouter& logical) const {
    std::size_t out = 0;
    for (const auto& [name, physical] : scenario_.physical_routers)
      for (const config::Vrf& vrf : physical.vrfs) out += takes_in(vrf, logical) ? 1 : 0;
    return out;
  }
  static bool takes_in(const config::Vrf& vrf, const LogicalRouter& logical) {
    const auto& imports = vrf.import_targets;
    return vrf.vni != 0 && std::ranges::find_first_of(imports, logical.targets) != imports.end();
  }

  // Linux finds the VNI of who it sends to by a vRouter's MAC (netns-lab/host/linux_plane.h).
  void one_vni_for_two() {
    for (const auto& [name, physical] : scenario_.physical_routers)
      for (const config::Vrf& vrf : physical.vrfs) {
        const auto known = std::ranges::count_if(scenario_.logical_routers, [&](const auto& each) {
          return takes_in(vrf, each.second);
        });
        if (physical.make == RouterMake::linux_kernel && known > 1)
          warn(Kind::bgp_router, name,
               "VRF " + in_quotes(vrf.name) + " of " + in_quotes(name) +
                   " takes in several logical routers; Linux sends to all of them on one vRouter "
                   "by the VNI of one");
      }
  }

  // Where a session tells other encapsulations, nobody hears that a router's VRF speaks VXLAN, nor
  // does the VRF hear who else does.
  void hidden_vxlan() {
    for (const auto& [name, physical] : scenario_.physical_routers) {
      if (std::ranges::none_of(physical.vrfs, [](const auto& vrf) { return vrf.vni != 0; }))
        continue;
      for (const auto& [speaker, router] : scenario_.bgp_routers)
        for (const auto& [with, peer] : router.peers)
          if ((speaker == name || with == name) && hides_vxlan(peer))
            warn(Kind::bgp_router, speaker,
                 "\"default-tunnel-encap\" of the session of " + in_quotes(speaker) + " with " +
                     in_quotes(with) + " takes the place of VXLAN, which " + in_quotes(name) +
                     " speaks; add \"vxlan\"");
    }
  }
  static bool hides_vxlan(const BgpRouterPeer& peer) {
    const auto& encaps = peer.rewriting.encaps;
    return !encaps.empty() && std::ranges::find(encaps, Encap::vxlan) == encaps.end();
  }

  void limits_nobody_looks_at() {
    const auto looks = std::ranges::find_if(scenario_.expectations, [](const Expectation& each) {
      const auto* invariant = std::get_if<InvariantCheck>(&each.check);
      return invariant != nullptr && invariant->name == "tables-fit";
    });
    const auto limited = std::ranges::find_if(scenario_.physical_routers, [](const auto& each) {
      return each.second.limits.routes != 0 || each.second.limits.tunnels != 0;
    });
    const bool looked_at = looks != scenario_.expectations.end();
    const bool any = limited != scenario_.physical_routers.end();
    if (any && !looked_at)
      faults_.add(place(Kind::physical_router, limited->first) + "/table-limits",
                  "nothing looks at these limits; expect the \"invariant\": \"tables-fit\"",
                  Sources::Of::key);
    if (looked_at && !any)
      faults_.add("/expect/" + std::to_string(looks - scenario_.expectations.begin()),
                  in_quotes(looks->id) +
                      " always holds: no router has \"table-limits\" for routes "
                      "or tunnels");
  }

  void unused_pools() {
    std::set<std::pair<std::string, std::string>> used;  // network, pool as interfaces write it
    for (const Scenario& state : states_)
      for (const auto& [name, machine] : state.machines)
        for (const auto& [interface_name, interface] : machine.interfaces)
          for (const config::FloatingIp& floating : interface.floating_ips)
            used.insert({floating.network, ""});
    const auto networks = scenario_.document.find("virtual-networks");
    if (networks == scenario_.document.end()) return;
    for (const auto& [key, net] : networks->items())
      if (const auto pools = net.find("floating-ip-pools");
          pools != net.end() && !used.contains({full_name(key), ""}))
        for (const auto& [pool, value] : pools->items())
          faults_.add("/virtual-networks/" + pointer_token(key) + "/floating-ip-pools/" +
                          pointer_token(pool),
                      "no machine takes an address from pool " + in_quotes(pool), Sources::Of::key);
  }

  void idle_nodes() {
    const SessionGraph graph{scenario_};
    for (const auto& [name, router] : scenario_.bgp_routers)
      if (graph.sessions_of(name) == 0)
        warn(Kind::bgp_router, name,
             std::string{router.type == RouterType::control_node ? "control node " : "router "} +
                 in_quotes(name) + " has no session: nobody can reach what it knows");
    std::set<std::string> used;
    for (const Scenario& state : states_)
      for (const auto& [name, machine] : state.machines) used.insert(machine.virtual_router);
    std::vector<std::string> idle;
    for (const auto& [name, router] : scenario_.virtual_routers) {
      if (router.control_nodes.empty())
        warn(Kind::virtual_router, name,
             "vRouter " + in_quotes(name) + " has no control node: it will learn no route");
      if (!used.contains(name)) idle.push_back(name);
    }
    warn_of_each(Kind::virtual_router, idle, "no machine ever runs on vRouter ");
  }

  // Machines of one network on vRouters between which no chain of sessions carries a route.
  void split_networks() {
    std::map<std::string, std::size_t> component_of;  // by node
    for (std::size_t n = 0; const auto& names : SessionGraph{scenario_}.components()) {
      for (const std::string& name : names) component_of.emplace(name, n);
      ++n;
    }
    std::map<std::string, std::map<std::size_t, std::string>> reach;  // network -> component
    for (const auto& [name, machine] : states_.back().machines) {
      const auto at = component_of.find(machine.virtual_router);  // an event may have added it
      const std::size_t component = at == component_of.end() ? component_of.size() : at->second;
      for (const auto& [interface_name, interface] : machine.interfaces)
        reach[interface.network].emplace(component, machine.virtual_router);
    }
    for (const auto& [net, parts] : reach)
      if (parts.size() > 1)
        warn(Kind::virtual_network, net,
             "network " + in_quotes(net) + " has machines on " + in_quotes(parts.begin()->second) +
                 " and " + in_quotes(std::next(parts.begin())->second) +
                 ", but no chain of sessions joins their control nodes");
  }

  void repeated_targets() {
    for (const config::Network& net : scenario_.networks)
      for (const auto& [list, key] : {std::pair{&net.import_targets, "import-route-targets"},
                                      std::pair{&net.export_targets, "export-route-targets"}})
        for (const RouteTarget target : *list)
          if (std::ranges::find(net.targets, target) != net.targets.end())
            faults_.add(place(Kind::virtual_network, net.name) + '/' + key,
                        to_text(target) +
                            " is in \"route-targets\" already, which means both "
                            "directions");
  }

  void times_that_never_come() {
    const auto late = [&](const auto& list, const std::string& where) {
      for (std::size_t i = 0; i < list.size(); ++i)
        if (list[i].when.at && *list[i].when.at > scenario_.run.until)
          faults_.add(where + std::to_string(i) + "/at",
                      in_quotes(list[i].id) + " is due after the run has ended (\"until\": " +
                          to_text(scenario_.run.until) + ')');
    };
    late(scenario_.events, "/events/");
    late(scenario_.expectations, "/expect/");
  }

  void warn(Kind kind, const std::string& name, std::string message) {
    faults_.add(place(kind, name), std::move(message), Sources::Of::key);
  }

  // Of objects by the thousand the first stands for the others.
  void warn_of_each(Kind kind, const std::vector<std::string>& names, const std::string& what) {
    constexpr std::size_t many = 10;
    if (names.size() > many)
      return warn(kind, names.front(),
                  what + in_quotes(names.front()) + ", and " + std::to_string(names.size() - 1) +
                      " more like it");
    for (const std::string& name : names) warn(kind, name, what + in_quotes(name));
  }

  const Scenario& scenario_;
  Faults& faults_;
  std::vector<Scenario> states_;
};

}  // namespace

std::vector<Fault> lint(const Scenario& scenario) {
  // Places come from the file as it is now; overlays are not at hand any more.
  const Document document = read_document(scenario.file, {});
  Faults faults{document.sources};
  Linter{scenario, faults}.run();
  auto out = faults.take();
  for (Fault& fault : out)
    if (fault.file.empty()) fault.file = scenario.file;
  return out;
}

}  // namespace tflab::scenario
