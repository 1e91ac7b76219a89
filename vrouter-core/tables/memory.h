#pragma once
// Cuts the host's block into tables. Given no block it only measures, so that what is asked for and
// what is used cannot differ. Rows are values of zeroes until an operation fills them.

#include <cstddef>
#include <span>
#include <type_traits>

namespace tflab::vr {

class Memory {
public:
  static constexpr std::size_t line = 64;  // every table starts on a cache line
  // What is no larger comes from the second-level cache in time, without being asked for ahead.
  static constexpr std::size_t near = 1 << 19;

  // Null measures.
  explicit Memory(std::byte* block) : block_{block} {}

  template <class Row>
  std::span<Row> take(std::size_t rows) {
    static_assert(std::is_trivially_destructible_v<Row> && std::is_trivially_copyable_v<Row>);
    static_assert(alignof(Row) <= line);
    const std::size_t at = used_;
    used_ = (used_ + rows * sizeof(Row) + line - 1) / line * line;
    if (block_ == nullptr) return {};
    return {reinterpret_cast<Row*>(block_ + at), rows};
  }

  std::size_t used() const { return used_; }

private:
  std::byte* block_;
  std::size_t used_ = 0;
};

}  // namespace tflab::vr
