#include "vrouter-core/vrouter/vrouter.h"

#include <algorithm>
#include <cstdint>
#include <new>

#include "vrouter-core/base/assert.h"
#include "vrouter-core/pipeline/paths.h"
#include "vrouter-core/vrouter/apply.h"
#include "vrouter-core/vrouter/copies.h"
#include "vrouter-core/vrouter/expire.h"
#include "vrouter-core/vrouter/finish.h"
#include "vrouter-core/vrouter/precompute.h"
#include "vrouter-core/vrouter/state.h"

namespace tflab::vr {

namespace {

bool sane(const Limits& limits) {
  return limits.vifs <= 1u << 16 && limits.vrfs <= 1u << 16 && limits.nexthops >= 1 &&
         limits.nexthops <= RouteEntry::nexthop_limit && limits.labels <= 1u << 20 &&
         limits.qos_maps <= most_qos_maps;
}

// Calls with_way(way) for the beginning of a packet's way.
template <class WithWay>
[[gnu::always_inline]] inline Verdict by_way(Packet& p, const Tables& t, WithWay with_way) {
  switch (t.vifs[p.meta.in.raw()].set.type) {
    case VifType::virt:
    case VifType::virtual_vlan:
      return with_way(FromVm{});
    case VifType::physical:
      return with_way(FromFabric{});
    case VifType::host:
      return with_way(FromHost{});
    default:
      break;
  }
  // What the agent sends comes through inject(); its interface has no other use.
  return dropped(p, Drop::interface_rx_discard);
}

[[gnu::always_inline]] inline Verdict began(Packet& p, Tables& t) {
  return by_way(p, t, [&](auto way) { return decltype(way)::run(p, t); });
}

Verdict watched_run(Packet& p, Tables& t, Watcher& watcher) {
  Verdict verdict = by_way(p, t, [&](auto way) { return decltype(way)::watched(p, t, watcher); });
  if (verdict == Verdict::next) verdict = LookUp::watched(p, t, watcher);
  if (verdict == Verdict::next) verdict = Send::watched(p, t, watcher);
  return verdict;
}

constexpr const char* text_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::next:
      return "next";
    case Verdict::transmit:
      return "transmit";
    case Verdict::punt:
      return "punt";
    case Verdict::transmit_and_punt:
      return "transmit and punt";
    case Verdict::drop:
      return "drop";
    case Verdict::replicate:
      return "replicate";
    case Verdict::fragment:
      return "fragment";
    case Verdict::wait:
      return "wait";
  }
  return "";
}

class Telling final : public Watcher {
public:
  explicit Telling(StepSink& sink) : sink_{sink} {}
  void passed(const char* stage, Verdict verdict, const Packet& p) override {
    const Meta& meta = p.meta;
    sink_.take({stage, text_of(verdict), meta.vrf, meta.nexthop, p.size(), meta.bridged,
                meta.tunnelled, meta.flow != no_flow, meta.drop, meta.trap, meta.out});
  }

private:
  StepSink& sink_;
};

constexpr std::uint32_t watched = vif_mirror_rx | vif_monitored;

// Counted, and seen by who watches; false when there is no such interface.
[[gnu::always_inline]] inline bool received(State& state, Packet& p, VifId in) {
  VifRow* vif = state.tables.vif(in);
  if (vif == nullptr) {
    ++state.tables.drops[static_cast<std::size_t>(Drop::invalid_if)];
    return false;
  }
  p.meta.in = in;
  p.meta.vrf = vif->set.vrf;
  p.meta.qos = vif->set.qos;
  ++vif->counters.rx_packets;
  vif->counters.rx_bytes += p.size();
  if ((vif->set.flags & watched) != 0) mirror(state, p, SetVif{vif->set}, vif_mirror_rx);
  return true;
}

// One packet to its end. Not in place: it is all of the pipeline.
[[gnu::noinline]] void run(State& state, Packet& p) {
  Verdict verdict = began(p, state.tables);
  if (verdict == Verdict::next) verdict = LookUp::run(p, state.tables);
  if (verdict == Verdict::next) verdict = Send::run(p, state.tables);
  finish_last(state, p, verdict);
}

// Pieces whose first has come go their way as if they came now, but for being received again.
[[gnu::noinline, gnu::cold]] void let_pieces_go(State& state) {
  static_assert(HeldPieces::headroom == Vrouter::headroom);
  Tables& t = state.tables;
  t.pieces.let_go([&](const HeldPieces::Piece& piece, std::span<std::byte> buffer) {
    const VifRow* vif = t.vif(piece.in);
    if (vif == nullptr) return t.count_drop(Drop::invalid_if, piece.in);
    Packet p{buffer, HeldPieces::headroom};
    p.meta.in = piece.in;
    p.meta.vrf = vif->set.vrf;
    p.meta.qos = vif->set.qos;
    p.meta.priority = piece.priority;
    run(state, p);
  });
}

// Frames of one batch. The last phase is followed by the packet's end at once, so that what a
// packet changed, or the host did in answer to it, the next one finds.
void run_batch(State& state, std::span<const Vrouter::Arrival> arrivals) {
  Tables& t = state.tables;
  Packet* const packets = state.batch.packets.data();
  Verdict* const verdicts = state.batch.verdicts.data();
  std::size_t n = 0;
  for (const Vrouter::Arrival& arrival : arrivals) {
    require(arrival.headroom_used <= arrival.buffer.size());
    Packet& p = packets[n];
    p.begin(arrival.buffer, arrival.headroom_used);
    if (!received(state, p, arrival.in)) continue;
    verdicts[n++] = began(p, t);
  }
  constexpr std::size_t ahead = 6;  // packets, while one entry comes from memory
  const auto ask_for_flow = [&](std::size_t i) {
    if (i >= n || !packets[i].meta.has_flow_key) return;
    packets[i].meta.flow = t.flows.prefetch_entry(packets[i].meta.flow_hash);
  };
  for (std::size_t i = 0; i < ahead; ++i) ask_for_flow(i);
  for (std::size_t i = 0; i < n; ++i) {
    ask_for_flow(i + ahead);
    if (verdicts[i] == Verdict::next) verdicts[i] = LookUp::run(packets[i], t);
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (verdicts[i] == Verdict::next) verdicts[i] = Send::run(packets[i], t);
    finish_last(state, packets[i], verdicts[i]);
  }
  if (t.pieces.any_due()) let_pieces_go(state);
}

}  // namespace

