#include "vrouter-core/pipeline/ethernet_in.h"

namespace tflab::vr {

// The MACs move over the tag; what follows stays where it is.
Verdict VlanIn::untagged(Packet& p, const Tables& t) {
  constexpr std::size_t tag_size = wire::Ethernet::tag_size;
  if (p.size() < tag_size) return dropped(p, Drop::pull);
  std::byte* tag = p.bytes().data();
  p.meta.priority = static_cast<std::uint8_t>(load16(tag) >> 13);
  const RouteEntry owner = t.vlans.find(VlanKey::of(p.meta.in, load16(tag) & 0xfff));
  if (!owner.is_route()) return Verdict::next;
  const VifRow* sub = t.vif(VifId{static_cast<std::uint16_t>(owner.tallied())});
  if (sub == nullptr) return dropped(p, Drop::invalid_if);
  std::byte* frame = tag - wire::Ethernet::size;
  __builtin_memmove(frame + tag_size, frame, wire::Ethernet::size - 2);
  p.meta.eth.type = static_cast<wire::EtherType>(load16(tag + 2));
  p.pop(tag_size);
  p.received_from(tag_size);
  p.meta.in = sub->set.vif;
  p.meta.vrf = sub->set.vrf;
  p.meta.qos = sub->set.qos;
  VifTally& tally = p.lane->vifs[sub->set.vif.raw()];
  ++tally.rx_packets;
  tally.rx_bytes += p.size() + wire::Ethernet::size;
  return Verdict::next;
}

}  // namespace tflab::vr
