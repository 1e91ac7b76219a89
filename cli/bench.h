#pragma once
// `tflab bench NAME`: what a case is, how it is measured, how it is told. A figure is always told
// beside another one from the same run, because machines differ and this one is busy: thread CPU
// time, five rounds in which ours and the reference take turns, the median of each.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"

namespace tflab::cli {

struct BenchCase {
  std::string name;
  std::string unit{};  // ns, octets, instructions, ...
  double ours = 0;
  double reference = 0;  // 0: none
  std::string reference_name{};
  double ratio = 0;              // of ours to the reference; of ours alone when there is none
  std::optional<double> goal{};  // the ratio must not be above it
  bool holds = true;
  std::vector<double> samples{};         // of the ratio, one a round
  std::optional<double> instructions{};  // of one packet
  std::optional<std::size_t> octets{};   // of the tables it stands on
};

// One round of something measured: the CPU time of one operation, in nanoseconds.
using Round = std::function<double()>;

// CPU time of this thread, in nanoseconds.
double thread_cpu_ns();

BenchCase compared(std::string name, const Round& ours, const Round& reference,
                   std::string reference_name, std::optional<double> goal);
// Rounds that somebody else has measured: ours and the reference's, which took turns.
BenchCase in_rounds(std::string name, std::string unit, const std::vector<double>& ours,
                    const std::vector<double>& reference, std::string reference_name,
                    std::optional<double> goal);
BenchCase measured(std::string name, const Round& ours, std::optional<double> goal);
// A size, or a count: the same every time.
BenchCase counted(std::string name, std::string unit, double ours, std::optional<double> goal);

// Whether --only and --except want a case of this name.
bool wanted(const Options& options, const std::string& name);

// The verb: the cases of the bench of that name, printed; 0 when every goal holds, 1 otherwise.
int bench(const Options& options);

}  // namespace tflab::cli
