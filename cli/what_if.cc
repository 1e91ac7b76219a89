#include "cli/what_if.h"

#include <cstdio>
#include <fstream>
#include <iostream>

#include "cli/exit_code.h"
#include "cli/study.h"
#include "cli/table.h"

namespace tflab::cli {
namespace {

using scenario::Json;

std::vector<std::string> args_of(const Options& options, bool changed) {
  std::vector<std::string> out{options.files.front(), "--on", "sim", "--results", options.results};
  const auto add = [&](const char* flag, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      out.emplace_back(flag);
      out.push_back(value);
    }
  };
  add("--overlay", options.overlays);
  add("--set", options.both);
  if (changed) add("--set", options.sets);
  if (options.seed) add("--seed", {std::to_string(*options.seed)});
  if (options.timeout_s)
    add("--timeout", {std::to_string(static_cast<unsigned>(*options.timeout_s)) + "s"});
  return out;
}

// Whole numbers whole, others with three digits.
std::string shown(double value) {
  char text[32];
  const bool whole = value == static_cast<double>(static_cast<long long>(value));
  std::snprintf(text, sizeof text, whole ? "%.0f" : "%.3f", value);
  return text;
}

std::string ratio(double is, double would_be) {
  if (is == 0) return would_be == 0 ? "1" : "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", would_be / is);
  return text;
}

struct Figures {
  const Json& is;
  const Json& would_be;
  Table table{{"what", "as it is", "as it would be", "ratio"}, {}};

  void row(const std::string& what, double a, double b) {
    table.rows.push_back({what, shown(a), shown(b), ratio(a, b)});
  }
  void summaries() {
    for (const auto& [name, before] : is["summary"].items()) {
      const auto after = would_be["summary"].find(name);
      if (after == would_be["summary"].end()) continue;
      for (const auto& [how, value] : before.items())
        if (after->contains(how))
          row(name + ", " + how, value.get<double>(), (*after)[how].get<double>());
    }
  }
  void process() {
    constexpr double mib = 1024 * 1024;
    row("memory of the run, MiB", is["peak_rss_bytes"].get<double>() / mib,
        would_be["peak_rss_bytes"].get<double>() / mib);
    row("wall time, s", is["wall_s"].get<double>(), would_be["wall_s"].get<double>());
    row("expectations failed", is["expectations"]["failed"].get<double>(),
        would_be["expectations"]["failed"].get<double>());
  }
};

}  // namespace

int what_if(const Options& options) {
  if (options.sets.empty())
    throw UsageError{"what-if needs --set PTR=VALUE: what would be different"};
  std::vector<StudyRun> runs{{args_of(options, false)}, {args_of(options, true)}};
  perform(runs, options.jobs.value_or(processors()), [&](const StudyRun& run) {
    if (!options.quiet)
      std::cerr << "tflab: " << (&run == &runs.front() ? "as it is" : "as it would be") << ": exit "
                << run.code << '\n';
  });
  for (const StudyRun& run : runs)
    if (!run.result.is_object()) {
      std::cerr << run.errors;
      return run.code > 0 ? run.code : int{interrupted};
    }
  Figures figures{runs[0].result, runs[1].result};
  figures.summaries();
  figures.process();
  std::ofstream file;
  if (!options.output.empty()) file.open(options.output);
  print(options.output.empty() ? std::cout : file, figures.table, options.format);
  // The other run may well fail what the scenario expects of itself; that is what was asked.
  return runs.front().code;
}

}  // namespace tflab::cli
