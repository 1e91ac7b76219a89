#pragma once
// Octets as hexadecimal digits, two an octet, nothing between.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vrouter-core/base/reader.h"

namespace tflab::recording {

inline std::string to_hex(Bytes octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * octets.size());
  for (const std::byte octet : octets) {
    text += digits[std::to_integer<unsigned>(octet >> 4)];
    text += digits[std::to_integer<unsigned>(octet & std::byte{15})];
  }
  return text;
}

// Nothing when there is anything but whole octets.
inline std::optional<std::vector<std::byte>> from_hex(std::string_view text) {
  const auto value = [](char digit) -> int {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    return -1;
  };
  if (text.size() % 2 != 0) return {};
  std::vector<std::byte> octets;
  octets.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = value(text[i]), low = value(text[i + 1]);
    if (high < 0 || low < 0) return {};
    octets.push_back(static_cast<std::byte>(high << 4 | low));
  }
  return octets;
}

}  // namespace tflab::recording
