#pragma once
// `tflab bench ovs`: cases of `bench forwarding` beside Open vSwitch on DPDK, which forwards the
// same frames.

#include <vector>

#include "cli/bench.h"

namespace tflab::cli {

std::vector<BenchCase> bench_ovs(const Options& options);

}  // namespace tflab::cli
