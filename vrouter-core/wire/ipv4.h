#pragma once
// RFC 791 header. Options are skipped when read and never written; the TTL is changed in place.

#include <cstddef>
#include <cstdint>
#include <span>

#include "vrouter-core/base/checksum.h"
#include "vrouter-core/base/load.h"
#include "vrouter-core/wire/address.h"
#include "vrouter-core/wire/protocol.h"

namespace tflab::wire {

struct Ipv4 {
  static constexpr std::size_t size = 20;  // without options

  std::uint8_t header_size = size;
  std::uint8_t tos = 0;
  std::uint16_t total_length = 0;
  std::uint16_t id = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  std::uint16_t fragment_offset = 0;  // in units of 8 octets
  std::uint8_t ttl = 0;
  Protocol protocol{};
  Ip4 src{}, dst{};

  constexpr bool fragment() const { return more_fragments || fragment_offset != 0; }

  // Fails on a wrong version, a header shorter than 20 octets or options that are not all there.
  // The checksum is the caller's to ask: checksum(the header's octets) == 0.
  static constexpr Ipv4 read(Reader& in) {
    Ipv4 ip;
    const std::uint8_t version_and_words = in.u8();
    ip.header_size = static_cast<std::uint8_t>((version_and_words & 0x0f) * 4);
    ip.tos = in.u8();
    ip.total_length = in.be16();
    ip.id = in.be16();
    const std::uint16_t fragment = in.be16();
    ip.dont_fragment = (fragment & 0x4000) != 0;
    ip.more_fragments = (fragment & 0x2000) != 0;
    ip.fragment_offset = fragment & 0x1fff;
    ip.ttl = in.u8();
    ip.protocol = static_cast<Protocol>(in.u8());
    in.be16();
    ip.src = read_ip4(in);
    ip.dst = read_ip4(in);
    if (version_and_words >> 4 != 4 || ip.header_size < size) {
      in.fail();
      return ip;
    }
    in.take(ip.header_size - size);
    return ip;
  }

  constexpr void write(Writer& out) const {
    const std::size_t start = out.written().size();
    write_with(out, 0);
    if (!out.ok()) return;
    Writer again = out.back_to(start);
    write_with(again, checksum(out.written().subspan(start, size)));
  }

  // One hop less, in place; the checksum follows (RFC 1624). The caller saw that the TTL is not 0.
  static constexpr void decrement_ttl(std::byte* header) {
    header[8] = static_cast<std::byte>(static_cast<std::uint8_t>(header[8]) - 1);
    // ~m + m' is the same for every word m of which 0x100 is taken.
    constexpr std::uint32_t less = 0xffff - 0x100;
    const auto sum = static_cast<std::uint16_t>(~load16(header + 10));
    store(header + 10, static_cast<std::uint16_t>(~folded(sum + less)));
  }

  friend bool operator==(const Ipv4&, const Ipv4&) = default;

private:
  constexpr void write_with(Writer& out, std::uint16_t sum) const {
    out.u8(0x45);
    out.u8(tos);
    out.be16(total_length);
    out.be16(id);
    out.be16(static_cast<std::uint16_t>((dont_fragment ? 0x4000 : 0) |
                                        (more_fragments ? 0x2000 : 0) | fragment_offset));
    out.u8(ttl);
    out.u8(static_cast<std::uint8_t>(protocol));
    out.be16(sum);
    wire::write(out, src);
    wire::write(out, dst);
  }
};

}  // namespace tflab::wire
