#pragma once
// Numbers about the nodes of a lab, one for each: what an expectation compares, and what a run is
// summed up by.

#include <map>
#include <string>
#include <string_view>
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

// One number about one node, as metrics.csv has it.
struct Measurement {
  NodeRef node;
  std::string metric;  // xmpp-sessions, routes, ...
  double value = 0;
  friend bool operator==(const Measurement& a, const Measurement& b) {
    return a.node.kind == b.node.kind && a.node.name == b.node.name && a.metric == b.metric &&
           a.value == b.value;
  }
};
// Everything the host counts, metric by metric. `moments`: the last event's counts for convergence.
std::vector<Measurement> measurements(const Scenario& scenario, Lab& lab, const Moments& moments);

// A run in a few figures: {"routes-per-vrouter": {"mean": .., "max": ..}, ...}.
Json summary_of(const Scenario& scenario, const std::vector<Measurement>& measurements);

std::string_view word_of(NodeRef::Kind kind);  // control-node, router, virtual-router, ...

}  // namespace tflab::scenario
