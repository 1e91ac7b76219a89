#pragma once
// The end of a packet's way: to the host, to the agent, or into a counter; several ends when it is
// replicated or cut into pieces.

#include "vrouter-core/pipeline/mark.h"
#include "vrouter-core/pipeline/packet.h"
#include "vrouter-core/pipeline/stage.h"
#include "vrouter-core/vrouter/state.h"

namespace tflab::vr {

void finish(State& state, Packet& p, Verdict verdict);

// Copies to who watches the interface it is sent out of.
void show_sent(State& state, const Packet& p, const VifRow& out);

// Out of a sub-interface: counted there without the tag, and by its parent with it.
void transmit_tagged(State& state, Packet& p);

enum class Buffer { shared, last };

template <Buffer buffer>
TFLAB_HOT void transmit(State& state, Packet& p) {
  const Tables& t = state.tables;
  VifRow* out = t.vif(p.meta.out);
  if (out == nullptr) return finish(state, p, dropped(p, Drop::invalid_if));
  Unmarked unmarked;
  if (p.meta.qos != 0) unmarked = mark(p, t);
  if ((out->set.flags & (vif_mirror_tx | vif_monitored)) != 0) show_sent(state, p, *out);
  if (out->set.type == VifType::virtual_vlan) return transmit_tagged(state, p);
  const Bytes frame = p.bytes();
  ++out->counters.tx_packets;
  out->counters.tx_bytes += frame.size();
  if constexpr (buffer == Buffer::shared) {
    state.host->transmit(p.meta.out, frame);
    unmarked.put_back();
  }
  if constexpr (buffer == Buffer::last) state.host->transmit_last(p.meta.out, frame);
}

// As finish(), for the packet that came in, when nothing else has its buffer any more.
TFLAB_HOT void finish_last(State& state, Packet& p, Verdict verdict) {
  if (verdict == Verdict::transmit) return transmit<Buffer::last>(state, p);
  finish(state, p, verdict);
}

// Out of an interface that exists.
void send(State& state, VifId out, std::span<const std::byte> frame);

}  // namespace tflab::vr
