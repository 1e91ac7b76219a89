#pragma once
// Numbers that mean something on this node only: whoever asks gets the lowest one that is free, so
// that tables stay dense and a history that ends in the same objects ends in the same numbers.

#include <cassert>
#include <set>

namespace tflab::agent {

template <class Number>
class LowestFree {
  using Raw = decltype(Number{}.raw());

public:
  explicit LowestFree(Number first) : next_{first.raw()} {}

  Number take() {
    if (free_.empty()) return Number{next_++};
    const Raw lowest = *free_.begin();
    free_.erase(free_.begin());
    return Number{lowest};
  }
  void give(Number number) {
    [[maybe_unused]] const bool was_taken = free_.insert(number.raw()).second;
    assert(was_taken && number.raw() < next_);
  }

private:
  Raw next_;
  std::set<Raw> free_;
};

}  // namespace tflab::agent
