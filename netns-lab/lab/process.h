#pragma once
// Starting programs in a namespace and knowing them again: a process is its number and its start
// time, so that a number the kernel gave to somebody else is never signalled.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "netns-lab/host/fd.h"

namespace tflab::netns {

struct ProcessId {
  pid_t pid = 0;
  std::uint64_t start = 0;  // clock ticks since boot, /proc/PID/stat
  friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

ProcessId self();
std::optional<ProcessId> identify(pid_t pid);  // nothing when it is gone or a zombie
bool alive(const ProcessId& process);

// Sends a signal; false when the process is gone.
bool signal(const ProcessId& process, int number);
// Waits until the process is gone (and reaps it if it is our child); false when time ran out.
bool wait_gone(const ProcessId& process, std::chrono::milliseconds patience);
// The same, with SIGKILL when time ran out. For processes that were asked to stop already.
void wait_or_kill(const ProcessId& process, std::chrono::milliseconds patience);
// SIGTERM, then SIGKILL when it does not go within `patience`.
void stop(const ProcessId& process, std::chrono::milliseconds patience);

// What to start and how. Descriptors of -1 are inherited.
struct Launch {
  std::vector<std::string> argv{};
  std::string space{};  // network namespace by name; empty: ours
  int in = -1, out = -1, err = -1;
  std::vector<std::pair<std::string, std::string>> environment{};  // added to ours
  bool own_session = false;                   // a daemon: no terminal, no Ctrl-C of ours
  bool die_with_us = true;                    // SIGKILL when the thread that started it ends
  std::optional<std::pair<int, int>> keep{};  // descriptor of ours -> number in the child
};

// Throws when the namespace or the program is not there.
pid_t start(const Launch& launch);
// Waits for a child; its exit code, or 128 + signal.
int exit_code(pid_t child);

// Where our own programs are: beside this one, or where they were built.
std::string program(const std::string& name);

}  // namespace tflab::netns
