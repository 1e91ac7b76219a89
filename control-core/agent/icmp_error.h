#pragma once
// What a sender is told of a packet that goes no further: it does not fit and must not be cut (RFC
// 1191, RFC 8201), or its hops are used up (RFC 792, RFC 4443 section 3.3).

#include <cstdint>
#include <optional>
#include <vector>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/base/reader.h"

namespace tflab::agent {

// Where an IP packet behind Ethernet wants to go. Nothing: none, or not all of its header is there.
std::optional<IpAddr> ip_destination(Bytes frame);

enum class IcmpError : std::uint8_t { too_big, hops_exceeded };

// The answer to `frame` from `router`; what is too big could have `mtu` octets. Nothing where
// RFC 1122 section 3.2.2 or RFC 4443 section 2.4 wants silence: about errors, about pieces but the
// first, about what is sent to or comes from no single host.
std::optional<std::vector<std::byte>> icmp_error(IcmpError error, Bytes frame, const IpAddr& router,
                                                 std::uint16_t mtu);

// How often one machine is answered: a burst, then one by one (RFC 1812 section 4.3.2.8, RFC 4443
// section 2.4 (f)).
class IcmpPace {
public:
  static constexpr int burst = 10;
  static constexpr Duration each = millis(100);

  // True if it may be answered now, which is then counted.
  bool take(Instant now);

private:
  Instant used_up_to_{};  // answers given, laid end to end from the first that still counts
};

}  // namespace tflab::agent
