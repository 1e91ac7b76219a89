#pragma once
// A set of BGP peers, by slot: one bit each, so that "who is owed this and has not got it" is a few
// words of arithmetic for hundreds of peers.

#include <absl/container/inlined_vector.h>

#include <algorithm>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "control-core/types/intern.h"

namespace tflab::rib {

class PeerSet {
public:
  using Slot = std::size_t;

  PeerSet() = default;
  PeerSet(std::initializer_list<Slot> slots) {
    for (Slot slot : slots) add(slot);
  }

  bool has(Slot slot) const {
    return slot / 64 < words_.size() && (words_[slot / 64] >> slot % 64 & 1) != 0;
  }
  void add(Slot slot) {
    if (slot / 64 >= words_.size()) words_.resize(slot / 64 + 1);
    words_[slot / 64] |= std::uint64_t{1} << slot % 64;
  }
  void remove(Slot slot) {
    if (!has(slot)) return;
    words_[slot / 64] &= ~(std::uint64_t{1} << slot % 64);
    trim();
  }
  bool empty() const { return words_.empty(); }
  std::size_t size() const {
    std::size_t n = 0;
    for (std::uint64_t word : words_) n += static_cast<std::size_t>(std::popcount(word));
    return n;
  }
  Slot first_free() const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      if (~words_[i] != 0) return i * 64 + static_cast<std::size_t>(std::countr_one(words_[i]));
    return words_.size() * 64;
  }

  PeerSet& operator|=(const PeerSet& other) {
    words_.resize(std::max(words_.size(), other.words_.size()));
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  PeerSet& operator&=(const PeerSet& other) {
    words_.resize(std::min(words_.size(), other.words_.size()));
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    trim();
    return *this;
  }
  PeerSet& operator-=(const PeerSet& other) {
    for (std::size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i)
      words_[i] &= ~other.words_[i];
    trim();
    return *this;
  }
  friend PeerSet operator|(PeerSet a, const PeerSet& b) { return a |= b; }
  friend PeerSet operator&(PeerSet a, const PeerSet& b) { return a &= b; }
  friend PeerSet operator-(PeerSet a, const PeerSet& b) { return a -= b; }
  friend std::strong_ordering operator<=>(const PeerSet&, const PeerSet&) = default;

  friend std::size_t hash_of(const PeerSet& set) {
    std::uint64_t state = 0xcbf29ce484222325ull;
    for (std::uint64_t word : set.words_) {
      state = (state ^ word) * 0x9e3779b97f4a7c15ull;
      state ^= state >> 32;
    }
    return static_cast<std::size_t>(state);
  }

  // Slots in ascending order.
  template <class Visit>
  void each(Visit visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (std::uint64_t left = words_[i]; left != 0; left &= left - 1)
        visit(i * 64 + static_cast<std::size_t>(std::countr_zero(left)));
  }

private:
  void trim() {  // equal sets have equal words
    while (!words_.empty() && words_.back() == 0) words_.pop_back();
  }
  absl::InlinedVector<std::uint64_t, 2> words_;  // 128 peers without a block of their own
};

// Many routes are told to the same members: the sets are interned, a route keeps a pointer.
using PeerSetRef = Interned<PeerSet>;
using PeerSetPool = InternPool<PeerSet>;

}  // namespace tflab::rib
