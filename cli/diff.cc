#include "cli/diff.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "cli/exit_code.h"
#include "cli/table.h"

namespace tflab::cli {
namespace {

using scenario::Json;

// What one run has under a name, against the other.
using ByName = std::map<std::string, std::string>;

ByName expectations_on(const FinishedRun& run, const std::string& host) {
  ByName out;
  for (const Json& each : run.result["expectations"]["list"])
    if (each.value("host", "") == host)
      out[each.value("id", "")] = each.value("verdict", "") + ": " + each.value("got", "");
  return out;
}

ByName metrics_on(const FinishedRun& run, const std::string& host) {
  ByName out;
  if (const auto all = run.measurements.find(host); all != run.measurements.end())
    for (const scenario::Measurement& each : all->second)
      out[each.metric + " of " + std::string{scenario::word_of(each.node.kind)} + ' ' +
          each.node.name] = Json(each.value).dump();
  return out;
}

std::set<std::string> hosts_of(const FinishedRun& run) {
  std::set<std::string> out;
  for (const Json& host : run.result.value("hosts", Json::array()))
    out.insert(host.get<std::string>());
  return out;
}

// Of a line, what must be the same: in real time nothing happens twice at the same moment.
std::string comparable(const std::string& line, bool with_time) {
  Json event = Json::parse(line, nullptr, false);
  if (!event.is_object()) return line;
  if (!with_time) event.erase("at_s");
  return event.dump();
}

class RunComparison {
public:
  RunComparison(const FinishedRun& a, const FinishedRun& b, std::vector<std::string>& compared)
      : a_{a}, b_{b}, compared_{compared} {}

  std::vector<RunDifference> run() {
    const auto ours = hosts_of(a_), theirs = hosts_of(b_);
    for (const std::string& host : ours)
      if (theirs.contains(host))
        compare_on(host);
      else
        add("hosts", host, "only in the first");
    for (const std::string& host : theirs)
      if (!ours.contains(host)) add("hosts", host, "only in the second");
    return std::move(out_);
  }

private:
  void add(const std::string& part, const std::string& host, std::string what) {
    out_.push_back({part, host, std::move(what)});
  }

  void compare_on(const std::string& host) {
    digests(host);
    states(host);
    by_name("expectations", host, expectations_on(a_, host), expectations_on(b_, host));
    by_name("metrics", host, metrics_on(a_, host), metrics_on(b_, host));
    events(host);
  }

  // Of everything said in virtual time; other hosts have none.
  void digests(const std::string& host) {
    const std::string one = a_.result["digest"].value(host, ""),
                      two = b_.result["digest"].value(host, "");
    if (one != two) add("digest", host, one + " against " + two);
    if (!one.empty() && one == two) compared_.push_back(host + ": digest " + one);
  }

  void states(const std::string& host) {
    const auto one = final_state(a_, host), two = final_state(b_, host);
    if (!one || !two) {
      compared_.push_back(host + ": no tables (" + (one ? "the second" : "the first") +
                          " run kept none)");
      return;
    }
    compared_.push_back(host + ": tables (control nodes: " + std::to_string(one->tables.size()) +
                        "), forwarding entries (vRouters: " + std::to_string(one->fib.size()) +
                        ')');
    for (std::string& line : scenario::differences(*one, *two, {"tables", "fib"}))
      add("tables", host, std::move(line));
  }

  void by_name(const std::string& part, const std::string& host, const ByName& one,
               const ByName& two) {
    compared_.push_back(host + ": " + std::to_string(one.size()) + ' ' + part);
    for (const auto& [name, value] : one)
      if (const auto other = two.find(name); other == two.end())
        add(part, host, name + ": only in the first");
      else if (value != other->second)
        add(part, host, name + ": " + value + " against " + other->second);
    for (const auto& [name, value] : two)
      if (!one.contains(name)) add(part, host, name + ": only in the second");
  }

  // The first one alone: what comes after it follows from it more often than not.
  void events(const std::string& host) {
    static const std::vector<std::string> none;
    const auto of = [&](const FinishedRun& run) -> const std::vector<std::string>& {
      const auto at = run.events.find(host);
      return at == run.events.end() ? none : at->second;
    };
    const auto &one = of(a_), &two = of(b_);
    compared_.push_back(host + ": " + std::to_string(one.size()) + " events");
    const bool with_time = host == "sim";
    for (std::size_t i = 0; i < std::max(one.size(), two.size()); ++i) {
      const std::string left = i < one.size() ? comparable(one[i], with_time) : "nothing",
                        right = i < two.size() ? comparable(two[i], with_time) : "nothing";
      if (left == right) continue;
      add("events", host, "event " + std::to_string(i + 1) + ": " + left + " against " + right);
      return;
    }
  }

  const FinishedRun &a_, &b_;
  std::vector<std::string>& compared_;
  std::vector<RunDifference> out_;
};

}  // namespace

std::vector<RunDifference> differences_of(const FinishedRun& a, const FinishedRun& b,
                                          std::vector<std::string>& compared) {
  return RunComparison{a, b, compared}.run();
}

int diff(const Options& options) {
  std::vector<std::string> compared;
  const auto found = differences_of(finished_run(options.words.at(0)),
                                    finished_run(options.words.at(1)), compared);
  if (!options.quiet)
    for (const std::string& line : compared) std::cerr << "tflab: compared on " << line << '\n';
  Table table{{"part", "host", "difference"}, {}};
  for (const RunDifference& each : found) table.rows.push_back({each.part, each.host, each.what});
  std::ofstream file;
  if (!options.output.empty()) file.open(options.output);
  std::ostream& out = options.output.empty() ? std::cout : file;
  if (found.empty() && options.format == "table")
    out << "the same\n";
  else
    print(out, table, options.format);
  return found.empty() ? 0 : 1;
}

}  // namespace tflab::cli
