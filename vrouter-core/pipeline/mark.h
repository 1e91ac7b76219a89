#pragma once
// Marks what leaves: DSCP of the outermost IP header, traffic class of the label, priority of a
// tag.

#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// The frame stands ready at the head, and its incoming interface has a QoS map. Only what goes to
// the fabric or the node is marked: machines hear what was said to them.
void mark(Packet& p, const Tables& t);

// A frame gets the tag of the sub-interface it leaves by, and leaves by its parent. False: there is
// no room for the tag, or no parent.
bool tag(Packet& p, const Tables& t, const SetVif& sub_interface);

}  // namespace tflab::vr
