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

[[gnu::always_inline]] inline Verdict began(Packet& p, const Tables& t) {
  return by_way(p, t, [&](auto way) { return decltype(way)::run(p, t); });
}

Verdict watched_run(Packet& p, const Tables& t, Watcher& watcher) {
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
[[gnu::always_inline]] inline bool received(Packet& p, const Tables& t, VifId in) {
  const VifRow* vif = t.vif(in);
  if (vif == nullptr) {
    p.lane->count_drop(Drop::invalid_if);
    return false;
  }
  p.meta.in = in;
  p.meta.vrf = vif->set.vrf;
  p.meta.qos = vif->set.qos;
  VifTally& tally = p.lane->vifs[in.raw()];
  ++tally.rx_packets;
  tally.rx_bytes += p.size();
  if ((vif->set.flags & watched) != 0) mirror(p, t, SetVif{vif->set}, vif_mirror_rx);
  return true;
}

// One packet to its end. Not in place: it is all of the pipeline.
[[gnu::noinline]] void run(Packet& p, const Tables& t) {
  Verdict verdict = began(p, t);
  if (verdict == Verdict::next) verdict = LookUp::run(p, t);
  if (verdict == Verdict::next) verdict = Send::run(p, t);
  finish_last(p, t, verdict);
}

void let_piece_go(Lane& lane, const Tables& t, const HeldPieces::Piece& piece,
                  std::span<std::byte> buffer) {
  const VifRow* vif = t.vif(piece.in);
  if (vif == nullptr) return lane.count_drop(Drop::invalid_if);
  Packet p{lane, buffer, HeldPieces::headroom};
  p.meta.in = piece.in;
  p.meta.vrf = vif->set.vrf;
  p.meta.qos = vif->set.qos;
  p.meta.priority = piece.priority;
  run(p, t);
}

// Pieces whose first has come go their way as if they came now, but for being received again.
[[gnu::noinline, gnu::cold]] void let_pieces_go(Lane& lane, const Tables& t) {
  static_assert(HeldPieces::headroom == Vrouter::headroom);
  Traffic& traffic = *t.traffic;
  const auto next = [&] {
    const Guarded one{traffic.guard};
    return traffic.pieces.take_due();
  };
  for (std::uint32_t place = next(); place != HeldPieces::none; place = next()) {
    let_piece_go(lane, t, traffic.pieces.piece(place), traffic.pieces.buffer(place));
    const Guarded one{traffic.guard};
    traffic.pieces.left(place);
  }
}

// Frames of one batch. The last phase is followed by the packet's end at once, so that what a
// packet changed, or the host did in answer to it, the next one finds.
void run_batch(Lane& lane, const Tables& t, std::span<Packet> packets,
               std::span<const Vrouter::Arrival> arrivals) {
  std::size_t n = 0;
  for (const Vrouter::Arrival& arrival : arrivals) {
    require(arrival.headroom_used <= arrival.buffer.size());
    Packet& p = packets[n];
    p.begin(lane, arrival.buffer, arrival.headroom_used);
    if (!received(p, t, arrival.in)) continue;
    p.meta.verdict = began(p, t);
    ++n;
  }
  constexpr std::size_t ahead = 6;  // packets, while one entry comes from memory
  const auto ask_for_flow = [&](std::size_t i) {
    if (i >= n || !packets[i].meta.has_flow_key) return;
    packets[i].meta.flow = t.traffic->flows.prefetch_entry(packets[i].meta.flow_hash);
  };
  for (std::size_t i = 0; i < ahead; ++i) ask_for_flow(i);
  for (std::size_t i = 0; i < n; ++i) {
    ask_for_flow(i + ahead);
    Packet& p = packets[i];
    if (p.meta.verdict == Verdict::next) p.meta.verdict = LookUp::run(p, t);
  }
  for (std::size_t i = 0; i < n; ++i) {
    Packet& p = packets[i];
    Verdict verdict = p.meta.verdict;
    if (verdict == Verdict::next) verdict = Send::run(p, t);
    finish_last(p, t, verdict);
  }
  if (t.traffic->pieces.any_due()) let_pieces_go(lane, t);
}

// What a frame that comes now sees to its end, whatever is published meanwhile.
[[gnu::always_inline]] inline const Tables& published(const State& state) {
  return *__atomic_load_n(&state.published, __ATOMIC_ACQUIRE);
}

[[gnu::always_inline]] inline void forward(State& state, Lane& lane, Instant now,
                                           const Vrouter::Arrival& arrival) {
  require(arrival.headroom_used <= arrival.buffer.size());
  const Tables& t = published(state);
  Packet p{lane, arrival.buffer, arrival.headroom_used};
  show(lane.now, now);
  if (!received(p, t, arrival.in)) return;
  run(p, t);
  if (state.traffic.pieces.any_due()) let_pieces_go(lane, t);
}

template <class Counters, class Of>
Counters sum(std::span<const Lane> lanes, Of of) {
  Counters all{};
  for (const Lane& lane : lanes) add<Counters>(all, of(lane));
  return all;
}
VifCounters counted(const State& state, VifId vif) {
  return sum<VifCounters>(
      state.lanes, [&](const Lane& l) -> auto& { return l.vifs[vif.raw()]; });
}
VrfCounters counted(const State& state, VrfId vrf) {
  return sum<VrfCounters>(
      state.lanes, [&](const Lane& l) -> auto& { return l.vrfs[vrf.raw()]; });
}

// The time of the frame that came last.
Instant latest(const State& state) {
  Instant latest{};
  for (const Lane& lane : state.lanes) latest = std::max(latest, glimpse(lane.now));
  return latest;
}

// What is new begins to count at zero.
template <class OneOp>
Result applied(State& state, const OneOp& op) {
  return vr::apply(*state.aside, op);
}
Result applied(State& state, const SetVrf& op) {
  const bool is_new = state.aside->vrf(op.vrf) == nullptr;
  const Result result = vr::apply(*state.aside, op);
  if (is_new && result == Result::done) state.before.vrfs[op.vrf.raw()] = counted(state, op.vrf);
  return result;
}
Result applied(State& state, const SetVif& op) {
  const bool is_new = state.aside->vif(op.vif) == nullptr;
  const Result result = vr::apply(*state.aside, op);
  if (is_new && result == Result::done) state.before.vifs[op.vif.raw()] = {counted(state, op.vif)};
  return result;
}
Result applied(State& state, const SetFlow& op) {
  return state.two_copies() ? Result::done : vr::apply(*state.aside, op, latest(state));
}
Result applied(State& state, const DeleteFlow& op) {
  return state.two_copies() ? Result::done : vr::apply(*state.aside, op);
}

template <class OneOp>
Result followed(State& state, const OneOp& op) {
  return vr::apply(*state.aside, op);
}
Result followed(State& state, const SetFlow& op) {
  return vr::apply(*state.aside, op, latest(state));
}

// What has the number now is not what had it: packets learned of that one until now.
template <class Row>
bool another(const Row* was, const Row* is) {
  return was == nullptr || is == nullptr || was->lives != is->lives;
}

// Where what is cut goes. To measure, what there are several of is cut into one.
struct Parts {
  std::span<Lane>& lanes;
  Before& before;
  Traffic& traffic;
  std::array<Tables*, 2> copies;
};

void cut_lanes(const Parts& parts, Memory& memory, const Limits& limits, std::uint32_t lanes) {
  parts.lanes = memory.take<Lane>(lanes);
  for (std::uint32_t i = 0; i < lanes; ++i) {
    const auto vifs = memory.take<VifTally>(limits.vifs);
    const auto vrfs = memory.take<VrfCounters>(limits.vrfs);
    if (parts.lanes.empty()) continue;
    Lane& lane = parts.lanes[i];
    lane.vifs = vifs;
    lane.vrfs = vrfs;
    // Far from each other, so that what two lanes number at the same time does not look alike.
    lane.next_ip_id = static_cast<std::uint16_t>((std::uint64_t{i} << 16) / lanes);
  }
  parts.before = {memory.take<VifTally>(limits.vifs), memory.take<VrfCounters>(limits.vrfs)};
}

void cut_all(const Parts& parts, Memory& memory, const Limits& limits, const Sharing& sharing) {
  cut_lanes(parts, memory, limits, sharing.lanes);
  cut_traffic(parts.traffic, memory, limits);
  cut_tables(*parts.copies[0], memory, limits);
  if (sharing.guard != nullptr) cut_tables(*parts.copies[1], memory, limits);
}

void begin(Tables& t, Traffic& traffic, const Limits& limits) {
  t.traffic = &traffic;
  t.has_flows = limits.flows != 0;
  t.nexthops[0].present = true;
  precompute(t.forward[0], SetNexthop{});
}

}  // namespace

