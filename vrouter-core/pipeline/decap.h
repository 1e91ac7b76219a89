#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// From the fabric: MPLS in UDP or GRE, or VXLAN, that is addressed to this node loses its outer
// headers. The label or the VNI says which nexthop is next, and whether what is inside is a packet
// or a frame. A label's TTL must survive a decrement; the packet inside is not touched. What is no
// tunnel of ours passes untouched; a tunnel that is broken is dropped.
struct Decap {
  static constexpr const char* name = "decap";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    return p.meta.eth.type == wire::EtherType::ipv4 ? opened(p, t) : Verdict::next;
  }

private:
  static Verdict opened(Packet& p, const Tables& t);
};

}  // namespace tflab::vr
