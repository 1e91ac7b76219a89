#include "scenarios/finding.h"

#include <algorithm>

#include "scenarios/checks.h"

namespace tflab::scenario {

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed:
      return "passed";
    case Verdict::failed:
      return "failed";
    case Verdict::should_failed:
      return "should_failed";
    case Verdict::skipped:
      return "skipped";
  }
  return "";
}

std::string not_for(const Expectation& expectation, HostKind host) {
  const auto& on = expectation.on;
  if (!on.empty() && std::ranges::find(on, host) == on.end()) return "not for this host";
  return {};
}

bool sends_packets(const Expectation& expectation) {
  return std::holds_alternative<ReachableCheck>(expectation.check) ||
         std::holds_alternative<FloodCheck>(expectation.check);
}

bool same_as(const Expectation& expectation) {
  return std::holds_alternative<SameAsCheck>(expectation.check);
}

Finding blank(const Expectation& expectation, HostKind host) {
  Finding finding;
  finding.id = expectation.id;
  finding.source = expectation.source;
  finding.host = host;
  finding.wanted = (expectation.never    ? "never: "
                    : expectation.always ? "always: "
                                         : "") +
                   wanted_text(expectation.check);
  return finding;
}

void conclude(Finding& finding, const Expectation& expectation, bool holds, std::string got,
              Instant at) {
  finding.verdict = holds              ? Verdict::passed
                    : expectation.must ? Verdict::failed
                                       : Verdict::should_failed;
  finding.got = std::move(got);
  finding.at = age(at);
}

}  // namespace tflab::scenario
