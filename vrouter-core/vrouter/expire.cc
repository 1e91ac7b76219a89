#include "vrouter-core/vrouter/expire.h"

#include <algorithm>

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

// The two directions of a flow live as long as one of them is heard of: whoever only listens must
// still be able to answer.
bool expired(const Traffic& t, const FlowEntry& entry, Instant now, const Vrouter::Ages& ages) {
  if ((entry.flags & flow_evicted) != 0) return true;
  Instant heard = entry.last_seen;
  if (entry.reverse != no_flow) heard = std::max(heard, t.flows[entry.reverse].last_seen);
  return now - heard > (entry.action == FlowAction::hold ? ages.held : ages.flow);
}

void take_out(Traffic& t, std::uint32_t number, FlowSink* gone) {
  const FlowEntry& entry = t.flows[number];
  if (gone != nullptr && entry.action != FlowAction::hold) gone->gone(entry.key.key());
  t.remove_flow(number);
}

void sweep_flows(Traffic& t, Instant now, const Vrouter::Ages& ages, std::uint32_t sweep,
                 FlowSink* gone) {
  const Part part{t.flows.used(), sweep};
  for (std::size_t i = part.first; i < part.end; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    const FlowEntry& entry = t.flows[number];
    if (!entry.present || !expired(t, entry, now, ages)) continue;
    const std::uint32_t reverse = entry.reverse;
    take_out(t, number, gone);
    if (reverse != no_flow) take_out(t, reverse, gone);
  }
}

void sweep_fragments(Traffic& t, Instant now, std::uint32_t sweep) {
  const Part part{t.fragments.used(), sweep};
  for (std::size_t i = part.first; i < part.end; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    const FlowEntry& entry = t.fragments[number];
    if (entry.present && now - entry.last_seen > fragment_timeout) t.fragments.remove(number);
  }
}

// A learned MAC has no time of its own but two bits: every third of its age it grows older by one,
// and whoever hears of it makes it young again.
void age_macs(Traffic& t) {
  t.forget_if([&](const MacKey& key, const RouteEntry& entry) {
    if (entry.age() == 3) return true;
    RouteEntry* mac = t.learned.at(key);
    *mac = entry.with_age(static_cast<std::uint8_t>(entry.age() + 1));
    return false;
  });
}

}  // namespace

void expire(Traffic& traffic, Lane& lane, Instant now, const Vrouter::Ages& ages,
            std::uint32_t& sweep, FlowSink* gone) {
  const Guarded one{traffic.guard};
  sweep_flows(traffic, now, ages, sweep, gone);
  sweep_fragments(traffic, now, sweep);
  lose_old_pieces(traffic, lane, now);
  if (now - traffic.macs_aged > ages.mac / 3) {
    age_macs(traffic);
    traffic.macs_aged = now;
  }
  ++sweep;
}

}  // namespace tflab::vr
