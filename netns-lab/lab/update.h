#pragma once
// Brings what stands in line with a scenario by doing only the difference, and takes labs away. The
// caller holds the lab's lock.

#include "netns-lab/lab/ground.h"
#include "netns-lab/lab/state.h"
#include "netns-lab/netns_lab.h"
#include "scenarios/model.h"

namespace tflab::netns {

// `revive`: also start what was stopped on purpose. What died by itself is always started again.
// The state is saved before anything is made and when all is done.
Changes update(State& state, const scenario::Scenario& scenario, bool revive, Ground& ground);

// Everything of a lab: programs, namespaces, folder. For labs in any condition.
void raze(const std::string& lab, Ground& ground);

}  // namespace tflab::netns
