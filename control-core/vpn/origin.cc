#include "control-core/vpn/origin.h"

#include <algorithm>

namespace tflab::vpn {

std::optional<std::uint32_t> origin_vn(const Attributes& attributes, Asn our_as) {
  for (ExtCommunity community : attributes.ext_communities) {
    const auto id = community.as_origin_vn();
    if (id && (community.origin_vn_as() == our_as || *id >= first_global_network_id)) return id;
  }
  return {};
}

void set_origin_vn(Attributes& attributes, Asn our_as, std::optional<std::uint32_t> network_id) {
  auto& all = attributes.ext_communities;
  std::erase_if(all, [](ExtCommunity c) { return c.as_origin_vn().has_value(); });
  if (network_id) all.push_back(ExtCommunity::origin_vn(our_as, *network_id));
}

void add_targets(Attributes& attributes, const std::vector<RouteTarget>& targets) {
  auto& all = attributes.ext_communities;
  for (RouteTarget target : targets) {
    const ExtCommunity community = ExtCommunity::target(target);
    if (std::ranges::find(all, community) == all.end()) all.push_back(community);
  }
}

}  // namespace tflab::vpn
