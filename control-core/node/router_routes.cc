#include "control-core/node/router_routes.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "control-core/node/agent_routes.h"
#include "control-core/node/core.h"

namespace tflab::node {
namespace {

std::optional<RouterPath> path_of(const rib::Path& path) {
  const IpAddr& hop = path.attributes->next_hop;
  if (!path.peer || !hop.is_v4()) return {};
  for (const Encap encap : encaps_of(*path.attributes, path.label))
    if (encap == Encap::gre || encap == Encap::udp) return RouterPath{hop.v4(), encap, path.label};
  return {};
}

std::vector<RouterPath> paths_of(const rib::Destination& destination) {
  std::vector<RouterPath> out;
  for (std::size_t i = 0; i < destination.equal_cost_paths(); ++i)
    if (const auto path = path_of(destination.paths[i])) out.push_back(*path);
  std::ranges::sort(out);
  const auto again = std::ranges::unique(out);
  out.erase(again.begin(), again.end());
  return out;
}

}  // namespace

std::vector<RouterRoute> router_routes(const Core& core) {
  std::vector<RouterRoute> out;
  for (const config::Vrf& vrf : core.config.vrfs) {
    const vpn::Instance* instance = core.routing->find(vrf.name);
    if (!instance) continue;
    for (const auto& [nlri, destination] : instance->table(Family::inet)->rows())
      if (auto paths = paths_of(destination); !paths.empty())
        out.push_back({vrf.name, std::get<InetRoute>(nlri).prefix, std::move(paths)});
  }
  return out;
}

}  // namespace tflab::node
