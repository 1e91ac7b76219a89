#pragma once
// The ports a packet's payload names, for spreading flows. Fragments have none, not even the first:
// all pieces of a datagram must take the same way.

#include <cstdint>

#include "vrouter-core/base/reader.h"
#include "vrouter-core/wire/protocol.h"

namespace tflab::wire {

struct Ports {
  std::uint16_t src = 0, dst = 0;
  friend bool operator==(const Ports&, const Ports&) = default;
};

constexpr Ports read_ports(Protocol protocol, bool fragment, Bytes payload) {
  const bool has_ports =
      protocol == Protocol::tcp || protocol == Protocol::udp || protocol == Protocol::sctp;
  if (!has_ports || fragment) return {};
  Reader in{payload};
  const Ports ports{in.be16(), in.be16()};
  return in.ok() ? ports : Ports{};
}

}  // namespace tflab::wire
