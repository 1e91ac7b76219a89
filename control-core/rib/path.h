#pragma once
// One way to reach a destination: attributes, where it came from, and why it is not the best.

#include <boost/container/small_vector.hpp>

#include <compare>
#include <cstdint>
#include <string_view>

#include "control-core/rib/peer.h"
#include "control-core/types/attributes.h"
#include "vrouter-core/base/instant.h"

namespace tflab::rib {

using TableId = Id<struct TableTag, std::uint32_t>;  // 0: none

// The order is that of preference, worst first; bgp and xmpp are equals (best_path.cc).
enum class Source : std::uint8_t { bgp, xmpp, service_chain, static_route, aggregate, local };
std::string_view to_text(Source source);  // BGP, XMPP, ServiceChain, StaticRoute, Aggregate, Local

// Bits of Path::flags, in the order in which they are shown.
enum Flag : std::uint16_t {
  as_path_looped = 1 << 0,
  no_neighbor_as = 1 << 1,
  stale = 1 << 2,
  no_tunnel_encap = 1 << 3,
  originator_id_looped = 1 << 4,
  resolve_nexthop = 1 << 5,
  resolved_path = 1 << 6,
  routing_policy_reject = 1 << 7,
  llgr_stale = 1 << 8,
  cluster_list_looped = 1 << 9,
  aliased_path = 1 << 10,
  check_global_ermvpn_route = 1 << 11
};
inline constexpr std::uint16_t infeasible_flags =
    as_path_looped | no_neighbor_as | no_tunnel_encap | originator_id_looped | resolve_nexthop |
    routing_policy_reject | cluster_list_looped | check_global_ermvpn_route;
std::string_view to_text(Flag flag);  // AsPathLooped, NoNeighborAs, ...

// The rule by which a path lost to the best one; `equal` to the last rule of all.
enum class Lost : std::uint8_t {
  none,
  infeasible,
  local_pref,
  etree_leaf,
  not_sticky,
  sequence,
  llgr_stale,
  as_path,
  origin,
  med,
  aliased,
  service_chain_as_path,
  not_local,
  source,
  local_path_id,
  not_xmpp,
  not_ebgp,
  path_id,
  router_id,
  cluster_list,
  peer,
  equal
};
std::string_view to_text(Lost lost);

// Tells the paths of one destination apart. A new path with the key of an old one replaces it.
// Table ids tell of the past, so they come last where order is asked for.
struct PathKey {
  RouteDistinguisher rd;  // of the copied route, so that two VPN routes are two paths of a VRF
  PeerId peer;
  Source source = Source::local;
  std::uint32_t path_id = 0;
  TableId primary;  // the table a replicated path was copied from; 0: not replicated
  friend auto operator<=>(const PathKey&, const PathKey&) = default;
};

struct Path {
  PathKey key;
  const Peer* peer = nullptr;  // null: originated here
  AttributesRef attributes;    // interned: equal sets are one object
  std::uint32_t label = 0;
  std::uint16_t flags = 0;
  Lost lost = Lost::none;  // none: the best
  Instant changed;

  bool feasible() const { return (flags & infeasible_flags) == 0; }
  bool replicated() const { return key.primary != TableId{}; }
};

// Most destinations have one path, or two of an agent's two control nodes; they stand in the
// destination itself.
using Paths = boost::container::small_vector<Path, 2>;

}  // namespace tflab::rib
