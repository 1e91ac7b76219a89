#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// From a machine whose interface has DHCP: its requests, whoever they are addressed to, are the
// agent's to answer.
struct DhcpFromVm {
  static constexpr const char* name = "dhcp-from-vm";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    const bool served = (t.vifs[p.meta.in.raw()].set.flags & vif_dhcp) != 0;
    return served ? served_by_agent(p) : Verdict::next;
  }

private:
  static Verdict served_by_agent(Packet& p);
};

}  // namespace tflab::vr
