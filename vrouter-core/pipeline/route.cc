#include "vrouter-core/pipeline/route.h"

#include "vrouter-core/pipeline/proxy.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::vr {

namespace {

void look_up(Packet& p, const Tables& t) {
  p.meta.route = t.route_to(p.meta.vrf, p.meta.dst);
  p.meta.nexthop = p.meta.route.is_route() ? p.meta.route.nexthop() : NexthopId{};
}

const SetNexthop* translation(const Packet& p, const Tables& t) {
  const SetNexthop& nexthop = t.nexthop(p.meta.nexthop)->set;
  const bool translates =
      nexthop.type == NexthopType::vrf_translate && (nexthop.flags & nh_valid) != 0;
  return translates ? &nexthop : nullptr;
}

}  // namespace

Verdict RouteLookup::run(Packet& p, Tables& t) {
  if (!p.meta.nexthop_known) look_up(p, t);
  for (unsigned n = 0; const SetNexthop* next = translation(p, t); ++n) {
    if (n == most_translations) return dropped(p, Drop::pkt_loop);
    if (VrfRow* vrf = t.vrf(p.meta.vrf)) ++vrf->counters.vrf_translates;
    p.meta.vrf = next->vrf;
    look_up(p, t);
  }
  return Verdict::next;
}

Verdict SourceCheck::run(Packet& p, Tables& t) {
  if ((t.vif(p.meta.in)->set.flags & vif_policy) == 0) return Verdict::next;
  const SetNexthop* back = t.encap_to(p.meta.vrf, p.meta.src);
  const bool valid = back != nullptr && back->out == p.meta.in;
  return valid ? Verdict::next : dropped(p, Drop::invalid_source);
}

Verdict Ttl::run(Packet& p, Tables&) {
  if (p.meta.tunnelled) return Verdict::next;
  const bool v4 = p.meta.dst.is_v4();
  // The agent answers with the packet as it was received (RFC 1812 section 5.3.1).
  if (p.meta.ttl <= (v4 ? 1 : 0)) return punted_as_received(p, Trap::zero_ttl);
  if (!v4) return Verdict::next;
  wire::Ipv4::decrement_ttl(p.bytes());
  --p.meta.ttl;
  return Verdict::next;
}

}  // namespace tflab::vr
