#pragma once
// Operations on quality of service: what packets are marked with when they leave. A map says which
// forwarding class a packet is in by the mark it came with, and an interface names the map of what
// comes in by it.

#include <array>
#include <cstddef>
#include <cstdint>

namespace tflab::vr {

inline constexpr std::size_t dscp_codes = 64, priority_codes = 8;
inline constexpr std::size_t most_forwarding_classes = 256, most_qos_maps = 4096;

struct SetForwardingClass {
  std::uint8_t id = 0;
  std::uint8_t dscp = 0;      // of the outermost IP header
  std::uint8_t priority = 0;  // of a VLAN tag that is written
  std::uint8_t exp = 0;       // of a label that is pushed (traffic class, RFC 5462)
  std::uint8_t queue = 0;     // of the device that sends it: kept for who asks
  friend bool operator==(const SetForwardingClass&, const SetForwardingClass&) = default;
};
struct DeleteForwardingClass {
  std::uint8_t id = 0;
  friend bool operator==(const DeleteForwardingClass&, const DeleteForwardingClass&) = default;
};

// The class of every mark; a class that is not there marks nothing. Packets are in one by DSCP,
// other frames by the priority of their VLAN tag. `exp` is kept, as in the original, which asks
// nobody's label.
struct SetQosMap {
  std::uint16_t map = 0;  // never 0, which names no map
  std::array<std::uint8_t, dscp_codes> dscp{};
  std::array<std::uint8_t, priority_codes> priority{}, exp{};
  friend bool operator==(const SetQosMap&, const SetQosMap&) = default;
};
struct DeleteQosMap {
  std::uint16_t map = 0;
  friend bool operator==(const DeleteQosMap&, const DeleteQosMap&) = default;
};

}  // namespace tflab::vr
