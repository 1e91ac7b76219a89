#pragma once
// The two charts of a report: how values are distributed over nodes, and what happened when. Each
// is one SVG image; what stands beside it as a table is for its caller.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/table.h"

namespace tflab::cli {

struct Series {
  std::string name;  // "sim", "as it would be"
  std::vector<double> values;
};

// Equal steps over all series, a round number wide, and whole when all values are.
struct Bins {
  double first = 0, width = 1;
  std::vector<std::vector<std::size_t>> counts;  // of each series
};
Bins binned(const std::vector<Series>& all, std::size_t most);

// Nothing to draw: an empty text. Up to three series.
std::string histogram(std::string_view id, std::string_view title, std::string_view unit,
                      const std::vector<Series>& all);
// Number of nodes, min, median, mean, p95, max of each series.
Table distribution_table(const std::vector<Series>& all);

struct TimeMark {
  double at_s;
  std::string kind;  // event, passed, failed, should-failed, skipped
  std::string name, what;
};
struct Lane {
  std::string name;
  std::vector<TimeMark> marks;
};
struct Curve {
  std::string name;                             // "messages per second, sim"
  std::vector<std::pair<double, double>> ends;  // of each piece, in s, and its height
};
std::string timeline(std::string_view id, const std::vector<Lane>& lanes,
                     const std::vector<Curve>& curves);

}  // namespace tflab::cli
