#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// Sends the frame as it came to the other side of the node's wire: from the fabric to the host
// interface, from there to the fabric. Nothing in it is judged; that is the receiver's business.
Verdict cross_connected(Packet& p, const Tables& t);

// From the fabric or the node, IPv4 for a VM that is reached without a tunnel goes on to be routed,
// and so does what belongs to a VM's flow although it is addressed to the node; everything else is
// cross-connected.
struct NativeOrCrossConnect {
  static constexpr const char* name = "native-or-cross-connect";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    return p.meta.tunnelled ? Verdict::next : chosen(p, t);
  }

private:
  static Verdict chosen(Packet& p, const Tables& t);
};

// Addressed to this node on the fabric: its MAC is on the physical and on the host interface.
bool to_this_node(const Packet& p, const Tables& t);

}  // namespace tflab::vr
