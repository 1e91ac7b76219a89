#include "control-core/config/target_filtering.h"

#include <algorithm>

namespace tflab::config {

std::vector<Family> families_for(const ControlNode& node, const PeerTerms& peer) {
  std::vector<Family> out = peer.families;
  if (node.target_filtering == TargetFiltering::off) std::erase(out, Family::route_target);
  return out;
}

// iBGP peers hear of each other's interest from a reflector (RFC 4456), other ASes from whoever is
// their neighbour.
bool between_peers(const ControlNode& node) {
  const auto external = [&](const PeerTerms& peer) { return peer.as != node.as; };
  return node.cluster_id || std::ranges::any_of(node.peers, external) ||
         std::ranges::any_of(node.peer_ranges, external);
}

}  // namespace tflab::config
