#pragma once
// Which Ethernet segment a MAC address is on, in its ten octets.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tflab {

// Ethernet segment identifier (RFC 7432 section 5).
struct Esi {
  std::array<std::uint8_t, 10> octets{};
  friend auto operator<=>(const Esi&, const Esi&) = default;
};

std::string to_text(const Esi& esi);  // zero_esi, max_esi, 64512:7, 10.1.1.1:7, or ten octets
std::optional<Esi> parse_esi(std::string_view text);

}  // namespace tflab
