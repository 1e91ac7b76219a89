#include "cli/sweep.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <numeric>

#include "cli/exit_code.h"
#include "cli/signals.h"
#include "cli/study.h"
#include "cli/table.h"
#include "cli/version.h"
#include "vrouter-core/base/hash.h"

namespace tflab::cli {
namespace {

namespace fs = std::filesystem;
using scenario::Json;

using Point = std::vector<std::string>;  // one value for each pointer

struct Grid {
  std::vector<std::string> pointers;
  std::vector<Point> points{{}};

  void vary(const std::string& pointer, const std::vector<std::string>& values) {
    pointers.push_back(pointer);
    std::vector<Point> wider;
    for (const Point& point : points)
      for (const std::string& value : values) {
        wider.push_back(point);
        wider.back().push_back(value);
      }
    points = std::move(wider);
  }
};

std::string fingerprint(const std::vector<std::string>& args, const std::string& content) {
  std::uint64_t hash = 1;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = mixed(hash, static_cast<unsigned char>(c));
    hash = mixed(hash, text.size());
  };
  for (const std::string& arg : args) add(arg);
  add(content);
  add(commit);
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

// One run of the grid, and where its result is kept.
struct Job {
  std::size_t point;
  std::vector<std::string> args;
  fs::path kept;
  Json result;
};

std::vector<Job> jobs_of(const Options& options, const Grid& grid) {
  const std::string& file = options.files.front();
  const std::string content = content_of(file);
  const fs::path folder = fs::path{options.results} / "sweeps" / fs::path{file}.stem().stem();
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw EnvironmentError{"cannot make " + folder.string() + ": " + error.message()};
  std::vector<Job> out;
  for (std::size_t p = 0; p < grid.points.size(); ++p)
    for (std::uint64_t n = 0; n < options.seeds; ++n) {
      std::vector<std::string> args{file, "--on", "sim"};
      for (const std::string& overlay : options.overlays)
        args.insert(args.end(), {"--overlay", overlay});
      for (const std::string& set : options.sets) args.insert(args.end(), {"--set", set});
      for (std::size_t i = 0; i < grid.pointers.size(); ++i)
        args.insert(args.end(), {"--set", grid.pointers[i] + '=' + grid.points[p][i]});
      args.insert(args.end(), {"--seed", std::to_string(options.seed.value_or(1) + n)});
      const fs::path kept = folder / (fingerprint(args, content) + ".json");
      args.insert(args.end(), {"--results", options.results});
      out.push_back({p, std::move(args), kept, nullptr});
    }
  return out;
}

Json kept_result(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return nullptr;
  Json json = Json::parse(content_of(file), nullptr, false);
  return json.is_object() ? json : Json(nullptr);
}

// By renaming, so that a result is whole or not there.
void keep(const Job& job) {
  const fs::path half = job.kept.string() + ".part";
  std::ofstream{half} << job.result.dump();
  std::error_code error;
  fs::rename(half, job.kept, error);
}

std::string in_short(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

// What every run of a point has measured, by name, in the order of the first.
std::vector<std::pair<std::string, std::vector<double>>> figures_of(const std::vector<Job>& jobs,
                                                                    std::size_t point) {
  std::vector<std::pair<std::string, std::vector<double>>> out;
  const auto add = [&](const std::string& name, double value) {
    auto at = std::ranges::find(out, name, [](const auto& each) { return each.first; });
    if (at == out.end()) at = out.insert(at, {name, {}});
    at->second.push_back(value);
  };
  for (const Job& job : jobs) {
    if (job.point != point || !job.result.is_object()) continue;
    for (const auto& [name, values] : job.result["summary"].items())
      for (const auto& [how, value] : values.items()) add(name + ", " + how, value.get<double>());
    add("peak-rss, MiB", job.result["peak_rss_bytes"].get<double>() / 1048576);
    add("wall, s", job.result["wall_s"].get<double>());
    add("expectations failed", job.result["expectations"]["failed"].get<double>());
  }
  return out;
}

Table table_of(const Grid& grid, const std::vector<Job>& jobs) {
  Table table{grid.pointers, {}};
  table.columns.insert(table.columns.end(), {"what", "runs", "mean", "median", "95% +-"});
  for (std::size_t p = 0; p < grid.points.size(); ++p)
    for (const auto& [name, values] : figures_of(jobs, p)) {
      const Spread95 spread = spread_of(values);
      table.rows.push_back(grid.points[p]);
      auto& row = table.rows.back();
      row.insert(row.end(), {name, std::to_string(values.size()), in_short(spread.mean),
                             in_short(spread.median), in_short(spread.half)});
    }
  return table;
}

}  // namespace

std::pair<std::string, std::vector<std::string>> varied(const std::string& text) {
  const auto equals = text.find('=');
  if (!text.starts_with('/') || equals == std::string::npos || equals + 1 == text.size())
    throw UsageError{"--vary wants /json/pointer=value,value, not \"" + text + "\""};
  std::vector<std::string> values{""};
  int depth = 0;
  bool quoted = false;
  for (const char c : text.substr(equals + 1)) {
    if (c == '"') quoted = !quoted;
    if (!quoted) depth += (c == '[' || c == '{') - (c == ']' || c == '}');
    if (c == ',' && depth == 0 && !quoted)
      values.emplace_back();
    else
      values.back() += c;
  }
  return {text.substr(0, equals), std::move(values)};
}

std::string busy_text(std::size_t runs, double processor_s, double wall_s, unsigned at_once) {
  const double share = wall_s > 0 ? processor_s / (wall_s * at_once) : 0;
  char text[160];
  std::snprintf(
      text, sizeof text,
      "%zu runs took %.3g s of processor time in %.3g s, %u at a time: processors %.0f %% "
      "busy",
      runs, processor_s, wall_s, at_once, share * 100);
  return text;
}

Spread95 spread_of(std::vector<double> values) {
  Spread95 out;
  if (values.empty()) return out;
  std::ranges::sort(values);
  const std::size_t n = values.size();
  out.mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(n);
  out.median = n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
  if (n == 1) return out;
  double squares = 0;
  for (const double value : values) squares += (value - out.mean) * (value - out.mean);
  const double error = std::sqrt(squares / static_cast<double>(n - 1) / static_cast<double>(n));
  // Student's t at 97.5 %, by degrees of freedom from 1 on.
  constexpr std::array<double, 30> t = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                        2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
                                        2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
                                        2.060,  2.056, 2.052, 2.048, 2.045, 2.042};
  out.half = error * (n - 2 < t.size() ? t[n - 2] : 1.960);
  return out;
}

int sweep(const Options& options) {
  Grid grid;
  for (const std::string& text : options.vary) {
    const auto [pointer, values] = varied(text);
    grid.vary(pointer, values);
  }
  std::vector<Job> jobs = jobs_of(options, grid);
  std::vector<StudyRun> runs;
  std::vector<Job*> of_run;
  for (Job& job : jobs) {
    job.result = kept_result(job.kept);
    if (!job.result.is_null()) continue;
    runs.push_back({job.args});
    of_run.push_back(&job);
  }
  if (!options.quiet)
    std::cerr << "tflab: " << jobs.size() << " runs, " << jobs.size() - runs.size()
              << " of them done before\n";
  std::size_t ended = 0, lost = 0;
  double processor_s = 0;
  const unsigned at_once = options.jobs.value_or(processors());
  const auto begun = std::chrono::steady_clock::now();
  perform(runs, at_once, [&](const StudyRun& run) {
    Job& job = *of_run[static_cast<std::size_t>(&run - runs.data())];
    ++ended;
    processor_s += run.processor_s;
    // What came of an interruption or the time limit is not the scenario's result.
    if (run.result.is_object() && run.code < time_limit) {
      job.result = run.result;
      keep(job);
    } else {
      ++lost;
      std::cerr << "tflab: a run ended with exit " << run.code << ": " << run.errors;
    }
    if (!options.quiet) std::cerr << "tflab: " << ended << " of " << runs.size() << " done\n";
  });
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
  if (!options.quiet && ended > 0)
    std::cerr << "tflab: " << busy_text(ended, processor_s, wall.count(), at_once) << '\n';
  std::ofstream file;
  if (!options.output.empty()) file.open(options.output);
  print(options.output.empty() ? std::cout : file, table_of(grid, jobs), options.format);
  if (stop_signal() != 0) return interrupted;
  return lost == 0 ? all_hold : must_failed;
}

}  // namespace tflab::cli
