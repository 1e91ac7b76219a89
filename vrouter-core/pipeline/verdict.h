#pragma once
// What a stage says of a packet.

#include <cstdint>

namespace tflab::vr {

// Anything but `next` ends the packet's way. What is transmitted or punted starts with Ethernet.
enum class Verdict : std::uint8_t {
  next,
  transmit,
  punt,
  transmit_and_punt,
  drop,
  replicate,  // to each member of the composite nexthop
  fragment,   // in pieces, each of them through Output
  wait        // a piece whose frame is kept until the first of its datagram comes
};

}  // namespace tflab::vr
