#pragma once
// ns-3's one event loop, owned: virtual time from zero, and everything gone when it goes. There is
// one at a time in a process, because ns-3 has one simulator.

#include <cstdint>
#include <functional>

#include "vrouter-core/base/instant.h"

namespace tflab::sim {

class Engine {
public:
  // Throws std::runtime_error when one stands already.
  explicit Engine(std::uint64_t seed);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void run_until(Instant when);
  // Ends the run_until() that is under way after the present event.
  void interrupt();
  // Does something as the node with that ns-3 number, `after` from now; run_until() must follow.
  void at(std::uint32_t context, Duration after, std::function<void()> act);
};

}  // namespace tflab::sim
