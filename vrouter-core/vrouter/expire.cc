#include "vrouter-core/vrouter/expire.h"

#include "vrouter-core/pipeline/fragments.h"

namespace tflab::vr {

namespace {

// The part of n rows that is this sweep's.
struct Part {
  std::size_t first, end;
  Part(std::size_t n, std::uint32_t sweep) {
    const std::size_t turn = sweep % Vrouter::sweeps_per_round;
    first = n * turn / Vrouter::sweeps_per_round;
    end = n * (turn + 1) / Vrouter::sweeps_per_round;
  }
};

bool expired(const FlowEntry& entry, Instant now, const Vrouter::Ages& ages) {
  if ((entry.flags & flow_evicted) != 0) return true;
  const Duration age = now - entry.last_seen;
  return age > (entry.action == FlowAction::hold ? ages.held : ages.flow);
}

void sweep_flows(Tables& t, Instant now, const Vrouter::Ages& ages, std::uint32_t sweep) {
  const Part part{t.flows.capacity(), sweep};
  for (std::size_t i = part.first; i < part.end; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    const FlowEntry& entry = t.flows[number];
    if (!entry.present || !expired(entry, now, ages)) continue;
    if (entry.action == FlowAction::hold) --t.held_flows;
    t.flows.remove(number);
  }
}

void sweep_fragments(Tables& t, Instant now, std::uint32_t sweep) {
  const Part part{t.fragments.capacity(), sweep};
  for (std::size_t i = part.first; i < part.end; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    const FlowEntry& entry = t.fragments[number];
    if (entry.present && now - entry.last_seen > fragment_timeout) t.fragments.remove(number);
  }
}

// A learned MAC has no time of its own but two bits: every third of its age it grows older by one,
// and whoever hears of it makes it young again.
void age_macs(Tables& t) {
  t.forget_learned([&](const MacKey& key, const RouteEntry& entry) {
    if (entry.age() == 3) return true;
    RouteEntry* mac = t.macs.at(key);
    *mac = entry.with_age(static_cast<std::uint8_t>(entry.age() + 1));
    return false;
  });
}

}  // namespace

void expire(Tables& t, Instant now, const Vrouter::Ages& ages, std::uint32_t& sweep) {
  sweep_flows(t, now, ages, sweep);
  sweep_fragments(t, now, sweep);
  if (now - t.macs_aged > ages.mac / 3) {
    age_macs(t);
    t.macs_aged = now;
  }
  ++sweep;
}

}  // namespace tflab::vr
