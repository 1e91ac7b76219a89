#include "cli/report.h"

#include <cstdio>

#include "cli/svg.h"

namespace tflab::cli {
namespace {

using scenario::Finding;
using scenario::Outcome;
using scenario::Verdict;

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string junit_case(const Finding& finding) {
  std::string text = "    <testcase classname=\"" + std::string{host_name(finding.host)} +
                     "\" name=\"" + escaped(finding.id) + "\"";
  if (finding.verdict == Verdict::passed) return text + "/>\n";
  if (finding.verdict == Verdict::skipped) return text + "><skipped/></testcase>\n";
  return text + "><failure message=\"wanted " + escaped(finding.wanted) + "; got " +
         escaped(finding.got) + "\"/></testcase>\n";
}

std::string agreement(const RunResult& result) {
  if (!result.hosts_agree) return "not compared";
  return *result.hosts_agree ? "yes" : "no";
}

// The last things that happened before a verdict, to begin looking.
std::string last_events(const Outcome& outcome, const Finding& finding) {
  std::vector<std::string> lines;
  for (const auto& happening : outcome.happenings)
    if (happening.at <= finding.at && happening.id != finding.id)
      lines.push_back("        " + fixed(in_seconds(happening.at), 1) + " s  " + happening.id +
                      ": " + happening.what + "\n");
  std::string text;
  for (std::size_t i = lines.size() > 3 ? lines.size() - 3 : 0; i < lines.size(); ++i)
    text += lines[i];
  return text;
}

// Nothing failed by it, but what is missing will be missed.
std::string refused_text(const std::string& host, const std::vector<scenario::RefusalRow>& rows) {
  if (rows.empty()) return "";
  std::uint64_t operations = 0;
  for (const auto& row : rows) operations += row.count;
  return "refused  " + host + "  " + std::to_string(operations) + " operations, by " +
         std::to_string(rows.size()) + " vRouters; the last by " + rows.front().vrouter + ": " +
         rows.front().last + "\n";
}

}  // namespace

std::string junit_xml(const RunResult& result) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const Outcome& outcome : result.outcomes) {
    unsigned failures = 0, skipped = 0;
    for (const Finding& finding : outcome.findings) {
      failures += finding.verdict == Verdict::failed || finding.verdict == Verdict::should_failed;
      skipped += finding.verdict == Verdict::skipped;
    }
    text += "  <testsuite name=\"" + escaped(result.scenario.name) + "." +
            std::string{host_name(outcome.host)} + "\" tests=\"" +
            std::to_string(outcome.findings.size()) + "\" failures=\"" + std::to_string(failures) +
            "\" skipped=\"" + std::to_string(skipped) + "\">\n";
    for (const Finding& finding : outcome.findings) text += junit_case(finding);
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

std::string summary_text(const RunResult& result, bool color) {
  auto paint = [&](std::string_view code, const std::string& word) {
    return color ? "\033[" + std::string{code} + "m" + word + "\033[0m" : word;
  };
  std::string text;
  for (const Outcome& outcome : result.outcomes)
    for (const Finding& finding : outcome.findings) {
      const bool good = finding.verdict == Verdict::passed || finding.verdict == Verdict::skipped;
      text += paint(good ? "32" : "31", std::string{to_text(finding.verdict)}) + "  " +
              std::string{host_name(finding.host)} + "  " + finding.id + ": " + finding.got + "\n";
      if (good) continue;
      text += "        wanted: " + finding.wanted + "\n        source: " + finding.source + "\n" +
              last_events(outcome, finding) + "        look further: tflab show route show --run " +
              result.folder + " --host " + std::string{host_name(finding.host)} +
              "\n                      less " + result.folder + "/events.jsonl\n";
    }
  for (const auto& line : result.differences) text += paint("31", "differs") + "  " + line + "\n";
  for (const auto& [host, rows] : result.refusals) text += refused_text(host, rows);
  const auto count = result.count();
  text += std::to_string(count.passed) + " passed, " + std::to_string(count.failed) + " failed, " +
          std::to_string(count.should_failed) + " should failed, " + std::to_string(count.skipped) +
          " skipped; hosts agree: " + agreement(result) + "\n";
  for (const auto& [host, digest] : result.digest) text += "digest " + host + ": " + digest + "\n";
  if (const auto& boot = result.boot)
    text += std::to_string(boot->vms) + (boot->vms == 1 ? " VM" : " VMs") + " ready after " +
            fixed(boot->ready_s, 1) + " s\n";
  return text + "wall " + fixed(result.wall_s, 1) + " s; results in " + result.folder + "\n";
}

}  // namespace tflab::cli
