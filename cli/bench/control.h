#pragma once
// `tflab bench control`: our control node beside the free daemons under the same load, in one run.

#include <functional>
#include <string>
#include <vector>

#include "cli/bench/figures.h"

namespace tflab::bench {

// The case that tells what a message costs.
inline constexpr const char* agents_case = "agents-2140x2000";

struct Plan {
  std::vector<std::string> only;  // globs of case names; empty: all
  unsigned repeat = 3;
  bool quick = false;  // a tenth of the size and no goals of time: does it work, is it exact
  double limit_s = 60;
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

// Leaves the namespaces this process began in for ones of its own. Throws when a program is
// missing, and Interrupted.
Figures bench_control(const Plan& plan);

}  // namespace tflab::bench
