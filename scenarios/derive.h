#pragma once
// What each node of a scenario is told: the scenario as seen by one control node or one vRouter.

#include <string_view>

#include "control-core/config/model.h"
#include "scenarios/model.h"

namespace tflab::scenario {

config::Fabric fabric_of(const Scenario& scenario);
config::ControlNode control_node(const Scenario& scenario, std::string_view name);
config::Vrouter vrouter(const Scenario& scenario, std::string_view name);

}  // namespace tflab::scenario
