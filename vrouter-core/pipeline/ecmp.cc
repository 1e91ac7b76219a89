#include "vrouter-core/pipeline/ecmp.h"

namespace tflab::vr {

namespace {

struct Choice {
  std::uint16_t index = 0;
  Member member;
};

// As flow_number, of some of the fields.
std::uint32_t number_by(const Packet& p, std::uint8_t fields) {
  const Meta& meta = p.meta;
  if (fields == all_hash_fields || meta.ip == nullptr) return flow_number(p);
  const auto of = [&](HashField field, std::uint64_t value) {
    return (fields & field) != 0 ? value : 0;
  };
  std::uint64_t hash = std::uint64_t{meta.vrf.raw()} << 48 |
                       of(hash_protocol, static_cast<std::uint64_t>(meta.protocol)) << 40 |
                       of(hash_src_port, meta.ports.src) << 16 | of(hash_dst_port, meta.ports.dst);
  const std::byte* const src = meta.ip + (meta.v4 ? 12 : 8);
  const std::size_t length = meta.v4 ? 4 : 16;
  for (std::size_t at = 0; at < length; at += 4) {
    const std::uint64_t pair =
        of(hash_src_ip, load32(src + at)) << 32 | of(hash_dst_ip, load32(src + length + at));
    hash = mixed(hash, pair);
  }
  return mixed32(hash);  // a single field may change few bits
}

[[gnu::always_inline]] inline Choice by_number(const Packet& p, const Tables& t,
                                               const Forward::Members& list) {
  const MemberPool& members = t.members;
  std::uint32_t number = number_by(p, list.hash_fields);
  const auto place = [&](std::size_t places) {
    return static_cast<std::size_t>(std::uint64_t{number} * places >> 32);
  };
  const std::size_t index = place(list.slots);
  const Member there = members.at(list, index);
  if (!there.empty()) return {static_cast<std::uint16_t>(index), there};
  std::size_t present = 0;
  members.each(list, [&](std::uint16_t, const Member&) { ++present; });
  // Another part of the number, or all flows of the empty place would go to one neighbour.
  number = mixed32(number, 1);
  std::size_t skip = place(present);
  Choice choice;
  members.each(list, [&](std::uint16_t i, const Member& member) {
    if (skip-- == 0) choice = {i, member};
  });
  return choice;
}

// What its flow has chosen before.
Choice chosen_before(const Packet& p, const Tables& t, const Forward::Members& list) {
  const Guarded one{t.traffic->guard};
  const FlowEntry* flow = t.traffic->still(p.meta.flow, p.meta.flow_hash);
  if (flow == nullptr || flow->ecmp_index == no_ecmp_index) return {};
  return {flow->ecmp_index, t.members.at(list, flow->ecmp_index)};
}
void remember(const Packet& p, const Tables& t, const Choice& choice) {
  const Guarded one{t.traffic->guard};
  FlowEntry* flow = t.traffic->still(p.meta.flow, p.meta.flow_hash);
  if (flow == nullptr || choice.index >= no_ecmp_index) return;
  flow->ecmp_index = static_cast<std::uint8_t>(choice.index);
}
[[gnu::noinline]] Choice by_flow(const Packet& p, const Tables& t, const Forward::Members& list) {
  Choice choice = chosen_before(p, t, list);
  if (!choice.member.empty()) return choice;
  choice = by_number(p, t, list);
  remember(p, t, choice);
  return choice;
}

}  // namespace

Verdict Ecmp::chosen(Packet& p, const Tables& t, const Forward& composite) {
  const Forward::Members& list = composite.members;
  ++p.lane->vrf(p.meta.vrf).ecmp_composites;
  if (list.slots == 0) return dropped(p, Drop::invalid_nh);
  const Choice choice = p.meta.flow != no_flow ? by_flow(p, t, list) : by_number(p, t, list);
  p.meta.nexthop = choice.member.nexthop;
  p.meta.route = RouteEntry::route(choice.member.nexthop, choice.member.number, route_label_valid);
  return Verdict::next;
}

}  // namespace tflab::vr
