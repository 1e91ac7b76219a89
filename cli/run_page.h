#pragma once
// report.html: a run for people, and the comparison of two for `what-if`.

#include <string>
#include <utility>
#include <vector>

#include "cli/finished_run.h"
#include "cli/page.h"
#include "cli/results.h"

namespace tflab::cli {

std::string report_html(const RunResult& result);

// How what was measured is distributed over the nodes of each kind, a chart and a table for each.
// First the series' name ("sim"), then what it measured.
using NamedMeasurements = std::vector<std::pair<std::string, std::vector<scenario::Measurement>>>;
void add_distributions(Page& page, const NamedMeasurements& all);

// Where a result comes from: scenario, seed, version, machine; of run.json.
Table provenance_table(const scenario::Json& run);

}  // namespace tflab::cli
