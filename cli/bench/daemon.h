#pragma once
// The daemons that are measured side by side, each as a route reflector for the load's clients:
// what to run and what to write into its configuration. They run in the network namespace and under
// the /run of the bench, so they meet nothing of this machine and leave nothing on it.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/bench/workload.h"
#include "netns-lab/lab/process.h"

namespace tflab::bench {

struct Kind {
  const char* name;     // as people write it
  const char* program;  // absolute, or one of ours
  std::uint16_t port;   // that the load's clients connect to
  bool withdraws;       // OpenBGPD 7.7 does not take VPN withdrawals
  double idle_s;        // of silence before it counts as at rest
  std::string (*configuration)(const Workload& load, const std::string& folder);
  std::vector<std::string> (*arguments)(const std::string& program, const std::string& file,
                                        const std::string& folder);
};
const std::vector<Kind>& kinds();  // ours is the first
const Kind& control_node();        // ours, for `peers` agents that have one network, "red"
bool installed(const Kind& kind);

// One running daemon, from when its clients may connect until it is gone.
class Daemon {
public:
  Daemon(const Kind& kind, const Workload& load, const std::string& folder);  // throws
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  const Kind& kind() const { return kind_; }
  pid_t pid() const { return process_.pid; }

private:
  const Kind& kind_;
  netns::ProcessId process_;
};

}  // namespace tflab::bench
