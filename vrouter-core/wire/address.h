#pragma once
// Addresses off the wire and onto it.

#include <cstddef>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"

namespace tflab::wire {

constexpr Mac read_mac(Reader& in) {
  Mac mac;
  for (auto& octet : mac.octets) octet = in.u8();
  return mac;
}
constexpr Ip4 read_ip4(Reader& in) {
  return Ip4{in.be32()};
}
constexpr Ip6 read_ip6(Reader& in) {
  Ip6 address;
  for (auto& octet : address.octets) octet = in.u8();
  return address;
}

constexpr void write(Writer& out, const Mac& mac) {
  for (auto octet : mac.octets) out.u8(octet);
}
constexpr void write(Writer& out, Ip4 address) {
  out.be32(address.raw());
}
constexpr void write(Writer& out, const Ip6& address) {
  for (auto octet : address.octets) out.u8(octet);
}

}  // namespace tflab::wire
