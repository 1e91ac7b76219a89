#pragma once
// What a sender is told of a packet that does not fit and must not be cut: destination unreachable,
// fragmentation needed (RFC 792, RFC 1191), or packet too big (RFC 4443, RFC 8201).

#include <cstdint>
#include <optional>
#include <vector>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/reader.h"

namespace tflab::agent {

// Where an IP packet behind Ethernet wants to go. Nothing: none, or not all of its header is there.
std::optional<IpAddr> ip_destination(Bytes frame);

// The answer to `frame`, from `router`, who can forward packets of `mtu` octets. Nothing where
// RFC 1122 section 3.2.2 or RFC 4443 section 2.4 wants silence: about errors, about pieces but the
// first, about what is sent to or comes from no single host.
std::optional<std::vector<std::byte>> too_big(Bytes frame, const IpAddr& router, std::uint16_t mtu);

}  // namespace tflab::agent
