#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// The end of every routed packet: does what its nexthop says.
struct Output {
  static constexpr const char* name = "output";
  static Verdict run(Packet& p, Tables& t);
};

}  // namespace tflab::vr
