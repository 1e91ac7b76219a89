#include "vrouter-core/pipeline/proxy.h"

#include "vrouter-core/base/assert.h"

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
  if (behind(t, p.meta.vrf, p.meta.in, target)) return Treatment::ignore;
  const RouteEntry route = t.route_to(p.meta.vrf, target);
  if (!route.is_route()) return Treatment::ignore;
  return (route.flags() & route_arp_trap) != 0 ? Treatment::trap : Treatment::answer;
}

void count_proxy(const Packet& p, Tables& t) {
  if (VrfRow* vrf = t.vrf(p.meta.vrf)) ++vrf->counters.arp_virtual_proxies;
}

Verdict punted_as_received(Packet& p, Trap why) {
  require(!p.push(wire::Ethernet::size).empty());
  p.meta.trap = why;
  return Verdict::punt;
}

}  // namespace tflab::vr