// In their place: on a kernel's stack there is no room for two. What every vrouter uses stands
// together, and what is filled from its beginning behind what is used all over: a host that maps
// its block then writes few pages.
void cut_tables(Tables& t, Memory& memory, const Limits& limits) {
  t.vifs = memory.take<VifRow>(limits.vifs);
  t.vrfs = memory.take<VrfRow>(limits.vrfs);
  t.routes4 = Routes4{memory, limits.routes4};
  t.nexthops = memory.take<NexthopRow>(limits.nexthops);
  t.forward = memory.take<Forward>(limits.nexthops);
  t.labels = memory.take<LabelRow>(limits.labels);
  t.routes6 = Routes6{memory, limits.routes6};
  t.machines4 = ExactTable<Prefix4Key>{memory, limits.machines};
  t.machines6 = ExactTable<Prefix6Key>{memory, limits.machines};
  t.macs = ExactTable<MacKey>{memory, limits.macs};
  t.vnis = ExactTable<VniKey>{memory, limits.vnis};
  t.members = MemberPool{memory, limits.member_groups};
  t.vlans = ExactTable<VlanKey>{memory, limits.vifs};
  t.mirrors = memory.take<MirrorRow>(limits.mirrors);
  t.classes = memory.take<ForwardingClassRow>(most_forwarding_classes);
  t.qos_maps = memory.take<QosMapRow>(limits.qos_maps);
  t.order = memory.take<std::uint32_t>(
      std::max({limits.routes4, limits.routes6, limits.macs, limits.vnis, limits.flows}));
}

