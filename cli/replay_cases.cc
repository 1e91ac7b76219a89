#include "cli/replay_cases.h"

#include <algorithm>
#include <iostream>
#include <optional>

#include "cli/exit_code.h"
#include "cli/kernel_stand.h"
#include "cli/signals.h"
#include "pcap-replay/forwarding/verify.h"
#include "recording/value.h"

namespace tflab::cli {
namespace {

using recording::Json;
using scenario::HostKind;

// What came of all of them.
struct Tally {
  std::uint64_t cases = 0, failed = 0, unreadable = 0, updated = 0;
  std::uint64_t arrivals = 0, packets = 0, counters = 0;
  Json list = Json::array();
  std::string complaints{};  // of the kernel

  int exit_code() const {
    if (unreadable != 0 || cases == 0) return usage_error;
    return failed != 0 || !complaints.empty() ? must_failed : all_hold;
  }
  std::string text() const {
    return std::to_string(cases) + " cases, " + std::to_string(failed) + " failed" +
           (updated != 0 ? ", " + std::to_string(updated) + " updated" : "") +
           (unreadable != 0 ? ", " + std::to_string(unreadable) + " unreadable" : "") + "; " +
           std::to_string(arrivals) + " frames in, " + std::to_string(packets) + " packets and " +
           std::to_string(counters) + " counters compared\n" +
           (complaints.empty() ? "" : "the kernel complains:\n" + complaints);
  }
  Json json() const {
    return {{"cases", cases},       {"failed", failed},   {"unreadable", unreadable},
            {"updated", updated},   {"frames", arrivals}, {"packets", packets},
            {"counters", counters}, {"list", list},       {"complaints", complaints}};
  }
};

void add(Tally& tally, const forwarding::Verdict& verdict) {
  ++tally.cases;
  tally.arrivals += verdict.arrivals;
  tally.packets += verdict.packets;
  tally.counters += verdict.counters;
  tally.list.push_back({{"case", verdict.folder},
                        {"holds", verdict.holds()},
                        {"frames", verdict.arrivals},
                        {"packets", verdict.packets},
                        {"counters", verdict.counters},
                        {"differences", verdict.differences}});
}

class Cases {
public:
  Cases(const Options& options, bool json) : options_{options}, json_{json} {
    if (!options.on.empty()) kernel_.emplace();
  }

  void one(const std::string& folder) {
    try {
      const forwarding::Verdict verdict = verdict_of(forwarding::load_case(folder));
      add(tally_, verdict);
      tell(verdict);
      if (verdict.holds()) return;
      if (!options_.update || verdict.refused) {
        ++tally_.failed;
      } else {
        forwarding::accept(folder, verdict.sent, verdict.moved);
        ++tally_.updated;
      }
    } catch (const forwarding::CaseFault& fault) {
      ++tally_.unreadable;
      std::cerr << "tflab: " << fault.what << '\n';
    }
  }

  void end() {
    if (kernel_) tally_.complaints = kernel_->complaints();
  }

  const Tally& tally() const { return tally_; }

private:
  forwarding::Verdict verdict_of(const forwarding::Case& one) {
    if (!kernel_) return verify(one);
    return judge(one, kernel_->play(one), forwarding::Order::by_place);
  }
  void tell(const forwarding::Verdict& verdict) const {
    if (json_ || (verdict.holds() && !options_.verbose)) return;
    std::cout << verdict.folder << ": " << (verdict.holds() ? "holds" : "DIFFERS") << '\n';
    for (const std::string& line : verdict.differences) std::cout << "  " << line << '\n';
  }

  const Options& options_;
  bool json_;
  std::optional<KernelStand> kernel_;
  Tally tally_;
};

}  // namespace

int replay_cases(const Options& options, const std::vector<std::string>& roots) {
  const bool json = options.format == "json" || options.format == "jsonl";
  if (options.update && !options.on.empty())
    throw UsageError{"--update takes what the core in this process does; leave --on out"};
  if (std::ranges::any_of(options.on, [](auto host) { return host != HostKind::kernel; }))
    throw UsageError{
        "cases are played in this process or, with --on kernel, by the module in a VM"};
  Cases cases{options, json};
  for (const std::string& root : roots) {
    const auto folders = forwarding::find_cases(root);
    if (folders.empty()) throw UsageError{root + " holds no case: no folder with a tables.json"};
    for (const std::string& folder : folders) {
      if (const int signal = stop_signal(); signal != 0) return 128 + signal;
      cases.one(folder);
    }
  }
  cases.end();
  if (json)
    std::cout << cases.tally().json().dump(options.format == "json" ? 2 : -1) << '\n';
  else
    std::cout << cases.tally().text();
  return cases.tally().exit_code();
}

}  // namespace tflab::cli
