#pragma once
// `tflab replay`: what was recorded, played again and compared.

#include "cli/options.h"

namespace tflab::cli {

// 0: all the same; 1: something differs; 2: a file is not there, damaged or nothing we know.
int replay(const Options& options);

}  // namespace tflab::cli
