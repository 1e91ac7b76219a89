#pragma once
// Routes as one message carried them: octets that were found sound, decoded as they are read. So a
// message of a thousand routes is one piece of memory, and reading them asks for none.

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
      ++*this;
    }
    const Reach& operator*() const { return here_; }
    const Reach* operator->() const { return &here_; }
    Iterator& operator++() {
      do at_end_ = in_.left() == 0;
      while (!at_end_ && read_(in_, context_, here_) != NlriRead::ok);
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& i, std::default_sentinel_t) { return i.at_end_; }

  private:
    Reader in_;
    NlriContext context_;
    ReadNlri read_;
    Reach here_;
    bool at_end_ = false;
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
