#pragma once
// The ports of the vrouter's own address that link-local services answer to, one for each flow of a
// machine. The node's own programs get others: Linux by itself gives sockets none above 60999.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <set>

namespace tflab::agent {

class ServicePorts {
public:
  static constexpr std::uint16_t first = 61000, last = 65095;
  static constexpr std::size_t count = last - first + 1;

  // The next that nobody has, round and round: one that was given back rests as long as it can, for
  // who answered there may not know that it is over. Zero: all are taken.
  std::uint16_t free() const {
    if (taken_.size() == count) return 0;
    std::uint16_t port = next_;
    while (taken_.contains(port)) port = after(port);
    return port;
  }
  // Zero is no port, and nobody's.
  void take(std::uint16_t port) {
    if (port == 0) return;
    [[maybe_unused]] const bool was_free = taken_.insert(port).second;
    assert(was_free && port >= first && port <= last);
    next_ = after(port);
  }
  void give(std::uint16_t port) { taken_.erase(port); }

private:
  static std::uint16_t after(std::uint16_t port) {
    return port == last ? first : static_cast<std::uint16_t>(port + 1);
  }

  std::set<std::uint16_t> taken_;
  std::uint16_t next_ = first;
};

}  // namespace tflab::agent
