#pragma once
// Broadcast of a layer 2 network over EVPN: an agent announces the broadcast MAC, and we turn it
// into the inclusive multicast route that others understand (RFC 7432 section 11.1), with a tunnel
// for ingress replication (RFC 6514 section 5).

#include "control-core/rib/table.h"
#include "control-core/types/intern.h"
#include "control-core/vpn/target_index.h"

namespace tflab::vpn {

// After every change of a row of an instance's EVPN table.
void sync_inclusive_multicast(Instant now, rib::Table& evpn, const Row& row, AttributePool& pool);

}  // namespace tflab::vpn
