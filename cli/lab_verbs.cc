#include "cli/lab_verbs.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/exit_code.h"
#include "cli/explain.h"
#include "cli/machine.h"
#include "cli/results.h"
#include "cli/run.h"
#include "cli/show.h"
#include "cli/signals.h"
#include "cli/table.h"
#include "netns-lab/netns_lab.h"
#include "scenarios/lint.h"
#include "scenarios/play.h"
#include "scenarios/standing.h"
#include "sim/world/estimate.h"

namespace tflab::cli {
namespace {

namespace fs = std::filesystem;
using scenario::Scenario;
using scenario::Verdict;

// Where a verb's answer goes: -o FILE, or standard output.
class Out {
public:
  explicit Out(const Options& options) : name_{options.output} {
    if (!name_.empty()) file_.open(name_);
  }
  std::ostream& operator*() { return name_.empty() ? std::cout : file_; }
  ~Out() noexcept(false) {
    if (!(**this).flush())
      throw EnvironmentError{"cannot write " + (name_.empty() ? "standard output" : name_)};
  }

private:
  std::string name_;
  std::ofstream file_;
};

std::vector<std::string> names_of(const std::vector<netns::LabInfo>& labs) {
  std::vector<std::string> names;
  for (const auto& lab : labs) names.push_back(lab.name);
  return names;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : std::string{between}) + word;
  return text;
}

Scenario scenario_of(const netns::LabInfo& lab, const Options& options) {
  auto load = options.load_options();
  load.standing = true;
  auto loaded = scenario::load(lab.document, load);
  auto* scenario = std::get_if<Scenario>(&loaded);
  if (!scenario) throw EnvironmentError{"the scenario of lab " + lab.name + " is broken"};
  return std::move(*scenario);
}

void need_machine() {
  const auto lacks = netns::missing();
  if (!lacks.empty())
    throw EnvironmentError{"this machine cannot host namespaces:\n  " + joined(lacks, "\n  ")};
}

// The newest finished run below `results`.
std::string latest_run(const std::string& results) {
  fs::path newest;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(results, error)) {
    const fs::path latest = entry.path() / "latest";
    if (!fs::is_directory(latest)) continue;
    if (newest.empty() || fs::last_write_time(latest) > fs::last_write_time(newest))
      newest = latest;
  }
  return newest.string();
}

std::string tables_of(const Options& options) {
  const std::string run =
      options.run_folder.empty() ? latest_run(options.results) : options.run_folder;
  if (run.empty())
    throw UsageError{"no lab stands here and " + options.results + "/ holds no finished run"};
  const fs::path tables = fs::path{run} / "tables";
  if (!options.on.empty()) return (tables / host_name(options.on.front())).string();
  for (const char* host : {"sim", "netns", "kernel"})
    if (fs::is_directory(tables / host)) return (tables / host).string();
  throw UsageError{run + " holds no tables"};
}

Table findings_table(const std::vector<scenario::Finding>& findings) {
  Table table{{"verdict", "id", "wanted", "got", "source"}, {}};
  for (const auto& finding : findings)
    table.rows.push_back({std::string{to_text(finding.verdict)}, finding.id, finding.wanted,
                          finding.got, finding.source});
  return table;
}

// NODE or NODE/INTERFACE.
std::pair<std::string, std::string> node_and_interface(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return {text, "eth0"};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

}  // namespace

netns::LabInfo the_lab(const std::string& name) {
  const auto labs = netns::labs();
  if (name.empty() && labs.size() == 1) return labs.front();
  for (const auto& lab : labs)
    if (lab.name == name) return lab;
  if (labs.empty()) throw UsageError{"no lab stands here; bring one up with: tflab deploy FILE"};
  throw UsageError{(name.empty() ? "which lab? " : "no lab named \"" + name + "\"; ") +
                   std::string{"there are: "} + joined(names_of(labs), ", ")};
}

int lint(const Options& options) {
  int code = all_hold;
  for (const auto& file : options.files) {
    const auto scenario = load_or_complain(file, options);
    if (!scenario) {
      code = usage_error;
      continue;
    }
    const auto warnings = scenario::lint(*scenario);
    for (const auto& warning : warnings) std::cerr << to_text(warning) << " (warning)\n";
    if (!warnings.empty() && options.strict && code == all_hold) code = should_failed;
    const auto& hosts = options.on.empty() ? scenario->run.on : options.on;
    const bool simulated = std::ranges::find(hosts, scenario::HostKind::sim) != hosts.end();
    if (const auto too_big = too_big_for_memory(*scenario); simulated && !too_big.empty()) {
      std::cerr << file << ": " << too_big << '\n';
      code = environment_error;
      continue;
    }
    if (!options.quiet)
      std::cout << file << ": " << scenario->bgp_routers.size() << " control nodes, "
                << scenario->virtual_routers.size() << " vRouters, " << scenario->networks.size()
                << " networks, " << scenario->machines.size() << " machines, "
                << scenario->events.size() << " events, " << scenario->expectations.size()
                << " expectations: fine"
                << (simulated ? "; about " + in_gib(sim::estimate_of(*scenario).octets()) +
                                    " of memory on sim"
                              : "")
                << '\n';
  }
  return code;
}

