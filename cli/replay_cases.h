#pragma once
// `tflab replay FOLDER...`: cases of the forwarding core, any number of them in one process.

#include <string>
#include <vector>

#include "cli/options.h"

namespace tflab::cli {

// 0: all hold; 1: one does not; 2: one cannot be read, or there is none.
int replay_cases(const Options& options, const std::vector<std::string>& roots);

}  // namespace tflab::cli
