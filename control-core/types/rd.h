#pragma once
// Route distinguishers and route targets: the same "type:admin:number" grammar, two meanings.
// An RD makes a prefix unique (RFC 4364 section 4.2); an RT says who imports it (section 4.3.1).
// They never convert into each other, though operators often write the same digits for both.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vrouter-core/base/id.h"

namespace tflab {

class RouteDistinguisher {
public:
  static constexpr RouteDistinguisher as2(std::uint16_t as, std::uint32_t n) {
    return RouteDistinguisher{std::uint64_t{as} << 32 | n};
  }
  static constexpr RouteDistinguisher ip4(Ip4 ip, std::uint16_t n) {
    return RouteDistinguisher{1ull << 48 | std::uint64_t{ip.raw()} << 16 | n};
  }
  constexpr RouteDistinguisher() = default;
  constexpr explicit RouteDistinguisher(std::uint64_t wire) : wire_{wire} {}
  constexpr std::uint64_t wire() const { return wire_; }
  constexpr bool zero() const { return wire_ == 0; }
  friend constexpr auto operator<=>(RouteDistinguisher, RouteDistinguisher) = default;

private:
  std::uint64_t wire_{};  // eight octets as sent: equality, order and hash come for free
};

class RouteTarget {
public:
  static constexpr RouteTarget as2(std::uint16_t as, std::uint32_t n) {
    return RouteTarget{0x0002ull << 48 | std::uint64_t{as} << 32 | n};
  }
  static constexpr RouteTarget ip4(Ip4 ip, std::uint16_t n) {
    return RouteTarget{0x0102ull << 48 | std::uint64_t{ip.raw()} << 16 | n};
  }
  static constexpr RouteTarget as4(Asn as, std::uint16_t n) {
    return RouteTarget{0x0202ull << 48 | std::uint64_t{as.raw()} << 16 | n};
  }
  constexpr RouteTarget() = default;
  constexpr explicit RouteTarget(std::uint64_t wire) : wire_{wire} {}
  constexpr std::uint64_t wire() const { return wire_; }
  friend constexpr auto operator<=>(RouteTarget, RouteTarget) = default;

private:
  std::uint64_t wire_{};
};

std::string to_text(RouteDistinguisher rd);  // 172.31.41.236:2, 64512:7, 0:0
std::string to_text(RouteTarget target);     // target:64512:8000001
std::optional<RouteDistinguisher> parse_rd(std::string_view text);
// "target:64512:8000001", "target:172.31.14.47:4", "target:4200000000:1", "target:100L:1" (4-byte)
std::optional<RouteTarget> parse_target(std::string_view text);

}  // namespace tflab
