#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// Bridged frames: where the destination MAC is, in the packet's vrf. Broadcast, multicast and,
// where that is wanted, unknown MACs take the way of ff:ff:ff:ff:ff:ff. A MAC of the vrouter's own
// makes it a packet to route. On an interface that learns, the source is noted on the way.
struct BridgeLookup {
  static constexpr const char* name = "bridge-lookup";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    return p.meta.bridged && !p.meta.nexthop_known ? looked_up(p, t) : Verdict::next;
  }

private:
  static Verdict looked_up(Packet& p, const Tables& t);
};

// Asks for what BridgeLookup, FlowLookup and RouteLookup will read.
struct AskForTables {
  static constexpr const char* name = "ask-for-tables";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    const Meta& meta = p.meta;
    if (meta.has_flow_key) t.traffic->flows.prefetch(meta.flow_hash);
    if (meta.nexthop_known) return Verdict::next;
    if (meta.bridged) {
      if (t.macs.worth_prefetching()) t.macs.prefetch(MacKey::of(meta.vrf, meta.eth.dst));
      return Verdict::next;
    }
    if (meta.v4) [[likely]] {
      if (const VrfRow* row = worth_asking(t.routes4, t, meta.vrf))
        t.routes4.prefetch(meta.vrf, row->lengths4, meta.dst4());
    } else if (const VrfRow* row = worth_asking(t.routes6, t, meta.vrf)) {
      t.routes6.prefetch(meta.vrf, row->lengths6, meta.dst6());
    }
    return Verdict::next;
  }

private:
  template <class Routes>
  TFLAB_HOT const VrfRow* worth_asking(const Routes& routes, const Tables& t, VrfId vrf) {
    return routes.worth_prefetching() ? t.vrf(vrf) : nullptr;
  }
};

}  // namespace tflab::vr
