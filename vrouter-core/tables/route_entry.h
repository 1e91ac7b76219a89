#pragma once
// What a table says about a prefix, a MAC or a VNI, in 8 octets: nothing, or which nexthop, with
// the number that goes on the wire in front of the packet (a label or a VNI) and flags. The top
// bits belong to the table that holds the entry and mean nothing outside it.

#include <cstdint>

#include "vrouter-core/base/id.h"

namespace tflab::vr {

class RouteEntry {
public:
  static constexpr std::uint32_t nexthop_limit = 1u << 20;
  static constexpr std::uint32_t number_limit = 1u << 24;

  constexpr RouteEntry() = default;

  static constexpr RouteEntry route(NexthopId nexthop, std::uint32_t number, std::uint8_t flags) {
    return RouteEntry{used | std::uint64_t{nexthop.raw()} << 1 | std::uint64_t{number} << 21 |
                      std::uint64_t{flags} << 45};
  }
  // The MAC of the machine that has an address, in its order on the wire.
  static constexpr RouteEntry machine(std::uint64_t mac) { return RouteEntry{used | mac << 1}; }
  // A tally instead of a route, of at most 2^32 - 1.
  static constexpr RouteEntry tally(std::uint32_t n) {
    return RouteEntry{used | std::uint64_t{n} << 1};
  }

  constexpr bool is_route() const { return (bits_ & used) != 0; }
  constexpr NexthopId nexthop() const { return NexthopId{field(1, 20)}; }
  constexpr std::uint32_t number() const { return field(21, 24); }
  constexpr Label label() const { return Label{number()}; }
  constexpr std::uint8_t flags() const { return static_cast<std::uint8_t>(field(45, 8)); }
  constexpr std::uint64_t mac() const { return bits_ >> 1 & ((std::uint64_t{1} << 48) - 1); }
  constexpr std::uint32_t tallied() const { return static_cast<std::uint32_t>(bits_ >> 1); }

  // For the table: 8 bits for its bucket, 2 for the age of what stands here.
  constexpr std::uint8_t passed() const { return static_cast<std::uint8_t>(field(53, 8)); }
  constexpr RouteEntry with_passed(std::uint8_t n) const { return with(53, 0xff, n); }
  constexpr std::uint8_t age() const { return static_cast<std::uint8_t>(field(61, 2)); }
  constexpr RouteEntry with_age(std::uint8_t n) const { return with(61, 3, n); }

  // Of what it says; the table's own bits aside.
  friend constexpr bool operator==(const RouteEntry& a, const RouteEntry& b) {
    return ((a.bits_ ^ b.bits_) & said) == 0;
  }

private:
  static constexpr std::uint64_t used = 1, said = (std::uint64_t{1} << 53) - 1;

  constexpr explicit RouteEntry(std::uint64_t bits) : bits_{bits} {}
  constexpr std::uint32_t field(unsigned at, unsigned width) const {
    return static_cast<std::uint32_t>(bits_ >> at & ((std::uint64_t{1} << width) - 1));
  }
  constexpr RouteEntry with(unsigned at, std::uint64_t mask, std::uint64_t n) const {
    return RouteEntry{(bits_ & ~(mask << at)) | n << at};
  }

  std::uint64_t bits_ = 0;
};

static_assert(sizeof(RouteEntry) == 8);

}  // namespace tflab::vr
