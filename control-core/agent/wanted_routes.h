#pragma once
// The routes that follow from configuration and interfaces alone, no control node asked: machines,
// vhost0, subnets, the way to the fabric. A pure function; what changed is found by comparing.

#include <map>
#include <tuple>

#include "control-core/agent/path.h"
#include "control-core/agent/preferences.h"
#include "control-core/agent/underlay.h"
#include "control-core/agent/vm_interfaces.h"
#include "control-core/agent/vrfs.h"
#include "control-core/config/model.h"

namespace tflab::agent {

using WantedRoutes = std::map<std::tuple<VrfId, IpPrefix, Source>, Forward>;

// Of two machines with one address in one VRF it is the one that leads (preferences.h), or the
// first.
WantedRoutes wanted_routes(const config::Vrouter& config, const Vrfs& vrfs,
                           const VmInterfaces& interfaces, const Preferences& preferences);

}  // namespace tflab::agent
