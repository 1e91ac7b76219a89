#pragma once
// How things of ours are called. Interface names hold 15 characters, so those made from longer
// names are a prefix and a hash that never changes: lab and daemon find the same wire without
// asking.

#include <cstdint>
#include <string>
#include <string_view>

namespace tflab::netns {

inline constexpr std::string_view mark = "tflab-";

// Devices of a vrouter's namespace.
inline constexpr std::string_view uplink = "eth0";          // to the underlay; the fabric vif
inline constexpr std::string_view host_device = "vhost0";   // carries the vrouter's address
inline constexpr std::string_view host_port = "vhost0-vr";  // its other end; the host vif

inline constexpr std::uint16_t vrouter_http = 8085;
inline constexpr std::uint16_t echo_port = 7;  // RFC 862

// FNV-1a: equal on every machine and in every version.
std::uint64_t fingerprint(std::string_view text);
std::string hex(std::uint64_t value);

// "tap-" and eight hexadecimal digits.
std::string link_name(std::string_view prefix, std::string_view key);
// The vrouter's end of a machine's interface, by config::Port::name.
std::string tap_name(std::string_view port);

// A letter or digit, then letters, digits, '_', '.', '-', 63 in all: safe in paths, in namespace
// names and in ip(8)'s batch input.
bool plain_name(std::string_view name);
bool device_name(std::string_view name);  // a plain name that fits an interface

// The part of a host name before the first dot.
std::string short_name(std::string_view name);

}  // namespace tflab::netns
