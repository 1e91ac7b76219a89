#pragma once
// How the control side changes the forwarding state: plain values, so that they can be logged,
// compared, replayed, sent to the kernel module. Applying one is all or nothing (result.h).

#include <variant>

#include "vrouter-core/ops/flow.h"
#include "vrouter-core/ops/nexthop.h"
#include "vrouter-core/ops/qos.h"
#include "vrouter-core/ops/route.h"
#include "vrouter-core/ops/vif.h"

namespace tflab::vr {

using Op = std::variant<SetVrf, DeleteVrf, SetVif, DeleteVif, SetNexthop, DeleteNexthop, SetRoute,
                        DeleteRoute, BindLabel, UnbindLabel, SetMember, DeleteMember, SetMac,
                        DeleteMac, BindVni, UnbindVni, SetFlow, DeleteFlow, SetMirror, DeleteMirror,
                        SetForwardingClass, DeleteForwardingClass, SetQosMap, DeleteQosMap>;

}  // namespace tflab::vr
