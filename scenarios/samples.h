#pragma once
// Some pings, between machines chosen by chance but by the run's seed: do those reach each other
// that must, and nobody whom nothing joins? Real packets through the forwarding cores, where the
// oracle (as_configured.h) looks at tables.

#include <string>
#include <vector>

#include "scenarios/lab.h"

namespace tflab::scenario {

inline constexpr std::size_t sampled_pairs = 25;

struct Pair {
  std::string from, to;  // machines
};
// Two machines of one network, which no policy and no group of theirs keeps apart. Fewer than
// `sampled_pairs` only if there is nobody to choose.
std::vector<Pair> joined_pairs(const Scenario& scenario);
// Machines of two networks without a target, policy or router in common.
std::vector<Pair> separate_pairs(const Scenario& scenario);

// What was not as it must be, in words.
std::vector<std::string> black_holes(const Scenario& scenario, Lab& lab);
std::vector<std::string> leaks(const Scenario& scenario, Lab& lab);

}  // namespace tflab::scenario
