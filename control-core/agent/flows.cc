#include "control-core/agent/flows.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "control-core/agent/state.h"

namespace tflab::agent {
namespace {

void release(Nexthops& nexthops, const FlowSetup& setup) {
  nexthops.release(setup.forward.source);
  if (setup.reverse) nexthops.release(setup.reverse->source);
}

}  // namespace

void Flows::missed(Instant now, const State& state, const VmInterface& interface, FlowWay way,
                   const vr::FlowKey& key, const std::optional<FrameEnds>& ends) {
  if (records_.empty()) swept_ = now;
  // The other direction of a flow that is allowed: the vrouter has lost this half of it.
  if (const auto known = reverse_.find(key); known != reverse_.end()) {
    const FlowSetup& setup = records_.at(known->second).setup;
    program(setup.forward);
    return program(*setup.reverse);
  }
  const auto [it, is_new] = records_.try_emplace(key);
  Record& record = it->second;
  if (is_new) record = {interface.port.name, way, {}, {}};
  record.ends = ends;
  program(record, decided(state, interface, record, key));
  if (is_new) return;
  // What was there already is told again: the vrouter would not ask if it had it.
  program(record.setup.forward);
  if (record.setup.reverse) program(*record.setup.reverse);
}

// What was chosen for it before stays.
FlowSetup Flows::decided(const State& state, const VmInterface& interface, const Record& record,
                         const vr::FlowKey& key) const {
  const FlowSetup& before = record.setup;
  const std::uint16_t port = before.service_port != 0 ? before.service_port : service_ports_.free();
  return flow_setup(state, interface, record.way, key, record.ends, before.forward.ecmp_index,
                    port);
}

bool Flows::answers(const vr::FlowKey& reverse, const vr::FlowKey& forward) const {
  const auto it = reverse_.find(reverse);
  return it != reverse_.end() && it->second == forward;
}

void Flows::drop_reverse(const vr::FlowKey& forward, const FlowSetup& setup) {
  if (!setup.reverse || !answers(setup.reverse->key, forward)) return;
  reverse_.erase(setup.reverse->key);
  out_.program(vr::DeleteFlow{setup.reverse->key});
}

// New sources are acquired before old ones are released, so that a nexthop both name stays.
void Flows::program(Record& record, FlowSetup wanted) {
  FlowSetup old = std::exchange(record.setup, std::move(wanted));
  FlowSetup& now = record.setup;
  if (now.service_port != old.service_port) {
    service_ports_.take(now.service_port);
    service_ports_.give(old.service_port);
  }
  now.forward.source = nexthops_.acquire(now.forward_source);
  if (now.reverse) now.reverse->source = nexthops_.acquire(now.reverse_source);
  const bool other_answers = old.reverse && (!now.reverse || now.reverse->key != old.reverse->key);
  if (other_answers) drop_reverse(now.forward.key, old);
  if (now.forward != old.forward) program(now.forward);
  if (now.reverse && now.reverse != old.reverse) {
    claim(*now.reverse, now.forward.key);
    program(*now.reverse);
  }
  release(nexthops_, old);
}

void Flows::program(const vr::SetFlow& flow) {
  out_.program(flow);
}

// A flow that answers an allowed one is no flow of its own any more, whatever was decided about it.
void Flows::claim(const vr::SetFlow& reverse, const vr::FlowKey& by) {
  if (const auto own = records_.find(reverse.key); own != records_.end() && reverse.key != by) {
    if (own->second.setup.reverse && own->second.setup.reverse->key != by) {
      drop_reverse(own->first, own->second.setup);
    }
    forget(own);
  }
  reverse_.insert_or_assign(reverse.key, by);
}

void Flows::review(const State& state) {
  std::vector<vr::FlowKey> keys;
  for (const auto& [key, record] : records_) keys.push_back(key);
  for (const vr::FlowKey& key : keys) {
    const auto it = records_.find(key);
    if (it == records_.end()) continue;  // another's answer by now
    const VmInterface* interface = state.interfaces.find(it->second.port);
    if (interface == nullptr || interface->vif.nexthop != key.nexthop) {
      remove(it);
    } else {
      Record& record = it->second;
      FlowSetup now = decided(state, *interface, record, key);
      const bool lost =
          now.drop == FlowDrop::no_source_route || now.drop == FlowDrop::no_destination_route;
      // The addresses may be behind other MACs now, which only their next frame can tell.
      if (record.ends && lost && now.drop != record.setup.drop) {
        remove(it);
      } else {
        program(record, std::move(now));
      }
    }
  }
}

void Flows::take_down(const NexthopKey& interface) {
  const NexthopId id = nexthops_.find(interface).value_or(NexthopId{});
  for (auto it = records_.begin(); it != records_.end();) {
    const auto here = it++;
    const FlowSetup& setup = here->second.setup;
    const bool names = here->first.nexthop == id || setup.forward_source == interface ||
                       setup.reverse_source == interface ||
                       (setup.reverse && setup.reverse->key.nexthop == id);
    if (names) remove(here);
  }
}

Flows::Records::iterator Flows::of(const vr::FlowKey& key) {
  const auto answers = reverse_.find(key);
  return records_.find(answers == reverse_.end() ? key : answers->second);
}

void Flows::aged(const vr::FlowKey& key) {
  if (const auto it = of(key); it != records_.end()) forget(it);
}

void Flows::refused(const vr::FlowKey& key) {
  const auto it = of(key);
  if (it == records_.end()) return;
  if (it->first != key) out_.program(vr::DeleteFlow{it->first});
  if (it->first == key) drop_reverse(key, it->second.setup);
  forget(it);
}

void Flows::remove(Records::iterator it) {
  out_.program(vr::DeleteFlow{it->first});
  drop_reverse(it->first, it->second.setup);
  forget(it);
}

void Flows::forget(Records::iterator it) {
  const auto& reverse = it->second.setup.reverse;
  if (reverse && answers(reverse->key, it->first)) reverse_.erase(reverse->key);
  release(nexthops_, it->second.setup);
  service_ports_.give(it->second.setup.service_port);
  records_.erase(it);
}

void Flows::on_timer(Instant now) {
  const auto due = next_timer();
  if (!due || *due > now) return;
  swept_ = now;
  out_.put(Sweep{});
}

std::optional<Instant> Flows::next_timer() const {
  if (records_.empty()) return {};
  return swept_ + sweep_interval;
}

}  // namespace tflab::agent
