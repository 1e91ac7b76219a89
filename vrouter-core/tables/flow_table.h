#pragma once
// Flows: entries of a fixed size, found through buckets of one cache line that hold 16 bits of each
// key's hash, so that a hit reads one bucket and one entry. A key whose ten buckets are all full is
// refused, which bounds the work whatever keys an attacker makes up; the hash is seeded for the
// same reason.

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

#include "vrouter-core/base/hash.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/base/prefetch.h"
#include "vrouter-core/ops/flow.h"
#include "vrouter-core/tables/memory.h"

namespace tflab::vr {

// A FlowKey in words: source, destination (IPv4 in the second word), then all the rest.
struct FlowWords {
  std::array<std::uint64_t, 6> word{};

  static FlowWords of(const FlowKey& key);
  FlowKey key() const;
  // All that is not addresses.
  void set_rest(NexthopId nexthop, std::uint8_t protocol, std::uint16_t src_port,
                std::uint16_t dst_port, bool v4) {
    word[4] = std::uint64_t{nexthop.raw()} << 32 | std::uint64_t{src_port} << 16 | dst_port;
    word[5] = protocol | (v4 ? v4_bit : 0);
  }
  std::uint16_t src_port() const { return static_cast<std::uint16_t>(word[4] >> 16); }
  std::uint16_t dst_port() const { return static_cast<std::uint16_t>(word[4]); }
  std::uint64_t hash(std::uint64_t seed) const {
    std::uint64_t h = mixed(seed ^ word[1], word[3]);
    if ((word[0] | word[2]) != 0) h = mixed(mixed(h, word[0]), word[2]);
    return mixed(mixed(h, word[4]), word[5]);
  }
  static constexpr std::uint64_t v4_bit = 1 << 8;
  // Word by word: a wider load of a key that was just written would wait for it.
  friend bool operator==(const FlowWords& a, const FlowWords& b) {
    return a.word[4] == b.word[4] && a.word[3] == b.word[3] && a.word[1] == b.word[1] &&
           a.word[5] == b.word[5] && a.word[2] == b.word[2] && a.word[0] == b.word[0];
  }
  friend auto operator<=>(const FlowWords&, const FlowWords&) = default;
};

inline constexpr std::uint32_t no_flow = 0xffffffff;

struct FlowEntry {
  FlowWords key;
  std::uint32_t reverse;  // the other direction's entry, or no_flow
  NexthopId source;
  FlowAction action;
  std::uint8_t ecmp_index;
  std::uint16_t flags;
  std::uint16_t tcp;
  VrfId vrf;
  // The second line from here.
  Instant last_seen;
  std::uint64_t packets, octets;
  std::uint8_t held;  // packets the agent keeps while it decides
  bool present;
  std::uint16_t qos;
  std::uint32_t next;  // present: the next TCP octet it should send; else the next free entry
};
static_assert(sizeof(FlowEntry) == 96);

class FlowTable {
public:
  static constexpr std::size_t most_probes = 10;

  FlowTable() = default;
  FlowTable(Memory& memory, std::uint32_t limit, std::uint64_t seed)
      : buckets_{memory.take<Bucket>(buckets_for(limit))},
        entries_{memory.take<FlowEntry>(limit)},
        seed_{seed} {}

  bool exists() const { return !entries_.empty(); }
  std::uint32_t size() const { return size_; }
  static std::size_t octets_for(std::uint32_t limit) {
    return buckets_for(limit) * sizeof(Bucket) + limit * sizeof(FlowEntry);
  }

  std::uint64_t hash(const FlowWords& key) const { return key.hash(seed_); }
  void prefetch(std::uint64_t hash) const { tflab::prefetch(&buckets_[home(hash)]); }
  // The second step, when the first has come: the number of the first entry whose tag fits, or
  // no_flow. It is what find() will most likely say.
  std::uint32_t prefetch_entry(std::uint64_t hash) const {
    std::uint32_t number = no_flow;
    any_tagged(buckets_[home(hash)], tag_of(hash), [&](std::uint32_t one) {
      number = one;
      const auto* entry = reinterpret_cast<const std::byte*>(&entries_[one]);
      tflab::prefetch(entry);
      tflab::prefetch(entry + Memory::line);
      return true;
    });
    return number;
  }

