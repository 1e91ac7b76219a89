#pragma once
// `tflab bench sim`: a simulated lab beside ns-3 carrying as many messages without our cores, at
// both fidelities, and what a route takes in an agent and its forwarding core.

#include <vector>

#include "cli/bench.h"

namespace tflab::cli {

std::vector<BenchCase> bench_sim(const Options& options);

}  // namespace tflab::cli
