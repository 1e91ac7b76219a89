#include "cli/run.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "cli/exit_code.h"
#include "cli/machine.h"
#include "cli/pages.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/results.h"
#include "cli/signals.h"
#include "cli/table.h"
#include "netns-lab/netns_lab.h"
#include "netns-lab/vm/vms.h"
#include "scenarios/metrics.h"
#include "scenarios/play.h"
#include "scenarios/selection.h"
#include "sim/sim_lab.h"
#include "sim/world/estimate.h"

namespace tflab::cli {
namespace {

namespace fs = std::filesystem;
using scenario::Expectation;
using scenario::HostKind;
using scenario::Lab;
using scenario::Outcome;
using scenario::Scenario;
using scenario::Verdict;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A lab on this machine for the time of one run; gone with this object, however the run ends.
class TemporaryLab {
public:
  TemporaryLab(const Scenario& scenario, std::string name, const std::string& captures, bool keep,
               netns::Ground& ground)
      : name_{std::move(name)}, keep_{keep}, ground_{ground} {
    netns::deploy(scenario, name_, netns::Life::with_caller, ground_);
    try {
      lab_ = netns::attach(name_, captures, ground_);
    } catch (...) {
      netns::destroy(name_, ground_);
      throw;
    }
  }
  ~TemporaryLab() {
    lab_.reset();
    if (keep_) {
      std::cerr << "tflab: kept lab " << name_ << "; take it down with: tflab destroy " << name_
                << '\n';
      return;
    }
    try {
      netns::destroy(name_, ground_);
    } catch (const std::exception& error) {
      std::cerr << "tflab: " << error.what() << "; try: tflab clean\n";
    }
  }
  TemporaryLab(const TemporaryLab&) = delete;
  TemporaryLab& operator=(const TemporaryLab&) = delete;
  Lab& operator*() { return *lab_; }

private:
  std::string name_;
  bool keep_;
  netns::Ground& ground_;
  std::unique_ptr<Lab> lab_;
};

// What VMs have to tell is collected when a run ends, also when it ends badly.
class Collector {
public:
  Collector(netns::Vms& vms, std::string folder) : vms_{vms}, folder_{std::move(folder)} {}
  ~Collector() {
    try {
      vms_.collect(folder_);
    } catch (const std::exception& error) {
      std::cerr << "tflab: " << error.what() << '\n';
    }
  }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

private:
  netns::Vms& vms_;
  std::string folder_;
};

// What speakers sent, looked at from time to time; one that starts again counts from zero.
class MessageCounter {
public:
  MessageCounter(const Scenario& scenario, Lab& lab,
                 std::map<std::string, std::vector<MessageCount>>& counts)
      : lab_{lab}, counts_{counts} {
    for (const auto& [name, router] : scenario.bgp_routers)
      last_.emplace_back(scenario::speaker(scenario, name), 0);
  }

  void look(Instant now) {
    const double at_s = in_seconds(now - Instant{});
    if (at_s < next_s_) return;
    bool counts = false;
    for (auto& [node, last] : last_)
      if (const auto vitals = lab_.vitals(node)) {
        counts = true;
        sent_ += vitals->messages_sent - (vitals->messages_sent >= last ? last : 0);
        last = vitals->messages_sent;
      }
    if (counts) counts_[std::string{host_name(lab_.kind())}].push_back({at_s, sent_});
    next_s_ = at_s + apart_s;
  }

private:
  static constexpr double apart_s = 1;
  Lab& lab_;
  std::map<std::string, std::vector<MessageCount>>& counts_;
  std::vector<std::pair<scenario::NodeRef, std::uint64_t>> last_;
  std::uint64_t sent_ = 0;
  double next_s_ = 0;
};

bool selected(const Options& options, const std::string& id) {
  auto any = [&](const std::vector<std::string>& globs) {
    for (const auto& pattern : globs)
      if (glob(pattern, id)) return true;
    return false;
  };
  return (options.only.empty() || any(options.only)) && !any(options.except);
}

struct Run {
  const Options& options;
  Progress& progress;
  Clock::time_point start = Clock::now();
  RunResult result{};
  bool out_of_time = false;

  bool time_is_up() const { return options.timeout_s && seconds_since(start) > *options.timeout_s; }

  // Of a thousand nodes nobody reads the tables one by one.
  bool small() const {
    constexpr std::size_t many = 200;
    return result.scenario.virtual_routers.size() <= many;
  }
  // Pages would fill the disk: where each vRouter has a route to each machine, such a route takes
  // some ten kilobytes, with all that pages of all nodes say of it.
  bool keeps_pages() const {
    constexpr std::size_t most_routes = 50'000;
    return small() &&
           result.scenario.virtual_routers.size() * result.scenario.machines.size() <= most_routes;
  }

