#pragma once
// `tflab diff RUN RUN`: where two finished runs differ. Tables and forwarding entries are compared
// as hosts are (ages, timestamps and numbers that only name something else do not count); times of
// events only in virtual time.

#include <string>
#include <vector>

#include "cli/finished_run.h"
#include "cli/options.h"

namespace tflab::cli {

struct RunDifference {
  std::string part;  // hosts, digest, tables, expectations, metrics, events
  std::string host, what;
};
// `compared`: sentences about what there was to compare.
std::vector<RunDifference> differences_of(const FinishedRun& a, const FinishedRun& b,
                                          std::vector<std::string>& compared);

int diff(const Options& options);

}  // namespace tflab::cli
