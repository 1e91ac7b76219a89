#pragma once
// The forwarding state as its host reads it out of the vrouter, for pages that show it.

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

}  // namespace tflab::agent
