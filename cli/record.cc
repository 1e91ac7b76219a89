#include "cli/record.h"

#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/exit_code.h"
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
  for (const vr::Op& op : recording::programmed(in)) stand.apply(op);  // a refusal changes nothing
  tables.ops = stand.tables();
  return tables;
}

}  // namespace

int record(const Options& options) {
  if (std::filesystem::exists(options.name))
    throw UsageError{options.name + " is there already; a case is never written over"};
  try {
    forwarding::Tables tables = tables_of(options.tables);
    if (options.vif) tables.in = VifId{*options.vif};
    const auto arrivals = forwarding::read_arrivals(options.capture, tables);
    forwarding::create(options.name, tables, arrivals);
    const auto verdict = forwarding::verify(forwarding::load_case(options.name));
    forwarding::accept(options.name, verdict.sent, verdict.moved);
    std::ofstream{options.name + "/why.md"} << "Recorded from " << options.capture << " and "
                                            << options.tables << ".\n";
    std::cout << options.name << ": " << tables.ops.size() << " operations, " << verdict.arrivals
              << " frames in, " << verdict.sent.size() << " out, " << verdict.moved.size()
              << " counters; read why.md and say in it what must stay so\n";
  } catch (const forwarding::CaseFault& fault) {
    throw UsageError{fault.what};
  } catch (const std::runtime_error& error) {
    throw UsageError{options.tables + ": " + error.what()};
  }
  return all_hold;
}

}  // namespace tflab::cli
