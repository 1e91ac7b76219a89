#include "cli/results.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "cli/machine.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/run_page.h"
#include "cli/version.h"
#include "scenarios/diagram.h"

namespace tflab::cli {
namespace {

namespace fs = std::filesystem;
using scenario::Finding;
using scenario::Json;
using scenario::Outcome;
using scenario::Verdict;

std::string utc_now(const char* format) {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, format, &utc);
  return text;
}

Json finding_json(const Finding& finding) {
  return {{"id", finding.id},
          {"host", host_name(finding.host)},
          {"verdict", to_text(finding.verdict)},
          {"wanted", finding.wanted},
          {"got", finding.got},
          {"source", finding.source},
          {"at_s", in_seconds(finding.at)}};
}

Json expectations_json(const RunResult& result) {
  const auto count = result.count();
  Json list = Json::array();
  for (const Outcome& outcome : result.outcomes)
    for (const Finding& finding : outcome.findings) list.push_back(finding_json(finding));
  return {{"passed", count.passed},
          {"failed", count.failed},
          {"should_failed", count.should_failed},
          {"skipped", count.skipped},
          {"list", std::move(list)}};
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream out{path, std::ios::binary};
  out << text;
  if (!out.flush()) throw EnvironmentError{"cannot write " + path.string()};
}

std::string events_jsonl(const RunResult& result) {
  std::string text;
  for (const Outcome& outcome : result.outcomes)
    for (const auto& happening : outcome.happenings)
      text += Json{{"host", host_name(outcome.host)},
                   {"at_s", in_seconds(happening.at)},
                   {"id", happening.id},
                   {"what", happening.what}}
                  .dump() +
              "\n";
  return text;
}

std::string messages_csv(const RunResult& result) {
  std::string text = "host,at_s,sent\n";
  for (const auto& [host, counts] : result.messages)
    for (const MessageCount& each : counts)
      text += host + ',' + Json(each.at_s).dump() + ',' + std::to_string(each.sent) + '\n';
  return text;
}

}  // namespace

double in_seconds(Duration d) {
  return static_cast<double>(d.ns) / 1e9;
}

RunResult::Count RunResult::count() const {
  Count count;
  for (const Outcome& outcome : outcomes)
    for (const Finding& finding : outcome.findings) {
      count.passed += finding.verdict == Verdict::passed;
      count.failed += finding.verdict == Verdict::failed;
      count.should_failed += finding.verdict == Verdict::should_failed;
      count.skipped += finding.verdict == Verdict::skipped;
    }
  return count;
}

Json to_json(const RunResult& result) {
  Json hosts = Json::array(), digests = Json::object(), argv = Json::array();
  unsigned events = 0;
  for (const Outcome& outcome : result.outcomes) {
    hosts.push_back(host_name(outcome.host));
    events += static_cast<unsigned>(outcome.happenings.size());
  }
  for (const auto& [host, digest] : result.digest) digests[host] = digest;
  for (const auto& word : result.argv) argv.push_back(word);
  Json refused = Json::object();
  for (const auto& [host, rows] : result.refusals)
    for (const auto& row : rows)
      refused[host][row.vrouter] = {{"count", row.count}, {"last", row.last}};
  Json agree = nullptr, boot = nullptr;
  if (result.hosts_agree) agree = *result.hosts_agree;
  if (result.boot) boot = {{"vms", result.boot->vms}, {"ready_s", result.boot->ready_s}};
  return {{"scenario", result.scenario.name},
          {"file", result.scenario.file},
          {"hosts", std::move(hosts)},
          {"expectations", expectations_json(result)},
          {"hosts_agree", std::move(agree)},
          {"differences", result.differences},
          {"refused_operations", std::move(refused)},
          {"summary", result.summary},
          {"digest", std::move(digests)},
          {"seed", result.scenario.run.seed},
          {"version", version},
          {"commit", commit},
          {"argv", std::move(argv)},
          {"events", events},
          {"wall_s", result.wall_s},
          {"boot", std::move(boot)},
          {"virtual_s", result.virtual_s},
          {"peak_rss_bytes", peak_rss_bytes()},
          {"date", result.date},
          {"cpu_model", cpu_model()},
          {"machine", machine_text()},
          {"foreign_cpu_percent", result.foreign_cpu_percent},
          {"folder", result.folder}};
}

std::string make_run_folder(const std::string& results, const std::string& name,
                            std::uint64_t seed) {
  const fs::path parent = fs::path{results} / name;
  const std::string stamp = utc_now("%Y%m%dT%H%M%SZ") + "-" + std::to_string(seed);
  std::error_code error;
  fs::create_directories(parent, error);
  fs::path folder = parent / stamp;
  for (int n = 2; !error && !fs::create_directory(folder, error) && !error; ++n)
    folder = parent / (stamp + "." + std::to_string(n));
  if (error) throw EnvironmentError{"cannot make " + folder.string() + ": " + error.message()};
  // Swapped in by rename, so that a reader always finds a whole link.
  const fs::path link = parent / ("latest." + folder.filename().string());
  fs::remove(link, error);
  fs::create_directory_symlink(folder.filename(), link, error);
  if (!error) fs::rename(link, parent / "latest", error);
  return folder.string();
}

std::string utc_date() {
  return utc_now("%Y-%m-%dT%H:%M:%SZ");
}

void write_results(const RunResult& result) {
  const fs::path folder = result.folder;
  const Json all = to_json(result);
  write_file(folder / "run.json", all.dump(2) + "\n");
  write_file(folder / "scenario.json", result.scenario.document.dump(2) + "\n");
  write_file(folder / "expect.json", all["expectations"].dump(2) + "\n");
  write_file(folder / "events.jsonl", events_jsonl(result));
  write_file(folder / "metrics.csv", metrics_csv(result.measurements));
  write_file(folder / "messages.csv", messages_csv(result));
  write_file(folder / "junit.xml", junit_xml(result));
  write_file(folder / "report.html", report_html(result));
  write_file(folder / "graph.dot", dot(scenario::diagram(result.scenario, scenario::View::whole)));
}

}  // namespace tflab::cli
