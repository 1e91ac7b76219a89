#pragma once
// An event happens: to the lab, and to the scenario where it changes that.

#include <string>

#include "scenarios/lab.h"
#include "scenarios/model.h"
#include "scenarios/random.h"
#include "scenarios/steps.h"

namespace tflab::scenario {

struct Stage {
  Scenario& scenario;
  Lab& lab;
  Down& down;
  Random& random;
};

// What was done, as a sentence. `step` is the event's, where it has several.
std::string act(const Event& event, const Step& step, Stage stage);

// True of the sentence of an event that clashes with what there is by now, and did nothing.
bool is_refusal(const std::string& done);

}  // namespace tflab::scenario
