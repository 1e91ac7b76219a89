#pragma once
// What a bench found: one row a case, ours beside a reference, and whether the goal holds.

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace tflab::bench {

// Samples of one figure; what is printed is the median, with the least and the most beside it.
struct Samples {
  std::vector<double> values;
  double median() const;  // 0 when there are none
};

struct Goal {
  enum Kind { none, at_most, ratio_at_most } kind = none;
  double value = 0;
};

struct Row {
  std::string name;  // reflect-10x10000/cpu/FRR
  std::string unit;
  Samples ours, reference;
  std::string reference_name;
  Goal goal;

  std::optional<double> ratio() const;
  std::optional<bool> holds() const;  // nothing: no goal, or nobody to compare with
};

struct Figures {
  std::string bench, machine;
  std::vector<Row> rows;
  bool hold() const;  // every goal
};

void print(std::ostream& out, const Figures& figures, const std::string& format);

}  // namespace tflab::bench
