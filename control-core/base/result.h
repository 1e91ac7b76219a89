#pragma once
// A value, or a sentence that says why there is none. For what comes from outside.

#include <string>
#include <utility>
#include <variant>

namespace tflab {

struct Refusal {
  std::string why;
};

template <class T>
class Result {
public:
  Result(T value) : held_{std::move(value)} {}            // NOLINT: implicit on purpose
  Result(Refusal refusal) : held_{std::move(refusal)} {}  // NOLINT

  explicit operator bool() const { return std::holds_alternative<T>(held_); }
  const T& operator*() const { return std::get<T>(held_); }
  T& operator*() { return std::get<T>(held_); }
  const T* operator->() const { return &std::get<T>(held_); }
  const std::string& why() const { return std::get<Refusal>(held_).why; }

private:
  std::variant<T, Refusal> held_;
};

}  // namespace tflab
