#include "cli/bench/control.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "cli/bench/codec.h"
#include "cli/bench/daemon.h"
#include "cli/bench/isolation.h"
#include "cli/bench/load.h"
#include "cli/bench/swarm.h"
#include "cli/bench/usage.h"
#include "cli/machine.h"
#include "cli/table.h"
#include "netns-lab/lab/command.h"

namespace tflab::bench {
namespace {

void make_network() {
  std::filesystem::create_directories("/run/openbgpd");
  netns::ip_batch("",
                  {"link set lo up", "addr add 172.16.0.1/32 dev lo",
                   "link add d0 type veth peer name d1", "addr add 172.16.0.1/12 dev d0",
                   "link set d0 up", "link set d1 up", "route replace local 172.16.0.0/12 dev lo"},
                  "make the network of the bench");
  const rlimit files{16384, 16384};
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0)
    throw std::runtime_error{"the bench may not open 16,384 files"};
}

class Folder {
public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tflab-bench-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error{"cannot make a folder " + name};
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

// What one run of one daemon under one load said, by figure: "cpu", "convergence", ...
using Measured = std::map<std::string, double>;
using Measure = std::function<void(Load& load, const Daemon& daemon, Measured& out)>;

void note(Measured& out, const std::string& of, const Phase& phase) {
  out[of + "cpu"] = phase.daemon_cpu_s;
  out[of + "time"] = phase.seconds;
  out["wrong"] += static_cast<double>(phase.faults());
  out["twice"] += static_cast<double>(phase.twice);
}

void reflect(Load& load, const Daemon& daemon, Measured& out) {
  note(out, "", load.announce());
  out["memory"] = usage_of(daemon.pid()).peak_mib;
  if (daemon.kind().withdraws) note(out, "withdraw-", load.withdraw_all());
}

void filter(Load& load, const Daemon& daemon, Measured& out) {
  note(out, "", load.announce());
  out["memory"] = usage_of(daemon.pid()).peak_mib;
  note(out, "swap-", load.swap_one_target());
}

void one_of_many_targets(Load& load, const Daemon&, Measured& out) {
  note(out, "", load.announce());
  note(out, "withdraw-", load.withdraw_vrf(0));
  note(out, "leave-", load.leave_vrf(2));
}

// One thing that is measured. `goals` name figures of ours; those of ratio are against the best of
// the others.
struct Case {
  std::string name;
  Workload load;
  Measure measure;
  std::vector<std::string> beside;  // daemons
  std::map<std::string, Goal> goals;
};

Workload workload(unsigned peers, unsigned prefixes, unsigned vrfs, unsigned originates,
                  unsigned imports, bool filtered) {
  return {peers, prefixes, vrfs, originates, imports, filtered, 8};
}

std::vector<Case> cases() {
  const std::vector<std::string> all = {"FRR", "BIRD", "OpenBGPD", "GoBGP"};
  const std::map<std::string, Goal> half = {{"cpu", {Goal::ratio_at_most, 0.5}},
                                            {"time", {Goal::ratio_at_most, 1}},
                                            {"memory", {Goal::ratio_at_most, 1}},
                                            {"wrong", {Goal::at_most, 0}},
                                            {"twice", {Goal::at_most, 0}}};
  return {
      {"reflect-10x10000", workload(10, 10000, 100, 5, 5, false), reflect, all, half},
      {"reflect-100x1000", workload(100, 1000, 100, 5, 5, false), reflect, all, half},
      {"targets-100x1000",
       workload(100, 1000, 100, 5, 5, true),
       filter,
       {},
       {{"cpu", {Goal::at_most, 0.3}},
        {"swap-time", {Goal::at_most, 0.5}},
        {"wrong", {Goal::at_most, 0}},
        {"twice", {Goal::at_most, 0}}}},
      {"one-of-2000-targets",
       workload(6, 16000, 2000, 2000, 1000, true),
       one_of_many_targets,
       {},
       {{"withdraw-time", {Goal::at_most, 0.1}},
        {"leave-time", {Goal::at_most, 0.1}},
        {"wrong", {Goal::at_most, 0}},
        {"twice", {Goal::at_most, 0}}}},
  };
}

class ControlBench {
public:
  explicit ControlBench(const Plan& plan) : plan_{plan} {
    figures_.bench = "control";
    figures_.machine = cli::cpu_model();
    isolate();
    make_network();
  }

