#pragma once
// One packet becomes several. None of them is a copy in memory: each is sent before the next is
// made, what they share is the payload, and what differs is written in front of it. So there is
// nothing to allocate, and the host's buffer is all there is.

#include "vrouter-core/vrouter/finish.h"

namespace tflab::vr {

// To each member of the composite p.meta.nexthop, never back to where it came from.
void replicate(Packet& p, const Tables& t);

// In pieces that fit p.meta.nexthop (RFC 791 section 3.2).
void fragment(Packet& p, const Tables& t);

// A second one for who watches interface `vif`: the frame as it stands at the head of p.
void mirror(const Packet& p, const Tables& t, const SetVif& vif, VifFlag way);

}  // namespace tflab::vr
