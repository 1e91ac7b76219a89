#pragma once
// What stands behind a Vrouter, at the start of the host's memory; the tables follow.

#include "vrouter-core/tables/memory.h"
#include "vrouter-core/tables/tables.h"
#include "vrouter-core/vrouter/host.h"
#include "vrouter-core/vrouter/limits.h"

namespace tflab::vr {

struct State {
  Tables tables;
  Host* host = nullptr;
};

// The one place that says which tables there are and how big.
Tables cut_tables(Memory& memory, const Limits& limits);

}  // namespace tflab::vr
