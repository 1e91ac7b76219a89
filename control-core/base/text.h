#pragma once
// Addresses, prefixes and numbers as text, the way the field and the original's tools print them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vrouter-core/base/addr.h"

namespace tflab {

std::string to_text(Ip4 address);         // 172.31.14.47
std::string to_text(const Ip6& address);  // RFC 5952
std::string to_text(const IpAddr& address);
std::string to_text(const IpPrefix& prefix);  // 10.47.255.252/32
std::string to_text(const Mac& mac);          // 0e:92:cc:bd:aa:08

// Whole-string parsers: nothing before, nothing after, no sloppy forms (1.2.3, 010.0.0.1).
std::optional<Ip4> parse_ip4(std::string_view text);
std::optional<IpAddr> parse_ip(std::string_view text);
std::optional<IpPrefix> parse_prefix(std::string_view text);
// As parse_prefix, but refuses host bits that are set (10.0.0.1/8).
std::optional<IpPrefix> parse_exact_prefix(std::string_view text);
std::optional<Mac> parse_mac(std::string_view text);
std::optional<std::uint32_t> parse_u32(std::string_view text);

}  // namespace tflab
