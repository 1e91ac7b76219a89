#pragma once
// The buckets of all tries of a vrouter, handed out by number from one block. A bucket decides 8
// bits of an address. Its cells are a complete binary tree laid out as a heap: cell 1 is the prefix
// that ends where the bucket begins, cells 2k and 2k+1 are cell k with one bit more, and cells 256
// to 511, the fringe, are all 8 bits; only these may lead to a further bucket. Every cell holds the
// longest route that covers it, so a lookup reads the fringe alone, and what a deleted route hid
// stands in the cell one bit shorter.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "vrouter-core/base/assert.h"
#include "vrouter-core/tables/memory.h"
#include "vrouter-core/tables/route_entry.h"

namespace tflab::vr {

inline constexpr std::size_t fringe = 256;
using Bucket = std::array<RouteEntry, 2 * fringe>;

class BucketPool {
public:
  BucketPool() = default;
  BucketPool(Memory& memory, std::uint32_t buckets)
      : buckets_{memory.take<Bucket>(buckets)}, tally_{memory.take<std::uint32_t>(buckets)} {}

  Bucket& operator[](std::uint32_t number) { return buckets_[number]; }
  const Bucket& operator[](std::uint32_t number) const { return buckets_[number]; }

  std::size_t left() const { return buckets_.size() - in_use_; }

  // How many routes stand in bucket `number` and those below it.
  std::uint32_t& tally(std::uint32_t number) { return tally_[number]; }

  // A bucket whose every cell holds `covering`. The caller saw that one is left.
  std::uint32_t open(RouteEntry covering) {
    require(left() > 0);
    ++in_use_;
    std::uint32_t number = fresh_;
    if (returned_ != 0) {
      number = returned_ - 1;
      returned_ = tally_[number];
    } else {
      ++fresh_;
    }
    buckets_[number].fill(covering);
    tally_[number] = 0;
    return number;
  }

  void close(std::uint32_t number) {
    --in_use_;
    tally_[number] = returned_;
    returned_ = number + 1;
  }

private:
  std::span<Bucket> buckets_;
  std::span<std::uint32_t> tally_;  // of a closed bucket: the next closed one plus 1, or 0
  std::uint32_t fresh_ = 0;         // buckets from here on were never opened
  std::uint32_t returned_ = 0;      // the last closed bucket plus 1, or 0
  std::uint32_t in_use_ = 0;
};

}  // namespace tflab::vr
