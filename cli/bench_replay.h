#pragma once
// `tflab bench replay`: a capture through the forwarding core, beside reading and writing it alone.

#include <vector>

#include "cli/bench.h"

namespace tflab::cli {

std::vector<BenchCase> bench_replay(const Options& options);

}  // namespace tflab::cli