  Figures run() {
    for (const Case& each : cases())
      if (wanted(each.name)) run(each);
    if (wanted(agents_case)) tell_agents(plan_.quick ? 100 : 2140, plan_.quick ? 200 : 2000);
    if (wanted("growth-routes")) grow_routes();
    if (wanted("growth-targets")) grow_targets();
    if (wanted("size")) measure_size();
    if (wanted("codec")) measure_updates();
    return std::move(figures_);
  }

private:
  bool wanted(const std::string& name) const {
    return plan_.only.empty() || std::ranges::any_of(plan_.only, [&](const std::string& pattern) {
             return cli::glob(pattern, name);
           });
  }

  Workload sized(Workload load) const {
    if (!plan_.quick) return load;
    load.peers = std::min(load.peers, 10u);
    load.prefixes = std::max(load.prefixes / 10, load.originates);
    return load;
  }

  // One run of one daemon. What it cannot do in time is noted with the time it was given: the
  // figure is then a lower bound of the daemon's.
  Measured measure(const Kind& kind, const Workload& load, const Measure& how) {
    Measured out;
    try {
      const Daemon daemon{kind, load, folder_.path()};
      Load clients{load, daemon.pid(), plan_.limit_s, plan_.quick ? 0.3 : kind.idle_s};
      clients.connect();
      how(clients, daemon, out);
    } catch (const std::exception& failure) {
      plan_.say(std::string{kind.name} + ": " + failure.what());
      if (&kind == &kinds().front()) throw;
    }
    return out;
  }

  using Samples = std::map<std::string, bench::Samples>;  // by figure
  void run(const Case& what) {
    std::map<std::string, Samples> all;  // by daemon
    const Workload load = sized(what.load);
    for (unsigned n = 1; n <= plan_.repeat; ++n)
      for (const Kind& kind : kinds()) {
        const bool ours = &kind == &kinds().front();
        if (!ours && std::ranges::count(what.beside, kind.name) == 0) continue;
        if (!installed(kind)) {
          if (n == 1) plan_.say(std::string{kind.name} + " is not installed and left out");
          continue;
        }
        plan_.say(what.name + ": " + kind.name + ", run " + std::to_string(n) + " of " +
                  std::to_string(plan_.repeat));
        for (const auto& [figure, value] : measure(kind, load, what.measure))
          all[kind.name][figure].values.push_back(value);
      }
    report(what, all);
  }

  static std::string unit_of(const std::string& figure) {
    if (figure == "memory") return "MiB";
    if (figure == "wrong" || figure == "twice") return "routes";
    if (figure == "bytes") return "bytes/agent";
    if (figure == "per-update") return "us/message";
    return figure.ends_with("cpu") ? "CPU s" : "s";
  }

  // Goals first, each against the best; then every daemon.
  void report(const Case& what, std::map<std::string, Samples>& all) {
    const std::string us = kinds().front().name;
    for (auto& [figure, ours] : all[us]) {
      Row row{what.name + "/" + figure, unit_of(figure), ours, {}, {}, {}};
      if (const auto goal = what.goals.find(figure); goal != what.goals.end() && judged(figure))
        row.goal = goal->second;
      if (figure != "wrong" && figure != "twice") best_of(all, figure, row);
      figures_.rows.push_back(row);
    }
    for (const std::string& name : what.beside)
      for (const char* figure : {"cpu", "time", "memory"})
        if (const auto found = all[name].find(figure); found != all[name].end())
          figures_.rows.push_back({what.name + "/" + figure + "/" + name,
                                   unit_of(figure),
                                   all[us][figure],
                                   found->second,
                                   name,
                                   {}});
  }

