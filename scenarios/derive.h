#pragma once
// What each node of a scenario is told: the scenario as seen by one control node or one vRouter.

#include <map>
#include <string>
#include <string_view>

#include "control-core/config/model.h"
#include "scenarios/model.h"

namespace tflab::scenario {

config::Fabric fabric_of(const Scenario& scenario);
config::ControlNode control_node(const Scenario& scenario, std::string_view name);
config::Vrouter vrouter(const Scenario& scenario, std::string_view name);
// All of them, by name: asking for one after the other would search the machines each time.
std::map<std::string, config::Vrouter> vrouters(const Scenario& scenario);

// What a leaf of a clos underlay is called by all who are connected to it.
inline constexpr Ip4 leaf_address{0xa9fe0001};  // 169.254.0.1

}  // namespace tflab::scenario
