#pragma once
// Writes down once what every packet of a nexthop has in front of it.

#include "vrouter-core/tables/rows.h"

namespace tflab::vr {

// The row packets read, from the operation. Members of a composite are kept.
void precompute(Forward& row, const SetNexthop& nexthop);

}  // namespace tflab::vr
