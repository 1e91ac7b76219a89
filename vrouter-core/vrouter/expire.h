#pragma once
// What nobody has asked for goes away: idle flows, ended ones, held ones the agent never decided,
// first pieces of datagrams, MACs the vrouter learned.

#include "vrouter-core/tables/lane.h"
#include "vrouter-core/tables/traffic.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::vr {

// One sweep of a round; `sweep` counts them.
void expire(Traffic& traffic, Lane& lane, Instant now, const Vrouter::Ages& ages,
            std::uint32_t& sweep, FlowSink* gone);

}  // namespace tflab::vr