  bool judged(const std::string& figure) const {
    return !plan_.quick || figure == "wrong" || figure == "twice";
  }

  static void best_of(std::map<std::string, Samples>& all, const std::string& figure, Row& row) {
    for (auto& [name, samples] : all) {
      const auto found = samples.find(figure);
      if (name == kinds().front().name || found == samples.end()) continue;
      if (!row.reference.values.empty() && row.reference.median() <= found->second.median())
        continue;
      row.reference = found->second;
      row.reference_name = name;
    }
  }

  // --- agents, growth and size, ours alone

  // Every agent is told every port of one network. Channels, subscriptions and ports are all in the
  // time; the swarm shares the machine with the daemon, and its part is told.
  void tell_agents(unsigned agents, unsigned ports) {
    const std::string name = agents_case + std::string{"/"};
    Samples got;
    for (unsigned n = 1; n <= plan_.repeat; ++n) {
      plan_.say(name + " run " + std::to_string(n) + " of " + std::to_string(plan_.repeat));
      const Daemon daemon{control_node(), {.peers = agents}, folder_.path()};
      const double idle = usage_of(daemon.pid()).rss_mib;
      const SwarmFigures told =
          run_swarm(agents, ports, "default-domain:default-project:red:red", plan_.limit_s * 4);
      const Usage used = usage_of(daemon.pid());
      const auto note = [&](const char* figure, double value) {
        got[figure].values.push_back(value);
      };
      note("cpu", used.cpu_s);
      note("memory", used.peak_mib);
      note("bytes", (used.peak_mib - idle) * 1048576 / agents);
      note("time", told.connect_s + told.converge_s);
      note("wrong", static_cast<double>(told.missing));
      note("twice", static_cast<double>(told.twice));
      note("swarm-cpu", told.cpu_s);
      // What "cpu": {"per-update": ...} of a control node in a scenario is to be on this machine:
      // each agent subscribes, each port is published, the rest is told.
      note("per-update", used.cpu_s * 1e6 / static_cast<double>(told.messages + agents + ports));
    }
    const std::map<std::string, Goal> goals = {{"time", {Goal::at_most, 60}},
                                               {"memory", {Goal::at_most, 500 * 1e6 / 1048576}},
                                               {"swarm-cpu", {Goal::ratio_at_most, 1}},
                                               {"wrong", {Goal::at_most, 0}},
                                               {"twice", {Goal::at_most, 0}}};
    for (const auto& [figure, samples] : got) {
      Row row{name + figure, unit_of(figure), samples, {}, {}, {}};
      if (figure == "swarm-cpu") row.reference = got["cpu"], row.reference_name = "the daemon";
      if (const auto goal = goals.find(figure); goal != goals.end() && judged(figure))
        row.goal = goal->second;
      figures_.rows.push_back(row);
    }
  }

  void add(const std::string& name, const std::string& unit, double ours, double reference,
           const std::string& reference_name, Goal goal) {
    Row row{name, unit, {{ours}}, {}, reference_name, plan_.quick ? Goal{} : goal};
    if (!reference_name.empty()) row.reference.values = {reference};
    figures_.rows.push_back(row);
  }

  struct Cost {
    double cpu_us = 0, bytes = 0;  // for each route
  };
  Cost cost_of_routes(const Workload& load) {
    Cost cost;
    measure(kinds().front(), load, [&](Load& clients, const Daemon& daemon, Measured&) {
      const double before = usage_of(daemon.pid()).rss_mib;
      const Phase phase = clients.announce();
      cost.cpu_us = phase.daemon_cpu_s * 1e6 / load.routes();
      cost.bytes = (usage_of(daemon.pid()).rss_mib - before) * 1048576 / load.routes();
    });
    return cost;
  }

