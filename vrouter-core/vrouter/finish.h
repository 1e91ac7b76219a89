#pragma once
// The end of a packet's way: to the host, to the agent, or into a counter; several ends when it is
// replicated or cut into pieces.

#include "vrouter-core/pipeline/mark.h"
#include "vrouter-core/pipeline/packet.h"
#include "vrouter-core/pipeline/stage.h"
#include "vrouter-core/vrouter/state.h"

namespace tflab::vr {

void finish(Lane& lane, Packet& p, Verdict verdict);

// Copies to who watches the interface it is sent out of.
void show_sent(Lane& lane, const Packet& p, const VifRow& out);

// Out of a sub-interface: counted there without the tag, and by its parent with it.
void transmit_tagged(Lane& lane, Packet& p);

enum class Buffer { shared, last };

template <Buffer buffer>
TFLAB_HOT void transmit(Lane& lane, Packet& p) {
  const Tables& t = *lane.tables;
  const VifRow* out = t.vif(p.meta.out);
  if (out == nullptr) return finish(lane, p, dropped(p, Drop::invalid_if));
  Unmarked unmarked;
  if (p.meta.qos != 0) unmarked = mark(p, t);
  if ((out->set.flags & (vif_mirror_tx | vif_monitored)) != 0) show_sent(lane, p, *out);
  if (out->set.type == VifType::virtual_vlan) return transmit_tagged(lane, p);
  const Bytes frame = p.bytes();
  VifTally& tally = lane.vifs[p.meta.out.raw()];
  ++tally.tx_packets;
  tally.tx_bytes += frame.size();
  if constexpr (buffer == Buffer::shared) {
    lane.host->transmit(p.meta.out, frame);
    unmarked.put_back();
  }
  if constexpr (buffer == Buffer::last) lane.host->transmit_last(p.meta.out, frame);
}

// As finish(), for the packet that came in, when nothing else has its buffer any more.
TFLAB_HOT void finish_last(Lane& lane, Packet& p, Verdict verdict) {
  if (verdict == Verdict::transmit) return transmit<Buffer::last>(lane, p);
  finish(lane, p, verdict);
}

// Out of an interface that exists.
void send(Lane& lane, VifId out, std::span<const std::byte> frame);

}  // namespace tflab::vr
