#include "vrouter-core/pipeline/proxy.h"

namespace tflab::vr {

namespace {

// A VM must never hear that somebody else has its address: it would give it up (RFC 5227 2.4).
bool behind(const Tables& t, VrfId vrf, VifId vif, const IpAddr& target) {
  if (!target.zero() && target == IpAddr{t.vif(vif)->set.address}) return true;
  const Forward* nexthop = t.encap_to(vrf, target);
  return nexthop != nullptr && nexthop->out == vif;
}

bool is_ours(const Tables& t, const RouteEntry& route) {
  return t.forward[route.nexthop().raw()].type == NexthopType::receive;
}

bool lives_here(const Tables& t, VrfId vrf, const Mac& mac) {
  const MacKey key = MacKey::of(vrf, mac);
  RouteEntry entry = t.macs.find(key);
  if (!entry.is_route()) entry = t.traffic->learned_at(key);
  return entry.is_route() && t.forward[entry.nexthop().raw()].type == NexthopType::encap;
}

}  // namespace

Treatment treatment(const Packet& p, const Tables& t, const IpAddr& target) {
  const SetVif& vif = t.vif(p.meta.in)->set;
  if (behind(t, p.meta.vrf, p.meta.in, target)) return {};
  if ((vif.flags & vif_mac_proxy) != 0) return {Treatment::answer, vif.mac};
  const RouteEntry route = t.route_to(p.meta.vrf, target);
  if (!route.is_route()) return {};
  // Such a port hears of the vrouter's own addresses alone.
  if ((vif.flags & vif_no_arp_proxy) != 0 && !is_ours(t, route)) return {};
  if ((route.flags() & route_arp_trap) != 0) return {Treatment::trap};
  const bool bridges = (vif.flags & vif_l2) != 0;
  const Mac machine = bridges ? t.machine_at(p.meta.vrf, target) : Mac{};
  if (!machine.zero()) return {Treatment::answer, machine, true};
  const bool floods = bridges && (route.flags() & route_arp_flood) != 0;
  if (floods && (route.flags() & route_arp_proxy) == 0) return {Treatment::flood};
  return {Treatment::answer, vif.mac};
}

Treatment tunnelled_treatment(const Packet& p, const Tables& t, const IpAddr& target) {
  const RouteEntry route = t.route_to(p.meta.vrf, target);
  const Mac machine = route.is_route() ? t.machine_at(p.meta.vrf, target) : Mac{};
  // The gateway is on the asker's own node.
  if (route.is_route() && machine.zero() && is_ours(t, route)) return {Treatment::ignore};
  const bool here = !machine.zero() && lives_here(t, p.meta.vrf, machine);
  return here ? Treatment{Treatment::answer, machine, true} : Treatment{Treatment::flood};
}

void count_treatment(const Packet& p, const Tables& t, const Treatment& treatment) {
  VrfCounters& counters = p.lane->vrf(p.meta.vrf);
  const bool from_fabric = t.vif(p.meta.in)->set.type == VifType::physical;
  if (treatment.how == Treatment::flood) {
    ++(from_fabric ? counters.arp_physical_floods : counters.arp_virtual_floods);
  } else if (treatment.how == Treatment::answer && from_fabric) {
    ++counters.arp_physical_stitches;
  } else if (treatment.how == Treatment::answer) {
    ++(treatment.stitched ? counters.arp_virtual_stitches : counters.arp_virtual_proxies);
  }
}

Verdict bridged_back(Packet& p, const Mac& mac) {
  p.meta.eth.dst = p.meta.eth.src;
  p.meta.eth.src = mac;
  p.meta.nexthop_known = false;
  return Verdict::next;
}

Verdict punted_as_received(Packet& p, Trap why) {
  p.restore();
  p.meta.trap = why;
  return Verdict::punt;
}

}  // namespace tflab::vr
