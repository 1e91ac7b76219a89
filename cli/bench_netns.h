#pragma once
// `tflab bench netns`: what a frame from a machine to the fabric costs through the vrouter of a lab
// in namespaces, and through Linux's own VXLAN.

#include <vector>

#include "cli/bench.h"

namespace tflab::cli {

std::vector<BenchCase> bench_netns(const Options& options);

}  // namespace tflab::cli
