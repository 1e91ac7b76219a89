#pragma once
// `tflab run`: bring up, events, expectations, tear down, on every host of the scenario.

#include <string>
#include <vector>

#include "cli/options.h"

namespace tflab::cli {

// Loads a scenario with the command line's overlays and sets; prints the faults and returns nothing
// when there are any.
std::optional<scenario::Scenario> load_or_complain(const std::string& file, const Options& options);

// Whether the simulator would want more memory for it than there is: a sentence, or nothing.
std::string too_big_for_memory(const scenario::Scenario& scenario);

// The exit code of the verb: the worst of all files.
int run(const Options& options, const std::vector<std::string>& argv);

}  // namespace tflab::cli
