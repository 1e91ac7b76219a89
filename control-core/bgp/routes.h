#pragma once
// Routes as one message carried them: octets that were found sound, decoded as they are read. So a
// message of a thousand routes is one piece of memory, and reading them asks for none.

#include <array>
#include <cstddef>
#include <vector>

#include "control-core/bgp/nlri.h"

namespace tflab::bgp {

class Routes {
public:
  Routes() = default;
  // `octets` hold `count` routes that read well in this context, and perhaps some to be ignored.
  Routes(NlriContext context, Bytes octets, std::size_t count)
      : octets_{octets.begin(), octets.end()}, context_{context}, count_{count} {}

  // In order, each as a const Reach& that lives as long as the call.
  template <class Visit>
  void each(Visit visit) const {
    std::array<Reach, 8> window;
    Reader in{octets_};
    const ReadNlris read = reader_of(context_.family);
    while (const std::size_t count = read(in, context_, window))
      for (std::size_t i = 0; i < count; ++i) visit(window[i]);
  }
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }

private:
  std::vector<std::byte> octets_;
  NlriContext context_;
  std::size_t count_ = 0;
};

}  // namespace tflab::bgp
