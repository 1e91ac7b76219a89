#pragma once
// The forwarding state as its host reads it out of the vrouter, for pages that show it.

#include <cstdint>
#include <string_view>
#include <vector>

#include "vrouter-core/base/id.h"
#include "vrouter-core/ops/counters.h"
#include "vrouter-core/ops/op.h"

namespace tflab::agent {

struct Datapath {
  std::vector<vr::Op> tables;  // a snapshot
  vr::DropCounters drops{};
  struct Vif {
    VifId vif;
    vr::VifCounters counters;
  };
  std::vector<Vif> vifs;
  struct Vrf {
    VrfId vrf;
    vr::VrfCounters counters;
  };
  std::vector<Vrf> vrfs;
  struct Flow {
    vr::FlowKey key;
    vr::FlowCounters counters;
  };
  std::vector<Flow> flows;
};

// How much of it is on this page: a snapshot of large tables takes its time.
enum class DatapathPart : std::uint8_t {
  none,
  interfaces,  // VRFs, vifs and all counters but those of flows
  all
};
DatapathPart datapath_on(std::string_view page);

}  // namespace tflab::agent
