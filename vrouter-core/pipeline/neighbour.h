#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// IPv6 neighbour solicitations from a VM, treated as ARP requests are. The link-local address that
// belongs to the vrouter's MAC is answered too: it is the VM's gateway.
struct NeighbourFromVm {
  static constexpr const char* name = "neighbour-from-vm";
  static Verdict run(Packet& p, Tables& t);
};

}  // namespace tflab::vr
