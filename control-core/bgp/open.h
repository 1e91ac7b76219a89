#pragma once
// OPEN (RFC 4271 section 4.2): who a speaker is, and with its capabilities what it can.

#include <cstdint>
#include <vector>

#include "control-core/bgp/capability.h"
#include "control-core/bgp/notification.h"
#include "vrouter-core/base/id.h"
#include "vrouter-core/base/reader.h"

namespace tflab::bgp {

inline constexpr std::uint8_t bgp_version = 4;
inline constexpr Asn as_trans{23456};  // RFC 6793: stands for an AS that does not fit two octets

struct Open : Capabilities {
  std::uint16_t my_as = 0;  // AS_TRANS when the AS does not fit
  std::uint16_t hold_seconds = 0;
  Ip4 identifier;
  friend bool operator==(const Open&, const Open&) = default;

  Asn as() const { return four_byte_as.value_or(Asn{my_as}); }
};

std::vector<std::byte> encode(const Open& open);  // the whole message
// Syntax only; whether we want this peer is the session's question.
OrNotification<Open> decode_open(Bytes body);

}  // namespace tflab::bgp
