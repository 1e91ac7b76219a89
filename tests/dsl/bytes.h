#pragma once
// Octets in tests: "ffff 0014 04" read as hex, octets shown as hex, and the two questions every
// codec is asked (does it come back, is every truncation refused).

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"

namespace tflab::test {

using Octets = std::vector<std::byte>;

inline int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  throw std::invalid_argument(std::string{"not a hex digit: "} + c);
}

// Blanks and line ends separate fields for the eye only.
inline Octets hex(std::string_view text) {
  Octets out;
  int high = -1;
  for (char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) continue;
    const int value = hex_value(c);
    if (high < 0) {
      high = value;
      continue;
    }
    out.push_back(static_cast<std::byte>(high << 4 | value));
    high = -1;
  }
  if (high >= 0) throw std::invalid_argument("an odd number of hex digits");
  return out;
}

inline std::string to_hex(Bytes bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (std::byte b : bytes) {
    out += digits[static_cast<unsigned>(b) >> 4];
    out += digits[static_cast<unsigned>(b) & 15];
  }
  return out;
}

// What `write` leaves in a buffer full of 0xa5, so that an octet nobody wrote shows.
template <class Write>
Octets written(Write write) {
  std::array<std::byte, 4096> room;
  room.fill(std::byte{0xa5});
  Writer out{room};
  write(out);
  EXPECT_TRUE(out.ok());
  return {out.written().begin(), out.written().end()};
}

// Calls `accepts` with every proper prefix of `whole`; none may be accepted. Each prefix stands in
// memory of its own, so that an octet read past its end is an error of the sanitizer.
template <class Accepts>
void expect_no_truncation_is_accepted(Bytes whole, Accepts accepts) {
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_FALSE(accepts(Bytes{cut})) << "accepted " << n << " of " << whole.size() << " octets";
  }
}

}  // namespace tflab::test
