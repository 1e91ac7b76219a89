#pragma once
// The ways through the vrouter, of which each kind of interface has its own beginning: the whole
// architecture of forwarding.

#include "vrouter-core/pipeline/arp.h"
#include "vrouter-core/pipeline/bridge.h"
#include "vrouter-core/pipeline/cross_connect.h"
#include "vrouter-core/pipeline/decap.h"
#include "vrouter-core/pipeline/dhcp.h"
#include "vrouter-core/pipeline/ecmp.h"
#include "vrouter-core/pipeline/ethernet_in.h"
#include "vrouter-core/pipeline/flow.h"
#include "vrouter-core/pipeline/ip_in.h"
#include "vrouter-core/pipeline/neighbour.h"
#include "vrouter-core/pipeline/output.h"
#include "vrouter-core/pipeline/route.h"
#include "vrouter-core/pipeline/size.h"

namespace tflab::vr {

// What is it, and where will it be looked up?
using FromVm = Phase<EthernetIn, VlanIn, ArpFromVm, NeighbourFromVm, DhcpFromVm, BridgeOrRoute,
                     IpIn, FlowKeyIn, AskForTables>;
using FromFabric = Phase<EthernetIn, ArpFromFabric, Decap, NativeOrCrossConnect, ArpFromTunnel,
                         NeighbourFromTunnel, IpIn, FlowKeyIn, AskForTables>;
using FromHost = Phase<EthernetIn, ArpFromHost, NativeOrCrossConnect, IpIn, AskForTables>;

// From here on all packets are alike.
using LookUp = Phase<FlowLookup, BridgeLookup, RouteLookup>;
using Send = Phase<SourceCheck, Ecmp, FlowAtExit, Fit, Ttl, Cut, Output>;

// A copy, a piece: it has been looked up already.
using Onward = Phase<Ecmp, Fit, Cut, Output>;

}  // namespace tflab::vr
