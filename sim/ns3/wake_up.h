#pragma once
// One alarm for a node whose deadline moves all the time. It is lazy: a deadline that moved away
// leaves the pending event where it is, which then looks again. Re-arming at every message would
// fill the scheduler with cancelled events, since ns-3 keeps those until their time.

#include <ns3/event-id.h>

#include <functional>
#include <optional>

#include "vrouter-core/base/instant.h"

namespace tflab::sim {

class WakeUp {
public:
  explicit WakeUp(std::function<void()> ring) : ring_{std::move(ring)} {}
  ~WakeUp() { event_.Cancel(); }
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  void set(std::optional<Instant> due);

private:
  void on_event();

  std::function<void()> ring_;
  std::optional<Instant> due_, pending_;
  ns3::EventId event_;
};

}  // namespace tflab::sim
