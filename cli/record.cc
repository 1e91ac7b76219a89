#include "cli/record.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/exit_code.h"
#include "cli/lab_verbs.h"
#include "cli/signals.h"
#include "pcap-replay/forwarding/case.h"
#include "pcap-replay/forwarding/verify.h"
#include "recording/replay.h"

namespace tflab::cli {
namespace {

// The tables as they stood when the recording ended, whatever the way to them was.
forwarding::Tables tables_of(const std::string& recording) {
  std::ifstream in{recording};
  if (!in) throw UsageError{"cannot read " + recording};
  forwarding::Tables tables;
  forwarding::Stand stand{tables.limits};
  try {
    for (const vr::Op& op : recording::programmed(in))
      stand.apply(op);  // a refusal changes nothing
  } catch (const std::runtime_error& error) {
    throw UsageError{recording + ": " + error.what()};
  }
  tables.ops = stand.tables();
  return tables;
}

void create_from_files(const Options& options) {
  forwarding::Tables tables = tables_of(options.tables);
  if (options.vif) tables.in = VifId{*options.vif};
  forwarding::create(options.folder, tables, forwarding::read_arrivals(options.capture, tables));
  const auto verdict = forwarding::verify(forwarding::load_case(options.folder));
  forwarding::accept(options.folder, verdict.sent, verdict.moved);
  std::ofstream{options.folder + "/why.md"} << "Recorded from " << options.capture << " and "
                                            << options.tables << ".\n";
}

void create_from_lab(const Options& options) {
  using Clock = std::chrono::steady_clock;
  const std::string lab = the_lab(options.name).name;
  const auto end = Clock::now() + std::chrono::duration<double>{options.for_s};
  const auto [what, ended] =
      netns::record(lab, options.of, [&] { return stop_signal() != 0 || Clock::now() >= end; });
  if (what.arrivals.empty())
    throw EnvironmentError{"nothing came in at " + options.of + "; send something, or wait longer"};
  forwarding::create(options.folder, what.tables, what.arrivals);
  forwarding::accept(options.folder, *what.expected, *what.counters);
  std::ofstream{options.folder + "/why.md"} << "Recorded at " << options.of << " of lab " << lab
                                            << (ended.empty() ? "" : "; ended because ") << ended
                                            << ".\n";
}

}  // namespace

int record(const Options& options) {
  if (std::filesystem::exists(options.folder))
    throw UsageError{options.folder + " is there already; a case is never written over"};
  if (options.of.empty() && options.tables.empty())
    throw UsageError{"record wants --node NODE of a standing lab, or --tables and --capture"};
  try {
    options.of.empty() ? create_from_files(options) : create_from_lab(options);
    const auto made = forwarding::load_case(options.folder);
    const auto verdict = forwarding::verify(made);
    std::cout << options.folder << ": " << made.tables.ops.size() << " operations, "
              << verdict.arrivals << " frames in, " << verdict.sent.size() << " out, "
              << verdict.moved.size() << " counters; read why.md and say in it what must stay so\n";
    for (const std::string& difference : verdict.differences)
      std::cout << "not the same again: " << difference << '\n';
    return verdict.holds() ? all_hold : must_failed;
  } catch (const forwarding::CaseFault& fault) {
    throw UsageError{fault.what};
  }
}

}  // namespace tflab::cli