  scenario::Watch watch(Lab& lab) {
    return {[this, counter = MessageCounter{result.scenario, lab, result.messages}](
                const std::string& phase, const Outcome& so_far, Instant now) mutable {
              counter.look(now);
              unsigned failed = 0;
              for (const auto& finding : so_far.findings)
                failed += finding.verdict == Verdict::failed;
              const auto done = static_cast<unsigned>(so_far.findings.size());
              progress.status(phase, now, done - failed, failed,
                              static_cast<unsigned>(result.scenario.expectations.size()));
            },
            [this] {
              if (time_is_up()) out_of_time = true;
              return out_of_time || stop_signal() != 0;
            },
            small()};
  }

  void measure(Lab& lab, const std::string& host) {
    result.refusals[host] = scenario::refusals(lab);
    result.measurements[host] =
        scenario::measurements(result.scenario, lab, result.outcomes.back().events_done);
  }

  void keep_state(Lab& lab, const std::string& host) {
    write_pages(lab, result.folder + "/tables/" + host);
  }

  void on(HostKind kind) {
    const std::string host{host_name(kind)};
    const std::string captures =
        result.scenario.outputs.captures.empty() ? "" : result.folder + "/pcap/" + host;
    if (!captures.empty()) fs::create_directories(captures);
    progress.phase(result.scenario.name + " on " + host);
    if (kind == HostKind::sim) {
      const std::string recordings = options.record ? result.folder + "/recordings" : "";
      if (!recordings.empty()) fs::create_directories(recordings);
      auto lab = sim::bring_up(result.scenario, captures, recordings);
      result.outcomes.push_back(scenario::play(result.scenario, *lab, watch(*lab)));
      measure(*lab, host);
      result.summary = scenario::summary_of(result.scenario, result.measurements[host]);
      result.virtual_s = static_cast<double>(lab->now().ns) / 1e9;
      if (keeps_pages()) keep_state(*lab, host);
      result.digest[host] = lab->digest();
      return;
    }
    if (options.record)
      std::cerr << "tflab: --record is for sim; in namespaces give it to tflab-control or "
                   "tflab-vrouter\n";
    const std::string name = result.scenario.name + "-" + std::to_string(getpid());
    if (kind == HostKind::netns) {
      TemporaryLab lab{result.scenario, name, captures, options.keep, netns::this_machine()};
      play(*lab, host);
      return;
    }
    if (options.keep) std::cerr << "tflab: VMs end with the run, so --keep is not for kernel\n";
    netns::Vms vms{name};
    TemporaryLab lab{result.scenario, name, captures, false, vms};
    result.boot = vms.first_boot();
    const Collector collector{vms, result.folder + "/vms"};
    play(*lab, host);
  }

  void play(Lab& lab, const std::string& host) {
    result.outcomes.push_back(scenario::play(result.scenario, lab, watch(lab)));
    measure(lab, host);
    keep_state(lab, host);
  }

  void compare_hosts() {
    if (result.outcomes.size() < 2) return;
    bool wanted = result.scenario.run.differential;
    for (const auto& expectation : result.scenario.expectations)
      wanted = wanted || std::holds_alternative<scenario::SameAsCheck>(expectation.check);
    if (!wanted) return;
    const std::vector<std::string> everything{"tables", "fib", "reachability"};
    for (std::size_t i = 1; i < result.outcomes.size(); ++i)
      for (auto& line :
           scenario::differences(result.outcomes[0].state, result.outcomes[i].state, everything))
        result.differences.push_back(std::string{host_name(result.outcomes[0].host)} + " and " +
                                     std::string{host_name(result.outcomes[i].host)} + ": " + line);
    result.hosts_agree = result.differences.empty();
    scenario::judge_same_as(result.scenario, result.outcomes);
  }