// In their place: on a kernel's stack there is no room for two.
void cut_tables(Tables& t, Memory& memory, const Limits& limits) {
  t.vifs = memory.take<VifRow>(limits.vifs);
  t.vrfs = memory.take<VrfRow>(limits.vrfs);
  t.nexthops = memory.take<NexthopRow>(limits.nexthops);
  t.forward = memory.take<Forward>(limits.nexthops);
  t.labels = memory.take<LabelRow>(limits.labels);
  t.routes4 = Routes4{memory, limits.routes4};
  t.routes6 = Routes6{memory, limits.routes6};
  t.machines4 = ExactTable<Prefix4Key>{memory, limits.machines};
  t.machines6 = ExactTable<Prefix6Key>{memory, limits.machines};
  t.macs = ExactTable<MacKey>{memory, limits.macs};
  t.vnis = ExactTable<VniKey>{memory, limits.vnis};
  t.members = MemberPool{memory, limits.member_groups};
  t.vlans = ExactTable<VlanKey>{memory, limits.vifs};
  t.flows = FlowTable{memory, limits.flows, limits.flow_seed};
  t.fragments = FlowTable{memory, limits.fragments, limits.flow_seed};
  t.pieces = HeldPieces{memory, limits.held_pieces};
  t.most_held_flows = limits.held_flows;
  t.mirrors = memory.take<MirrorRow>(limits.mirrors);
  t.classes = memory.take<ForwardingClassRow>(most_forwarding_classes);
  t.qos_maps = memory.take<QosMapRow>(limits.qos_maps);
  t.order = memory.take<std::uint32_t>(
      std::max({limits.routes4, limits.routes6, limits.macs, limits.vnis, limits.flows}));
}

std::size_t Vrouter::memory_needed(const Limits& limits) {
  Memory measure{nullptr};
  measure.take<State>(1);
  Tables unused;
  cut_tables(unused, measure, limits);
  return measure.used();
}

Vrouter::Vrouter(std::span<std::byte> memory, const Limits& limits, Host& host) {
  require(sane(limits) && memory.size() >= memory_needed(limits));
  require(reinterpret_cast<std::uintptr_t>(memory.data()) % Memory::line == 0);
  Memory block{memory.data()};
  state_ = new (block.take<State>(1).data()) State;
  state_->host = &host;
  cut_tables(state_->tables, block, limits);
  NexthopRow& discard = state_->tables.nexthops[0];
  discard.set = SetNexthop{};
  discard.present = true;
  precompute(state_->tables.forward[0], discard.set);
}

Result Vrouter::apply(const Op& op) {
  return std::visit([this](const auto& one) { return vr::apply(state_->tables, one); }, op);
}

void Vrouter::on_frame(Instant now, VifId in, std::span<std::byte> buffer,
                       std::size_t headroom_used) {
  require(headroom_used <= buffer.size());
  Packet p{buffer, headroom_used};
  state_->tables.now = now;
  if (!received(*state_, p, in)) return;
  run(*state_, p);
  if (state_->tables.pieces.any_due()) let_pieces_go(*state_);
}

void Vrouter::trace(Instant now, VifId in, std::span<std::byte> buffer, std::size_t headroom_used,
                    StepSink& sink) {
  require(headroom_used <= buffer.size());
  Packet p{buffer, headroom_used};
  state_->tables.now = now;
  if (!received(*state_, p, in)) return;
  Telling telling{sink};
  finish(*state_, p, watched_run(p, state_->tables, telling));
  if (state_->tables.pieces.any_due()) let_pieces_go(*state_);
}

void Vrouter::on_frames(Instant now, std::span<const Arrival> arrivals) {
  Batch& batch = state_->batch;
  require(!batch.busy);
  batch.busy = true;
  state_->tables.now = now;
  while (!arrivals.empty()) {
    const auto some = arrivals.first(std::min(arrivals.size(), Batch::most));
    arrivals = arrivals.subspan(some.size());
    run_batch(*state_, some);
  }
  batch.busy = false;
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

std::uint64_t Vrouter::copies() const {
  return state_->tables.copies;
}

void Vrouter::expire(Instant now, Ages ages, FlowSink* gone) {
  vr::expire(state_->tables, now, ages, state_->swept, gone);
}

std::uint32_t Vrouter::waiting() const {
  return state_->tables.pieces.held();
}

VifCounters Vrouter::counters(VifId vif) const {
  const VifRow* row = state_->tables.vif(vif);
  return row != nullptr ? row->counters : VifCounters{};
}

FlowCounters Vrouter::counters(const FlowKey& flow) const {
  const FlowTable& flows = state_->tables.flows;
  const std::uint32_t number = flows.find(FlowWords::of(flow));
  if (number == no_flow) return {};
  const FlowEntry& entry = flows[number];
  return {entry.packets, entry.octets, entry.tcp};
}

VrfCounters Vrouter::counters(VrfId vrf) const {
  const VrfRow* row = state_->tables.vrf(vrf);
  return row != nullptr ? row->counters : VrfCounters{};
}

}  // namespace tflab::vr
