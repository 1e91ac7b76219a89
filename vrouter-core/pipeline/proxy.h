#pragma once
// Which questions "who has this address" the vrouter answers in a VM's place, for ARP and neighbour
// discovery alike: for the VM, everything that is routed is behind the vrouter's own MAC.

#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

struct Treatment {
  enum How : std::uint8_t { answer, trap, flood, ignore } how = ignore;
  Mac mac{};              // of the answer
  bool stitched = false;  // it is the machine's own, which its route knows
};

// A question that came in on the VM's interface p.meta.in.
Treatment treatment(const Packet& p, const Tables& t, const IpAddr& target);

// A question that came in a tunnel, as a frame for many in the packet's vrf: somebody elsewhere did
// not know the answer. Only the node where the machine lives knows better.
Treatment tunnelled_treatment(const Packet& p, const Tables& t, const IpAddr& target);

// Where nothing is routed, machines answer each other's questions; those are frames like any other.
inline bool only_bridges(const SetVif& vif) {
  return (vif.flags & vif_l2) != 0 && (vif.flags & vif_l3) == 0;
}

// May a frame be such a question? A tree's label has told already to whom it goes, as nobody's VRF.
TFLAB_HOT bool for_all_of_a_vrf(const Packet& p, const Tables& t) {
  if (!p.meta.bridged || !p.meta.eth.dst.multicast()) return false;
  return !p.meta.nexthop_known || t.forward[p.meta.nexthop.raw()].type == NexthopType::composite;
}

// Counts what became of a question in the packet's vrf.
void count_treatment(const Packet& p, const Tables& t, const Treatment& treatment);

// An answer stands at the head, in a frame from `mac`, in a tunnel's vrf: it goes where its MAC is.
Verdict bridged_back(Packet& p, const Mac& mac);

// Hands the frame to the agent as it came.
Verdict punted_as_received(Packet& p, Trap why);

}  // namespace tflab::vr
