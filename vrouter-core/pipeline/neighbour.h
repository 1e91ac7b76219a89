#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// IPv6 neighbour solicitations from a VM, treated as ARP requests are. The link-local address that
// belongs to the vrouter's MAC is answered too: it is the VM's gateway.
struct NeighbourFromVm {
  static constexpr const char* name = "neighbour-from-vm";
  TFLAB_HOT Verdict run(Packet& p, Tables& t) {
    return p.meta.eth.type == wire::EtherType::ipv6 ? treated(p, t) : Verdict::next;
  }

private:
  static Verdict treated(Packet& p, Tables& t);
};

}  // namespace tflab::vr
