#pragma once
// The ways through the vrouter, one a kind of interface: the whole architecture of forwarding.

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

using LookUp = Phase<FlowLookup, BridgeLookup, RouteLookup>;
using Send = Phase<SourceCheck, Ecmp, FlowAtExit, Fit, Ttl, Cut, Output>;

using FromVm = Way<Phase<EthernetIn, VlanIn, ArpFromVm, NeighbourFromVm, DhcpFromVm, BridgeOrRoute,
                         IpIn, FlowKeyIn, AskForTables>,
                   LookUp, Send>;
using FromFabric = Way<
    Phase<EthernetIn, ArpFromFabric, Decap, NativeOrCrossConnect, IpIn, FlowKeyIn, AskForTables>,
    LookUp, Phase<Ecmp, FlowAtExit, Fit, Ttl, Cut, Output>>;
using FromHost = Way<Phase<EthernetIn, ArpFromHost, NativeOrCrossConnect, IpIn, AskForTables>,
                     LookUp, Phase<Ecmp, FlowAtExit, Fit, Ttl, Cut, Output>>;

// A copy, a piece: it has been looked up already.
using Onward = Phase<Ecmp, Fit, Cut, Output>;

}  // namespace tflab::vr
