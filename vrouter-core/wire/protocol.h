#pragma once
// IP protocol numbers; any 8-bit value may stand here.

#include <cstdint>

namespace tflab::wire {

enum class Protocol : std::uint8_t {
  icmp = 1,
  tcp = 6,
  udp = 17,
  gre = 47,
  icmpv6 = 58,
  sctp = 132
};

}  // namespace tflab::wire
