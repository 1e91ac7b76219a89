#pragma once
// The extension headers of RFC 8200 section 4, walked to the first header that is none.

#include <cstddef>
#include <cstdint>

#include "vrouter-core/base/reader.h"
#include "vrouter-core/wire/protocol.h"

namespace tflab::wire {

struct Ipv6Chain {
  static constexpr unsigned most_headers = 8;  // more is an attack (RFC 7045, RFC 8504 section 5.3)

  bool sound = false;
  Protocol protocol{};
  std::size_t size = 0;  // of all extension headers
  bool fragment = false;
  bool more_fragments = false;
  std::uint16_t fragment_offset = 0;
  std::uint32_t id = 0;

  // `payload` is what follows the fixed header. In a piece that is not the first nothing is known
  // behind the fragment header.
  static constexpr Ipv6Chain read(Protocol next, Bytes payload) {
    constexpr auto hop_by_hop = Protocol{0}, routing = Protocol{43}, fragment_header = Protocol{44},
                   destination = Protocol{60};
    Ipv6Chain chain{.protocol = next};
    Reader in{payload};
    for (unsigned n = 0; n <= most_headers; ++n) {
      const bool options = chain.protocol == hop_by_hop || chain.protocol == routing ||
                           chain.protocol == destination;
      if (!options && chain.protocol != fragment_header) {
        chain.sound = in.ok();
        return chain;
      }
      chain.protocol = static_cast<Protocol>(in.u8());
      const std::uint8_t length = in.u8();
      if (options) {
        in.take(6 + std::size_t{length} * 8);
      } else {
        const std::uint16_t offset = in.be16();
        chain.id = in.be32();
        chain.fragment_offset = offset >> 3;
        chain.more_fragments = (offset & 1) != 0;
        // RFC 6946: a piece that is the whole is no fragment.
        chain.fragment = chain.more_fragments || chain.fragment_offset != 0;
      }
      chain.size = payload.size() - in.left();
      if (chain.fragment_offset != 0 || !in.ok()) {
        chain.sound = in.ok();
        return chain;
      }
    }
    return chain;
  }
};

}  // namespace tflab::wire