void cut_traffic(Traffic& traffic, Memory& memory, const Limits& limits) {
  traffic.flows = FlowTable{memory, limits.flows, limits.flow_seed};
  traffic.fragments = FlowTable{memory, limits.fragments, limits.flow_seed};
  traffic.pieces = HeldPieces{memory, limits.held_pieces};
  traffic.learned = ExactTable<MacKey>{memory, limits.macs};
  traffic.most_held_flows = limits.held_flows;
}

std::size_t Vrouter::memory_needed(const Limits& limits, const Sharing& sharing) {
  Memory measure{nullptr};
  measure.take<State>(1);
  std::span<Lane> lanes;
  Before before;
  Traffic traffic;
  Tables tables;
  cut_all({lanes, before, traffic, {&tables, &tables}}, measure, limits, sharing);
  return measure.used();
}

Vrouter::Vrouter(std::span<std::byte> memory, const Limits& limits, Host& host,
                 const Sharing& sharing) {
  require(sane(limits) && memory.size() >= memory_needed(limits, sharing));
  require(sharing.lanes == 1 || sharing.guard != nullptr);
  require(reinterpret_cast<std::uintptr_t>(memory.data()) % Memory::line == 0);
  Memory block{memory.data()};
  State& state = *new (block.take<State>(1).data()) State;
  state_ = &state;
  cut_all({state.lanes, state.before, state.traffic, {&state.copies[0], &state.copies[1]}}, block,
          limits, sharing);
  for (Lane& lane : state.lanes) lane.host = &host;
  state.traffic.guard = sharing.guard;
  state.published = state.aside = &state.copies[0];
  state.traffic.published = state.published;
  begin(state.copies[0], state.traffic, limits);
  if (sharing.guard == nullptr) return;
  state.aside = &state.copies[1];
  begin(state.copies[1], state.traffic, limits);
}

Result Vrouter::apply(const Op& op) {
  return std::visit([this](const auto& one) { return applied(*state_, one); }, op);
}

