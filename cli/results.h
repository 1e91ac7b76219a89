#pragma once
// A run's outcome as a whole, and its folder: results/<name>/<UTC>-<seed>/, with `latest` beside.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/finished_run.h"
#include "netns-lab/vm/vm.h"
#include "scenarios/model.h"
#include "scenarios/observe.h"
#include "scenarios/play.h"

namespace tflab::cli {

// How much control nodes and routers have sent by a moment of the run, those included that are
// gone.
struct MessageCount {
  double at_s = 0;
  std::uint64_t sent = 0;
};

struct RunResult {
  std::vector<std::string> argv;
  scenario::Scenario scenario;
  std::vector<scenario::Outcome> outcomes;  // one a host
  std::optional<bool> hosts_agree;          // nothing: not compared
  std::vector<std::string> differences;
  std::map<std::string, std::string> digest;  // by host
  scenario::Json summary;                     // of the simulated run, in a few figures
  Measurements measurements;
  std::map<std::string, std::vector<MessageCount>> messages;  // by host, where it counts them
  std::map<std::string, std::vector<scenario::RefusalRow>> refusals;  // by host
  std::string date;                                                   // when it began, UTC
  double wall_s = 0, virtual_s = 0, foreign_cpu_percent = 0;
  std::optional<netns::Boot> boot;  // nothing: it had no VMs
  std::string folder;

  struct Count {
    unsigned passed = 0, failed = 0, should_failed = 0, skipped = 0;
  };
  Count count() const;
};

// What `run -f json` prints and run.json holds.
scenario::Json to_json(const RunResult& result);

double in_seconds(Duration duration);

// Makes the run's folder (and "latest") and returns its path.
std::string make_run_folder(const std::string& results, const std::string& name,
                            std::uint64_t seed);
// 2026-11-26T03:40:41Z
std::string utc_date();
// run.json, scenario.json, events.jsonl, expect.json, junit.xml, metrics.csv, messages.csv,
// report.html, graph.dot.
void write_results(const RunResult& result);

}  // namespace tflab::cli
