#pragma once
// RFC 826, for IPv4 over Ethernet. Any other hardware or protocol fails the reader.

#include <cstddef>
#include <cstdint>

#include "vrouter-core/wire/address.h"
#include "vrouter-core/wire/ethernet.h"

namespace tflab::wire {

struct Arp {
  static constexpr std::size_t size = 28;
  enum class Op : std::uint16_t { request = 1, reply = 2 };

  Op op{};
  Mac sender_mac;
  Ip4 sender;
  Mac target_mac;
  Ip4 target;

  // RFC 5227: an announcement tells an address to all; a probe asks whether anybody has it.
  constexpr bool announcement() const { return sender == target; }
  constexpr bool probe() const { return sender == Ip4{}; }

  static constexpr Arp read(Reader& in) {
    const bool ethernet = in.be16() == 1;
    const bool ipv4 = in.be16() == static_cast<std::uint16_t>(EtherType::ipv4);
    const bool lengths = in.be16() == 0x0604;
    Arp arp;
    arp.op = static_cast<Op>(in.be16());
    arp.sender_mac = read_mac(in);
    arp.sender = read_ip4(in);
    arp.target_mac = read_mac(in);
    arp.target = read_ip4(in);
    if (!ethernet || !ipv4 || !lengths) in.fail();
    return arp;
  }
  constexpr void write(Writer& out) const {
    out.be16(1);
    out.be16(static_cast<std::uint16_t>(EtherType::ipv4));
    out.be16(0x0604);
    out.be16(static_cast<std::uint16_t>(op));
    wire::write(out, sender_mac);
    wire::write(out, sender);
    wire::write(out, target_mac);
    wire::write(out, target);
  }

  friend bool operator==(const Arp&, const Arp&) = default;
};

}  // namespace tflab::wire
