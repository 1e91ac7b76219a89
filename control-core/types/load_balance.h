#pragma once
// How one of the equal ways of a route is to be chosen, as whoever has the destination wishes it:
// the original's load-balance attribute, in XMPP and as an extended community.

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

#include "vrouter-core/base/hash_fields.h"

namespace tflab {

struct LoadBalance {
  std::uint8_t fields = all_hash_fields;  // HashField; never none
  bool source_bias = false;               // carried on: no agent acts on it
  friend auto operator<=>(const LoadBalance&, const LoadBalance&) = default;
};

// To name no field means the usual five.
constexpr std::uint8_t some_hash_fields(std::uint8_t fields) {
  return fields != 0 ? fields : all_hash_fields;
}

struct HashFieldRow {
  HashField field;
  std::uint8_t wire;      // in the community's first octet of value
  std::string_view name;  // in XMPP
};
inline constexpr std::array<HashFieldRow, 5> hash_field_rows = {{
    {hash_src_ip, 0x80, "l3-source-address"},
    {hash_dst_ip, 0x40, "l3-destination-address"},
    {hash_protocol, 0x20, "l4-protocol"},
    {hash_src_port, 0x10, "l4-source-port"},
    {hash_dst_port, 0x08, "l4-destination-port"},
}};

}  // namespace tflab
