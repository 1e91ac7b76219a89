#pragma once
// `tflab bench kernel`: vrouter.ko beside the kernel's own MPLS in UDP and VXLAN, in one VM whose
// clock counts instructions. So the figures are instructions of an emulated processor (TCG), the
// same on every machine and however busy it is; they are no nanoseconds. `tflab bench uml`: the
// same in User Mode Linux, in nanoseconds of this machine.

#include <vector>

#include "cli/bench.h"

namespace tflab::cli {

std::vector<BenchCase> bench_kernel(const Options& options);
std::vector<BenchCase> bench_uml(const Options& options);

}  // namespace tflab::cli
