#pragma once
// What the process's exit code says, for scripts and CI. One table, printed by `tflab --help`.

namespace tflab::cli {

enum ExitCode : int {
  all_hold = 0,
  must_failed = 1,
  usage_error = 2,
  should_failed = 3,      // with --strict
  environment_error = 4,  // missing right, program, kernel part, memory
  time_limit = 5,
  hosts_disagree = 6,
  nothing_checked = 7,
  own_fault = 70,
  skipped = 77,
  interrupted = 130,
  terminated = 143
};

}  // namespace tflab::cli
