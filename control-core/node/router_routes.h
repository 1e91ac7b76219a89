#pragma once
// What a router (config::Vrf) forwards by: the ways out of its VRFs, each a label to put on and a
// tunnel to who gave it; of a VRF with a VNI, those of EVPN type 5. Whoever is the router's data
// plane is told these and nothing else.

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "control-core/types/community.h"
#include "vrouter-core/base/addr.h"

namespace tflab::node {

struct Core;

struct RouterPath {
  Ip4 next_hop;
  Encap encap = Encap::gre;  // gre or udp: the first of the path's that carries labels; or vxlan
  std::uint32_t label = 0;   // with vxlan a VNI
  Mac mac{};                 // with vxlan: of who routes there
  friend auto operator<=>(const RouterPath&, const RouterPath&) = default;
};
struct RouterRoute {
  std::string vrf;
  IpPrefix prefix;
  std::vector<RouterPath> paths;  // equally good ones, in order; never empty
  friend bool operator==(const RouterRoute&, const RouterRoute&) = default;
};

// In order of VRF and prefix. What the router announces itself is not among them.
std::vector<RouterRoute> router_routes(const Core& core);

}  // namespace tflab::node
