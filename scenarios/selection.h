#pragma once
// A part of what a scenario expects: `tflab run --only`, `--except`.

#include <functional>
#include <string>

#include "scenarios/model.h"

namespace tflab::scenario {

// Takes out the expectations that are not wanted. What an event or another expectation waits for
// stays, wanted or not: without it that one would never begin.
void select_expectations(Scenario& scenario,
                         const std::function<bool(const std::string& id)>& wanted);

}  // namespace tflab::scenario
