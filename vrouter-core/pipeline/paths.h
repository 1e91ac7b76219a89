#pragma once
// The ways through the vrouter, one a kind of interface: the whole architecture of forwarding.

#include "vrouter-core/pipeline/arp.h"
#include "vrouter-core/pipeline/cross_connect.h"
#include "vrouter-core/pipeline/decap.h"
#include "vrouter-core/pipeline/ethernet_in.h"
#include "vrouter-core/pipeline/ip_in.h"
#include "vrouter-core/pipeline/neighbour.h"
#include "vrouter-core/pipeline/output.h"
#include "vrouter-core/pipeline/route.h"

namespace tflab::vr {

using FromVm = Way<Phase<EthernetIn, ArpFromVm, NeighbourFromVm, ToOurMac, IpIn, AskForRoute>,
                   Phase<RouteLookup>, Phase<SourceCheck, Ttl, Output>>;
using FromFabric =
    Way<Phase<EthernetIn, ArpFromFabric, Decap, MplsIn, NativeOrCrossConnect, IpIn, AskForRoute>,
        Phase<RouteLookup>, Phase<Ttl, Output>>;
using FromHost = Way<Phase<EthernetIn, ArpFromHost, NativeOrCrossConnect, IpIn, AskForRoute>,
                     Phase<RouteLookup>, Phase<Ttl, Output>>;

}  // namespace tflab::vr
