#include "cli/signals.h"

#include <csignal>

namespace tflab::cli {
namespace {

volatile std::sig_atomic_t received = 0;

void on_signal(int number) {
  received = number;
  std::signal(number, SIG_DFL);  // a second one does what it always does
}

}  // namespace

void watch_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGPIPE, SIG_IGN);
}

int stop_signal() {
  return received;
}

}  // namespace tflab::cli
