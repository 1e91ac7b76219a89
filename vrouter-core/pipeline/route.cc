#include "vrouter-core/pipeline/route.h"

namespace tflab::vr {

namespace {

// The agent sees where it came from, and may be waiting for one whose routes it has taken away.
bool for_agent(const Packet& p, const Tables& t) {
  const Forward& row = t.forward[p.meta.nexthop.raw()];
  return row.type == NexthopType::receive && t.vifs[row.out.raw()].set.type == VifType::agent;
}

}  // namespace

bool SourceCheck::valid(const Packet& p, const Tables& t) {
  const Forward* back = t.encap_to(p.meta.vrf, p.meta.src());
  return (back != nullptr && back->out == p.meta.in) || for_agent(p, t);
}

}  // namespace tflab::vr
