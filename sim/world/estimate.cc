#include "sim/world/estimate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

namespace tflab::sim {
namespace {

constexpr std::uint64_t at_all = 60'000'000, each_vrouter = 109'000, each_interface = 27'000,
                        each_agent_route = 46, each_far_end = 104, each_node_route = 1'000,
                        each_instance = 14'000;

// So many routes lead to so many vRouters, if chance has placed the machines.
std::uint64_t far_ends_of(std::uint64_t routes, std::uint64_t vrouters) {
  const auto all = static_cast<double>(vrouters);
  return static_cast<std::uint64_t>(all * -std::expm1(-static_cast<double>(routes) / all));
}

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

}  // namespace

std::uint64_t Estimate::octets() const {
  return at_all + vrouters * each_vrouter + interfaces * each_interface +
         agent_routes * each_agent_route + far_ends * each_far_end + node_routes * each_node_route +
         instances * each_instance;
}

Estimate estimate_of(const scenario::Scenario& scenario) {
  Joined joined{scenario};
  std::map<std::string_view, std::uint64_t> routes;                 // of joined networks
  std::map<std::string_view, std::set<std::string_view>> networks;  // of each vRouter
  std::uint64_t all_routes = 0;
  Estimate out{.vrouters = scenario.virtual_routers.size()};
  for (const auto& [name, machine] : scenario.machines)
    for (const auto& [interface_name, interface] : machine.interfaces) {
      const std::uint64_t addresses =
          1 + (interface.address6 ? 1 : 0) + interface.allowed_pairs.size() +
          interface.shared_addresses.size() + interface.floating_ips.size();
      routes[joined.of(interface.network)] += addresses;
      all_routes += addresses;
      networks[machine.virtual_router].insert(joined.of(interface.network));
      ++out.interfaces;
    }
  // Every vRouter has all others' own addresses, in ip-fabric.
  const std::uint64_t own_addresses = scenario.vhost0_in_ip_fabric ? out.vrouters : 0;
  out.agent_routes = out.far_ends = out.vrouters * own_addresses;
  for (const auto& [vrouter, own] : networks) {
    std::uint64_t of_this = 0;
    for (const std::string_view network : own) of_this += routes[network];
    out.agent_routes += of_this;
    if (own_addresses == 0) out.far_ends += far_ends_of(of_this, out.vrouters);
  }
  out.instances = scenario.bgp_routers.size() * scenario.networks.size();
  // As VPN route and in the VRF.
  constexpr std::uint64_t tables = 2;
  out.node_routes = scenario.bgp_routers.size() * tables * (all_routes + own_addresses);
  return out;
}

}  // namespace tflab::sim
