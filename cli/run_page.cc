#include "cli/run_page.h"

#include <algorithm>
#include <set>

#include "cli/charts.h"
#include "cli/svg.h"
#include "cli/topology_chart.h"
#include "scenarios/diagram.h"

namespace tflab::cli {
namespace {

using scenario::Finding;
using scenario::Json;
using scenario::Measurement;
using scenario::NodeRef;
using scenario::Outcome;
using scenario::Verdict;

// What is asked of which kind of node, and what it is called to people.
struct Distribution {
  const char* metric;
  NodeRef::Kind kind;
  const char *title, *unit;
};
constexpr Distribution distributions[] = {
    {"routes", NodeRef::vrouter, "Routes on each vRouter", "routes"},
    {"vpn-prefixes", NodeRef::control_node, "Prefixes on each control node", "prefixes"},
    {"vpn-prefixes", NodeRef::router, "Prefixes on each ASIC router", "prefixes"},
    {"messages-sent", NodeRef::control_node, "Messages sent by each control node", "messages"},
    {"convergence-time", NodeRef::vrouter, "Last news on each vRouter", "s after the last event"},
    {"convergence-time", NodeRef::control_node, "Last news on each control node",
     "s after the last event"},
};

std::vector<Series> series_of(const NamedMeasurements& all, const Distribution& wanted) {
  std::vector<Series> out;
  for (const auto& [name, measurements] : all) {
    Series series{name, {}};
    for (const Measurement& each : measurements)
      if (each.metric == wanted.metric && each.node.kind == wanted.kind)
        series.values.push_back(each.value);
    if (!series.values.empty()) out.push_back(std::move(series));
  }
  return out;
}

void add_topology(Page& page, const RunResult& result) {
  page.heading("Topology");
  const TopologyChart chart =
      topology_chart(scenario::diagram(result.scenario, scenario::View::bgp));
  if (chart.svg.empty()) {
    page.paragraph("The scenario has no nodes.");
    return;
  }
  if (chart.gathered)
    page.paragraph("vRouters are gathered by the control nodes they are configured to speak with.",
                   "faint");
  page.drawing(chart.svg).table(chart.table, "Nodes and their configured sessions");
}

Lane events_of(const RunResult& result, const Outcome& outcome) {
  std::set<std::string_view> ids;
  for (const scenario::Event& event : result.scenario.events) ids.insert(event.id);
  Lane lane{"events, " + std::string{host_name(outcome.host)}, {}};
  for (const scenario::Happening& each : outcome.happenings)
    if (ids.contains(each.id))
      lane.marks.push_back({in_seconds(each.at), "event", each.id, each.what});
  return lane;
}

Lane verdicts_of(const Outcome& outcome) {
  Lane lane{"expectations, " + std::string{host_name(outcome.host)}, {}};
  for (const Finding& each : outcome.findings)
    if (each.verdict != Verdict::skipped)
      lane.marks.push_back(
          {in_seconds(each.at), std::string{to_text(each.verdict)}, each.id, each.got});
  return lane;
}

// What was sent in each piece of time, by the second.
Curve rate_of(const std::string& host, const std::vector<MessageCount>& counts) {
  Curve out{"messages by control nodes and routers each second, " + host, {}};
  MessageCount before{};
  for (const MessageCount& each : counts) {
    if (each.at_s <= before.at_s) continue;
    out.ends.emplace_back(each.at_s,
                          static_cast<double>(each.sent - before.sent) / (each.at_s - before.at_s));
    before = each;
  }
  return out;
}

void add_timeline(Page& page, const RunResult& result) {
  page.heading("Timeline");
  std::vector<Lane> lanes;
  std::vector<Curve> curves;
  for (const Outcome& outcome : result.outcomes) {
    for (Lane lane : {events_of(result, outcome), verdicts_of(outcome)})
      if (!lane.marks.empty()) lanes.push_back(std::move(lane));
    const std::string host{host_name(outcome.host)};
    if (const auto counts = result.messages.find(host); counts != result.messages.end())
      if (Curve curve = rate_of(host, counts->second); !curve.ends.empty())
        curves.push_back(std::move(curve));
  }
  if (lanes.empty()) {
    page.paragraph("Nothing happened: no event, no verdict.");
    return;
  }
  page.drawing(timeline("timeline", lanes, curves));
  page.paragraph(
      "A bar is an event, a dot an expectation that held, a cross one that did not; larger ones "
      "are several at about the same moment.",
      "faint");
}

void add_findings(Page& page, const RunResult& result) {
  Table findings{{"host", "expectation", "verdict", "wanted", "got", "at, s", "source"}, {}};
  for (const Outcome& outcome : result.outcomes)
    for (const Finding& each : outcome.findings)
      findings.rows.push_back({std::string{host_name(each.host)}, each.id,
                               std::string{to_text(each.verdict)}, each.wanted, each.got,
                               in_digits(in_seconds(each.at), 3), each.source});
  page.heading("Expectations").table(findings, "What was wanted and what was got", "verdict");
  Table events{{"host", "at, s", "id", "what"}, {}};
  for (const Outcome& outcome : result.outcomes)
    for (const scenario::Happening& each : outcome.happenings)
      events.rows.push_back({std::string{host_name(outcome.host)},
                             in_digits(in_seconds(each.at), 3), each.id, each.what});
  page.heading("Events").table(events, "What happened, verdicts included (events.jsonl)");
}

std::string outcome_in_words(const RunResult& result) {
  const auto count = result.count();
  return std::to_string(count.passed) + " passed, " + std::to_string(count.failed) + " failed, " +
         std::to_string(count.should_failed) + " should failed, " + std::to_string(count.skipped) +
         " skipped; hosts agree: " +
         (!result.hosts_agree   ? "not compared"
          : *result.hosts_agree ? "yes"
                                : "no");
}

}  // namespace

void add_distributions(Page& page, const NamedMeasurements& all) {
  page.heading("Distributions");
  bool any = false;
  for (const Distribution& each : distributions) {
    const auto series = series_of(all, each);
    if (series.empty()) continue;
    any = true;
    page.subheading(each.title);
    // Of one node alone the table says all there is.
    if (std::ranges::any_of(series, [](const Series& one) { return one.values.size() > 1; })) {
      const std::string id = std::string{each.metric} + '-' + std::string{word_of(each.kind)};
      page.drawing(histogram(id, each.title, each.unit, series));
    }
    page.table(distribution_table(series), each.unit);
  }
  if (!any) page.paragraph("Nothing was measured.");
}

Table provenance_table(const Json& run) {
  Table table{{"what", "value"}, {}};
  const auto row = [&](const char* what, std::string value) {
    if (!value.empty()) table.rows.push_back({what, std::move(value)});
  };
  std::string command, hosts, digests;
  for (const Json& word : run["argv"])
    command += (command.empty() ? "" : " ") + word.get<std::string>();
  for (const Json& host : run["hosts"])
    hosts += (hosts.empty() ? "" : ", ") + host.get<std::string>();
  for (const auto& [host, digest] : run["digest"].items())
    digests += (digests.empty() ? "" : ", ") + host + ' ' + digest.get<std::string>();
  row("scenario file", run["file"].get<std::string>());
  row("command", command);
  row("seed", std::to_string(run["seed"].get<std::uint64_t>()));
  row("hosts", hosts);
  row("digest", digests);
  row("version",
      run["version"].get<std::string>() + ", commit " + run["commit"].get<std::string>());
  row("date", run["date"].get<std::string>());
  row("machine", run["machine"].get<std::string>());
  row("wall time, s", in_digits(run["wall_s"].get<double>(), 2));
  if (const Json& boot = run["boot"]; !boot.is_null())
    row("VMs ready, s", in_digits(boot["ready_s"].get<double>(), 2));
  row("scenario time, s", in_digits(run["virtual_s"].get<double>(), 2));
  row("peak memory, MiB", in_digits(run["peak_rss_bytes"].get<double>() / (1024 * 1024), 1));
  row("processor time taken by others, %", in_digits(run["foreign_cpu_percent"].get<double>(), 1));
  return table;
}

std::string report_html(const RunResult& result) {
  Page page{result.scenario.name, result.scenario.description};
  const auto count = result.count();
  page.paragraph(outcome_in_words(result),
                 count.failed != 0 || result.hosts_agree == false ? "failed" : "passed");
  if (!result.differences.empty()) {
    Table differences{{"difference"}, {}};
    for (const std::string& line : result.differences) differences.rows.push_back({line});
    page.heading("Differences between hosts").table(differences, "Where hosts ended otherwise");
  }
  add_topology(page, result);
  add_timeline(page, result);
  NamedMeasurements measured;
  for (const Outcome& outcome : result.outcomes) {
    const std::string host{host_name(outcome.host)};
    if (const auto at = result.measurements.find(host); at != result.measurements.end())
      measured.emplace_back(host, at->second);
  }
  add_distributions(page, measured);
  add_findings(page, result);
  page.heading("Provenance").table(provenance_table(to_json(result)), "Where this comes from");
  return std::move(page).done();
}

}  // namespace tflab::cli
