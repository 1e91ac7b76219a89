#pragma once
// Why a packet goes to the agent. Numbers are the original's agent header commands (pkt0).

#include <cstdint>

namespace tflab::vr {

enum class Trap : std::uint16_t {
  arp = 2,
  resolve = 5,
  flow_miss = 6,
  l3_protocols = 7,  // DHCP, and what is sent to a service of the agent's own
  ecmp_resolve = 9,
  source_mismatch = 10,
  handle_df = 11,  // too big, and must not be fragmented
  zero_ttl = 12,
  mac_learn = 17,
  mac_move = 18
};

}  // namespace tflab::vr
