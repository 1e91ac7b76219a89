#pragma once
// `tflab what-if FILE --set PTR=VALUE`: the scenario as it is and as it would be, in one table.

#include "cli/options.h"

namespace tflab::cli {

int what_if(const Options& options);

}  // namespace tflab::cli
