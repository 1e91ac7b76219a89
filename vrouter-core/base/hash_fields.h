#pragma once
// By which fields of a packet one of several equal ways is chosen: bits of one octet. Numbers are
// the original's (vr_nexthop.h).

#include <cstdint>

namespace tflab {

enum HashField : std::uint8_t {
  hash_protocol = 0x01,
  hash_src_ip = 0x02,
  hash_src_port = 0x04,
  hash_dst_ip = 0x08,
  hash_dst_port = 0x10
};
inline constexpr std::uint8_t all_hash_fields = 0x1f;

}  // namespace tflab
