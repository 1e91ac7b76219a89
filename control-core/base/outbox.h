#pragma once
// The queue of outputs that a host drains after every call into a core.

#include <deque>
#include <optional>
#include <utility>

namespace tflab {

template <class Output>
class Outbox {
public:
  template <class T>
  void put(T&& output) {
    queue_.emplace_back(std::forward<T>(output));
  }
  std::optional<Output> poll() {
    if (queue_.empty()) return {};
    std::optional<Output> first{std::move(queue_.front())};
    queue_.pop_front();
    return first;
  }
  bool empty() const { return queue_.empty(); }

private:
  std::deque<Output> queue_;
};

}  // namespace tflab
