#include "sim/world/estimate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

namespace tflab::sim {
namespace {

constexpr std::uint64_t at_all = 60'000'000, each_vrouter = 98'000, each_interface = 27'000,
                        each_agent_route = 46, each_far_end = 104, each_node_route = 700,
                        each_instance = 5'600;

// So many routes lead to so many vRouters, if chance has placed the machines.
std::uint64_t far_ends_of(std::uint64_t routes, std::uint64_t vrouters) {
  const auto all = static_cast<double>(vrouters);
  return static_cast<std::uint64_t>(all * -std::expm1(-static_cast<double>(routes) / all));
}

using Networks = std::set<std::string_view>;

// Networks whose routes are in each other's VRFs, by the first of them.
class Joined {
public:
  explicit Joined(const scenario::Scenario& scenario) {
    for (const config::Network& network : scenario.networks) first_[network.name] = network.name;
    for (const auto& [name, policy] : scenario.policies)
      for (const config::PolicyRule& rule : policy.rules)
        if (rule.pass) join(rule.src, rule.dst);
  }
  std::string_view of(std::string_view network) {
    const auto at = first_.find(network);
    if (at == first_.end() || at->second == network) return network;
    return at->second = of(at->second);
  }

private:
  void join(std::string_view a, std::string_view b) {
    if (first_.contains(a) && first_.contains(b)) first_[of(b)] = of(a);
  }
  std::map<std::string_view, std::string_view> first_;
};

// Routes of a run by where they come from, and who holds them.
class Tables {
public:
  explicit Tables(const scenario::Scenario& scenario) : scenario_{scenario}, joined_{scenario} {
    for (const auto& [name, machine] : scenario.machines)
      for (const auto& [interface_name, interface] : machine.interfaces) {
        const std::uint64_t addresses =
            1 + (interface.address6 ? 1 : 0) + interface.allowed_pairs.size() +
            interface.shared_addresses.size() + interface.floating_ips.size();
        const std::string_view network = joined_.of(interface.network);
        routes_[network] += addresses;
        all_ += addresses;
        on_vrouter_[machine.virtual_router].insert(network);
        ++interfaces_;
      }
    for (const auto& [name, router] : scenario.virtual_routers)
      if (const auto at = on_vrouter_.find(name); at != on_vrouter_.end())
        for (const std::string& node : router.control_nodes)
          wanted_[node].insert(at->second.begin(), at->second.end());
  }

  std::uint64_t interfaces() const { return interfaces_; }
  const auto& on_vrouters() const { return on_vrouter_; }
  std::uint64_t of(const Networks& networks) const {
    std::uint64_t sum = 0;
    for (const std::string_view network : networks)
      if (const auto at = routes_.find(network); at != routes_.end()) sum += at->second;
    return sum;
  }

  // As VPN routes and in VRFs. Who has no agents stands between others, and is told what any of
  // them wants: that may be all.
  std::uint64_t in_control_node(const std::string& name, std::uint64_t own_addresses) const {
    const auto wanted = wanted_.find(name);
    const bool all =
        scenario_.target_filtering == config::TargetFiltering::off || wanted == wanted_.end();
    if (!all) return tables * (of(wanted->second) + own_addresses);
    return tables * (all_ + own_addresses) + announced_by_routers();
  }
  std::uint64_t in_router(const scenario::PhysicalRouter& router) {
    Networks networks;
    for (const std::string& network : router.networks) networks.insert(joined_.of(network));
    std::uint64_t sum = of(networks);
    for (const auto& [name, other] : scenario_.physical_routers)
      for (const config::Vrf& vrf : other.vrfs)
        if (&other == &router || imports_of(router, vrf)) sum += vrf.prefixes.size();
    return tables * sum;
  }

private:
  static constexpr std::uint64_t tables = 2;

  static bool imports_of(const scenario::PhysicalRouter& router, const config::Vrf& vrf) {
    return std::ranges::any_of(router.vrfs, [&](const config::Vrf& own) {
      return std::ranges::find_first_of(own.import_targets, vrf.export_targets) !=
             own.import_targets.end();
    });
  }
  std::uint64_t announced_by_routers() const {
    std::uint64_t sum = 0;
    for (const auto& [name, router] : scenario_.physical_routers)
      for (const config::Vrf& vrf : router.vrfs) sum += vrf.prefixes.size();
    return sum;
  }

  const scenario::Scenario& scenario_;
  Joined joined_;
  std::map<std::string_view, std::uint64_t> routes_;          // of joined networks
  std::map<std::string_view, Networks> on_vrouter_, wanted_;  // the latter by control node
  std::uint64_t all_ = 0, interfaces_ = 0;
};

}  // namespace

std::uint64_t Estimate::octets() const {
  return at_all + vrouters * each_vrouter + interfaces * each_interface +
         agent_routes * each_agent_route + far_ends * each_far_end + node_routes * each_node_route +
         instances * each_instance;
}

Estimate estimate_of(const scenario::Scenario& scenario) {
  Tables tables{scenario};
  Estimate out{.vrouters = scenario.virtual_routers.size(), .interfaces = tables.interfaces()};
  // Every vRouter has all others' own addresses, in ip-fabric.
  const std::uint64_t own_addresses = scenario.vhost0_in_ip_fabric ? out.vrouters : 0;
  out.agent_routes = out.far_ends = out.vrouters * own_addresses;
  for (const auto& [vrouter, networks] : tables.on_vrouters()) {
    const std::uint64_t routes = tables.of(networks);
    out.agent_routes += routes;
    if (own_addresses == 0) out.far_ends += far_ends_of(routes, out.vrouters);
  }
  for (const auto& [name, node] : scenario.bgp_routers) {
    if (const auto* router = find(scenario.physical_routers, name)) {
      out.node_routes += tables.in_router(*router);
    } else {
      out.node_routes += tables.in_control_node(name, own_addresses);
      out.instances += scenario.networks.size();
    }
  }
  return out;
}

}  // namespace tflab::sim
