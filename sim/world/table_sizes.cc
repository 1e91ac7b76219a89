#include "sim/world/table_sizes.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <variant>

namespace tflab::sim {
namespace {

bool changes_what_vrouters_know(const scenario::Event& event) {
  const auto& does = event.action;
  return std::holds_alternative<scenario::AddObjects>(does) ||
         std::holds_alternative<scenario::Patch>(does) ||
         std::holds_alternative<scenario::Move>(does) ||
         std::holds_alternative<scenario::Announce>(does) ||
         std::holds_alternative<scenario::Originate>(does);
}

bool has_more_than_its_address(const scenario::Interface& interface) {
  return !interface.floating_ips.empty() || !interface.allowed_pairs.empty() ||
         !interface.shared_addresses.empty();
}

// How many prefixes routers say that they are the way to, by route target.
std::map<RouteTarget, std::uint32_t> told_by_routers(const scenario::Scenario& scenario) {
  std::map<RouteTarget, std::uint32_t> told;
  for (const auto& [name, router] : scenario.physical_routers)
    for (const config::Vrf& vrf : router.vrfs)
      for (const RouteTarget target : vrf.export_targets)
        told[target] += static_cast<std::uint32_t>(vrf.prefixes.size());
  return told;
}

}  // namespace

TableSizes::TableSizes(const scenario::Scenario& scenario)
    : vrouters_{static_cast<std::uint32_t>(scenario.virtual_routers.size())},
      own_addresses_{scenario.vhost0_in_ip_fabric ? vrouters_ : 0} {
  for (const auto& [name, machine] : scenario.machines)
    for (const auto& [interface_name, interface] : machine.interfaces) {
      ++ports_;
      ++routes_of_[interface.network];
      if (has_more_than_its_address(interface)) settled_ = false;
    }
  all_routes_ = ports_;
  const auto told = told_by_routers(scenario);
  for (const config::Network& network : scenario.networks) {
    if (!network.policies.empty() || !network.import_targets.empty()) joined_ = true;
    for (const auto* targets : {&network.targets, &network.import_targets})
      for (const RouteTarget target : *targets)
        if (const auto at = told.find(target); at != told.end()) {
          routes_of_[network.name] += at->second;
          all_routes_ += at->second;
        }
  }
  if (!scenario.logical_routers.empty()) joined_ = true;
  if (std::ranges::any_of(scenario.events, changes_what_vrouters_know)) settled_ = false;
}

vr::Limits TableSizes::of(const config::Vrouter& config) const {
  constexpr std::uint32_t lab = 1000, lengths = 32, spare = 16;
  vr::Limits limits{.flows = 16384, .fragments = 1024, .held_pieces = 64};
  if (ports_ <= lab && vrouters_ <= lab) return limits;
  std::set<std::string_view> own;
  for (const config::Port& port : config.ports) own.insert(port.network);
  std::uint32_t routes = own_addresses_ + (joined_ ? all_routes_ : 0);
  if (!joined_)
    for (const std::string_view network : own) routes += routes_of_.find(network)->second;
  const auto vrfs = static_cast<std::uint32_t>(own.size()) + 1;
  const std::uint32_t least = settled_ ? 64 : 512;
  limits.routes4 = std::max(least, routes + routes / 8) + lengths * vrfs;
  limits.nexthops = std::max(limits.nexthops, limits.routes4);
  if (!settled_) return limits;
  const auto ports = static_cast<std::uint32_t>(config.ports.size());
  limits.vifs = ports + spare;
  limits.vrfs = vrfs + spare;
  return limits;
}

}  // namespace tflab::sim
