#include "cli/bench/verb.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/bench/control.h"
#include "cli/bench/load.h"
#include "cli/exit_code.h"
#include "cli/progress.h"
#include "cli/signals.h"

#include <csignal>

namespace tflab::cli {
namespace {

// "cpu" of a bgp-router (docs/scale.md) that works as ours does on this machine: one thread.
void print_processor_model(std::ostream& out, const bench::Figures& figures) {
  const auto row = std::ranges::find(figures.rows, bench::agents_case + std::string{"/per-update"},
                                     &bench::Row::name);
  const auto ns = static_cast<long>(row->ours.median() * 1000);
  out << nlohmann::json{{"cores", 1}, {"per-update", std::to_string(ns) + "ns"}}.dump() << '\n';
}

}  // namespace

int bench_control(const Options& options) {
  if (::geteuid() != 0) throw EnvironmentError{"a bench makes network namespaces: run it as root"};
  Progress progress{options.progress, options.quiet};
  bench::Plan plan;
  if (options.calibrate && !options.only.empty())
    throw UsageError{"--calibrate runs one case of its own; take --only out"};
  plan.only = options.calibrate ? std::vector<std::string>{bench::agents_case} : options.only;
  plan.quick = options.quick;
  plan.repeat = options.repeat.value_or(options.quick ? 1 : 3);
  plan.limit_s = options.timeout_s.value_or(60);
  plan.say = [&](const std::string& text) { progress.phase(text); };
  try {
    const bench::Figures figures = bench::bench_control(plan);
    progress.finish();
    if (figures.rows.empty()) throw UsageError{"--only matches no case"};
    std::ofstream file;
    if (!options.output.empty()) file.open(options.output);
    if (options.calibrate) {
      print_processor_model(options.output.empty() ? std::cout : file, figures);
      return all_hold;
    }
    bench::print(options.output.empty() ? std::cout : file, figures, options.format);
    return figures.hold() ? all_hold : must_failed;
  } catch (const bench::Interrupted&) {
    return stop_signal() == SIGTERM ? terminated : interrupted;
  }
}

}  // namespace tflab::cli
