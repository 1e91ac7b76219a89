#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// By which nexthop packets to this one keep their flows; discard: they have none. A machine that
// gets frames has its flows where it has those of its packets, by its interface.
TFLAB_HOT NexthopId flows_towards(const Tables& t, NexthopId nexthop) {
  const Forward& row = t.forward[nexthop.raw()];
  if ((row.flags & nh_policy) == 0) return {};
  const bool frames = row.type == NexthopType::encap && row.family == NexthopFamily::bridge;
  return frames ? t.vifs[row.out.raw()].set.nexthop : nexthop;
}

// Which flow a packet belongs to, if it must belong to one: what a machine behind an interface with
// policy sends, what a label brings to a nexthop with policy, and what NativeOrCrossConnect has
// found one for. Pieces of a datagram belong to the flow of its first piece. A packet in a bridged
// frame is one like any other, unless the frame is for many or for the link itself.
struct FlowKeyIn {
  static constexpr const char* name = "flow-key";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    if (!t.has_flows || p.meta.ip == nullptr) return Verdict::next;
    const NexthopId owner = owner_of(p, t);
    return owner == NexthopId{} ? Verdict::next : keyed(p, t, owner);
  }

  static Verdict keyed(Packet& p, const Tables& t, NexthopId owner);

private:
  static NexthopId owner_of(const Packet& p, const Tables& t) {
    if (p.meta.tunnelled) {
      return p.meta.nexthop_known ? flows_towards(t, p.meta.nexthop) : NexthopId{};
    }
    const SetVif& vif = t.vifs[p.meta.in.raw()].set;
    return (vif.flags & vif_policy) != 0 ? vif.nexthop : p.meta.flow_owner;
  }
};

// Finds the flow and does what it says: forward, translate, drop. A packet of a flow nobody has
// decided about makes a held one and goes to the agent, who decides and hands it in again.
struct FlowLookup {
  static constexpr const char* name = "flow-lookup";
  static constexpr std::uint8_t most_held = 3;  // packets of one flow that the agent keeps
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    return p.meta.has_flow_key ? looked_up(p, t) : Verdict::next;
  }

  static Verdict looked_up(Packet& p, const Tables& t);
};

// What reaches a machine with policy neither from one with policy nor by a label, so that nobody
// has asked for its flow yet: it belongs to one of the machine's.
struct FlowAtExit {
  static constexpr const char* name = "flow-at-exit";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    if (!t.has_flows || p.meta.has_flow_key || p.meta.ip == nullptr) return Verdict::next;
    const Forward& row = t.forward[p.meta.nexthop.raw()];
    const bool asks = row.type == NexthopType::encap && (row.flags & nh_policy) != 0;
    return asks ? asked(p, t) : Verdict::next;
  }

private:
  static Verdict asked(Packet& p, const Tables& t);
};

}  // namespace tflab::vr