  int exit_code() const {
    if (const int signal = stop_signal()) return signal == SIGTERM ? terminated : interrupted;
    if (out_of_time) return time_limit;
    const auto count = result.count();
    if (count.failed) return must_failed;
    if (result.hosts_agree == false) return hosts_disagree;
    if (count.passed + count.should_failed == 0) return nothing_checked;
    return count.should_failed && options.strict ? should_failed : all_hold;
  }
};

std::vector<HostKind> hosts_for(const Options& options, const Scenario& scenario) {
  return options.on.empty() ? scenario.run.on : options.on;
}

bool contains(const std::vector<HostKind>& hosts, HostKind kind) {
  for (HostKind host : hosts)
    if (host == kind) return true;
  return false;
}

void complain_about_machine(const std::vector<HostKind>& hosts) {
  constexpr const char* on_sim = "\n  (--on sim needs none of it)";
  const bool vms = contains(hosts, HostKind::kernel);
  if (vms || contains(hosts, HostKind::netns))
    complain_about(netns::missing(), "namespaces", on_sim);
  if (vms) complain_about(netns::missing_for_vms(), "VMs", on_sim);
}

// A run that would be killed in its middle is not begun.
void complain_about_size(const Scenario& scenario, const std::vector<HostKind>& hosts) {
  if (!contains(hosts, HostKind::sim)) return;
  if (const std::string too_big = too_big_for_memory(scenario); !too_big.empty())
    throw EnvironmentError{too_big};
}

void complain_about_space(const std::string& results) {
  constexpr std::uintmax_t least = 64u << 20;
  std::error_code unknown;
  fs::create_directories(results, unknown);
  const auto space = fs::space(results, unknown);
  if (!unknown && space.available < least)
    throw EnvironmentError{"there is too little room for results in " + results + ": " +
                           std::to_string(space.available >> 20) + " MiB of the " +
                           std::to_string(least >> 20) + " that a run may need; --results DIR"};
}

void print_result(const Options& options, const RunResult& result) {
  const bool json = options.format == "json" || options.format == "jsonl";
  const bool color = options.color == "always" ||
                     (options.color == "auto" && isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR"));
  const std::string text = options.format == "json" ? to_json(result).dump(2) + "\n"
                           : options.format == "jsonl"
                               ? to_json(result).dump() + "\n"
                               : summary_text(result, color && options.output.empty());
  if (options.output.empty()) {
    if (json || !options.quiet) std::cout << text << std::flush;
    return;
  }
  std::ofstream out{options.output};
  if (!(out << text).flush()) throw EnvironmentError{"cannot write " + options.output};
}

int run_scenario(const Options& options, Scenario scenario, const std::vector<std::string>& argv) {
  const auto hosts = hosts_for(options, scenario);
  complain_about_machine(hosts);
  complain_about_size(scenario, hosts);
  complain_about_space(options.results);
  scenario::select_expectations(scenario,
                                [&](const std::string& id) { return selected(options, id); });

  Progress progress{options.progress, options.quiet};
  const ForeignCpu foreign;
  Run run{options, progress};
  run.result.argv = argv;
  run.result.date = utc_date();
  run.result.scenario = std::move(scenario);
  run.result.folder =
      make_run_folder(options.results, run.result.scenario.name, run.result.scenario.run.seed);
  for (HostKind host : hosts) {
    run.on(host);
    if (stop_signal() || run.out_of_time) break;
  }
  run.compare_hosts();
  progress.finish();
  run.result.wall_s = seconds_since(run.start);
  run.result.foreign_cpu_percent = foreign.percent();
  write_results(run.result);
  print_result(options, run.result);
  return run.exit_code();
}

}  // namespace

std::string too_big_for_memory(const Scenario& scenario) {
  const std::uint64_t wanted = sim::estimate_of(scenario).octets();
  const auto available = available_memory();
  if (!available || wanted <= *available) return {};
  return scenario.name + " on sim takes about " + in_gib(wanted) + " of memory, and " +
         in_gib(*available) +
         " are available here; make it smaller (--set /vars/..., --overlay), or take another "
         "machine";
}

std::optional<Scenario> load_or_complain(const std::string& file, const Options& options) {
  auto loaded = scenario::load(file, options.load_options());
  if (auto* faults = std::get_if<std::vector<scenario::Fault>>(&loaded)) {
    for (const auto& fault : *faults) std::cerr << to_text(fault) << '\n';
    return {};
  }
  return std::move(std::get<Scenario>(loaded));
}

int run(const Options& options, const std::vector<std::string>& argv) {
  struct One {
    std::string file;
    std::uint64_t seed;
  };
  std::vector<One> runs;
  for (const auto& file : options.files) {  // all of them are sound before the first is run
    const auto scenario = load_or_complain(file, options);
    if (!scenario) return usage_error;
    for (unsigned i = 0; i < options.repeat.value_or(1); ++i)
      runs.push_back({file, scenario->run.seed + i});
  }
  int worst = all_hold;
  for (const One& one : runs) {
    // Read again: what is generated follows from the seed.
    Options with_seed = options;
    with_seed.seed = one.seed;
    auto scenario = load_or_complain(one.file, with_seed);
    if (!scenario) return usage_error;
    const int code = run_scenario(options, std::move(*scenario), argv);
    if (code >= interrupted) return code;
    if (worst == all_hold) worst = code;
  }
  return worst;
}

}  // namespace tflab::cli
