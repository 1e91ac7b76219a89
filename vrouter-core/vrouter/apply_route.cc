// Prefixes, MACs, labels and VNIs.

#include "vrouter-core/pipeline/stage.h"
#include "vrouter-core/vrouter/apply.h"

namespace tflab::vr {

namespace {

constexpr std::uint16_t known_route_flags =
    route_label_valid | route_arp_proxy | route_arp_trap | route_arp_flood;
constexpr std::uint8_t known_mac_flags = mac_label_valid | mac_learned;

bool fits(const IpPrefix& prefix) {
  return prefix.length() <= prefix.base().bits();
}

// One number goes in front of the packet: a label when the flag says so, a VNI otherwise.
bool fits(Label label, Vni vni, bool is_label) {
  return vni.raw() < RouteEntry::number_limit && (is_label ? vni == Vni{} : label == Label{});
}
template <class Op>
RouteEntry entry_of(const Op& op) {
  const std::uint32_t number = op.vni != Vni{} ? op.vni.raw() : op.label.raw();
  return RouteEntry::route(op.nexthop, number, static_cast<std::uint8_t>(op.flags));
}

RouteEntry route_at(const Tables& t, VrfId vrf, const IpPrefix& prefix) {
  const IpAddr& base = prefix.base();
  return base.is_v4() ? t.routes4.find(vrf, base.v4(), prefix.length())
                      : t.routes6.find(vrf, base.v6(), prefix.length());
}

bool set_route(Tables& t, VrfRow& vrf, const SetRoute& op) {
  const IpAddr& base = op.prefix.base();
  const unsigned length = op.prefix.length();
  return base.is_v4() ? t.routes4.set(op.vrf, vrf.lengths4, base.v4(), length, entry_of(op))
                      : t.routes6.set(op.vrf, vrf.lengths6, base.v6(), length, entry_of(op));
}

void erase_route(Tables& t, VrfRow& vrf, const DeleteRoute& op) {
  const IpAddr& base = op.prefix.base();
  const unsigned length = op.prefix.length();
  if (base.is_v4()) {
    t.routes4.erase(op.vrf, vrf.lengths4, base.v4(), length);
  } else {
    t.routes6.erase(op.vrf, vrf.lengths6, base.v6(), length);
  }
}

bool is_host(const IpPrefix& prefix) {
  return prefix.length() == prefix.base().bits();
}
// Whose address the prefix is, from now on. False: there is no room to know another one.
bool set_machine(Tables& t, VrfId vrf, const IpPrefix& prefix, const Mac& mac) {
  if (!is_host(prefix)) return true;
  const IpAddr& base = prefix.base();
  const auto put = [&](auto& machines, const auto& key) {
    if (!mac.zero()) return machines.set(key, RouteEntry::machine(MacKey::of({}, mac).word));
    machines.erase(key);
    return true;
  };
  return base.is_v4() ? put(t.machines4, Prefix4Key::of(vrf, base.v4(), 32))
                      : put(t.machines6, Prefix6Key::of(vrf, base.v6(), 128));
}

// As set_route, where this operation or one before says whose address it is.
[[gnu::noinline]] bool set_both(Tables& t, VrfRow& vrf, const SetRoute& op) {
  const Mac before = is_host(op.prefix) ? t.machine_at(op.vrf, op.prefix.base()) : Mac{};
  if (!set_machine(t, op.vrf, op.prefix, op.mac)) return false;
  if (set_route(t, vrf, op)) return true;
  set_machine(t, op.vrf, op.prefix, before);
  return false;
}

void count(Tables& t, VrfRow& vrf, const RouteEntry& mac, std::uint32_t by) {
  if (!mac.is_route()) return;
  t.nexthop(mac.nexthop())->named += by;
  vrf.named += by;
}

bool forget_mac(Tables& t, VrfRow& vrf, const MacKey& key) {
  const RouteEntry before = t.macs.find(key);
  count(t, vrf, before, one_less);
  return t.macs.erase(key);
}
bool forget_learned(Traffic& traffic, const MacKey& key) {
  const Guarded one{traffic.guard};
  return traffic.forget(key);
}

// As if a packet had said so. What the vrouter learned by itself must not keep the agent from
// deleting what it made, so nothing counts it. Whether there is room is for traffic to say, and
// must make no difference to the tables.
Result set_learned(Tables& t, VrfRow& vrf, const MacKey& key, RouteEntry entry) {
  forget_mac(t, vrf, key);
  const Guarded one{t.traffic->guard};
  return t.traffic->learn(key, entry) ? Result::done : Result::table_full;
}

}  // namespace

Result apply(Tables& t, const SetRoute& op) {
  VrfRow* vrf = t.vrf(op.vrf);
  if (vrf == nullptr) return Result::no_such_vrf;
  NexthopRow* nexthop = t.nexthop(op.nexthop);
  if (nexthop == nullptr) return Result::no_such_nexthop;
  if (!fits(op.prefix) || (op.flags & ~known_route_flags) != 0) return Result::bad_value;
  if (!fits(op.label, op.vni, (op.flags & route_label_valid) != 0)) return Result::bad_value;
  const bool tells = !same(op.mac, Mac{});
  if (tells && !is_host(op.prefix)) return Result::bad_value;

  const RouteEntry before = route_at(t, op.vrf, op.prefix);
  const bool set = tells || t.knows_machines() ? set_both(t, *vrf, op) : set_route(t, *vrf, op);
  if (!set) return Result::table_full;
  ++nexthop->named;
  if (before.is_route()) {
    --t.nexthop(before.nexthop())->named;
  } else {
    ++vrf->named;
  }
  return Result::done;
}

Result apply(Tables& t, const DeleteRoute& op) {
  VrfRow* vrf = t.vrf(op.vrf);
  if (vrf == nullptr) return Result::no_such_vrf;
  if (!fits(op.prefix)) return Result::bad_value;
  const RouteEntry before = route_at(t, op.vrf, op.prefix);
  if (!before.is_route()) return Result::no_such_route;
  erase_route(t, *vrf, op);
  if (t.knows_machines()) set_machine(t, op.vrf, op.prefix, {});
  --t.nexthop(before.nexthop())->named;
  --vrf->named;
  return Result::done;
}

Result apply(Tables& t, const SetMac& op) {
  VrfRow* vrf = t.vrf(op.vrf);
  if (vrf == nullptr) return Result::no_such_vrf;
  if (t.nexthop(op.nexthop) == nullptr) return Result::no_such_nexthop;
  const bool sound = !op.mac.zero() && (op.flags & ~known_mac_flags) == 0 &&
                     fits(op.label, op.vni, (op.flags & mac_label_valid) != 0);
  if (!sound) return Result::bad_value;
  const MacKey key = MacKey::of(op.vrf, op.mac);
  const RouteEntry before = t.macs.find(key), now = entry_of(op);
  if ((op.flags & mac_learned) != 0) return set_learned(t, *vrf, key, now);
  if (!t.macs.set(key, now)) return Result::table_full;
  forget_learned(*t.traffic, key);
  count(t, *vrf, now, one_more);
  count(t, *vrf, before, one_less);
  return Result::done;
}

Result apply(Tables& t, const DeleteMac& op) {
  VrfRow* vrf = t.vrf(op.vrf);
  if (vrf == nullptr) return Result::no_such_vrf;
  const MacKey key = MacKey::of(op.vrf, op.mac);
  const bool known = forget_mac(t, *vrf, key) | forget_learned(*t.traffic, key);
  return known ? Result::done : Result::no_such_mac;
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

Result apply(Tables& t, const BindVni& op) {
  if (op.vni.raw() >= RouteEntry::number_limit) return Result::out_of_range;
  NexthopRow* nexthop = t.nexthop(op.nexthop);
  if (nexthop == nullptr) return Result::no_such_nexthop;
  const VniKey key = VniKey::of(op.vni);
  const RouteEntry before = t.vnis.find(key);
  if (!t.vnis.set(key, RouteEntry::route(op.nexthop, 0, 0))) return Result::table_full;
  ++nexthop->named;
  if (before.is_route()) --t.nexthop(before.nexthop())->named;
  return Result::done;
}

Result apply(Tables& t, const UnbindVni& op) {
  const VniKey key = VniKey::of(op.vni);
  const RouteEntry before = t.vnis.find(key);
  if (!t.vnis.erase(key)) return Result::no_such_vni;
  --t.nexthop(before.nexthop())->named;
  return Result::done;
}

}  // namespace tflab::vr
