#pragma once
// IEEE 802.3 header with a type: destination (6) | source (6) | type (2).

#include <cstddef>
#include <cstdint>

#include "vrouter-core/wire/address.h"

namespace tflab::wire {

// Any 16-bit value may stand here; the names are those the forwarding core acts on.
enum class EtherType : std::uint16_t {
  ipv4 = 0x0800,
  arp = 0x0806,
  vlan = 0x8100,
  ipv6 = 0x86dd,
  mpls = 0x8847,
  qinq = 0x88a8
};

struct Ethernet {
  static constexpr std::size_t size = 14;
  static constexpr std::size_t tag_size = 4;  // of IEEE 802.1Q, in front of the type
  Mac dst, src;
  EtherType type{};

  constexpr bool tagged() const { return type == EtherType::vlan || type == EtherType::qinq; }

  static constexpr Ethernet read(Reader& in) {
    Ethernet header;
    header.dst = read_mac(in);
    header.src = read_mac(in);
    header.type = static_cast<EtherType>(in.be16());
    return header;
  }
  constexpr void write(Writer& out) const {
    wire::write(out, dst);
    wire::write(out, src);
    out.be16(static_cast<std::uint16_t>(type));
  }

  friend bool operator==(const Ethernet&, const Ethernet&) = default;
};

}  // namespace tflab::wire
