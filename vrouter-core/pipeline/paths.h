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

using FromVm = Pipeline<EthernetIn, ArpFromVm, NeighbourFromVm, ToOurMac, IpIn, RouteLookup,
                        SourceCheck, Ttl, Output>;
using FromFabric = Pipeline<EthernetIn, ArpFromFabric, Decap, MplsIn, NativeOrCrossConnect, IpIn,
                            RouteLookup, Ttl, Output>;
using FromHost =
    Pipeline<EthernetIn, ArpFromHost, NativeOrCrossConnect, IpIn, RouteLookup, Ttl, Output>;

}  // namespace tflab::vr
