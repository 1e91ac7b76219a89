#include "cli/bench.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/bench/verb.h"
#include "cli/bench_counts.h"
#include "cli/bench_forwarding.h"
#include "cli/bench_kernel.h"
#include "cli/bench_netns.h"
#include "cli/bench_ovs.h"
#include "cli/bench_replay.h"
#include "cli/bench_sim.h"
#include "cli/exit_code.h"
#include "cli/machine.h"
#include "cli/table.h"

namespace tflab::cli {
namespace {

constexpr int rounds = 5;

#ifdef __clang__
constexpr const char* compiler = __VERSION__;
#else
constexpr const char* compiler = "g++ " __VERSION__;
#endif

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::string figure(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

std::string told_goal(const BenchCase& one) {
  if (!one.goal) return "";
  return "<= " + figure(*one.goal) + (one.holds ? "" : "  MISSED");
}

void print_table(std::ostream& out, const std::vector<BenchCase>& cases) {
  Table table{
      {"case", "ours", "unit", "reference", "ratio", "goal", "instructions", "least", "most"}, {}};
  for (const BenchCase& one : cases) {
    const auto [least, most] = std::minmax_element(one.samples.begin(), one.samples.end());
    table.rows.push_back(
        {one.name, figure(one.ours), one.unit,
         one.reference > 0 ? figure(one.reference) + " " + one.reference_name : "",
         figure(one.ratio), told_goal(one), one.instructions ? figure(*one.instructions) : "",
         one.samples.empty() ? "" : figure(*least), one.samples.empty() ? "" : figure(*most)});
  }
  print(out, table, "table");
}

nlohmann::json told(const BenchCase& one) {
  nlohmann::json row{
      {"name", one.name},        {"unit", one.unit},   {"ours", one.ours},
      {"reference", nullptr},    {"ratio", one.ratio}, {"reference_name", one.reference_name},
      {"goal", nullptr},         {"holds", one.holds}, {"samples", one.samples},
      {"instructions", nullptr}, {"octets", nullptr}};
  if (one.reference > 0) row["reference"] = one.reference;
  if (one.goal) row["goal"] = *one.goal;
  if (one.instructions) row["instructions"] = *one.instructions;
  if (one.octets) row["octets"] = *one.octets;
  return row;
}

BenchCase judged(BenchCase one) {
  one.holds = !one.goal || one.ratio <= *one.goal;
  return one;
}

// Benches whose cases can be counted.
constexpr std::array<std::string_view, 2> countable = {"forwarding", "replay"};

void add_instructions(std::vector<BenchCase>& cases, const std::map<std::string, double>& counts) {
  for (BenchCase& one : cases)
    if (const auto count = counts.find(one.name); count != counts.end())
      one.instructions = count->second;
}

std::vector<BenchCase> counted_cases(const Options& options) {
  std::vector<BenchCase> cases;
  for (const auto& [name, count] : instructions(options)) {
    cases.push_back(counted(name, "instructions", count, std::nullopt));
    cases.back().instructions = count;
  }
  if (cases.empty())
    throw EnvironmentError{"nothing was counted: there is no such case, or no valgrind"};
  return cases;
}

}  // namespace

double thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

BenchCase compared(std::string name, const Round& ours, const Round& reference,
                   std::string reference_name, std::optional<double> goal) {
  std::vector<double> mine, theirs;
  ours(), reference();  // caches and page tables, once
  for (int i = 0; i < rounds; ++i) {
    theirs.push_back(reference());
    mine.push_back(ours());
  }
  return in_rounds(std::move(name), "ns", mine, theirs, std::move(reference_name), goal);
}

BenchCase in_rounds(std::string name, std::string unit, const std::vector<double>& ours,
                    const std::vector<double>& reference, std::string reference_name,
                    std::optional<double> goal) {
  BenchCase one{.name = std::move(name),
                .unit = std::move(unit),
                .reference_name = std::move(reference_name),
                .goal = goal};
  for (std::size_t i = 0; i < ours.size(); ++i) one.samples.push_back(ours[i] / reference[i]);
  one.ours = median(ours);
  one.reference = median(reference);
  one.ratio = median(one.samples);
  return judged(std::move(one));
}

BenchCase measured(std::string name, const Round& ours, std::optional<double> goal) {
  BenchCase one{.name = std::move(name), .unit = "ns", .goal = goal};
  for (int i = 0; i < rounds; ++i) one.samples.push_back(ours());
  one.ours = one.ratio = median(one.samples);
  return judged(std::move(one));
}

BenchCase counted(std::string name, std::string unit, double ours, std::optional<double> goal) {
  return judged({.name = std::move(name),
                 .unit = std::move(unit),
                 .ours = ours,
                 .ratio = ours,
                 .goal = goal});
}

bool wanted(const Options& options, const std::string& name) {
  const auto matches = [&](const std::string& pattern) { return glob(pattern, name); };
  const auto any = [&](const std::vector<std::string>& patterns) {
    return std::any_of(patterns.begin(), patterns.end(), matches);
  };
  return (options.only.empty() || any(options.only)) && !any(options.except);
}

int bench(const Options& options) {
  if (options.name == "control") return bench_control(options);
  static const std::map<std::string, std::vector<BenchCase> (*)(const Options&)> benches = {
      {"forwarding", bench_forwarding},
      {"kernel", bench_kernel},
      {"netns", bench_netns},
      {"ovs", bench_ovs},
      {"replay", bench_replay},
      {"sim", bench_sim},
      {"uml", bench_uml}};
  const auto chosen = benches.find(options.name);
  if (chosen == benches.end())
    throw UsageError{"there is no bench \"" + options.name +
                     "\"; there are: control, forwarding, kernel, netns, ovs, replay, sim, uml"};
  const bool counts = std::ranges::find(countable, options.name) != countable.end();
  if (options.counts_only && !counts)
    throw UsageError{"--instructions is for the benches forwarding and replay"};
  const ForeignCpu foreign;
  std::vector<BenchCase> cases =
      options.counts_only ? counted_cases(options) : chosen->second(options);
  if (counts && !options.counts_only && !counting()) add_instructions(cases, instructions(options));
  if (cases.empty()) throw UsageError{"no case has such a name"};
  std::ofstream file;
  if (!options.output.empty()) file.open(options.output);
  std::ostream& out = options.output.empty() ? std::cout : file;
  if (options.format == "json") {
    nlohmann::json all{
        {"bench", options.name},
        {"machine",
         {{"cpu", cpu_model()}, {"compiler", compiler}, {"foreign_cpu", foreign.percent()}}},
        {"cases", nlohmann::json::array()}};
    for (const BenchCase& one : cases) all["cases"].push_back(told(one));
    out << all.dump(2) << '\n';
  } else {
    print_table(out, cases);
  }
  const bool hold = std::all_of(cases.begin(), cases.end(), [](const auto& c) { return c.holds; });
  return hold ? all_hold : must_failed;
}

}  // namespace tflab::cli