  // Linear: a route costs as much in a table of a million as in one of ten thousand. Small tables
  // fit the caches, so "as much" has room.
  void grow_routes() {
    plan_.say("growth-routes: 10,000 and 1,000,000");
    const unsigned most = plan_.quick ? 10000 : 500000;
    const Cost few = cost_of_routes(workload(2, 5000, 100, 5, 5, false));
    const Cost many = cost_of_routes(workload(2, most, 100, 5, 5, false));
    add("growth-routes/cpu", "us/route", many.cpu_us, few.cpu_us, "10,000 routes",
        {Goal::ratio_at_most, 2});
    add("growth-routes/bytes", "bytes/route", many.bytes, few.bytes, "10,000 routes",
        {Goal::ratio_at_most, 2});
  }

  // With as many routes, deliveries and attribute sets; only the targets grow.
  void grow_targets() {
    plan_.say("growth-targets: 100 and 10,000");
    const unsigned most = plan_.quick ? 1000 : 10000;
    const auto with = [&](unsigned targets) {
      Workload load = workload(10, most, targets, targets, targets / 2, true);
      load.nlri = 1;
      load.meds = true;
      return cost_of_routes(load);
    };
    const Cost few = with(100), many = with(most);
    add("growth-targets/cpu", "us/route", many.cpu_us, few.cpu_us, "100 targets",
        {Goal::ratio_at_most, 2});
    add("growth-targets/bytes", "bytes/route", many.bytes, few.bytes, "100 targets",
        {Goal::ratio_at_most, 2});
  }

  // What one more path of a known route takes, one more session and one more interest in a target:
  // by difference, so that what the program itself takes does not enter.
  void measure_size() {
    plan_.say("size");
    const auto resident = [&](unsigned peers, unsigned imports) {
      double mib = 0;
      measure(
          kinds().front(), workload(peers, 10, 1000, 10, imports, true),
          [&](Load&, const Daemon& daemon, Measured&) { mib = usage_of(daemon.pid()).rss_mib; });
      return mib * 1048576;
    };
    const double base = resident(100, 10);
    add("size/session", "bytes", (resident(200, 10) - base) / 100, 0, "", {});
    add("size/membership", "bytes", (resident(100, 100) - base) / (100 * 90), 0, "", {});
    const Workload load = workload(2, plan_.quick ? 5000 : 50000, 100, 5, 5, false);
    measure(kinds().front(), load, [&](Load& clients, const Daemon& daemon, Measured&) {
      clients.announce();
      const double before = usage_of(daemon.pid()).rss_mib;
      clients.announce_of_neighbours();
      const double grown = (usage_of(daemon.pid()).rss_mib - before) * 1048576;
      add("size/path", "bytes", grown / load.routes(), 0, "", {});
    });
  }

  // Messages as large as they may be, full of routes; no daemon takes part. A gigabyte a second is
  // a nanosecond for each octet.
  void measure_updates() {
    plan_.say("codec");
    std::map<std::string, bench::Samples> found;
    std::vector<std::string> order;
    for (unsigned n = 0; n < 3; ++n)
      for (const CodecFigure& each : measure_codec(plan_.quick ? 0.02 : 0.5)) {
        const std::string name = "codec/" + each.family + "/" + each.way;
        if (!found.contains(name)) order.push_back(name);
        found[name].values.push_back(each.seconds * 1e9 / static_cast<double>(each.octets));
      }
    const Goal goal = plan_.quick ? Goal{} : Goal{Goal::at_most, 1};
    for (const std::string& name : order)
      figures_.rows.push_back({name, "ns/octet", found[name], {}, {}, goal});
  }

  const Plan& plan_;
  Folder folder_;
  Figures figures_;
};

}  // namespace

Figures bench_control(const Plan& plan) {
  return ControlBench{plan}.run();
}

}  // namespace tflab::bench
