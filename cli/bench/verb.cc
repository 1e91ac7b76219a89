#include "cli/bench/verb.h"

#include <unistd.h>

#include <fstream>
#include <iostream>

#include "cli/bench/control.h"
#include "cli/bench/load.h"
#include "cli/exit_code.h"
#include "cli/progress.h"
#include "cli/signals.h"

#include <csignal>

namespace tflab::cli {

int bench_control(const Options& options) {
  if (::geteuid() != 0) throw EnvironmentError{"a bench makes network namespaces: run it as root"};
  Progress progress{options.progress, options.quiet};
  bench::Plan plan;
  plan.only = options.only;
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
    bench::print(options.output.empty() ? std::cout : file, figures, options.format);
    return figures.hold() ? all_hold : must_failed;
  } catch (const bench::Interrupted&) {
    return stop_signal() == SIGTERM ? terminated : interrupted;
  }
}

}  // namespace tflab::cli
