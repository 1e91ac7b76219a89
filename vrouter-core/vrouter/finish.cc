#include "vrouter-core/vrouter/finish.h"

#include "vrouter-core/base/assert.h"
#include "vrouter-core/vrouter/copies.h"

namespace tflab::vr {

namespace {

void count_sent(Tables& t, VifId out, std::size_t octets) {
  VifCounters& counters = t.vif(out)->counters;
  ++counters.tx_packets;
  counters.tx_bytes += octets;
}

}  // namespace

void send(State& state, VifId out, std::span<const std::byte> frame) {
  count_sent(state.tables, out, frame.size());
  state.host->transmit(out, frame);
}

namespace {

constexpr std::uint32_t watched = vif_mirror_tx | vif_monitored;

enum class Buffer { shared, last };

void transmit(State& state, Packet& p, Buffer buffer) {
  const VifRow* out = state.tables.vif(p.meta.out);
  if (out == nullptr) return finish(state, p, dropped(p, Drop::invalid_if));
  if ((out->set.flags & watched) != 0) {
    const SetVif vif = out->set;
    mirror(state, p, vif, vif_mirror_tx);
  }
  const Packet& done = p;
  if (buffer == Buffer::shared) return send(state, p.meta.out, done.bytes());
  count_sent(state.tables, p.meta.out, done.size());
  state.host->transmit_last(p.meta.out, done.bytes());
}

void count_drop(Tables& t, const Meta& meta) {
  ++t.drops[static_cast<std::size_t>(meta.drop)];
  if (VifRow* vif = t.vif(meta.in)) ++vif->counters.drops;
}

}  // namespace

void finish(State& state, Packet& p, Verdict verdict) {
  const Packet& done = p;
  const Meta& meta = p.meta;
  switch (verdict) {
    case Verdict::transmit:
      return transmit(state, p, Buffer::shared);
    case Verdict::transmit_and_punt:
      ++state.tables.copies;
      transmit(state, p, Buffer::shared);
      [[fallthrough]];
    case Verdict::punt:
      return state.host->punt(meta.trap, meta.in, meta.vrf, done.bytes());
    case Verdict::drop:
      return count_drop(state.tables, meta);
    case Verdict::replicate:
      return replicate(state, p);
    case Verdict::fragment:
      return fragment(state, p);
    case Verdict::next:
      break;
  }
  require(false);  // a pipeline without an end
}

void finish_last(State& state, Packet& p, Verdict verdict) {
  if (verdict == Verdict::transmit) return transmit(state, p, Buffer::last);
  finish(state, p, verdict);
}

}  // namespace tflab::vr
