#pragma once
// What came of one expectation on one host.

#include <string>
#include <string_view>

#include "scenarios/lab.h"
#include "scenarios/model.h"

namespace tflab::scenario {

enum class Verdict : std::uint8_t { passed, failed, should_failed, skipped };
std::string_view to_text(Verdict verdict);

struct Finding {
  std::string id, source;
  HostKind host = HostKind::sim;
  Verdict verdict = Verdict::skipped;
  std::string wanted, got;  // for people
  Duration at{};            // scenario time of the verdict
};

// Scenario time, which begins at 0.
inline Duration age(Instant at) {
  return at - Instant{};
}

// Why this host does not look at it; empty: it does.
std::string not_for(const Expectation& expectation, HostKind host);
bool sends_packets(const Expectation& expectation);
bool same_as(const Expectation& expectation);  // judged when all hosts are done

// Before anybody has looked.
Finding blank(const Expectation& expectation, HostKind host);
void conclude(Finding& finding, const Expectation& expectation, bool holds, std::string got,
              Instant at);

}  // namespace tflab::scenario
