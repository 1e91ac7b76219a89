#pragma once
// Our addresses as ns-3 writes them, and back.

#include <ns3/inet-socket-address.h>
#include <ns3/ipv4-address.h>
#include <ns3/ipv6-address.h>
#include <ns3/mac48-address.h>

#include "control-core/base/stream.h"
#include "vrouter-core/base/addr.h"

namespace tflab::sim {

inline ns3::Ipv4Address to_ns3(Ip4 address) {
  return ns3::Ipv4Address{address.raw()};
}
inline Ip4 from_ns3(ns3::Ipv4Address address) {
  return Ip4{address.Get()};
}
inline ns3::Ipv4Mask mask_of(std::uint8_t length) {
  return ns3::Ipv4Mask{length == 0 ? 0 : ~std::uint32_t{0} << (32 - length)};
}
inline ns3::Ipv6Address to_ns3(const Ip6& address) {
  Ip6 octets = address;  // ns-3 only reads them
  return ns3::Ipv6Address{octets.octets.data()};
}
inline ns3::Mac48Address to_ns3(const Mac& mac) {
  ns3::Mac48Address address;
  address.CopyFrom(mac.octets.data());
  return address;
}
inline Mac from_ns3(const ns3::Mac48Address& address) {
  Mac mac;
  address.CopyTo(mac.octets.data());
  return mac;
}
inline ns3::InetSocketAddress to_ns3(const Endpoint& endpoint) {
  return {to_ns3(endpoint.address.v4()), endpoint.port};
}
inline Endpoint from_ns3(const ns3::Address& address) {
  const auto inet = ns3::InetSocketAddress::ConvertFrom(address);
  return {from_ns3(inet.GetIpv4()), inet.GetPort()};
}

}  // namespace tflab::sim
