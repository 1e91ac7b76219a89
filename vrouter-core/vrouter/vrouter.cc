#include "vrouter-core/vrouter/vrouter.h"

#include <cstdint>
#include <new>

#include "vrouter-core/base/assert.h"
#include "vrouter-core/pipeline/paths.h"
#include "vrouter-core/vrouter/apply.h"
#include "vrouter-core/vrouter/state.h"

namespace tflab::vr {

namespace {

bool sane(const Limits& limits) {
  return limits.vifs <= 1u << 16 && limits.vrfs <= 1u << 16 && limits.nexthops >= 1 &&
         limits.nexthops <= RouteEntry::nexthop_limit && limits.labels <= 1u << 20;
}

Verdict run(VifType from, Packet& p, Tables& t) {
  switch (from) {
    case VifType::virt:
      return FromVm::run(p, t);
    case VifType::physical:
      return FromFabric::run(p, t);
    case VifType::host:
      return FromHost::run(p, t);
    case VifType::agent:
      break;
  }
  // What the agent sends comes through inject(); its interface has no other use.
  return dropped(p, Drop::interface_rx_discard);
}

void send(State& state, VifId out, std::span<const std::byte> frame) {
  VifCounters& counters = state.tables.vif(out)->counters;
  ++counters.tx_packets;
  counters.tx_bytes += frame.size();
  state.host->transmit(out, frame);
}

void finish(State& state, Packet& p, Verdict verdict) {
  const Packet& done = p;
  const Meta& meta = p.meta;
  switch (verdict) {
    case Verdict::transmit:
      return send(state, meta.out, done.bytes());
    case Verdict::transmit_and_punt:
      send(state, meta.out, done.bytes());
      [[fallthrough]];
    case Verdict::punt:
      return state.host->punt(meta.trap, meta.in, meta.vrf, done.bytes());
    case Verdict::drop:
      ++state.tables.drops[static_cast<std::size_t>(meta.drop)];
      ++state.tables.vif(meta.in)->counters.drops;
      return;
    case Verdict::next:
      break;
  }
  require(false);  // a pipeline without an end
}

}  // namespace

Tables cut_tables(Memory& memory, const Limits& limits) {
  Tables t;
  t.vifs = memory.take<VifRow>(limits.vifs);
  t.vrfs = memory.take<VrfRow>(limits.vrfs);
  t.nexthops = memory.take<NexthopRow>(limits.nexthops);
  t.labels = memory.take<LabelRow>(limits.labels);
  t.buckets = BucketPool{memory, limits.trie_buckets};
  return t;
}

std::size_t Vrouter::memory_needed(const Limits& limits) {
  Memory measure{nullptr};
  measure.take<State>(1);
  cut_tables(measure, limits);
  return measure.used();
}

Vrouter::Vrouter(std::span<std::byte> memory, const Limits& limits, Host& host) {
  require(sane(limits) && memory.size() >= memory_needed(limits));
  require(reinterpret_cast<std::uintptr_t>(memory.data()) % Memory::line == 0);
  Memory block{memory.data()};
  state_ = new (block.take<State>(1).data()) State;
  state_->host = &host;
  state_->tables = cut_tables(block, limits);
  NexthopRow& discard = state_->tables.nexthops[0];
  discard.set = SetNexthop{};
  discard.present = true;
}

Result Vrouter::apply(const Op& op) {
  return std::visit([this](const auto& one) { return vr::apply(state_->tables, one); }, op);
}

void Vrouter::on_frame(Instant, VifId in, std::span<std::byte> buffer, std::size_t headroom_used) {
  require(headroom_used <= buffer.size());
  VifRow* vif = state_->tables.vif(in);
  if (vif == nullptr) {
    ++state_->tables.drops[static_cast<std::size_t>(Drop::invalid_if)];
    return;
  }
  Packet p{buffer, headroom_used};
  p.meta.in = in;
  p.meta.vrf = vif->set.vrf;
  ++vif->counters.rx_packets;
  vif->counters.rx_bytes += p.size();
  finish(*state_, p, run(vif->set.type, p, state_->tables));
}

void Vrouter::inject(VifId out, std::span<const std::byte> frame) {
  if (state_->tables.vif(out) == nullptr) {
    ++state_->tables.drops[static_cast<std::size_t>(Drop::invalid_if)];
    return;
  }
  send(*state_, out, frame);
}

const DropCounters& Vrouter::drops() const {
  return state_->tables.drops;
}

VifCounters Vrouter::counters(VifId vif) const {
  const VifRow* row = state_->tables.vif(vif);
  return row != nullptr ? row->counters : VifCounters{};
}

VrfCounters Vrouter::counters(VrfId vrf) const {
  const VrfRow* row = state_->tables.vrf(vrf);
  return row != nullptr ? row->counters : VrfCounters{};
}

}  // namespace tflab::vr
