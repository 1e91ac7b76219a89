#pragma once
// ICMP and ICMPv6 as far as flows care: an echo has an id, an error quotes the packet it is about
// (RFC 792, RFC 4443).

#include <array>
#include <cstddef>
#include <cstdint>

#include "vrouter-core/base/reader.h"
#include "vrouter-core/wire/flow_key.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/ipv6.h"

namespace tflab::wire {

struct Icmp {
  static constexpr std::size_t size = 8;
  bool sound = false;
  bool error = false;
  std::uint16_t id = 0;  // of an echo, or 0

  static constexpr Icmp read(Bytes message, bool v4) {
    Reader in{message};
    const std::uint8_t type = in.u8();
    in.take(3);
    const std::uint16_t id = in.be16();
    in.be16();
    if (!in.ok()) return {};
    const bool echo = v4 ? type == 8 || type == 0 : type == 128 || type == 129;
    // Unreachable, source quench, time exceeded, parameter problem; ICMPv6 errors are below 128.
    const bool error =
        v4 ? type == 3 || type == 4 || type == 11 || type == 12 : type >= 1 && type < 128;
    return {true, error, echo ? id : std::uint16_t{0}};
  }
};

// The packet an error is about, as much of it as there must be. Addresses are in words, IPv4 in the
// second.
struct IcmpQuote {
  bool sound = false;
  std::array<std::uint64_t, 2> src{}, dst{};
  Protocol protocol{};
  Ports ports;

  static constexpr IcmpQuote read(Bytes message, bool v4) {
    Reader in{message};
    in.take(Icmp::size);
    IcmpQuote quote;
    if (v4) {
      const auto ip = Ipv4::read(in);
      quote.src[1] = ip.src.raw();
      quote.dst[1] = ip.dst.raw();
      quote.protocol = ip.protocol;
      if (ip.fragment()) return {};
    } else {
      const auto ip = Ipv6::read(in);
      for (std::size_t i = 0; i < 16; ++i) {
        quote.src[i / 8] = quote.src[i / 8] << 8 | ip.src.octets[i];
        quote.dst[i / 8] = quote.dst[i / 8] << 8 | ip.dst.octets[i];
      }
      quote.protocol = ip.next_header;
    }
    if (has_ports(quote.protocol)) quote.ports = {in.be16(), in.be16()};
    // A quoted echo has its id where an echo has it.
    if (quote.protocol == (v4 ? Protocol::icmp : Protocol::icmpv6)) {
      in.be32();
      quote.ports = {0, in.be16()};
    }
    quote.sound = in.ok();
    return quote;
  }
};

}  // namespace tflab::wire
