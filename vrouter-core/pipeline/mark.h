#pragma once
// Marks what leaves: DSCP of the outermost IP header, traffic class of the label, priority of a
// tag.

#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// What stood where a mark was put. Copies of a packet share the buffer, and only those that go to
// the fabric or the node are marked.
struct Unmarked {
  std::byte* ip = nullptr;  // null: nothing was marked
  bool v4 = false;
  std::uint16_t first = 0, sum = 0;
  void put_back() const;
};

// The frame stands ready at the head, and has a QoS map. Only what goes to the fabric or the node
// is marked: machines hear what was said to them.
Unmarked mark(Packet& p, const Tables& t);

// A frame gets the tag of the sub-interface it leaves by, and leaves by its parent. False: there is
// no room for the tag, or no parent.
bool tag(Packet& p, const Tables& t, const SetVif& sub_interface);

}  // namespace tflab::vr
