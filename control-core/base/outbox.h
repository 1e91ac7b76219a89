#pragma once
// The queue of outputs that a host drains after every call into a core. Drained, it keeps the room
// for a few: there are thousands of them in a simulation, and most say little at a time.

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace tflab {

template <class Output>
class Outbox {
public:
  template <class T>
  void put(T&& output) {
    queue_.emplace_back(std::forward<T>(output));
  }
  std::optional<Output> poll() {
    if (empty()) return {};
    std::optional<Output> first{std::move(queue_[next_++])};
    if (empty()) begin_anew();
    return first;
  }
  bool empty() const { return next_ == queue_.size(); }

private:
  using Queue = std::vector<Output>;
  static constexpr std::size_t kept = 2;

  void begin_anew() {
    next_ = 0;
    queue_.clear();
    if (queue_.capacity() > kept) queue_ = Queue{};  // `= {}` would keep the room
  }

  Queue queue_;
  std::size_t next_ = 0;  // those before it have been polled
};

}  // namespace tflab
