#pragma once
// Routes as one message carried them: octets that were found sound, decoded as they are read. So a
// message of a thousand routes is one piece of memory, and reading them asks for none.

#include <array>
#include <cstddef>
#include <iterator>
#include <vector>

#include "control-core/bgp/nlri.h"

namespace tflab::bgp {

class Routes {
public:
  class Iterator {
  public:
    using value_type = Reach;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    Iterator(Bytes octets, NlriContext context)
        : in_{octets}, context_{context}, read_{reader_of(context.family)} {
      read_more();
    }
    const Reach& operator*() const { return window_[here_]; }
    const Reach* operator->() const { return &window_[here_]; }
    Iterator& operator++() {
      if (++here_ == there_) read_more();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& i, std::default_sentinel_t) { return i.there_ == 0; }

  private:
    void read_more() {
      here_ = 0;
      there_ = read_(in_, context_, window_);
    }

    Reader in_;
    NlriContext context_;
    ReadNlris read_;
    std::array<Reach, 8> window_;
    std::size_t here_ = 0, there_ = 0;  // in the window; nothing is there when all has been read
  };

  Routes() = default;
  // `octets` hold `count` routes that read well in this context, and perhaps some to be ignored.
  Routes(NlriContext context, Bytes octets, std::size_t count)
      : octets_{octets.begin(), octets.end()}, context_{context}, count_{count} {}

  Iterator begin() const { return {octets_, context_}; }
  static std::default_sentinel_t end() { return {}; }
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }

private:
  std::vector<std::byte> octets_;
  NlriContext context_;
  std::size_t count_ = 0;
};

}  // namespace tflab::bgp
