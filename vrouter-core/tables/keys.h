#pragma once
// The keys of the tables, packed into words. Their order is the one a reader wants: by VRF, then by
// address, then by length.

#include <array>
#include <bit>
#include <compare>
#include <cstdint>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/hash.h"
#include "vrouter-core/base/load.h"

namespace tflab::vr {

// tally (1) | vrf (16) | address (32) | length (8). A tally is no route: it says how many routes of
// that length the VRF has, and sorts behind all of them.
struct Prefix4Key {
  std::uint64_t word = 0;

  static constexpr Prefix4Key of(VrfId vrf, Ip4 address, unsigned length) {
    return {std::uint64_t{vrf.raw()} << 40 | std::uint64_t{address.raw()} << 8 | length};
  }
  static constexpr Prefix4Key tally(VrfId vrf, unsigned length) {
    return {std::uint64_t{1} << 63 | of(vrf, Ip4{}, length).word};
  }
  // The first `length` bits of an address that may have more.
  static constexpr Prefix4Key covering(VrfId vrf, Ip4 address, unsigned length) {
    const std::uint64_t mask = ~std::uint64_t{0} << (32 - length);
    return of(vrf, Ip4{address.raw() & static_cast<std::uint32_t>(mask)}, length);
  }
  constexpr bool is_tally() const { return word >> 63 != 0; }
  constexpr VrfId vrf() const { return VrfId{static_cast<std::uint16_t>(word >> 40)}; }
  constexpr IpPrefix prefix() const {
    return {Ip4{static_cast<std::uint32_t>(word >> 8)}, static_cast<std::uint8_t>(word)};
  }
  constexpr std::uint32_t hash() const { return mixed32(word); }
  friend constexpr auto operator<=>(const Prefix4Key&, const Prefix4Key&) = default;
};

struct Prefix6Key {
  std::uint64_t high = 0, low = 0;
  std::uint64_t tag = 0;  // tally (1) | vrf (16) | length (8)

  static constexpr Prefix6Key of(VrfId vrf, const Ip6& address, unsigned length) {
    const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(address.octets);
    return {swapped(halves[0]), swapped(halves[1]), std::uint64_t{vrf.raw()} << 8 | length};
  }
  static constexpr Prefix6Key tally(VrfId vrf, unsigned length) {
    return {0, 0, std::uint64_t{1} << 63 | std::uint64_t{vrf.raw()} << 8 | length};
  }
  static constexpr Prefix6Key covering(VrfId vrf, const Ip6& address, unsigned length) {
    return of(vrf, address, 128).cut(length);
  }
  // The same with fewer bits.
  constexpr Prefix6Key cut(unsigned length) const {
    const auto mask = [](unsigned bits) {
      return bits == 0 ? 0 : ~std::uint64_t{0} << (64 - (bits < 64 ? bits : 64));
    };
    return {high & mask(length), low & mask(length > 64 ? length - 64 : 0),
            (tag & ~std::uint64_t{0xff}) | length};
  }
  constexpr bool is_tally() const { return tag >> 63 != 0; }
  constexpr VrfId vrf() const { return VrfId{static_cast<std::uint16_t>(tag >> 8)}; }
  constexpr IpPrefix prefix() const {
    Ip6 address;
    for (unsigned i = 0; i < 16; ++i) {
      address.octets[i] = static_cast<std::uint8_t>((i < 8 ? high : low) >> (56 - 8 * (i % 8)));
    }
    return {address, static_cast<std::uint8_t>(tag)};
  }
  constexpr std::uint32_t hash() const { return mixed32(mixed(high, low), tag); }
  friend constexpr bool operator==(const Prefix6Key&, const Prefix6Key&) = default;
  friend constexpr auto operator<=>(const Prefix6Key& a, const Prefix6Key& b) {
    const auto order = [](const Prefix6Key& key) { return key.tag >> 8; };
    if (const auto by_vrf = order(a) <=> order(b); by_vrf != 0) return by_vrf;
    if (const auto by_high = a.high <=> b.high; by_high != 0) return by_high;
    if (const auto by_low = a.low <=> b.low; by_low != 0) return by_low;
    return a.tag <=> b.tag;
  }
};

// vrf (16) | MAC (48)
struct MacKey {
  std::uint64_t word = 0;

  static constexpr MacKey of(VrfId vrf, const Mac& mac) {
    std::uint64_t octets = 0;
    if (std::is_constant_evaluated()) {
      for (std::uint8_t octet : mac.octets) octets = octets << 8 | octet;
    } else {
      const auto* at = reinterpret_cast<const std::byte*>(mac.octets.data());
      octets = std::uint64_t{load32(at)} << 16 | load16(at + 4);
    }
    return {std::uint64_t{vrf.raw()} << 48 | octets};
  }
  constexpr VrfId vrf() const { return VrfId{static_cast<std::uint16_t>(word >> 48)}; }
  constexpr Mac mac() const {
    Mac mac;
    for (unsigned i = 0; i < 6; ++i)
      mac.octets[i] = static_cast<std::uint8_t>(word >> (40 - 8 * i));
    return mac;
  }
  constexpr std::uint32_t hash() const { return mixed32(word); }
  friend constexpr auto operator<=>(const MacKey&, const MacKey&) = default;
};

struct VniKey {
  std::uint64_t word = 0;

  static constexpr VniKey of(Vni vni) { return {vni.raw()}; }
  constexpr Vni vni() const { return Vni{static_cast<std::uint32_t>(word)}; }
  constexpr std::uint32_t hash() const { return mixed32(word); }
  friend constexpr auto operator<=>(const VniKey&, const VniKey&) = default;
};

// parent interface (16) | VLAN (12): which sub-interface a tagged frame is for.
struct VlanKey {
  std::uint64_t word = 0;

  static constexpr VlanKey of(VifId parent, std::uint16_t vlan) {
    return {std::uint64_t{parent.raw()} << 12 | (vlan & 0xfffu)};
  }
  constexpr std::uint32_t hash() const { return mixed32(word); }
  friend constexpr auto operator<=>(const VlanKey&, const VlanKey&) = default;
};

}  // namespace tflab::vr
