#pragma once
// Runs a program to its end, keeps what it printed, and fails with its own words. Never a shell.

#include <string>
#include <vector>

namespace tflab::netns {

struct Command {
  std::vector<std::string> argv;
  std::string space{};  // network namespace; empty: ours
  std::string input{};  // given on standard input
};
struct Printed {
  int code = 0;  // exit code, or 128 + signal
  std::string out, err;
};

Printed run(const Command& command);
// As run(), but throws "cannot <attempt>: <what it said>" when the exit code is not 0.
Printed run_or_fail(const Command& command, const std::string& attempt);

// Lines for ip(8), inside a namespace or (empty) in ours: one process however many lines.
void ip_batch(const std::string& space, const std::vector<std::string>& lines,
              const std::string& attempt);

}  // namespace tflab::netns
