// VRFs and interfaces.

#include <optional>

#include "vrouter-core/vrouter/apply.h"

namespace tflab::vr {

namespace {

bool well_formed(const SetVif& op) {
  switch (op.type) {
    case VifType::host:
    case VifType::agent:
    case VifType::physical:
    case VifType::virt:
    case VifType::monitoring:
      return true;
    case VifType::virtual_vlan:
      return op.vlan != 0 && op.vlan < 0xfff && op.parent != op.vif;
  }
  return false;
}

bool in_range(const Tables& t, const SetVif& op) {
  return op.vif.raw() < t.vifs.size() && op.parent.raw() < t.vifs.size() &&
         op.monitor.raw() < t.vifs.size() && op.nexthop.raw() < t.nexthops.size();
}

VlanKey tag_of(const SetVif& vif) {
  return VlanKey::of(vif.parent, vif.vlan);
}
bool tagged(const SetVif& vif) {
  return vif.type == VifType::virtual_vlan;
}

bool tag_is_anothers(const Tables& t, const SetVif& op) {
  const RouteEntry owner = t.vlans.find(tag_of(op));
  return tagged(op) && owner.is_route() && owner.tallied() != op.vif.raw();
}

// One more interface names its map, or one less.
void count_qos(Tables& t, const SetVif& vif, std::uint32_t by) {
  if (vif.qos != 0) t.qos_map(vif.qos)->named += by;
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
  const Guarded one{t.traffic->guard};
  t.traffic->forget_if([&](const MacKey& key, const RouteEntry&) { return key.vrf() == op.vrf; });
  clear(*vrf);
  return Result::done;
}

Result apply(Tables& t, const SetVif& op) {
  if (!in_range(t, op)) return Result::out_of_range;
  if (!well_formed(op) || tag_is_anothers(t, op)) return Result::bad_value;
  if (t.vrf(op.vrf) == nullptr) return Result::no_such_vrf;
  if (op.qos != 0 && t.qos_map(op.qos) == nullptr) return Result::no_such_qos_map;
  VifRow& row = t.vifs[op.vif.raw()];
  if (row.present) {
    --t.vrf(row.set.vrf)->named;
    count_qos(t, row.set, one_less);
    if (tagged(row.set)) t.vlans.erase(tag_of(row.set));
  }
  ++t.vrf(op.vrf)->named;
  count_qos(t, op, one_more);
  if (tagged(op)) t.vlans.set(tag_of(op), RouteEntry::tally(op.vif.raw()));
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
  count_qos(t, row->set, one_less);
  if (tagged(row->set)) t.vlans.erase(tag_of(row->set));
  *row = {};
  note_ends(t);
  return Result::done;
}

}  // namespace tflab::vr
