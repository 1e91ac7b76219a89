#pragma once
// The one hash table of the forwarding core: from a key to a RouteEntry, in buckets of one cache
// line. What does not fit its own bucket stands in the next ones, and each bucket counts how many
// passed it, so that a search ends at the first bucket nobody passed: usually its own. Nothing is
// ever moved, grown or allocated; a table that holds its limit refuses.
//
// A Key has hash(), ==, and an order for whoever wants to see the table (sorted_walk).

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "vrouter-core/base/hash.h"
#include "vrouter-core/base/prefetch.h"
#include "vrouter-core/tables/memory.h"
#include "vrouter-core/tables/route_entry.h"

namespace tflab::vr {

template <class Key>
class ExactTable {
public:
  static constexpr std::size_t slots = Memory::line / (sizeof(Key) + sizeof(RouteEntry));

  ExactTable() = default;
  // For `limit` entries; a table that is full has four slots for every seven lines' worth, so that
  // nine of ten stand in their own bucket (two of three when only two fit a line).
  ExactTable(Memory& memory, std::uint32_t limit)
      : buckets_{memory.take<Bucket>(buckets_for(limit))}, limit_{limit} {}

  std::uint32_t size() const { return size_; }
  std::uint32_t limit() const { return limit_; }
  static std::size_t octets_for(std::uint32_t limit) { return buckets_for(limit) * sizeof(Bucket); }

  [[gnu::always_inline]] RouteEntry find(const Key& key) const {
    const RouteEntry* found = at(key);
    return found != nullptr ? *found : RouteEntry{};
  }
  // Where the key stands, for marking its age; null when it does not.
  [[gnu::always_inline]] const RouteEntry* at(const Key& key) const {
    if (buckets_.empty()) return nullptr;
    for (std::size_t b = home(key);; b = after(b)) {
      const Bucket& bucket = buckets_[b];
      _Pragma("GCC unroll 4") for (std::size_t i = 0; i < slots; ++i) {
        if (bucket.keys[i] == key && bucket.entries[i].is_route()) return &bucket.entries[i];
      }
      if (bucket.entries[0].passed() == 0) return nullptr;
    }
  }
  RouteEntry* at(const Key& key) {
    return const_cast<RouteEntry*>(static_cast<const ExactTable*>(this)->at(key));
  }

  // Makes a later find() quick, where that is worth it.
  void prefetch(const Key& key) const { tflab::prefetch(&buckets_[home(key)]); }
  bool worth_prefetching() const { return buckets_.size() > Memory::near / sizeof(Bucket); }

  // Adds or replaces. False, and nothing changed, when the table is full.
  bool set(const Key& key, RouteEntry value) {
    if (RouteEntry* entry = at(key)) {
      *entry = value.with_passed(entry->passed());
      return true;
    }
    if (size_ >= limit_) return false;
    ++size_;
    for (std::size_t b = home(key);; b = after(b)) {
      Bucket& bucket = buckets_[b];
      for (std::size_t i = 0; i < slots; ++i) {
        if (bucket.entries[i].is_route()) continue;
        bucket.keys[i] = key;
        bucket.entries[i] = value.with_passed(bucket.entries[i].passed());
        return true;
      }
      bucket.note_passed(1);
    }
  }

  bool erase(const Key& key) {
    RouteEntry* entry = at(key);
    if (entry == nullptr) return false;
    *entry = RouteEntry{}.with_passed(entry->passed());
    --size_;
    for (std::size_t b = home(key); !buckets_[b].holds(entry); b = after(b)) {
      buckets_[b].note_passed(-1);
    }
    return true;
  }

  // Calls visit(slot, key, entry) for each entry, in an order that is an accident of history.
  // Behind the last one nothing is looked at: an empty table may be large, and its memory
  // untouched.
  template <class Visit>
  void each(Visit visit) const {
    std::uint32_t left = size_;
    for (std::size_t n = 0; left != 0 && n < buckets_.size() * slots; ++n) {
      if (!entry_in(n).is_route()) continue;
      --left;
      visit(static_cast<std::uint32_t>(n), key_in(n), entry_in(n));
    }
  }
  std::uint32_t slot_count() const { return static_cast<std::uint32_t>(buckets_.size() * slots); }
  const Key& key_in(std::size_t slot) const { return buckets_[slot / slots].keys[slot % slots]; }
  const RouteEntry& entry_in(std::size_t slot) const {
    return buckets_[slot / slots].entries[slot % slots];
  }

private:
  struct alignas(Memory::line) Bucket {
    std::array<Key, slots> keys;
    std::array<RouteEntry, slots> entries;

    bool holds(const RouteEntry* entry) const {
      return entry >= entries.data() && entry < entries.data() + slots;
    }
    // A count that was ever full stays so: longer searches, never a wrong answer.
    void note_passed(int by) {
      const std::uint8_t n = entries[0].passed();
      if (n != 0xff) entries[0] = entries[0].with_passed(static_cast<std::uint8_t>(n + by));
    }
  };
  static_assert(sizeof(Bucket) == Memory::line);

  static std::size_t buckets_for(std::uint32_t limit) {
    const std::size_t wanted = slots > 2 ? std::size_t{limit} * 7 / 4 : std::size_t{limit} * 5 / 4;
    return limit == 0 ? 0 : wanted / slots + 2;
  }
  std::size_t home(const Key& key) const {
    return static_cast<std::size_t>(std::uint64_t{key.hash()} * buckets_.size() >> 32);
  }
  std::size_t after(std::size_t b) const { return b + 1 == buckets_.size() ? 0 : b + 1; }

  std::span<Bucket> buckets_;
  std::uint32_t limit_ = 0, size_ = 0;
};

// The slots in use in the order of their keys, so that equal tables look alike whatever their
// history. `room` takes their numbers and is as long as the table's limit.
template <class Key>
std::span<std::uint32_t> in_order(const ExactTable<Key>& table, std::span<std::uint32_t> room) {
  std::size_t n = 0;
  table.each([&](std::uint32_t slot, const Key&, const RouteEntry&) { room[n++] = slot; });
  const auto order = room.first(n);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return table.key_in(a) < table.key_in(b); });
  return order;
}

// Calls visit(key, entry) in that order.
template <class Key, class Visit>
void sorted_walk(const ExactTable<Key>& table, std::span<std::uint32_t> room, Visit visit) {
  for (const std::uint32_t slot : in_order(table, room)) {
    visit(table.key_in(slot), table.entry_in(slot));
  }
}

}  // namespace tflab::vr
