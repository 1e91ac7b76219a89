#pragma once
// Which network a route began in: the OriginVn community, by which EVPN and multicast routes are
// kept inside their network and agents learn the network of what they reach.

#include <cstdint>
#include <optional>

#include "control-core/types/attributes.h"

namespace tflab::vpn {

// Network ids from here on mean the same in every autonomous system.
inline constexpr std::uint32_t first_global_network_id = 8'000'000;

// The network id, if the community is there and is to be believed: our own AS's, or a global id.
std::optional<std::uint32_t> origin_vn(const Attributes& attributes, Asn our_as);
// Any other OriginVn goes; absent: none stays.
void set_origin_vn(Attributes& attributes, Asn our_as, std::optional<std::uint32_t> network_id);
void add_targets(Attributes& attributes, const std::vector<RouteTarget>& targets);

}  // namespace tflab::vpn
