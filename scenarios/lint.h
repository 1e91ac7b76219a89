#pragma once
// What is allowed and still probably a mistake: objects nobody uses, nodes nobody can reach, times
// that never come. Warnings only; what cannot work at all is refused by load().

#include <vector>

#include "scenarios/load.h"
#include "scenarios/model.h"

namespace tflab::scenario {

std::vector<Fault> lint(const Scenario& scenario);  // in order of place

}  // namespace tflab::scenario
