#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// From the fabric: MPLS in UDP or GRE that is addressed to this node loses its outer headers.
// What is no tunnel of ours passes untouched; a tunnel that is broken is dropped.
struct Decap {
  static constexpr const char* name = "decap";
  static Verdict run(Packet& p, Tables& t);
};

// What came in a tunnel: the label says which nexthop is next and goes away. Its TTL must survive a
// decrement; the packet inside is not touched.
struct MplsIn {
  static constexpr const char* name = "mpls-in";
  static Verdict run(Packet& p, Tables& t);
};

}  // namespace tflab::vr
