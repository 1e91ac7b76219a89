#pragma once
// A lab that merely stands: events and expectations by hand, whatever time it is.

#include <vector>

#include "scenarios/finding.h"
#include "scenarios/play.h"

namespace tflab::scenario {

// One event (`tflab event`); `scenario` becomes what it made of it.
Happening perform(const Event& event, Scenario& scenario, Lab& lab);
// Every expectation that can be judged now, once, without waiting for times (`tflab verify`).
std::vector<Finding> verify(const Scenario& scenario, Lab& lab);

}  // namespace tflab::scenario
