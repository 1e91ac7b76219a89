#pragma once
// Instructions of the cases of a bench: equal on every run, so they tell what has become dearer
// where times only tell what is fast. callgrind counts them in a process of its own, which runs the
// same bench, finds counting() true, and passes the work of each case once through count_here().

#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "cli/options.h"

namespace tflab::cli {

bool counting();
void count_here(const std::string& name, const std::function<void()>& work, std::size_t packets);

// Of one packet of each case; empty where there is no valgrind.
std::map<std::string, double> instructions(const Options& options);

}  // namespace tflab::cli
