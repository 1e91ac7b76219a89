#include "vrouter-core/pipeline/proxy.h"

namespace tflab::vr {

namespace {

// A VM must never hear that somebody else has its address: it would give it up (RFC 5227 2.4).
bool behind(const Tables& t, VrfId vrf, VifId vif, const IpAddr& target) {
  if (!target.zero() && target == IpAddr{t.vif(vif)->set.address}) return true;
  const SetNexthop* nexthop = t.encap_to(vrf, target);
  return nexthop != nullptr && nexthop->out == vif;
}

}  // namespace

Treatment treatment(const Packet& p, const Tables& t, const IpAddr& target) {
  const SetVif& vif = t.vif(p.meta.in)->set;
  if (behind(t, p.meta.vrf, p.meta.in, target)) return Treatment::ignore;
  if ((vif.flags & vif_mac_proxy) != 0) return Treatment::answer;
  const RouteEntry route = t.route_to(p.meta.vrf, target);
  if (!route.is_route()) return Treatment::ignore;
  // Such a port hears of the vrouter's own addresses alone.
  const bool ours = t.forward[route.nexthop().raw()].type == NexthopType::receive;
  if ((vif.flags & vif_no_arp_proxy) != 0 && !ours) return Treatment::ignore;
  if ((route.flags() & route_arp_trap) != 0) return Treatment::trap;
  const bool floods = (route.flags() & route_arp_flood) != 0 && (vif.flags & vif_l2) != 0;
  return floods && (route.flags() & route_arp_proxy) == 0 ? Treatment::flood : Treatment::answer;
}

void count_proxy(const Packet& p, Tables& t) {
  if (VrfRow* vrf = t.vrf(p.meta.vrf)) ++vrf->counters.arp_virtual_proxies;
}

void count_flood(const Packet& p, Tables& t) {
  if (VrfRow* vrf = t.vrf(p.meta.vrf)) ++vrf->counters.arp_virtual_floods;
}

Verdict punted_as_received(Packet& p, Trap why) {
  p.restore();
  p.meta.trap = why;
  return Verdict::punt;
}

}  // namespace tflab::vr
