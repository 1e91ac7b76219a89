#pragma once
// A run's outcome as a whole, and its folder: results/<name>/<UTC>-<seed>/, with `latest` beside.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/model.h"
#include "scenarios/play.h"

namespace tflab::cli {

struct RunResult {
  std::vector<std::string> argv;
  scenario::Scenario scenario;
  std::vector<scenario::Outcome> outcomes;  // one a host
  std::optional<bool> hosts_agree;          // nothing: not compared
  std::vector<std::string> differences;
  std::map<std::string, std::string> digest;  // by host
  scenario::Json summary;                     // of the simulated run, in a few figures
  double wall_s = 0, virtual_s = 0, foreign_cpu_percent = 0;
  std::string folder;

  struct Count {
    unsigned passed = 0, failed = 0, should_failed = 0, skipped = 0;
  };
  Count count() const;
};

// What `run -f json` prints and run.json holds.
scenario::Json to_json(const RunResult& result);

// Makes the run's folder (and "latest") and returns its path.
std::string make_run_folder(const std::string& results, const std::string& name,
                            std::uint64_t seed);
// run.json, scenario.json, events.jsonl, expect.json, junit.xml, metrics.csv, report.html.
void write_results(const RunResult& result);

}  // namespace tflab::cli
