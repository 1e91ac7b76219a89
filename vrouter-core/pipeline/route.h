#pragma once
#include "vrouter-core/pipeline/nat.h"
#include "vrouter-core/pipeline/stage.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::vr {

// Longest prefix in the packet's vrf, again for each nexthop that translates to another vrf. No
// route is the discard nexthop.
struct RouteLookup {
  static constexpr const char* name = "route-lookup";
  static constexpr unsigned most_translations = 8;
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    if (p.meta.bridged) return Verdict::next;
    if (!p.meta.nexthop_known) look_up(p, t);
    for (unsigned n = 0; const Forward* next = translation(p, t); ++n) {
      if (n == most_translations) return dropped(p, Drop::pkt_loop);
      ++p.lane->vrf(p.meta.vrf).vrf_translates;
      p.meta.vrf = next->vrf;
      look_up(p, t);
    }
    return Verdict::next;
  }

private:
  TFLAB_HOT void look_up(Packet& p, const Tables& t) {
    Meta& meta = p.meta;
    const VrfRow* vrf = t.vrf(meta.vrf);
    if (vrf == nullptr) {
      meta.route = {};
    } else if (meta.v4) [[likely]] {
      meta.route = t.routes4.look_up(meta.vrf, vrf->lengths4, meta.dst4());
    } else {
      meta.route = t.route_to(meta.vrf, meta.dst6());
    }
    meta.nexthop = meta.route.is_route() ? meta.route.nexthop() : NexthopId{};
  }
  TFLAB_HOT const Forward* translation(const Packet& p, const Tables& t) {
    const Forward& nexthop = t.forward[p.meta.nexthop.raw()];
    return nexthop.type == NexthopType::vrf_translate && nexthop.valid() ? &nexthop : nullptr;
  }
};

// Reverse path check of what belongs to no flow, which would have told where it may come from: what
// comes from a machine's interface with policy must have its source behind that interface, as seen
// in the vrf in which the last lookup was made.
struct SourceCheck {
  static constexpr const char* name = "source-check";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    const SetVif& in = t.vifs[p.meta.in.raw()].set;
    if ((in.flags & vif_policy) == 0 || p.meta.has_flow_key || p.meta.bridged) return Verdict::next;
    return !is_machine(in.type) || valid(p, t) ? Verdict::next : dropped(p, Drop::invalid_source);
  }

private:
  static bool valid(const Packet& p, const Tables& t);
};

// IPv4 loses one hop on the vrouter where it enters, whatever the number of vrfs it is looked up
// in; on the one where it leaves a tunnel it is not touched, so a way through the overlay costs
// exactly one. Except where a tunnel brought a frame to the vrouter's own MAC: that vrouter is a
// router of its own, and a second hop (RFC 9136 section 4.4.1). IPv6 keeps its hop limit, as in the
// original. What is bridged keeps all.
struct Ttl {
  static constexpr const char* name = "ttl";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    const Meta& meta = p.meta;
    if (meta.bridged || (meta.tunnelled && !meta.l2_received)) return Verdict::next;
    // The agent answers with the packet as it was received (RFC 1812 section 5.3.1).
    if (p.meta.ttl <= (p.meta.v4 ? 1 : 0)) return punted_untranslated(p, t, Trap::zero_ttl);
    if (!p.meta.v4) [[unlikely]]
      return Verdict::next;
    wire::Ipv4::decrement_ttl(p.meta.ip);
    --p.meta.ttl;
    return Verdict::next;
  }
};

}  // namespace tflab::vr
