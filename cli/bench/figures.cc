#include "cli/bench/figures.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/table.h"

namespace tflab::bench {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.3f" : value < 1000 ? "%.1f" : "%.0f", value);
  return text;
}

std::string goal_of(const Row& row) {
  switch (row.goal.kind) {
    case Goal::at_most:
      return "<= " + text_of(row.goal.value) + " " + row.unit;
    case Goal::ratio_at_most:
      return "ratio <= " + text_of(row.goal.value);
    default:
      return "";
  }
}

Json spread(const Samples& samples) {
  if (samples.values.empty()) return nullptr;
  const auto [least, most] = std::ranges::minmax(samples.values);
  return {{"min", least}, {"max", most}, {"all", samples.values}};
}

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json json_of(const Row& row) {
  const bool compared = !row.reference.values.empty();
  const std::string goal = goal_of(row);
  return {{"name", row.name},
          {"unit", row.unit},
          {"ours", row.ours.median()},
          {"reference", compared ? Json(row.reference.median()) : Json(nullptr)},
          {"reference_name", compared ? Json(row.reference_name) : Json(nullptr)},
          {"ratio", or_null(row.ratio())},
          {"goal", goal.empty() ? Json(nullptr) : Json(goal)},
          {"holds", or_null(row.holds())},
          {"samples", {{"ours", spread(row.ours)}, {"reference", spread(row.reference)}}}};
}

std::vector<std::string> cells_of(const Row& row) {
  const auto ratio = row.ratio();
  const auto holds = row.holds();
  return {row.name,
          row.unit,
          text_of(row.ours.median()),
          row.reference.values.empty() ? "" : text_of(row.reference.median()),
          row.reference.values.empty() ? "" : row.reference_name,
          ratio ? text_of(*ratio) : "",
          goal_of(row),
          !holds   ? ""
          : *holds ? "yes"
                   : "NO"};
}

}  // namespace

double Samples::median() const {
  if (values.empty()) return 0;
  std::vector<double> sorted = values;
  std::ranges::sort(sorted);
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

std::optional<double> Row::ratio() const {
  if (reference.values.empty() || reference.median() == 0) return {};
  return ours.median() / reference.median();
}

std::optional<bool> Row::holds() const {
  if (goal.kind == Goal::at_most) return ours.median() <= goal.value;
  if (goal.kind == Goal::ratio_at_most && ratio()) return *ratio() <= goal.value;
  return {};
}

bool Figures::hold() const {
  return std::ranges::all_of(rows, [](const Row& row) { return row.holds().value_or(true); });
}

void print(std::ostream& out, const Figures& figures, const std::string& format) {
  if (format == "json") {
    Json cases = Json::array();
    for (const Row& row : figures.rows) cases.push_back(json_of(row));
    out << Json{{"bench", figures.bench}, {"machine", figures.machine}, {"cases", cases}}.dump(2)
        << '\n';
    return;
  }
  cli::Table table{{"case", "unit", "ours", "reference", "of", "ratio", "goal", "holds"}, {}};
  for (const Row& row : figures.rows) table.rows.push_back(cells_of(row));
  cli::print(out, table, format);
}

}  // namespace tflab::bench
