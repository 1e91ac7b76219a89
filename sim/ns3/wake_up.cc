#include "sim/ns3/wake_up.h"

#include "sim/ns3/time.h"

namespace tflab::sim {

void WakeUp::set(std::optional<Instant> due) {
  due_ = due;
  if (!due || (pending_ && *pending_ <= *due)) return;
  event_.Cancel();
  pending_ = std::max(*due, now());
  event_ = ns3::Simulator::Schedule(until(*due), [this] { on_event(); });
}

void WakeUp::on_event() {
  pending_.reset();
  if (!due_) return;
  if (*due_ > now()) return set(due_);
  due_.reset();
  ring_();
}

}  // namespace tflab::sim
