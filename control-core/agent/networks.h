#pragma once
// What a vrouter's configuration says about its networks: which it needs, and how they forward.

#include <string>
#include <string_view>
#include <vector>

#include "control-core/config/model.h"

namespace tflab::agent {

const config::Network* find_network(const config::Fabric& fabric, std::string_view name);

inline bool layer2(const config::Network& network) {
  return network.forwarding != config::ForwardingMode::l3;
}
inline bool layer3(const config::Network& network) {
  return network.forwarding != config::ForwardingMode::l2;
}
// Gatewayless: what leaves the network for elsewhere goes untunnelled.
inline bool fabric_forwarded(const config::Network& network) {
  return !network.provider_network.empty();
}
// Only then do the network's addresses stand in the fabric VRF, and the source check lets packets
// from them out.
bool connected_with_fabric(const config::Fabric& fabric, const config::Network& network);

// The inside of the logical router with VXLAN routing that joins the network; null: none does.
const config::Network* router_of(const config::Fabric& fabric, std::string_view network);

// In order of first need: ip-fabric (vhost0's port), the ports' networks in order of ports, then
// the floating IPs' networks, then the insides of the ports' logical routers. Networks nobody
// configured are left out.
std::vector<const config::Network*> needed_networks(const config::Vrouter& config);

// What tunnels this vrouter offers for MPLS, in the original's fixed order.
std::vector<Encap> offered_encaps(const config::Vrouter& config);

}  // namespace tflab::agent
