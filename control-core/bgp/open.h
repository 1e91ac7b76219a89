#pragma once
// OPEN (RFC 4271 section 4.2) with its capabilities (RFC 5492): what a speaker is and can.
// A capability that is too short for what it claims to be is passed over, never read past its end.

#include <cstdint>
#include <optional>
#include <vector>

#include "control-core/bgp/notification.h"
#include "control-core/types/family.h"
#include "vrouter-core/base/id.h"
#include "vrouter-core/base/reader.h"

namespace tflab::bgp {

inline constexpr std::uint8_t bgp_version = 4;
inline constexpr Asn as_trans{23456};  // RFC 6793: stands for an AS that does not fit two octets

// RFC 4724 section 3. Without families it only announces that we send end-of-rib.
struct GracefulRestart {
  bool restarting = false;
  std::uint16_t seconds = 0;  // 12 bits
  std::vector<Family> families;
  friend bool operator==(const GracefulRestart&, const GracefulRestart&) = default;
};

struct Open {
  std::uint16_t my_as = 0;  // AS_TRANS when the AS does not fit
  std::uint16_t hold_seconds = 0;
  Ip4 identifier;
  std::vector<Family> families;  // capability 1; families we do not know are left out
  std::optional<Asn> four_byte_as;
  std::optional<GracefulRestart> graceful_restart;
  friend bool operator==(const Open&, const Open&) = default;

  Asn as() const { return four_byte_as.value_or(Asn{my_as}); }
};

std::vector<std::byte> encode(const Open& open);  // the whole message
// Syntax only; whether we want this peer is the session's question.
OrNotification<Open> decode_open(Bytes body);

// The capability as NOTIFICATION 2/7 lists it: code, length, AFI, 0, SAFI.
std::vector<std::byte> multiprotocol_capabilities(const std::vector<Family>& families);

}  // namespace tflab::bgp
