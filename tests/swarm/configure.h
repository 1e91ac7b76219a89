#pragma once
// The oracle's description of a world as the configuration of its nodes. The only place where the
// two meet.

#include "control-core/config/model.h"
#include "tests/swarm/random_world.h"

namespace tflab::swarm {

// A router with VRFs is one, too.
config::ControlNode control_node(const World& world, const std::string& name);
config::Vrouter vrouter(const World& world, const oracle::Agent& agent);

// Of a peering: what its session speaks.
std::vector<Family> families(const World& world, const oracle::Peering& peering);

}  // namespace tflab::swarm
