#pragma once
// Numbers about the nodes of a lab, one for each: what an expectation compares, and what a run is
// summed up by.

#include <map>
#include <string>
#include <vector>

#include "scenarios/lab.h"
#include "scenarios/model.h"

namespace tflab::scenario {

using Moments = std::map<std::string, Instant>;  // when each event was done

// In order of the nodes; empty when nobody has it, or the host does not count it.
std::vector<double> measured(const MetricCheck& what, const Scenario& scenario, Lab& lab,
                             const Moments& moments);
double aggregated(MetricCheck::Aggregate how, std::vector<double> values);
std::string text_of(const MetricCheck& what);  // "mean xmpp-sessions of bgp-router:*"

// A run in a few figures: {"routes-per-vrouter": {"mean": .., "max": ..}, ...}. `moments`: the last
// event's counts for convergence.
Json summary_of(const Scenario& scenario, Lab& lab, const Moments& moments);

}  // namespace tflab::scenario
