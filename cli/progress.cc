#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace tflab::cli {

Progress::Progress(const std::string& mode, bool quiet) {
  if (quiet || mode == "none")
    mode_ = Mode::none;
  else if (mode == "json")
    mode_ = Mode::json;
  else if (mode == "auto" && isatty(STDERR_FILENO))
    mode_ = Mode::terminal;
  else
    mode_ = Mode::plain;
}

Progress::~Progress() {
  finish();
}

double Progress::elapsed_s() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void Progress::phase(const std::string& text) {
  finish();
  phase_ = text;
  last_ = Clock::now();
  if (mode_ == Mode::json)
    std::fprintf(stderr, "%s\n",
                 nlohmann::ordered_json{{"wall_s", elapsed_s()}, {"phase", text}}.dump().c_str());
  else if (mode_ != Mode::none)
    std::fprintf(stderr, "[%6.1f s] %s\n", elapsed_s(), text.c_str());
}

void Progress::status(const std::string& phase, Instant scenario_time, unsigned passed,
                      unsigned failed, unsigned wanted) {
  if (mode_ == Mode::none) return;
  const auto pause =
      mode_ == Mode::terminal ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10'000);
  if (Clock::now() - last_ < pause) return;
  last_ = Clock::now();
  const double scenario_s = static_cast<double>(scenario_time.ns) / 1e9;
  if (mode_ == Mode::json) {
    const nlohmann::ordered_json line{{"wall_s", elapsed_s()},    {"phase", phase},
                                      {"scenario_s", scenario_s}, {"passed", passed},
                                      {"failed", failed},         {"expectations", wanted}};
    std::fprintf(stderr, "%s\n", line.dump().c_str());
    return;
  }
  std::fprintf(stderr, "%s[%6.1f s] %s: scenario time %.1f s, expectations %u of %u, %u failed%s",
               mode_ == Mode::terminal ? "\r\033[K" : "", elapsed_s(), phase.c_str(), scenario_s,
               passed + failed, wanted, failed, mode_ == Mode::terminal ? "" : "\n");
  line_open_ = mode_ == Mode::terminal;
}

void Progress::finish() {
  if (line_open_) std::fputs("\r\033[K", stderr);
  line_open_ = false;
}

}  // namespace tflab::cli
