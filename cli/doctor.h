#pragma once
// `tflab doctor`: what this machine has and lacks for each host, with the cure.

#include "cli/options.h"

namespace tflab::cli {

int doctor(const Options& options);

}  // namespace tflab::cli