void Vrouter::publish() {
  Tables* const before = state_->published;
  Tables* const now = state_->aside;
  Traffic& traffic = state_->traffic;
  const Guarded one{traffic.guard};
  __atomic_store_n(&state_->published, now, __ATOMIC_RELEASE);
  traffic.published = now;
  state_->aside = before;
  traffic.forget_if([&](const MacKey& key, const RouteEntry& mac) {
    return another(before->vrf(key.vrf()), now->vrf(key.vrf())) ||
           another(before->nexthop(mac.nexthop()), now->nexthop(mac.nexthop()));
  });
}

Result Vrouter::follow(const Op& op) {
  return std::visit([this](const auto& one) { return followed(*state_, one); }, op);
}

bool Vrouter::is_of_flows(const Op& op) {
  return std::holds_alternative<SetFlow>(op) || std::holds_alternative<DeleteFlow>(op);
}

void Vrouter::on_frame(Instant now, VifId in, std::span<std::byte> buffer,
                       std::size_t headroom_used) {
  forward(*state_, state_->lanes.front(), now, {in, buffer, headroom_used});
}

void Vrouter::on_frame(std::uint32_t lane, Instant now, VifId in, std::span<std::byte> buffer,
                       std::size_t headroom_used) {
  forward(*state_, state_->lanes[lane], now, {in, buffer, headroom_used});
}

void Vrouter::trace(Instant now, VifId in, std::span<std::byte> buffer, std::size_t headroom_used,
                    StepSink& sink) {
  require(headroom_used <= buffer.size());
  Lane& lane = state_->lanes.front();
  const Tables& t = published(*state_);
  Packet p{lane, buffer, headroom_used};
  show(lane.now, now);
  if (!received(p, t, in)) return;
  Telling telling{sink};
  finish(p, t, watched_run(p, t, telling));
  if (t.traffic->pieces.any_due()) let_pieces_go(lane, t);
}

void Vrouter::on_frames(Instant now, std::span<const Arrival> arrivals) {
  Lane& lane = state_->lanes.front();
  const Tables& t = published(*state_);
  Batch& batch = state_->batch;
  require(!batch.busy);
  batch.busy = true;
  show(lane.now, now);
  while (!arrivals.empty()) {
    const auto some = arrivals.first(std::min(arrivals.size(), Batch::most));
    arrivals = arrivals.subspan(some.size());
    run_batch(lane, t, batch.packets, some);
  }
  batch.busy = false;
}

void Vrouter::inject(VifId out, std::span<const std::byte> frame, std::uint32_t number) {
  Lane& lane = state_->lanes[number];
  if (published(*state_).vif(out) == nullptr) return lane.count_drop(Drop::invalid_if);
  send(lane, out, frame);
}

DropCounters Vrouter::drops() const {
  return sum<DropCounters>(
      state_->lanes, [](const Lane& lane) -> auto& { return lane.drops; });
}

std::uint64_t Vrouter::copies() const {
  return sum<std::uint64_t>(
      state_->lanes, [](const Lane& lane) -> auto& { return lane.copies; });
}

void Vrouter::expire(Instant now, Ages ages, FlowSink* gone, std::uint32_t lane) {
  vr::expire(state_->traffic, state_->lanes[lane], now, ages, state_->swept, gone);
}

std::uint32_t Vrouter::waiting() const {
  return state_->traffic.pieces.held();
}

VifCounters Vrouter::counters(VifId vif) const {
  if (state_->published->vif(vif) == nullptr) return {};
  return less<VifCounters>(counted(*state_, vif), state_->before.vifs[vif.raw()]);
}

FlowCounters Vrouter::counters(const FlowKey& flow) const {
  const FlowTable& flows = state_->traffic.flows;
  const Guarded one{state_->traffic.guard};
  const std::uint32_t number = flows.find(FlowWords::of(flow));
  if (number == no_flow) return {};
  const FlowEntry& entry = flows[number];
  return {entry.packets, entry.octets, entry.tcp};
}

VrfCounters Vrouter::counters(VrfId vrf) const {
  if (state_->published->vrf(vrf) == nullptr) return {};
  return less<VrfCounters>(counted(*state_, vrf), state_->before.vrfs[vrf.raw()]);
}

}  // namespace tflab::vr
