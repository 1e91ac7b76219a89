#pragma once
// What a person sees while something long goes on, on standard error only: one status line on a
// terminal (at most five redraws a second), otherwise a plain line at each phase and every 10 s.

#include <chrono>
#include <string>

#include "vrouter-core/base/instant.h"

namespace tflab::cli {

class Progress {
public:
  // `mode`: auto plain json none.
  Progress(const std::string& mode, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void phase(const std::string& text);
  void status(const std::string& phase, Instant scenario_time, unsigned passed, unsigned failed,
              unsigned wanted);
  void finish();

private:
  enum class Mode { terminal, plain, json, none };
  using Clock = std::chrono::steady_clock;

  double elapsed_s() const;

  Mode mode_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
  std::string phase_;
  bool line_open_ = false;
};

}  // namespace tflab::cli
