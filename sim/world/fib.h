#pragma once
// A vRouter's forwarding state without its pages: what those of thousands would take minutes to
// write and to read again.

#include "control-core/agent/datapath.h"
#include "scenarios/forwarding.h"

namespace tflab::sim {

// Routes and nexthops.
scenario::Fib fib_of(const agent::Datapath& datapath);

}  // namespace tflab::sim
