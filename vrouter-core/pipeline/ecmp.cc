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

Choice by_number(const MemberPool& members, const Forward::Members& list, std::uint32_t number) {
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

}  // namespace

Verdict Ecmp::chosen(Packet& p, Tables& t, const Forward& composite) {
  const Forward::Members& list = composite.members;
  if (VrfRow* vrf = t.vrf(p.meta.vrf)) ++vrf->counters.ecmp_composites;
  if (list.slots == 0) return dropped(p, Drop::invalid_nh);
  FlowEntry* flow = p.meta.flow != no_flow ? &t.flows[p.meta.flow] : nullptr;
  Choice choice;
  if (flow != nullptr && flow->ecmp_index != no_ecmp_index) {
    choice = {flow->ecmp_index, t.members.at(list, flow->ecmp_index)};
  }
  if (choice.member.empty()) choice = by_number(t.members, list, number_by(p, list.hash_fields));
  if (flow != nullptr && choice.index < no_ecmp_index) {
    flow->ecmp_index = static_cast<std::uint8_t>(choice.index);
  }
  p.meta.nexthop = choice.member.nexthop;
  p.meta.route = RouteEntry::route(choice.member.nexthop, choice.member.number, route_label_valid);
  return Verdict::next;
}

}  // namespace tflab::vr
