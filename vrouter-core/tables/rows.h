#pragma once
// The rows of the tables. Each keeps the operation that made it, so that a snapshot gives back what
// was put in, and how often other rows name it, so that nothing named can go away.

#include <cstdint>

#include "vrouter-core/ops/counters.h"
#include "vrouter-core/ops/op.h"
#include "vrouter-core/tables/route_entry.h"

namespace tflab::vr {

struct VifRow {
  SetVif set;
  bool present;
  std::uint32_t named;  // by nexthops
  VifCounters counters;
};

struct VrfRow {
  RouteEntry root4, root6;
  bool present;
  std::uint32_t named;  // by vifs and nexthops, and once by each of its routes
  VrfCounters counters;
};

// One cache line: forwarding reads one row a packet.
struct alignas(64) NexthopRow {
  SetNexthop set;
  bool present;
  std::uint32_t named;  // by routes and labels
};
static_assert(sizeof(NexthopRow) == 64);

struct LabelRow {
  NexthopId nexthop;
  bool bound;
};

}  // namespace tflab::vr
