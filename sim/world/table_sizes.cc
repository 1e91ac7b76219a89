#include "sim/world/table_sizes.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace tflab::sim {

TableSizes::TableSizes(const scenario::Scenario& scenario)
    : vrouters_{static_cast<std::uint32_t>(scenario.virtual_routers.size())},
      own_addresses_{scenario.vhost0_in_ip_fabric ? vrouters_ : 0} {
  for (const auto& [name, machine] : scenario.machines)
    for (const auto& [interface_name, interface] : machine.interfaces) {
      ++ports_;
      ++ports_of_[interface.network];
    }
  for (const config::Network& network : scenario.networks)
    if (!network.policies.empty() || !network.import_targets.empty()) joined_ = true;
  if (!scenario.logical_routers.empty()) joined_ = true;
}

vr::Limits TableSizes::of(const config::Vrouter& config) const {
  constexpr std::uint32_t lab = 1000, least = 512, lengths = 32;
  vr::Limits limits{.flows = 16384, .fragments = 1024, .held_pieces = 64};
  if (ports_ <= lab && vrouters_ <= lab) return limits;
  std::set<std::string_view> own;
  for (const config::Port& port : config.ports) own.insert(port.network);
  std::uint32_t routes = own_addresses_ + (joined_ ? ports_ : 0);
  if (!joined_)
    for (const std::string_view network : own) routes += ports_of_.find(network)->second;
  const auto vrfs = static_cast<std::uint32_t>(own.size()) + 1;
  limits.routes4 = std::max(least, routes + routes / 8) + lengths * vrfs;
  limits.nexthops = std::max(limits.nexthops, limits.routes4);
  return limits;
}

}  // namespace tflab::sim
