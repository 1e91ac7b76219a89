#include "cli/finished_run.h"

#include <filesystem>
#include <sstream>

#include "cli/options.h"
#include "cli/pages.h"
#include "cli/study.h"

namespace tflab::cli {
namespace {

using scenario::Json;
using scenario::Measurement;
using scenario::NodeRef;

constexpr const char* metrics_header = "host,kind,node,metric,value";

std::optional<NodeRef::Kind> kind_called(std::string_view word) {
  for (const auto kind :
       {NodeRef::control_node, NodeRef::vrouter, NodeRef::machine, NodeRef::host, NodeRef::router})
    if (word == scenario::word_of(kind)) return kind;
  return {};
}

// Names hold no commas (schema.json), so that nothing is quoted.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in{line};
  for (std::string field; std::getline(in, field, ',');) out.push_back(field);
  return out;
}

}  // namespace

std::string metrics_csv(const Measurements& measurements) {
  std::string out = std::string{metrics_header} + "\n";
  for (const auto& [host, all] : measurements)
    for (const Measurement& each : all)
      out += host + ',' + std::string{scenario::word_of(each.node.kind)} + ',' + each.node.name +
             ',' + each.metric + ',' + Json(each.value).dump() + '\n';
  return out;
}

Measurements read_metrics(const std::string& csv) {
  Measurements out;
  std::istringstream in{csv};
  for (std::string line; std::getline(in, line);) {
    const auto fields = fields_of(line);
    if (fields.size() != 5) continue;
    const auto kind = kind_called(fields[1]);
    const Json value = Json::parse(fields[4], nullptr, false);
    if (kind && value.is_number())
      out[fields[0]].push_back({{*kind, fields[2]}, fields[3], value.get<double>()});
  }
  return out;
}

FinishedRun finished_run(const std::string& folder) {
  const std::filesystem::path path = folder;
  FinishedRun out{folder, Json::parse(content_of(path / "run.json"), nullptr, false), {}, {}};
  if (!out.result.is_object() || !out.result.contains("expectations"))
    throw UsageError{folder + " is no folder of a finished run: it has no run.json"};
  std::istringstream events{content_of(path / "events.jsonl")};
  for (std::string line; std::getline(events, line);) {
    const Json event = Json::parse(line, nullptr, false);
    out.events[event.is_object() ? event.value("host", "") : ""].push_back(line);
  }
  out.measurements = read_metrics(content_of(path / "metrics.csv"));
  return out;
}

std::optional<scenario::FinalState> final_state(const FinishedRun& run, const std::string& host) {
  const std::filesystem::path tables = std::filesystem::path{run.folder} / "tables" / host;
  if (!std::filesystem::is_directory(tables)) return {};
  return scenario::final_state(*finished_pages(tables.string()));
}

}  // namespace tflab::cli
