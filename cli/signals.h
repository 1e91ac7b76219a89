#pragma once
// Ctrl-C and SIGTERM become a question that long work asks between steps; the second one kills.

namespace tflab::cli {

void watch_signals();
// 0, or the number of the signal that asked us to stop.
int stop_signal();

}  // namespace tflab::cli
