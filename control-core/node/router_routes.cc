#include "control-core/node/router_routes.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "control-core/node/agent_routes.h"
#include "control-core/node/core.h"

namespace tflab::node {
namespace {

std::optional<RouterPath> by_label(const rib::Path& path) {
  for (const Encap encap : encaps_of(*path.attributes, path.label))
    if (encap == Encap::gre || encap == Encap::udp)
      return RouterPath{path.attributes->next_hop.v4(), encap, path.label};
  return {};
}

std::optional<RouterPath> by_vni(const rib::Path& path) {
  const auto mac = router_mac(*path.attributes);
  const auto encaps = encaps_of(*path.attributes, path.label);
  if (!mac || std::ranges::find(encaps, Encap::vxlan) == encaps.end()) return {};
  return RouterPath{path.attributes->next_hop.v4(), Encap::vxlan, path.label, *mac};
}

std::vector<RouterPath> paths_of(const config::Vrf& vrf, const rib::Destination& destination) {
  std::vector<RouterPath> out;
  for (std::size_t i = 0; i < destination.equal_cost_paths(); ++i) {
    const rib::Path& each = destination.paths[i];
    if (!each.peer || !each.attributes->next_hop.is_v4()) continue;
    if (const auto path = vrf.vni != 0 ? by_vni(each) : by_label(each)) out.push_back(*path);
  }
  std::ranges::sort(out);
  const auto again = std::ranges::unique(out);
  out.erase(again.begin(), again.end());
  return out;
}

std::optional<IpPrefix> prefix_of(const Nlri& nlri) {
  if (const auto* route = std::get_if<InetRoute>(&nlri)) return route->prefix;
  const auto& route = std::get<EvpnRoute>(nlri);
  if (route.type != EvpnRoute::ip_prefix || !route.prefix.base().is_v4()) return {};
  return route.prefix;
}

}  // namespace

std::vector<RouterRoute> router_routes(const Core& core) {
  std::vector<RouterRoute> out;
  for (const config::Vrf& vrf : core.config.vrfs) {
    const vpn::Instance* instance = core.routing->find(vrf.name);
    if (!instance) continue;
    const Family family = vrf.vni != 0 ? Family::evpn : Family::inet;
    for (const auto& [nlri, destination] : instance->table(family)->rows())
      if (const auto prefix = prefix_of(nlri))
        if (auto paths = paths_of(vrf, destination); !paths.empty())
          out.push_back({vrf.name, *prefix, std::move(paths)});
  }
  return out;
}

}  // namespace tflab::node
