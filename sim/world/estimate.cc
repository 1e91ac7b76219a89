#include "sim/world/estimate.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "scenarios/derive.h"

namespace tflab::sim {
namespace {

constexpr std::uint64_t at_all = 60'000'000, each_vrouter = 800'000, each_agent_route = 230,
                        each_path = 300, each_instance = 8'000;

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
  return at_all + vrouters * each_vrouter + agent_routes * each_agent_route +
         node_paths * each_path + instances * each_instance;
}

Estimate estimate_of(const scenario::Scenario& scenario) {
  Joined joined{scenario};
  std::map<std::string_view, std::uint64_t> routes;                 // of joined networks
  std::map<std::string_view, std::set<std::string_view>> networks;  // of each vRouter
  std::uint64_t all_routes = 0;
  for (const auto& [name, machine] : scenario.machines)
    for (const auto& [interface_name, interface] : machine.interfaces) {
      const std::uint64_t addresses =
          addresses_of(scenario, interface).size() + interface.floating_ips.size();
      routes[joined.of(interface.network)] += addresses;
      all_routes += addresses;
      networks[machine.virtual_router].insert(joined.of(interface.network));
    }
  Estimate out{.vrouters = scenario.virtual_routers.size()};
  // Every vRouter has all others' own addresses, in ip-fabric.
  const std::uint64_t own_addresses = scenario.vhost0_in_ip_fabric ? out.vrouters : 0;
  out.agent_routes = out.vrouters * own_addresses;
  for (const auto& [vrouter, own] : networks)
    for (const std::string_view network : own) out.agent_routes += routes[network];
  out.instances = scenario.bgp_routers.size() * scenario.networks.size();
  // As VPN route and in the VRF, and once more as MAC.
  constexpr std::uint64_t forms = 3;
  out.node_paths = scenario.bgp_routers.size() * forms * (all_routes + own_addresses);
  return out;
}

}  // namespace tflab::sim