int expand(const Options& options) {
  const auto scenario = load_or_complain(options.files.front(), options);
  if (!scenario) return usage_error;
  Out out{options};
  *out << scenario->document.dump(2) << '\n';
  return all_hold;
}

int deploy(const Options& options) {
  const auto scenario = load_or_complain(options.files.front(), options);
  if (!scenario) return usage_error;
  need_machine();
  const std::string name = options.name.empty() ? scenario->name : options.name;
  const auto changes = netns::deploy(*scenario, name);
  Table table{{"change", "what"}, {}};
  for (const auto& what : changes.added) table.rows.push_back({"added", what});
  for (const auto& what : changes.changed) table.rows.push_back({"changed", what});
  for (const auto& what : changes.removed) table.rows.push_back({"removed", what});
  Out out{options};
  if (table.rows.empty() && options.format == "table")
    *out << "lab " << name << ": nothing to change\n";
  else
    print(*out, table, options.format);
  return all_hold;
}

int destroy(const Options& options) {
  const auto lab = the_lab(options.name);
  netns::destroy(lab.name);
  if (!options.quiet) std::cout << "lab " << lab.name << " is gone\n";
  return all_hold;
}

int clean(const Options& options) {
  const auto gone = netns::clean(options.all);
  Table table{{"removed"}, {}};
  for (const auto& what : gone) table.rows.push_back({what});
  Out out{options};
  if (gone.empty() && options.format == "table")
    *out << "nothing of ours was left over\n";
  else
    print(*out, table, options.format);
  return all_hold;
}

int status(const Options& options) {
  Table table{{"lab", "alive", "nodes", "scenario"}, {}};
  for (const auto& lab : netns::labs())
    if (options.name.empty() || lab.name == options.name)
      table.rows.push_back(
          {lab.name, lab.alive ? "yes" : "no", joined(lab.nodes, " "), lab.scenario_file});
  Out out{options};
  print(*out, table, options.format);
  return all_hold;
}

int verify(const Options& options) {
  const auto info = the_lab(options.name);
  const Scenario scenario = scenario_of(info, options);
  const auto lab = netns::attach(info.name, "");
  const auto findings = scenario::verify(scenario, *lab);
  Out out{options};
  print(*out, findings_table(findings), options.format);
  bool failed = false, checked = false;
  for (const auto& finding : findings) {
    failed = failed || finding.verdict == Verdict::failed;
    checked = checked || finding.verdict != Verdict::skipped;
  }
  if (!checked) return nothing_checked;
  return failed ? must_failed : all_hold;
}

int event(const Options& options) {
  const auto info = the_lab(options.name);
  Scenario scenario = scenario_of(info, options);
  const auto lab = netns::attach(info.name, "");
  for (const auto& id : options.words) {
    const scenario::Event* found = nullptr;
    std::vector<std::string> ids;
    for (const auto& candidate : scenario.events) {
      ids.push_back(candidate.id);
      if (candidate.id == id) found = &candidate;
    }
    if (!found)
      throw UsageError{"the scenario has no event \"" + id + "\"; it has: " + joined(ids, ", ")};
    const auto happening = scenario::perform(*found, scenario, *lab);
    std::cout << happening.id << ": " << happening.what << '\n';
  }
  return all_hold;
}

namespace {

// Of a lab that stands, else of a finished run.
using Look = void (*)(std::ostream& out, const Options& options, Pages& pages);
int look(const Options& options, Look at) {
  Out out{options};
  if (options.run_folder.empty() && options.on.empty()) {
    const auto labs = netns::labs();
    if (!options.name.empty() || !labs.empty()) {
      const auto lab = netns::attach(the_lab(options.name).name, "");
      at(*out, options, *lab);
      return all_hold;
    }
  }
  const auto pages = finished_pages(tables_of(options));
  at(*out, options, *pages);
  return all_hold;
}

}  // namespace

int show_verb(const Options& options) {
  return look(options, show);
}
int explain_verb(const Options& options) {
  return look(options, explain);
}

int exec(const Options& options) {
  std::vector<std::string> command = options.words;
  if (command.empty()) {
    const char* shell = std::getenv("SHELL");
    command = {shell ? shell : "/bin/sh"};
  }
  return netns::exec(the_lab(options.name).name, options.of, command);
}

int capture(const Options& options) {
  const auto [node, interface_name] = node_and_interface(options.of);
  netns::capture(the_lab(options.name).name, node, interface_name, options.output,
                 joined(options.words, " "), [] { return stop_signal() != 0; });
  return all_hold;
}

}  // namespace tflab::cli