  // The number of the entry, or no_flow. A guess is what prefetch_entry() said.
  std::uint32_t find(const FlowWords& key, std::uint64_t hash, std::uint32_t guess) const {
    return guess != no_flow && entries_[guess].key == key ? guess : find(key, hash);
  }
  std::uint32_t find(const FlowWords& key, std::uint64_t hash) const {
    std::uint32_t number = no_flow;
    const auto is_it = [&](std::uint32_t one) {
      number = one;
      return entries_[one].key == key;
    };
    std::size_t b = home(hash);
    for (std::size_t n = 0; n < most_probes; ++n, b = after(b)) {
      if (any_tagged(buckets_[b], tag_of(hash), is_it)) return number;
      if (buckets_[b].passed == 0) break;
    }
    return no_flow;
  }
  std::uint32_t find(const FlowWords& key) const {
    return exists() ? find(key, hash(key)) : no_flow;
  }

  FlowEntry& operator[](std::uint32_t number) { return entries_[number]; }
  const FlowEntry& operator[](std::uint32_t number) const { return entries_[number]; }
  std::size_t capacity() const { return entries_.size(); }

  // An entry of zeroes with the key, which is not there yet; no_flow when there is no place.
  std::uint32_t add(const FlowWords& key);
  // The reverse flow loses its reverse.
  void remove(std::uint32_t number);
  // Entries from here on have never been used, nor the memory they lie in.
  std::uint32_t used() const { return fresh_; }

private:
  static constexpr std::size_t slots = 10;
  struct alignas(Memory::line) Bucket {
    std::array<std::uint32_t, slots> entries;
    std::array<std::uint16_t, slots> tags;  // 0: free
    std::uint16_t passed;                   // entries that belong here or before and stand behind
  };
  static_assert(sizeof(Bucket) == Memory::line);

  // Calls is_it(number) for entries whose tag fits, until it returns true; false if it never does.
  // Four tags are compared at once: a lane of zeroes is one that is equal. The lane above such a
  // one may look so, too, which costs a call that returns false.
  template <class IsIt>
  [[gnu::always_inline]] static bool any_tagged(const Bucket& bucket, std::uint16_t tag,
                                                IsIt is_it) {
    static_assert(std::endian::native == std::endian::little);
    constexpr std::uint64_t ones = 0x0001000100010001, tops = ones << 15;
    constexpr std::uint64_t last = 0x80008000;  // of the third word two are tags
    const auto* const words = reinterpret_cast<const std::byte*>(&bucket) + offsetof(Bucket, tags);
    _Pragma("GCC unroll 3") for (std::size_t w = 0; w < 3; ++w) {
      std::uint64_t lanes;
      __builtin_memcpy(&lanes, words + 8 * w, 8);
      lanes ^= tag * ones;
      std::uint64_t equal = (lanes - ones) & ~lanes & (w < 2 ? tops : last);
      for (; equal != 0; equal &= equal - 1) {
        const auto lane = static_cast<std::size_t>(std::countr_zero(equal)) / 16;
        if (is_it(bucket.entries[4 * w + lane])) return true;
      }
    }
    return false;
  }

  static std::size_t buckets_for(std::uint32_t limit) { return limit == 0 ? 0 : limit / 6 + 1; }
  static std::uint16_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint16_t>(hash | 1);  // never 0
  }
  std::size_t home(std::uint64_t hash) const {
    return static_cast<std::size_t>((hash >> 32) * buckets_.size() >> 32);
  }
  std::size_t after(std::size_t b) const { return b + 1 == buckets_.size() ? 0 : b + 1; }

  std::span<Bucket> buckets_;
  std::span<FlowEntry> entries_;
  std::uint64_t seed_ = 0;
  std::uint32_t size_ = 0, fresh_ = 0;
  std::uint32_t returned_ = 0;  // plus 1; 0: none
};

}  // namespace tflab::vr
