#pragma once
// What a malformed attribute costs (RFC 7606 section 2), mildest first. It is part of what decoding
// returns, so that no caller can forget it.

#include <cstdint>

namespace tflab::bgp {

enum class Damage : std::uint8_t {
  none,
  discard_attribute,  // the route is kept without it
  treat_as_withdraw,  // the routes of the message count as withdrawn
  reset_session,      // NOTIFICATION, and start over
};

}  // namespace tflab::bgp
