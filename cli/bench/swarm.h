#pragma once
// Many agents in one thread, as far as a control node can tell: each opens a channel, subscribes to
// one network, publishes its share of the ports, and counts the ports it is told. Everything sent
// is a template with numbers in it, and nothing received is parsed but the ids of items, so that
// the swarm is not what is measured; its own processor time is told to prove it.

#include <cstdint>
#include <string>

namespace tflab::bench {

struct SwarmFigures {
  double connect_s = 0;   // until the last channel is open
  double converge_s = 0;  // from then until the last agent knows the last port
  double cpu_s = 0;       // of the swarm
  std::uint64_t delivered = 0, twice = 0, missing = 0;  // ports told; of them for nothing; not told
  std::uint64_t messages = 0;                           // in which they were told
};

// Agent i calls from address_of(i) and is named agent-i. Gives up after `limit_s`, with what is
// missing; throws when a channel is lost, and Interrupted.
SwarmFigures run_swarm(unsigned agents, unsigned ports, const std::string& instance,
                       double limit_s);

}  // namespace tflab::bench
