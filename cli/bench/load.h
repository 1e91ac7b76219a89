#pragma once
// The other side of the daemon under measurement: many BGP clients in one thread, each of which
// says its routes and keeps what it hears. A phase is over when every client holds exactly what it
// should; what comes afterwards is still counted for a moment.

#include <cstdint>
#include <memory>
#include <vector>

#include "cli/bench/workload.h"

namespace tflab::bench {

struct Phase {
  double seconds = 0;           // from the first byte sent to the last route that was still missing
  double daemon_cpu_s = 0;      // of it
  std::uint64_t delivered = 0;  // routes heard
  std::uint64_t twice = 0;      // of them, held already: sent for nothing (its own are not counted)
  std::uint64_t echoed = 0;     // its own, which a client drops by ORIGINATOR_ID
  std::uint64_t withdrawn = 0;
  std::uint64_t missing = 0, extra = 0, wrong = 0;  // at the end
  bool in_time = true;

  std::uint64_t faults() const { return missing + extra + wrong; }
};

class Load {
public:
  // `daemon` listens and is measured. A phase gives up after `limit_s`. `idle_s`: how long nothing
  // must come before a daemon counts as at rest (FRR waits by itself).
  Load(const Workload& workload, int daemon, double limit_s, double idle_s);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void connect();  // sessions, memberships, silence; throws when a session does not come up
  Phase announce();
  Phase announce_of_neighbours();    // each client says what the next one has said: a second path
  Phase swap_one_target();           // each client: its first VRF for the next one
  Phase withdraw_vrf(unsigned vrf);  // the routes of all its senders
  Phase leave_vrf(unsigned vrf);     // nobody imports it any longer
  Phase withdraw_all();

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Ctrl-C while a measurement runs.
struct Interrupted {};

}  // namespace tflab::bench
