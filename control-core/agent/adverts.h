#pragma once
// What this vrouter tells its control nodes: a pure function of configuration and interfaces. Both
// control nodes are told the same, except that one of them builds the multicast trees, and that
// each has its own block of labels for them.

#include <compare>
#include <map>
#include <optional>

#include "control-core/agent/preferences.h"
#include "control-core/agent/vm_interfaces.h"
#include "control-core/agent/vrfs.h"
#include "control-core/config/model.h"
#include "control-core/types/nlri.h"
#include "control-core/xmpp/item.h"

namespace tflab::agent {

// Declaration order is the order in which things are told: a fabric-forwarded route in the master
// instance comes after the route it stands for.
struct AdvertKey {
  bool master = false;
  VrfId vrf;
  Family family = Family::inet;
  Nlri nlri;
  std::optional<VrfId> native;  // in the master instance: the VRF the route belongs to
  friend auto operator<=>(const AdvertKey&, const AdvertKey&) = default;
};
using Adverts = std::map<AdvertKey, xmpp::Item>;

// vhost0's two labels: it is the port of the ip-fabric network.
struct HostLabels {
  std::optional<Label> label, bridge_label;
};

Adverts adverts_of(const config::Vrouter& config, const Vrfs& vrfs, const VmInterfaces& interfaces,
                   const Preferences& preferences, const HostLabels& host);

// The item as the control node in this place is told.
xmpp::Item for_control_node(const xmpp::Item& item, std::size_t slot);

}  // namespace tflab::agent
