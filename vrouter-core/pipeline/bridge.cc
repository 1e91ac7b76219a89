#include "vrouter-core/pipeline/bridge.h"

#include "vrouter-core/pipeline/ip_in.h"

namespace tflab::vr {

namespace {

bool floods_unknown(const Packet& p, const Tables& t) {
  const SetVif& vif = t.vifs[p.meta.in.raw()].set;
  if (!p.meta.tunnelled) return (vif.flags & vif_unknown_flood) != 0;
  return (t.forward[p.meta.nexthop.raw()].flags & nh_unknown_flood) != 0;
}

// True when the frame may go on. A MAC that the agent has put elsewhere is somebody else's.
bool learned(const Packet& p, const Tables& t) {
  const SetVif& vif = t.vifs[p.meta.in.raw()].set;
  const bool learns = is_machine(vif.type) && (vif.flags & vif_mac_learn) != 0;
  if (!learns || p.meta.tunnelled || t.nexthop(vif.nexthop) == nullptr) return true;
  const MacKey key = MacKey::of(p.meta.vrf, p.meta.eth.src);
  const RouteEntry told = t.macs.find(key);
  if (told.is_route()) return told.nexthop() == vif.nexthop;
  const Guarded one{t.traffic->guard};
  if (t.traffic->published != &t) return true;
  RouteEntry* known = t.traffic->learned.at(key);
  if (known == nullptr || known->nexthop() != vif.nexthop) {  // it is new, or has moved
    t.traffic->learn(key, RouteEntry::route(vif.nexthop, 0, mac_learned));  // a full table floods
  } else if (known->age() != 0) {
    *known = known->with_age(0);
  }
  return true;
}

Verdict routed(Packet& p, const Tables& t) {
  p.pop(wire::Ethernet::size);
  p.meta.bridged = false;
  p.meta.l2_received = true;
  p.meta.ip = nullptr;
  p.meta.route = {};
  if (p.meta.eth.tagged()) return dropped(p, Drop::invalid_packet);
  // The inner header has said what it is, as on a wire.
  const bool tunnelled = p.meta.tunnelled;
  p.meta.tunnelled = false;
  const Verdict verdict = IpIn::run(p, t);
  p.meta.tunnelled = tunnelled;
  return verdict;
}

}  // namespace

Verdict BridgeLookup::looked_up(Packet& p, const Tables& t) {
  Meta& meta = p.meta;
  if (!learned(p, t)) return dropped(p, Drop::invalid_source);
  VrfCounters& counters = p.lane->vrf(meta.vrf);
  const MacKey key = MacKey::of(meta.vrf, meta.eth.dst);
  meta.route = t.macs.find(key);
  if (!meta.route.is_route()) meta.route = t.traffic->learned_at(key);
  if (!meta.route.is_route() && (meta.eth.dst.multicast() || floods_unknown(p, t))) {
    meta.route = t.macs.find(MacKey::of(meta.vrf, broadcast_mac));
    if (!meta.eth.dst.multicast()) ++counters.unknown_unicast_floods;
  }
  if (!meta.route.is_route()) return dropped(p, Drop::l2_no_route);
  meta.nexthop = meta.route.nexthop();
  const Forward& nexthop = t.forward[meta.nexthop.raw()];
  if (nexthop.type != NexthopType::l2_receive || !nexthop.valid()) return Verdict::next;
  ++counters.l2_receives;
  return routed(p, t);
}

}  // namespace tflab::vr
