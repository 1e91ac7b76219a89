#pragma once
// What stands in a cell of the trie, in 8 octets: nothing, a route, or the number of a bucket that
// continues with 8 more bits of the address. Ids, labels and flags are cut to what they need.

#include <cstdint>

#include "vrouter-core/base/id.h"

namespace tflab::vr {

class RouteEntry {
public:
  static constexpr std::uint32_t nexthop_limit = 1u << 20;

  constexpr RouteEntry() = default;

  static constexpr RouteEntry route(NexthopId nexthop, Label label, std::uint8_t flags,
                                    std::uint8_t length) {
    return RouteEntry{route_kind | std::uint64_t{nexthop.raw()} << 2 |
                      std::uint64_t{label.raw()} << 22 | std::uint64_t{length} << 42 |
                      std::uint64_t{flags} << 50};
  }
  static constexpr RouteEntry to_bucket(std::uint32_t number) {
    return RouteEntry{bucket_kind | std::uint64_t{number} << 2};
  }

  constexpr bool is_route() const { return (bits_ & 3) == route_kind; }
  constexpr bool is_bucket() const { return (bits_ & 3) == bucket_kind; }
  constexpr std::uint32_t bucket() const { return static_cast<std::uint32_t>(bits_ >> 2); }

  constexpr NexthopId nexthop() const { return NexthopId{field(2, 20)}; }
  constexpr Label label() const { return Label{field(22, 20)}; }
  constexpr std::uint8_t length() const { return static_cast<std::uint8_t>(field(42, 8)); }
  constexpr std::uint8_t flags() const { return static_cast<std::uint8_t>(field(50, 8)); }

  // Which of two routes for an address wins: the longer; any route beats none.
  constexpr unsigned rank() const { return is_route() ? length() + 1u : 0u; }
  constexpr bool is_route_of(unsigned prefix_length) const {
    return is_route() && length() == prefix_length;
  }

  friend constexpr bool operator==(const RouteEntry&, const RouteEntry&) = default;

private:
  static constexpr std::uint64_t route_kind = 1, bucket_kind = 2;

  constexpr explicit RouteEntry(std::uint64_t bits) : bits_{bits} {}
  constexpr std::uint32_t field(unsigned at, unsigned width) const {
    return static_cast<std::uint32_t>(bits_ >> at & ((std::uint64_t{1} << width) - 1));
  }

  std::uint64_t bits_ = 0;
};

static_assert(sizeof(RouteEntry) == 8);

}  // namespace tflab::vr
