#pragma once
// Why a packet goes to the agent. Numbers are the original's agent header commands (pkt0).

#include <cstdint>

namespace tflab::vr {

enum class Trap : std::uint16_t { arp = 2, resolve = 5, flow_miss = 6, zero_ttl = 12 };

}  // namespace tflab::vr
