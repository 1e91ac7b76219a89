#pragma once
// What is kept of a run in its folder, read again: its outcome, what happened, what was measured,
// and the state its nodes ended in.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/metrics.h"
#include "scenarios/play.h"

namespace tflab::cli {

using Measurements = std::map<std::string, std::vector<scenario::Measurement>>;  // by host

std::string metrics_csv(const Measurements& measurements);
Measurements read_metrics(const std::string& csv);

struct FinishedRun {
  std::string folder;
  scenario::Json result;                                   // run.json
  std::map<std::string, std::vector<std::string>> events;  // lines of events.jsonl, by host
  Measurements measurements;
};
// Throws UsageError when no run is there.
FinishedRun finished_run(const std::string& folder);

// From the pages kept; nothing when the run kept none, as large ones do.
std::optional<scenario::FinalState> final_state(const FinishedRun& run, const std::string& host);

}  // namespace tflab::cli
