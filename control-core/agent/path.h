#pragma once
// The ways to one prefix of a VRF and the choice among them, which is made anew whenever one of
// them changes.

#include <boost/container/static_vector.hpp>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "control-core/agent/labels.h"
#include "control-core/agent/nexthops.h"
#include "control-core/agent/underlay.h"
#include "control-core/xmpp/item.h"
#include "vrouter-core/base/addr.h"

namespace tflab::agent {

// Who says so, the one to believe first. Control nodes are equals: see best_path().
enum class Source : std::uint8_t {
  link_local,  // what every machine reaches under a link-local address
  local,       // an interface of this vrouter
  neighbour,   // resolved by ARP
  control_0,
  control_1,
  router,         // told in the VRF of a logical router: by EVPN, for this or for that VRF
  router_subnet,  // of another network of the same logical router
  standby,        // an interface of this vrouter that waits for others to leave the address to it
  fixed,          // what holds when nobody says better: subnets, defaults
  count
};
constexpr Source source_of_control_node(std::size_t slot) {
  return slot == 0 ? Source::control_0 : Source::control_1;
}
constexpr bool from_control_node(Source source) {
  return source == Source::control_0 || source == Source::control_1;
}
constexpr std::size_t slot_of(Source control_node) {
  return control_node == Source::control_0 ? 0 : 1;
}

// What a route forwards with.
struct Forward {
  NexthopKey nexthop;
  Label label;
  std::uint16_t flags = 0;  // vr::RouteFlag; of frames vr::MacFlag
  Vni vni{};                // instead of a label, in VXLAN
  friend auto operator<=>(const Forward&, const Forward&) = default;
};

// A look at what a source says; the destination has it.
struct Path {
  Source source{};
  bool stale = false;                       // its session is down
  const Forward* forward = nullptr;         // of those without an item
  const xmpp::UnicastItem* item = nullptr;  // what control nodes say
};
inline Path path_by(Source source, const Forward& forward) {
  return {.source = source, .forward = &forward};
}
inline Path path_by(Source source, const xmpp::UnicastItem& item, bool stale = false) {
  return {.source = source, .stale = stale, .item = &item};
}
using Paths = boost::container::static_vector<Path, static_cast<std::size_t>(Source::count)>;

// What is needed to read a next hop.
struct PathContext {
  const Underlay& underlay;
  const std::vector<Encap>& encaps;  // in order of preference
  const Labels& labels;
};

// How packets get to a next hop a control node named; nothing: they do not.
//  - offered in VXLAN with the MAC of a router (EVPN type 5): to that router, if it is another;
//  - our own address: where the label leads here, so that addresses of our machines that are leaked
//    into other VRFs are reached without a tunnel;
//  - in the fabric VRF, or when only `native` is offered: the neighbour, untunnelled;
//  - otherwise a tunnel, the first of ours that the far end offers.
std::optional<Forward> forward_to(const xmpp::NextHop& hop, VrfId vrf, const PathContext& context);
// How frames get to a next hop: in a tunnel, with the VNI or the label it names. Not to ourselves:
// a machine of ours is known without being told.
std::optional<Forward> bridge_to(const xmpp::NextHop& hop, const PathContext& context);
// Every usable next hop of the path, each once and at most this many.
inline constexpr std::size_t most_ways = 64;
std::vector<Forward> forwards_of(const Path& path, VrfId vrf, const PathContext& context);
// How the path forwards: by its one next hop, or by an ECMP nexthop that chooses among them.
std::optional<Forward> forward_of(const Path& path, VrfId vrf, const PathContext& context);

struct Best {
  std::size_t path = 0;  // index
  Forward forward;
};
// The usable path with the first source; among control nodes one that is not stale, then the
// higher local preference, then the first control node. Paths are in order of their source.
std::optional<Best> best_path(const Paths& paths, VrfId vrf, const PathContext& context);

}  // namespace tflab::agent
