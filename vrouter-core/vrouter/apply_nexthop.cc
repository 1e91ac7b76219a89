// Nexthops, the members of composite ones, and mirrors.

#include "vrouter-core/vrouter/apply.h"
#include "vrouter-core/vrouter/precompute.h"

namespace tflab::vr {

namespace {

// What a nexthop's kind makes it name; the other fields are only kept.
struct Names {
  bool out = false, vrf = false;
};

Names names_of(NexthopType type) {
  switch (type) {
    case NexthopType::receive:
    case NexthopType::tunnel:
      return {.out = true};
    case NexthopType::encap:
      return {.out = true, .vrf = true};
    case NexthopType::vrf_translate:
    case NexthopType::l2_receive:
      return {.vrf = true};
    default:
      return {};
  }
}

// One more row names what this nexthop names, or one less.
void count_names(Tables& t, const Forward& nexthop, std::uint32_t by) {
  const Names names = names_of(nexthop.type);
  if (names.out) t.vif(nexthop.out)->named += by;
  if (names.vrf) t.vrf(nexthop.vrf)->named += by;
}

bool one_of(std::uint32_t flags, std::uint32_t choices) {
  const std::uint32_t chosen = flags & choices;
  return chosen != 0 && (chosen & (chosen - 1)) == 0;
}

bool well_formed(const SetNexthop& op) {
  constexpr std::uint32_t encapsulations = nh_tunnel_gre | nh_tunnel_udp_mpls | nh_tunnel_vxlan;
  switch (op.type) {
    case NexthopType::receive:
    case NexthopType::encap:
    case NexthopType::resolve:
    case NexthopType::discard:
    case NexthopType::vrf_translate:
    case NexthopType::l2_receive:
      return true;
    case NexthopType::tunnel:
      return (op.flags & nh_valid) != 0 && one_of(op.flags, encapsulations) && op.sip != Ip4{} &&
             op.dip != Ip4{} &&
             ((op.flags & nh_l3_vxlan) == 0 || (op.flags & nh_tunnel_vxlan) != 0);
    case NexthopType::composite:
      return one_of(op.flags, nh_composite_ecmp | nh_multicast) && op.hash_fields != 0 &&
             (op.hash_fields & ~all_hash_fields) == 0;
    case NexthopType::dead:
      break;
  }
  return false;
}

bool is_composite(const Forward& row) {
  return row.type == NexthopType::composite;
}

void forget_learned_at(Traffic& traffic, NexthopId nexthop) {
  const Guarded one{traffic.guard};
  traffic.forget_if([&](const MacKey&, const RouteEntry& e) { return e.nexthop() == nexthop; });
}

void drop_members(Tables& t, Forward& composite) {
  Forward::Members& list = composite.members;
  t.members.each(list,
                 [&](std::uint16_t, const Member& member) { --t.nexthop(member.nexthop)->named; });
  t.members.clear(list);
}

}  // namespace

Result apply(Tables& t, const SetNexthop& op) {
  if (op.nexthop.raw() >= t.nexthops.size()) return Result::out_of_range;
  if (op.nexthop == NexthopId{} || !well_formed(op)) return Result::bad_value;
  const Names names = names_of(op.type);
  if (names.out && t.vif(op.out) == nullptr) return Result::no_such_vif;
  if (names.vrf && t.vrf(op.vrf) == nullptr) return Result::no_such_vrf;
  NexthopRow& row = t.nexthops[op.nexthop.raw()];
  Forward& forward = t.forward[op.nexthop.raw()];
  if (row.present) count_names(t, forward, one_less);
  if (is_composite(forward) && op.type != NexthopType::composite) drop_members(t, forward);
  precompute(forward, op);
  count_names(t, forward, one_more);
  row.present = true;
  return Result::done;
}

Result apply(Tables& t, const DeleteNexthop& op) {
  if (op.nexthop == NexthopId{}) return Result::bad_value;
  NexthopRow* row = t.nexthop(op.nexthop);
  if (row == nullptr) return Result::no_such_nexthop;
  if (row->named != 0) return Result::in_use;
  forget_learned_at(*t.traffic, op.nexthop);
  Forward& forward = t.forward[op.nexthop.raw()];
  if (is_composite(forward)) drop_members(t, forward);
  count_names(t, forward, one_less);
  clear(*row);
  forward = {};
  return Result::done;
}

Result apply(Tables& t, const SetMember& op) {
  if (t.nexthop(op.composite) == nullptr) return Result::no_such_nexthop;
  if (op.index >= MemberPool::most) return Result::out_of_range;
  Forward& composite = t.forward[op.composite.raw()];
  const bool sound = is_composite(composite) && op.member != NexthopId{} &&
                     op.member != op.composite && op.number < RouteEntry::number_limit;
  if (!sound) return Result::bad_value;
  NexthopRow* member = t.nexthop(op.member);
  if (member == nullptr) return Result::no_such_nexthop;
  Forward::Members& list = composite.members;
  const Member before = t.members.at(list, op.index);
  if (!t.members.set(list, op.index, {op.member, op.number})) return Result::table_full;
  ++member->named;
  if (!before.empty()) --t.nexthop(before.nexthop)->named;
  return Result::done;
}

Result apply(Tables& t, const DeleteMember& op) {
  if (t.nexthop(op.composite) == nullptr) return Result::no_such_nexthop;
  Forward& composite = t.forward[op.composite.raw()];
  if (!is_composite(composite)) return Result::bad_value;
  Forward::Members& list = composite.members;
  const Member before = t.members.at(list, op.index);
  if (before.empty()) return Result::no_such_member;
  t.members.clear(list, op.index);
  --t.nexthop(before.nexthop)->named;
  return Result::done;
}

Result apply(Tables& t, const SetMirror& op) {
  if (op.mirror >= t.mirrors.size()) return Result::out_of_range;
  NexthopRow* nexthop = t.nexthop(op.nexthop);
  if (nexthop == nullptr) return Result::no_such_nexthop;
  if (op.number >= RouteEntry::number_limit) return Result::bad_value;
  MirrorRow& row = t.mirrors[op.mirror];
  ++nexthop->named;
  if (row.present) --t.nexthop(row.set.nexthop)->named;
  row = {op, true};
  return Result::done;
}

Result apply(Tables& t, const DeleteMirror& op) {
  const bool there = op.mirror < t.mirrors.size() && t.mirrors[op.mirror].present;
  if (!there) return Result::no_such_mirror;
  --t.nexthop(t.mirrors[op.mirror].set.nexthop)->named;
  t.mirrors[op.mirror] = {};
  return Result::done;
}

}  // namespace tflab::vr
