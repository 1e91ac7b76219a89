#include "sim/world/processor.h"

#include <algorithm>
#include <utility>

#include "sim/ns3/time.h"

namespace tflab::sim {

void Processor::wait(Work input, scenario::Vitals& vitals) {
  waiting_.push_back(std::move(input));
  vitals.peak_queue = std::max<std::uint64_t>(vitals.peak_queue, waiting_.size());
}

Processor::Work Processor::next() {
  if (busy_ || waiting_.empty()) return {};
  Work out = std::move(waiting_.front());
  waiting_.pop_front();
  return out;
}

bool Processor::charge(std::uint64_t messages, scenario::Vitals& vitals) {
  const Duration time{model_.per_update.ns * static_cast<std::int64_t>(messages) / model_.cores};
  if (time <= Duration{}) return false;
  vitals.busy = vitals.busy + time;
  busy_ = true;
  alarm_.set(now() + time);
  return true;
}

void Processor::power_off() {
  waiting_.clear();
  busy_ = false;
  alarm_.set({});
}

}  // namespace tflab::sim
