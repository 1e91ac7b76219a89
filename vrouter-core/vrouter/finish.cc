#include "vrouter-core/vrouter/finish.h"

#include "vrouter-core/base/assert.h"
#include "vrouter-core/vrouter/copies.h"

namespace tflab::vr {

void send(Lane& lane, VifId out, std::span<const std::byte> frame) {
  VifTally& tally = lane.vifs[out.raw()];
  ++tally.tx_packets;
  tally.tx_bytes += frame.size();
  lane.host->transmit(out, frame);
}

void show_sent(const Packet& p, const Tables& t, const VifRow& out) {
  const SetVif vif = out.set;
  mirror(p, t, vif, vif_mirror_tx);
}

void transmit_tagged(Packet& p, const Tables& t) {
  const VifRow& sub = *t.vif(p.meta.out);
  const std::size_t untagged = p.size();
  if (!tag(p, t, sub.set)) return finish(p, t, dropped(p, Drop::invalid_if));
  VifTally& tally = p.lane->vifs[sub.set.vif.raw()];
  ++tally.tx_packets;
  tally.tx_bytes += untagged;
  finish(p, t, Verdict::transmit);
}

void finish(Packet& p, const Tables& t, Verdict verdict) {
  Lane& lane = *p.lane;
  const Packet& done = p;
  const Meta& meta = p.meta;
  switch (verdict) {
    case Verdict::transmit:
      return transmit<Buffer::shared>(p, t);
    case Verdict::transmit_and_punt:
      ++lane.copies;
      transmit<Buffer::shared>(p, t);
      [[fallthrough]];
    case Verdict::punt:
      return lane.host->punt(meta.trap, meta.in, meta.vrf, done.bytes());
    case Verdict::drop:
      return lane.count_drop(meta.drop, meta.in);
    case Verdict::replicate:
      return replicate(p, t);
    case Verdict::fragment:
      return fragment(p, t);
    case Verdict::wait:
      return;
    case Verdict::next:
      break;
  }
  require(false);  // a pipeline without an end
}

}  // namespace tflab::vr
