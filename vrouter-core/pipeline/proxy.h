#pragma once
// Which questions "who has this address" the vrouter answers in a VM's place, for ARP and neighbour
// discovery alike: for the VM, everything that is routed is behind the vrouter's own MAC.

#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

enum class Treatment : std::uint8_t { answer, trap, flood, ignore };

// A question that came in on the VM's interface p.meta.in.
Treatment treatment(const Packet& p, const Tables& t, const IpAddr& target);

// Where nothing is routed, machines answer each other's questions; those are frames like any other.
inline bool only_bridges(const SetVif& vif) {
  return (vif.flags & vif_l2) != 0 && (vif.flags & vif_l3) == 0;
}

// Counts an answer given in the packet's vrf.
void count_proxy(const Packet& p, Tables& t);

// Counts a question that other machines may answer themselves.
void count_flood(const Packet& p, Tables& t);

// Hands the frame to the agent as it came.
Verdict punted_as_received(Packet& p, Trap why);

}  // namespace tflab::vr
