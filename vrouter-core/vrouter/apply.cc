#include "vrouter-core/vrouter/apply.h"

#include <optional>

namespace tflab::vr {

namespace {

constexpr std::uint16_t known_route_flags =
    route_label_valid | route_arp_proxy | route_arp_trap | route_arp_flood;

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
      return {.vrf = true};
    default:
      return {};
  }
}

// One more row names what this nexthop names, or one less.
void count_names(Tables& t, const SetNexthop& nexthop, std::uint32_t by) {
  const Names names = names_of(nexthop.type);
  if (names.out) t.vif(nexthop.out)->named += by;
  if (names.vrf) t.vrf(nexthop.vrf)->named += by;
}
constexpr std::uint32_t one_more = 1, one_less = ~std::uint32_t{0};

bool well_formed_tunnel(const SetNexthop& op) {
  constexpr std::uint32_t encapsulations = nh_tunnel_gre | nh_tunnel_udp_mpls | nh_tunnel_vxlan;
  const std::uint32_t chosen = op.flags & encapsulations;
  const bool one = chosen == nh_tunnel_gre || chosen == nh_tunnel_udp_mpls;
  return (op.flags & nh_valid) != 0 && one && op.sip != Ip4{} && op.dip != Ip4{};
}

bool well_formed(const SetNexthop& op) {
  switch (op.type) {
    case NexthopType::receive:
    case NexthopType::encap:
    case NexthopType::resolve:
    case NexthopType::discard:
    case NexthopType::vrf_translate:
      return true;
    case NexthopType::tunnel:
      return well_formed_tunnel(op);
    default:
      return false;
  }
}

bool well_formed(const SetVif& op) {
  return op.type <= VifType::virt;
}

RouteEntry& root_of(VrfRow& vrf, const IpPrefix& prefix) {
  return prefix.base().is_v4() ? vrf.root4 : vrf.root6;
}

bool fits(const IpPrefix& prefix) {
  return prefix.length() <= prefix.base().bits();
}

std::optional<VifId> lowest(const Tables& t, VifType type) {
  for (const VifRow& row : t.vifs) {
    if (row.present && row.set.type == type) return row.set.vif;
  }
  return std::nullopt;
}

void note_ends(Tables& t) {
  t.host = lowest(t, VifType::host);
  t.fabric = lowest(t, VifType::physical);
}

}  // namespace

Result apply(Tables& t, const SetVrf& op) {
  if (op.vrf.raw() >= t.vrfs.size()) return Result::out_of_range;
  t.vrfs[op.vrf.raw()].present = true;
  return Result::done;
}

Result apply(Tables& t, const DeleteVrf& op) {
  VrfRow* vrf = t.vrf(op.vrf);
  if (vrf == nullptr) return Result::no_such_vrf;
  if (vrf->named != 0) return Result::in_use;
  *vrf = {};
  return Result::done;
}

Result apply(Tables& t, const SetVif& op) {
  if (op.vif.raw() >= t.vifs.size()) return Result::out_of_range;
  if (!well_formed(op)) return Result::bad_value;
  if (t.vrf(op.vrf) == nullptr) return Result::no_such_vrf;
  VifRow& row = t.vifs[op.vif.raw()];
  if (row.present) --t.vrf(row.set.vrf)->named;
  ++t.vrf(op.vrf)->named;
  row.present = true;
  row.set = op;
  note_ends(t);
  return Result::done;
}

Result apply(Tables& t, const DeleteVif& op) {
  VifRow* row = t.vif(op.vif);
  if (row == nullptr) return Result::no_such_vif;
  if (row->named != 0) return Result::in_use;
  --t.vrf(row->set.vrf)->named;
  *row = {};
  note_ends(t);
  return Result::done;
}

Result apply(Tables& t, const SetNexthop& op) {
  if (op.nexthop.raw() >= t.nexthops.size()) return Result::out_of_range;
  if (op.nexthop == NexthopId{} || !well_formed(op)) return Result::bad_value;
  const Names names = names_of(op.type);
  if (names.out && t.vif(op.out) == nullptr) return Result::no_such_vif;
  if (names.vrf && t.vrf(op.vrf) == nullptr) return Result::no_such_vrf;
  NexthopRow& row = t.nexthops[op.nexthop.raw()];
  if (row.present) count_names(t, row.set, one_less);
  count_names(t, op, one_more);
  row.present = true;
  row.set = op;
  return Result::done;
}

Result apply(Tables& t, const DeleteNexthop& op) {
  if (op.nexthop == NexthopId{}) return Result::bad_value;
  NexthopRow* row = t.nexthop(op.nexthop);
  if (row == nullptr) return Result::no_such_nexthop;
  if (row->named != 0) return Result::in_use;
  count_names(t, row->set, one_less);
  *row = {};
  return Result::done;
}

Result apply(Tables& t, const SetRoute& op) {
  VrfRow* vrf = t.vrf(op.vrf);
  if (vrf == nullptr) return Result::no_such_vrf;
  NexthopRow* nexthop = t.nexthop(op.nexthop);
  if (nexthop == nullptr) return Result::no_such_nexthop;
  if (!fits(op.prefix) || (op.flags & ~known_route_flags) != 0) return Result::bad_value;

  Trie trie{t.buckets, root_of(*vrf, op.prefix)};
  const auto before = trie.find(op.prefix);
  const auto flags = static_cast<std::uint8_t>(op.flags);
  if (!trie.set(op.prefix, op.nexthop, op.label, flags)) return Result::table_full;
  ++nexthop->named;
  if (before) {
    --t.nexthop(before->nexthop())->named;
  } else {
    ++vrf->named;
  }
  return Result::done;
}

Result apply(Tables& t, const DeleteRoute& op) {
  VrfRow* vrf = t.vrf(op.vrf);
  if (vrf == nullptr) return Result::no_such_vrf;
  if (!fits(op.prefix)) return Result::bad_value;
  Trie trie{t.buckets, root_of(*vrf, op.prefix)};
  const auto before = trie.find(op.prefix);
  if (!before) return Result::no_such_route;
  trie.erase(op.prefix);
  --t.nexthop(before->nexthop())->named;
  --vrf->named;
  return Result::done;
}

Result apply(Tables& t, const BindLabel& op) {
  if (op.label.raw() >= t.labels.size()) return Result::out_of_range;
  if (op.label.reserved()) return Result::bad_value;
  NexthopRow* nexthop = t.nexthop(op.nexthop);
  if (nexthop == nullptr) return Result::no_such_nexthop;
  LabelRow& row = t.labels[op.label.raw()];
  if (row.bound) --t.nexthop(row.nexthop)->named;
  ++nexthop->named;
  row = {op.nexthop, true};
  return Result::done;
}

Result apply(Tables& t, const UnbindLabel& op) {
  const bool bound = op.label.raw() < t.labels.size() && t.labels[op.label.raw()].bound;
  if (!bound) return Result::no_such_label;
  LabelRow& row = t.labels[op.label.raw()];
  --t.nexthop(row.nexthop)->named;
  row = {};
  return Result::done;
}

}  // namespace tflab::vr
