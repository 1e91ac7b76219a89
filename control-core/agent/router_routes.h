#pragma once
// Logical routers with VXLAN routing, as far as control nodes tell of them: EVPN routes of type 5
// (RFC 9136) told in a router's VRF are routes of that VRF, and what is more than an address leads
// there from the VRFs of the router's networks. What configuration alone says of routers is among
// the wanted routes.

#include <map>
#include <vector>

#include "control-core/agent/l2_routes.h"
#include "control-core/agent/routes.h"
#include "control-core/agent/vrfs.h"
#include "control-core/config/model.h"
#include "control-core/types/intern.h"
#include "control-core/xmpp/item.h"

namespace tflab::agent {

// A router's VRF, and those of its networks that are here.
using Routers = std::map<VrfId, std::vector<VrfId>>;
Routers routers_of(const config::Vrouter& config, const Vrfs& vrfs);

class RouterRoutes {
public:
  RouterRoutes(Routes& routes, const L2Routes& told) : routes_{routes}, told_{told} {}

  // Nothing leads to, or stands in, the VRF of a router that is left out.
  void set_routers(Routers next);
  // What was told about these has changed.
  void look_again(const std::vector<RoutedPrefix>& changed);

private:
  void look_at(const RoutedPrefix& routed);
  void lead_from(const RoutedPrefix& routed, const std::vector<VrfId>& networks);

  Routes& routes_;
  const L2Routes& told_;
  InternPool<xmpp::Item> items_;
  Routers routers_;
  std::map<RoutedPrefix, std::vector<VrfId>> leading_;  // from where
};

}  // namespace tflab::agent
