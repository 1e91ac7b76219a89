#pragma once
// Numbers that mean one thing each. A VRF index cannot be passed where an interface index is due.

#include <compare>
#include <cstdint>

namespace tflab {

template <class Tag, class Rep>
class Id {
public:
  constexpr Id() = default;
  constexpr explicit Id(Rep raw) : raw_{raw} {}
  constexpr Rep raw() const { return raw_; }
  friend constexpr auto operator<=>(Id, Id) = default;

private:
  Rep raw_{};
};

using VrfId = Id<struct VrfTag, std::uint16_t>;
using VifId = Id<struct VifTag, std::uint16_t>;
using NexthopId = Id<struct NexthopTag, std::uint32_t>;
using Vni = Id<struct VniTag, std::uint32_t>;  // 24 bits on the wire (RFC 7348 section 5)
using Asn = Id<struct AsnTag, std::uint32_t>;
using Ip4 = Id<struct Ip4Tag, std::uint32_t>;  // host byte order, always

// An MPLS label (RFC 3032 section 2.1). The wire gives 20 bits, so a Label read from a packet is
// valid by construction; a number from a scenario file must pass fits() first.
class Label {
public:
  static constexpr bool fits(std::uint32_t n) { return n < (1u << 20); }
  constexpr Label() = default;
  constexpr explicit Label(std::uint32_t n) : n_{n & 0xfffff} {}
  constexpr std::uint32_t raw() const { return n_; }
  constexpr bool reserved() const { return n_ < 16; }
  friend constexpr auto operator<=>(Label, Label) = default;

private:
  std::uint32_t n_{};
};

}  // namespace tflab
