#include "scenarios/hardware.h"

#include <set>

#include "control-core/base/text.h"
#include "scenarios/observe.h"

namespace tflab::scenario {
namespace {

// What a VRF forwards by. One with a VNI does so by EVPN routes of type 5 (RFC 9136), whatever
// other EVPN routes its targets bring.
std::vector<std::string> tables_of(const config::Vrf& vrf) {
  if (vrf.vni != 0) return {vrf.name + ".evpn.0"};
  return {vrf.name + ".inet.0", vrf.name + ".inet6.0"};
}

std::optional<IpPrefix> forwarded(const config::Vrf& vrf, const RouteRow& row) {
  if (vrf.vni == 0) return parse_prefix(row.prefix);
  const auto nlri = parse_nlri(Family::evpn, row.prefix);
  const auto* route = nlri ? std::get_if<EvpnRoute>(&*nlri) : nullptr;
  if (route == nullptr || route->type != EvpnRoute::ip_prefix) return {};
  return route->prefix;
}

// The VRFs of a router, one after the other.
class Counting {
public:
  // False: the router does not answer.
  bool add(Lab& lab, const NodeRef& router, const config::Vrf& vrf) {
    std::set<IpPrefix> prefixes;  // in EVPN one may come with several distinguishers
    for (const std::string& table : tables_of(vrf)) {
      const auto rows = routes(lab, router, {{"routing_table", table}});
      if (!rows) return false;
      for (const RouteRow& row : *rows) {
        if (row.table != table) continue;  // gobgpd's pages have all there is, whatever is asked
        const auto prefix = forwarded(vrf, row);
        if (!prefix) continue;
        prefixes.insert(*prefix);
        add_next_hops(row);
      }
    }
    routes_ += prefixes.size();
    return true;
  }
  HardwareTables tables() const { return {routes_, next_hops_.size()}; }

private:
  // What the router itself announces leads into no tunnel.
  void add_next_hops(const RouteRow& row) {
    for (const PathRow& path : row.paths)
      if (path.protocol == "BGP") next_hops_.insert(path.next_hop);
  }

  std::size_t routes_ = 0;
  std::set<std::string> next_hops_;
};

// Empty: there is room.
std::string shortage(std::string_view what, std::size_t needed, std::uint32_t limit) {
  if (limit == 0 || needed <= limit) return {};
  return "needs room for " + std::to_string(needed) + ' ' + std::string{what} +
         ", its hardware has it for " + std::to_string(limit) + ": " +
         std::to_string(needed - limit) + " would not be programmed";
}

}  // namespace

std::optional<HardwareTables> hardware_tables(const Scenario& scenario, const std::string& router,
                                              Lab& lab) {
  Counting counting;
  for (const config::Vrf& vrf : find(scenario.physical_routers, router)->vrfs)
    if (!counting.add(lab, {NodeRef::router, router}, vrf)) return {};
  return counting.tables();
}

std::vector<std::string> overfull_tables(const Scenario& scenario, Lab& lab) {
  std::vector<std::string> faults;
  const auto fault = [&](const std::string& router, const std::string& what) {
    if (!what.empty()) faults.push_back(router + ' ' + what);
  };
  for (const auto& [name, router] : scenario.physical_routers) {
    if (router.limits == TableLimits{}) continue;
    const auto needed = hardware_tables(scenario, name, lab);
    if (!needed) {
      fault(name, "does not answer");
      continue;
    }
    fault(name, shortage("routes", needed->routes, router.limits.routes));
    fault(name, shortage("tunnels", needed->tunnels, router.limits.tunnels));
  }
  return faults;
}

}  // namespace tflab::scenario
