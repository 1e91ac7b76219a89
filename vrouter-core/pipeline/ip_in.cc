#include "vrouter-core/pipeline/ip_in.h"

#include "vrouter-core/wire/ipv6.h"
#include "vrouter-core/wire/ipv6_chain.h"

namespace tflab::vr {

using wire::Ipv6;

namespace {

// An address by its halves.
struct Address {
  std::uint64_t high, low;

  static Address at(const std::byte* place) { return {load64(place), load64(place + 8)}; }
  // Neither unspecified nor loopback nor multicast.
  bool passes_routers() const { return (high != 0 || low > 1) && high >> 56 != 0xff; }
  bool link_local() const { return high >> 54 == 0xfe80u >> 6; }
};

}  // namespace

IpIn::Header IpIn::read6(Bytes bytes, bool to_route) {
  if (bytes.size() < Ipv6::size) return faulty(Drop::pull);
  const std::byte* const at = bytes.data();
  const std::size_t payload = load16(at + 4);
  if (payload > bytes.size() - Ipv6::size) return faulty(Drop::invalid_packet);
  const auto src = Address::at(at + 8), dst = Address::at(at + 24);
  if (to_route && !(src.passes_routers() && dst.passes_routers())) {
    return faulty(Drop::invalid_packet);
  }
  // RFC 4291 section 2.5.6: link-local addresses end at the link.
  if (to_route && (src.link_local() || dst.link_local())) return faulty(Drop::nowhere_to_go);
  const Bytes behind{at + Ipv6::size, payload};
  const auto chain = wire::Ipv6Chain::read(static_cast<wire::Protocol>(at[6]), behind);
  if (!chain.sound) return faulty(Drop::invalid_packet);
  return {.sound = true,
          .fragment = chain.fragment,
          .hops = static_cast<std::uint8_t>(at[7]),
          .size = static_cast<std::uint16_t>(Ipv6::size + chain.size),
          .protocol = chain.protocol,
          .ports = wire::read_ports(chain.protocol, chain.fragment, behind.subspan(chain.size)),
          .total = static_cast<std::uint32_t>(Ipv6::size + payload)};
}

}  // namespace tflab::vr
