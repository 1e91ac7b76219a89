#pragma once
// The end of a packet's way: to the host, to the agent, or into a counter; several ends when it is
// replicated or cut into pieces.

#include "vrouter-core/pipeline/mark.h"
#include "vrouter-core/pipeline/packet.h"
#include "vrouter-core/pipeline/stage.h"
#include "vrouter-core/vrouter/state.h"

namespace tflab::vr {

void finish(Packet& p, const Tables& t, Verdict verdict);

// Copies to who watches the interface it is sent out of.
void show_sent(const Packet& p, const Tables& t, const VifRow& out);

// Out of a sub-interface: counted there without the tag, and by its parent with it.
void transmit_tagged(Packet& p, const Tables& t);

enum class Buffer { shared, last };

template <Buffer buffer>
TFLAB_HOT void transmit(Packet& p, const Tables& t) {
  const VifId to = p.meta.out;
  const VifRow* out = t.vif(to);
  if (out == nullptr) return finish(p, t, dropped(p, Drop::invalid_if));
  Unmarked unmarked;
  if (p.meta.qos != 0) unmarked = mark(p, t);
  if ((out->set.flags & (vif_mirror_tx | vif_monitored)) != 0) show_sent(p, t, *out);
  if (out->set.type == VifType::virtual_vlan) return transmit_tagged(p, t);
  const Bytes frame = p.bytes();
  Lane& lane = *p.lane;
  VifTally& tally = lane.vifs[to.raw()];
  ++tally.tx_packets;
  tally.tx_bytes += frame.size();
  if constexpr (buffer == Buffer::shared) {
    lane.host->transmit(to, frame);
    unmarked.put_back();
  }
  if constexpr (buffer == Buffer::last) lane.host->transmit_last(to, frame);
}

// As finish(), for the packet that came in, when nothing else has its buffer any more.
TFLAB_HOT void finish_last(Packet& p, const Tables& t, Verdict verdict) {
  if (verdict == Verdict::transmit) return transmit<Buffer::last>(p, t);
  finish(p, t, verdict);
}

// Out of an interface that exists.
void send(Lane& lane, VifId out, std::span<const std::byte> frame);

}  // namespace tflab::vr
