#pragma once
// A lab at rest against the oracle: does every node hold what configuration alone dictates, given
// who is up, and nothing else? VPN routes of control nodes and routers by distinguisher and prefix,
// routes of vRouters as their forwarding tables have them, with where they lead. So a route that is
// missing is a black hole, and one too many a leak.

#include <string>
#include <vector>

#include "scenarios/lab.h"
#include "scenarios/model.h"

namespace tflab::scenario {

// Sentences, the first hundred; empty when all is as it must be. IPv4 over L3VPN is judged.
std::vector<std::string> against_configuration(const Scenario& scenario, Lab& lab);

}  // namespace tflab::scenario
