#pragma once
// The ports a packet's payload names. Pieces of a datagram have none here, not even the first: all
// must take the same way.

#include <cstdint>

#include "vrouter-core/base/reader.h"
#include "vrouter-core/wire/protocol.h"

namespace tflab::wire {

struct Ports {
  std::uint16_t src = 0, dst = 0;
  friend bool operator==(const Ports&, const Ports&) = default;
};

constexpr bool has_ports(Protocol protocol) {
  return protocol == Protocol::tcp || protocol == Protocol::udp || protocol == Protocol::sctp;
}

constexpr Ports read_ports(Protocol protocol, bool fragment, Bytes payload) {
  if (!has_ports(protocol) || fragment) return {};
  Reader in{payload};
  const Ports ports{in.be16(), in.be16()};
  return in.ok() ? ports : Ports{};
}

}  // namespace tflab::wire
