// Flows. The agent sets both directions, one after the other; the second finds the first and from
// then on each leads to the other.

#include "vrouter-core/vrouter/apply.h"

namespace tflab::vr {

namespace {

constexpr std::uint16_t known_flags = flow_snat | flow_spat | flow_dnat | flow_dpat |
                                      flow_evict_candidate | flow_evicted | flow_vrf_translate;

bool well_formed(const SetFlow& op) {
  const FlowKey& key = op.key;
  const bool one_version = key.src.version() == key.dst.version() &&
                           op.reverse.src.version() == op.reverse.dst.version();
  const bool decided = op.action == FlowAction::drop || op.action == FlowAction::forward ||
                       op.action == FlowAction::nat;
  const bool translated = op.action != FlowAction::nat || op.reverse == FlowKey{} ||
                          op.reverse.src.version() == key.src.version();
  return one_version && decided && translated && (op.flags & ~known_flags) == 0;
}

// Two flows name each other or neither does.
void unlink(FlowTable& flows, std::uint32_t number) {
  const std::uint32_t other = flows[number].reverse;
  if (other != no_flow) flows[other].reverse = no_flow;
  flows[number].reverse = no_flow;
}
void link(FlowTable& flows, std::uint32_t number, const FlowKey& reverse) {
  unlink(flows, number);
  const std::uint32_t other = reverse == FlowKey{} ? no_flow : flows.find(FlowWords::of(reverse));
  if (other == no_flow || other == number) return;
  unlink(flows, other);
  flows[number].reverse = other;
  flows[other].reverse = number;
}

}  // namespace

Result apply(Tables& t, const SetFlow& op, Instant now) {
  const bool in_range =
      op.key.nexthop.raw() < t.nexthops.size() && op.reverse.nexthop.raw() < t.nexthops.size() &&
      op.source.raw() < t.nexthops.size() && (op.qos == 0 || op.qos < t.qos_maps.size());
  if (!in_range) return Result::out_of_range;
  if (!well_formed(op)) return Result::bad_value;
  const bool translates = (op.flags & flow_vrf_translate) != 0;
  if (translates && t.vrf(op.vrf) == nullptr) return Result::no_such_vrf;
  Traffic& traffic = *t.traffic;
  FlowTable& flows = traffic.flows;
  if (!t.has_flows) return Result::table_full;
  const FlowWords key = FlowWords::of(op.key);
  const Guarded one{traffic.guard};
  std::uint32_t number = flows.find(key);
  const bool is_new = number == no_flow;
  if (is_new) number = flows.add(key);
  if (number == no_flow) return Result::table_full;
  FlowEntry& entry = flows[number];
  if (is_new) entry.last_seen = now;
  if (entry.action == FlowAction::hold) --traffic.held_flows;
  entry.action = op.action;
  entry.flags = op.flags;
  entry.source = op.source;
  entry.vrf = op.vrf;
  entry.ecmp_index = op.ecmp_index;
  entry.qos = op.qos;
  entry.held = 0;
  link(flows, number, op.reverse);
  return Result::done;
}

Result apply(Tables& t, const DeleteFlow& op) {
  const Guarded one{t.traffic->guard};
  const std::uint32_t number = t.traffic->flows.find(FlowWords::of(op.key));
  if (number == no_flow) return Result::no_such_flow;
  t.traffic->remove_flow(number);
  return Result::done;
}

}  // namespace tflab::vr
