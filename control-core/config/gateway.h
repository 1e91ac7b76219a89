#pragma once
// Who takes what a machine sends beyond its subnet.

#include "vrouter-core/base/addr.h"

namespace tflab::config {

// The last usable address of the subnet, as in the original's Kubernetes networks; the vrouter
// answers for it. Another one where that is the machine's own.
constexpr IpAddr gateway_of(const IpPrefix& subnet, const IpAddr& own) {
  if (!subnet.base().is_v4()) {
    Ip6 last = subnet.base().v6();
    for (unsigned bit = subnet.length(); bit < 127; ++bit)
      last.octets[bit / 8] |= static_cast<std::uint8_t>(0x80u >> bit % 8);
    if (last == own.v6()) last.octets[15] ^= 2;
    return last;
  }
  const std::uint32_t first = subnet.base().v4().raw();
  const std::uint32_t hosts = subnet.length() >= 31 ? 1 : ~(~0u << (32 - subnet.length()));
  const Ip4 last{first + hosts - (hosts > 1 ? 1 : 0)};
  return last == own.v4() ? Ip4{first + 1} : last;
}

}  // namespace tflab::config
