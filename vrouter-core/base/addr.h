#pragma once
// Addresses and prefixes as values. IPv4 is a number in host byte order (Ip4, id.h); IPv6 and MAC
// are octets as sent, so that equality and order are the wire's.

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>

#include "vrouter-core/base/id.h"

namespace tflab {

struct Ip6 {
  std::array<std::uint8_t, 16> octets{};
  friend constexpr auto operator<=>(const Ip6&, const Ip6&) = default;
};

struct Mac {
  std::array<std::uint8_t, 6> octets{};
  friend constexpr auto operator<=>(const Mac&, const Mac&) = default;
  constexpr bool broadcast() const;
  constexpr bool multicast() const { return (octets[0] & 1) != 0; }
  constexpr bool zero() const { return *this == Mac{}; }
};
inline constexpr Mac broadcast_mac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
constexpr bool Mac::broadcast() const {
  return *this == broadcast_mac;
}

enum class IpVersion : std::uint8_t { v4 = 4, v6 = 6 };

inline constexpr Ip6 unspecified6{};

// An address of either version, in 17 octets: simulations hold it a billion times. IPv4 sorts
// before IPv6.
class IpAddr {
public:
  constexpr IpAddr() = default;
  constexpr IpAddr(Ip4 v4) {  // NOLINT: a widening, as intended
    for (unsigned i = 0; i < 4; ++i)
      sent_.octets[i] = static_cast<std::uint8_t>(v4.raw() >> (24 - 8 * i));
  }
  constexpr IpAddr(Ip6 v6) : version_{IpVersion::v6}, sent_{v6} {}  // NOLINT

  constexpr IpVersion version() const { return version_; }
  constexpr bool is_v4() const { return version_ == IpVersion::v4; }
  constexpr Ip4 v4() const {  // 0.0.0.0 when this is IPv6
    return Ip4{is_v4() ? static_cast<std::uint32_t>(words()[0] >> 32) : 0};
  }
  constexpr const Ip6& v6() const { return is_v4() ? unspecified6 : sent_; }  // :: when IPv4
  constexpr unsigned bits() const { return is_v4() ? 32 : 128; }
  constexpr bool zero() const { return sent_ == unspecified6; }

  // Octet i of the address as sent, most significant first.
  constexpr std::uint8_t octet(std::size_t i) const { return sent_.octets[i]; }

  friend constexpr bool operator==(const IpAddr&, const IpAddr&) = default;
  friend constexpr std::strong_ordering operator<=>(const IpAddr& a, const IpAddr& b) {
    if (a.version_ != b.version_) return a.version_ <=> b.version_;
    return a.words() <=> b.words();
  }

private:
  // As numbers that compare as the octets do.
  constexpr std::array<std::uint64_t, 2> words() const {
    auto words = std::bit_cast<std::array<std::uint64_t, 2>>(sent_.octets);
    if constexpr (std::endian::native == std::endian::little)
      for (std::uint64_t& word : words) word = __builtin_bswap64(word);
    return words;
  }

  IpVersion version_ = IpVersion::v4;
  Ip6 sent_{};  // IPv4: the first four octets, and zeroes
};
static_assert(sizeof(IpAddr) == 17);

// A prefix whose host bits are zero; length 0..32 or 0..128.
class IpPrefix {
public:
  constexpr IpPrefix() = default;
  constexpr IpPrefix(IpAddr base, std::uint8_t length)
      : base_{masked(base, length)}, length_{length} {}
  // The host route: /32 or /128.
  static constexpr IpPrefix host(IpAddr address) {
    return {address, static_cast<std::uint8_t>(address.bits())};
  }

  constexpr const IpAddr& base() const { return base_; }
  constexpr std::uint8_t length() const { return length_; }
  constexpr bool covers(const IpAddr& address) const {
    return address.version() == base_.version() && masked(address, length_) == base_;
  }
  constexpr bool covers(const IpPrefix& inner) const {
    return inner.length_ >= length_ && covers(inner.base_);
  }

  friend constexpr auto operator<=>(const IpPrefix&, const IpPrefix&) = default;

private:
  static constexpr IpAddr masked(IpAddr address, unsigned length) {
    if (address.is_v4()) {
      // In 64 bits a shift by 32 is one; a length that cannot be is kept for others to refuse.
      const std::uint64_t all = ~std::uint64_t{0} << (length < 32 ? 32 - length : 0);
      const auto mask = static_cast<std::uint32_t>(all);
      return Ip4{address.v4().raw() & mask};
    }
    auto words = std::bit_cast<std::array<std::uint64_t, 2>>(address.v6().octets);
    words[0] &= leading(length);
    words[1] &= leading(length > 64 ? length - 64 : 0);
    return Ip6{std::bit_cast<std::array<std::uint8_t, 16>>(words)};
  }
  // The first `bits` of eight octets as they lie in memory.
  static constexpr std::uint64_t leading(unsigned bits) {
    const std::uint64_t mask = bits >= 64 ? ~std::uint64_t{0} : ~(~std::uint64_t{0} >> bits);
    return std::endian::native == std::endian::little ? __builtin_bswap64(mask) : mask;
  }

  IpAddr base_{};
  std::uint8_t length_ = 0;
};

}  // namespace tflab
