#pragma once
// Longest-prefix match for all VRFs in one exact table. A VRF keeps which prefix lengths it has
// (Lengths); a lookup asks the table for each of them, longest first. Overlays have host routes and
// a handful of other lengths, so that is one or two cache lines, whose addresses are known before
// the first is read; and a VRF costs nothing until it has a route.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "vrouter-core/base/assert.h"
#include "vrouter-core/tables/exact_table.h"
#include "vrouter-core/tables/keys.h"

namespace tflab::vr {

// A set of prefix lengths. Visited longest first.
template <std::size_t Longest>
class Lengths {
public:
  void add(unsigned length) { words_[length / 64] |= bit(length); }
  void remove(unsigned length) { words_[length / 64] &= ~bit(length); }

  // Calls visit(length), longest first, until it returns true.
  template <class Visit>
  void each(Visit visit) const {
    for (std::size_t w = words_.size(); w-- > 0;) {
      for (std::uint64_t rest = words_[w]; rest != 0;) {
        const unsigned top = 63u ^ static_cast<unsigned>(std::countl_zero(rest));
        if (visit(static_cast<unsigned>(64 * w + top))) return;
        rest &= ~bit(top);
      }
    }
  }

private:
  static constexpr std::uint64_t bit(unsigned length) { return std::uint64_t{1} << length % 64; }
  std::array<std::uint64_t, Longest / 64 + 1> words_{};
};

template <class Key, class Address, std::size_t Longest>
class PrefixTable {
public:
  using LengthSet = Lengths<Longest>;

  PrefixTable() = default;
  // The limit counts routes and, once for each length a VRF has, its tally.
  PrefixTable(Memory& memory, std::uint32_t limit) : table_{memory, limit} {}

  [[gnu::always_inline]] RouteEntry look_up(VrfId vrf, const LengthSet& lengths,
                                            const Address& address) const {
    RouteEntry best;
    const Key whole = Key::of(vrf, address, Longest);
    lengths.each([&](unsigned length) {
      best = table_.find(shortened(whole, vrf, address, length));
      return best.is_route();
    });
    return best;
  }
  bool worth_prefetching() const { return table_.worth_prefetching(); }
  // Makes a later look_up() quick, where that is worth it: the two longest lengths are where it
  // nearly always ends.
  void prefetch(VrfId vrf, const LengthSet& lengths, const Address& address) const {
    unsigned n = 0;
    const Key whole = Key::of(vrf, address, Longest);
    lengths.each([&](unsigned length) {
      table_.prefetch(shortened(whole, vrf, address, length));
      return ++n == 2;
    });
  }

  RouteEntry find(VrfId vrf, const Address& base, unsigned length) const {
    return table_.find(Key::of(vrf, base, length));
  }
  // False, and nothing changed, when the table is full.
  bool set(VrfId vrf, LengthSet& lengths, const Address& base, unsigned length, RouteEntry route) {
    const Key key = Key::of(vrf, base, length);
    if (RouteEntry* held = table_.at(key)) {
      *held = route.with_passed(held->passed());
      return true;
    }
    const Key tally = Key::tally(vrf, length);
    RouteEntry* count = table_.at(tally);
    if (table_.size() + (count == nullptr ? 2 : 1) > table_.limit()) return false;
    const std::uint32_t n = count != nullptr ? count->tallied() : 0;
    require(table_.set(tally, RouteEntry::tally(n + 1)) && table_.set(key, route));
    lengths.add(length);
    return true;
  }
  bool erase(VrfId vrf, LengthSet& lengths, const Address& base, unsigned length) {
    if (!table_.erase(Key::of(vrf, base, length))) return false;
    const Key tally = Key::tally(vrf, length);
    const std::uint32_t n = table_.find(tally).tallied();
    if (n > 1) return table_.set(tally, RouteEntry::tally(n - 1));
    lengths.remove(length);
    return table_.erase(tally);
  }

  const ExactTable<Key>& table() const { return table_; }

private:
  static Key shortened(const Key& whole, VrfId vrf, const Address& address, unsigned length) {
    if constexpr (requires { whole.cut(length); }) return whole.cut(length);
    return Key::covering(vrf, address, length);
  }

  ExactTable<Key> table_;
};

using Routes4 = PrefixTable<Prefix4Key, Ip4, 32>;
using Routes6 = PrefixTable<Prefix6Key, Ip6, 128>;

}  // namespace tflab::vr
