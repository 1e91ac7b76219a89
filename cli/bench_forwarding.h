#pragma once
// How fast the forwarding core is, in multiples of the least that could do such work
// (bench_floor.h).

#include <vector>

#include "cli/bench.h"

namespace tflab::cli {

std::vector<BenchCase> bench_forwarding(const Options& options);

}  // namespace tflab::cli
