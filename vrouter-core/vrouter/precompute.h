#pragma once
// Writes down once what every packet of a nexthop has in front of it, and reads the operation back
// out of that.

#include "vrouter-core/tables/rows.h"

namespace tflab::vr {

// The row packets read, from the operation. Members of a composite are kept.
void precompute(Forward& row, const SetNexthop& nexthop);

// The operation that made the row. What its kind does not use has no value of its own.
SetNexthop said(NexthopId id, const Forward& row);

}  // namespace tflab::vr
