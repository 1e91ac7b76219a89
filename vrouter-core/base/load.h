#pragma once
// Big-endian numbers, and octets, at a place that is known to hold them. For the paths every packet
// takes, where one look at the length stands for all fields of a header; elsewhere Reader and
// Writer.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace tflab {

template <class Number>
constexpr Number swapped(Number n) {
  if constexpr (sizeof(Number) == 1) return n;
  if constexpr (std::endian::native == std::endian::big) return n;
  if constexpr (sizeof(Number) == 2) return static_cast<Number>(__builtin_bswap16(n));
  if constexpr (sizeof(Number) == 4) return static_cast<Number>(__builtin_bswap32(n));
  if constexpr (sizeof(Number) == 8) return static_cast<Number>(__builtin_bswap64(n));
}

template <class Number>
constexpr Number load(const std::byte* at) {
  if (std::is_constant_evaluated()) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      value = value << 8 | static_cast<std::uint64_t>(at[i]);
    }
    return static_cast<Number>(value);
  }
  Number value;
  __builtin_memcpy(&value, at, sizeof value);
  return swapped(value);
}

template <class Number>
constexpr void store(std::byte* at, Number value) {
  if (std::is_constant_evaluated()) {
    for (std::size_t i = sizeof(Number); i-- > 0; value = static_cast<Number>(value >> 4 >> 4)) {
      at[i] = static_cast<std::byte>(value & 0xff);
    }
    return;
  }
  value = swapped(value);
  __builtin_memcpy(at, &value, sizeof value);
}

// As many octets as the compiler knows, sixteen at a time. Its own memcpy is a string instruction
// where it takes a way for a rare one, and that costs as much as a table lookup.
template <std::size_t Size>
[[gnu::always_inline]] inline void copy_octets(std::byte* to, const std::byte* from) {
  __extension__ using Piece = unsigned __int128;
  static_assert(Size >= sizeof(Piece));
  const auto copy_at = [&](std::size_t at) {
    Piece piece;
    __builtin_memcpy(&piece, from + at, sizeof piece);
    __builtin_memcpy(to + at, &piece, sizeof piece);
  };
  for (std::size_t at = 0; at + sizeof(Piece) < Size; at += sizeof(Piece)) copy_at(at);
  copy_at(Size - sizeof(Piece));
}

constexpr std::uint16_t load16(const std::byte* at) {
  return load<std::uint16_t>(at);
}
constexpr std::uint32_t load32(const std::byte* at) {
  return load<std::uint32_t>(at);
}
constexpr std::uint64_t load64(const std::byte* at) {
  return load<std::uint64_t>(at);
}

}  // namespace tflab
