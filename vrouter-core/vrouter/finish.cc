#include "vrouter-core/vrouter/finish.h"

#include "vrouter-core/base/assert.h"
#include "vrouter-core/vrouter/copies.h"

namespace tflab::vr {

void send(State& state, VifId out, std::span<const std::byte> frame) {
  VifCounters& counters = state.tables.vif(out)->counters;
  ++counters.tx_packets;
  counters.tx_bytes += frame.size();
  state.host->transmit(out, frame);
}

void show_sent(State& state, const Packet& p, const VifRow& out) {
  const SetVif vif = out.set;
  mirror(state, p, vif, vif_mirror_tx);
}

void transmit_tagged(State& state, Packet& p) {
  Tables& t = state.tables;
  VifRow& sub = *t.vif(p.meta.out);
  const std::size_t untagged = p.size();
  if (!tag(p, t, sub.set)) return finish(state, p, dropped(p, Drop::invalid_if));
  ++sub.counters.tx_packets;
  sub.counters.tx_bytes += untagged;
  finish(state, p, Verdict::transmit);
}

void finish(State& state, Packet& p, Verdict verdict) {
  const Packet& done = p;
  const Meta& meta = p.meta;
  switch (verdict) {
    case Verdict::transmit:
      return transmit<Buffer::shared>(state, p);
    case Verdict::transmit_and_punt:
      ++state.tables.copies;
      transmit<Buffer::shared>(state, p);
      [[fallthrough]];
    case Verdict::punt:
      return state.host->punt(meta.trap, meta.in, meta.vrf, done.bytes());
    case Verdict::drop:
      return state.tables.count_drop(meta.drop, meta.in);
    case Verdict::replicate:
      return replicate(state, p);
    case Verdict::fragment:
      return fragment(state, p);
    case Verdict::wait:
      return;
    case Verdict::next:
      break;
  }
  require(false);  // a pipeline without an end
}

}  // namespace tflab::vr
