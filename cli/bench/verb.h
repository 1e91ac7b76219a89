#pragma once
// `tflab bench control` as the command line knows it: measures, prints, and says by its exit code
// whether the goals hold.

#include "cli/options.h"

namespace tflab::cli {

int bench_control(const Options& options);

}  // namespace tflab::cli
