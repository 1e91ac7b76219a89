#pragma once
// The oracle's description of a world as the configuration of its nodes. The only place where the
// two meet.

#include "control-core/config/model.h"
#include "scenarios/oracle/oracle.h"

namespace tflab::swarm {

config::ControlNode control_node(const oracle::World& world, const std::string& name,
                                 bool graceful);
config::Vrouter vrouter(const oracle::World& world, const oracle::Agent& agent, bool graceful);

// Of a BGP router: what its sessions speak.
std::vector<Family> families(const oracle::Peering& peering);

}  // namespace tflab::swarm
