#include "cli/what_if.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/exit_code.h"
#include "cli/page.h"
#include "cli/results.h"
#include "cli/run_page.h"
#include "cli/study.h"
#include "cli/table.h"

namespace tflab::cli {
namespace {

using scenario::Json;

constexpr const char* as_it_is = "as it is";
constexpr const char* as_it_would_be = "as it would be";

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
  Table table{{"what", as_it_is, as_it_would_be, "ratio"}, {}};

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

std::string page_of(const Options& options, const Table& table, const std::vector<StudyRun>& runs,
                    const std::filesystem::path& folder) {
  std::string changes;
  for (const std::string& set : options.sets) changes += (changes.empty() ? "" : ", ") + set;
  const std::string name = runs[0].result["scenario"].get<std::string>();
  Page page{name + ": what if", "As it would be with " + changes};
  page.table(table, "The scenario as it is and as it would be");
  NamedMeasurements measured;
  for (std::size_t i = 0; i < 2; ++i)
    measured.emplace_back(
        i == 0 ? as_it_is : as_it_would_be,
        finished_run(runs[i].result["folder"].get<std::string>()).measurements["sim"]);
  add_distributions(page, measured);
  page.heading("Provenance");
  for (std::size_t i = 0; i < 2; ++i) {
    const std::filesystem::path report =
        std::filesystem::path{runs[i].result["folder"].get<std::string>()} / "report.html";
    const std::string which = i == 0 ? as_it_is : as_it_would_be;
    page.table(provenance_table(runs[i].result), "Run " + which)
        .link(std::filesystem::relative(report, folder).string(), "report of the run " + which);
  }
  return std::move(page).done();
}

// Beside the runs' own folders, and never taken for one.
void write_page(const Options& options, const Table& table, const std::vector<StudyRun>& runs) {
  const Json& is = runs[0].result;
  const std::string folder =
      make_run_folder(options.results + "/what-if", is["scenario"].get<std::string>(),
                      is["seed"].get<std::uint64_t>());
  const std::string path = folder + "/report.html";
  std::ofstream out{path};
  if (!(out << page_of(options, table, runs, folder)).flush())
    throw EnvironmentError{"cannot write " + path};
  std::cerr << "tflab: report in " << path << '\n';
}

}  // namespace

int what_if(const Options& options) {
  if (options.sets.empty())
    throw UsageError{"what-if needs --set PTR=VALUE: what would be different"};
  std::vector<StudyRun> runs{{args_of(options, false)}, {args_of(options, true)}};
  perform(runs, options.jobs.value_or(processors()), [&](const StudyRun& run) {
    if (!options.quiet)
      std::cerr << "tflab: " << (&run == &runs.front() ? as_it_is : as_it_would_be) << ": exit "
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
  write_page(options, figures.table, runs);
  // The other run may well fail what the scenario expects of itself; that is what was asked.
  return runs.front().code;
}

}  // namespace tflab::cli
