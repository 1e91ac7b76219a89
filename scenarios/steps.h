#pragma once
// An event that does not happen all at once: to whom it happens, and when. Spread events have each
// target's own moment; repeated ones choose anew each time, among those they can change.

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "scenarios/model.h"
#include "scenarios/names.h"
#include "scenarios/random.h"
#include "vrouter-core/base/instant.h"

namespace tflab::scenario {

struct Step {
  Instant at;
  std::vector<Match> whom;  // of a spread event or a flap; others choose when it is time
  bool back = false;        // of a flap: its second half
};

// Nodes that are down: stopped, failed, or waiting for the event that starts them.
using Down = std::set<std::string>;  // "virtual-router:compute1"
std::string selector_of(const Match& match);

Names names_in(const Scenario& scenario);
// Everything that some selector matches now, each once.
std::vector<Match> matches_of(const std::vector<std::string>& selectors, const Names& names);

std::deque<Step> steps_of(const Event& event, const Names& names, std::uint64_t seed,
                          Instant begin);
// Those of `able` that a pick takes this time.
std::vector<Match> chosen(const Pick& pick, std::vector<Match> able, Random& random);

// Does the verb change anything about a node that is down, or up?
bool can_change(Control::Verb verb, bool down);

// Nodes that a start event brings up: a host that knows of virtual time leaves them down until
// then.
Down started_by_events(const Scenario& scenario);

}  // namespace tflab::scenario
