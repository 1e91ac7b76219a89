#pragma once
// A descriptor with one owner, and failures of the operating system that say what was attempted.

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace tflab::netns {

class Fd {
public:
  Fd() = default;
  explicit Fd(int raw) : raw_{raw} {}
  Fd(Fd&& other) noexcept : raw_{std::exchange(other.raw_, -1)} {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~Fd() {
    if (raw_ >= 0) ::close(raw_);
  }

  int get() const { return raw_; }
  int release() { return std::exchange(raw_, -1); }
  void reset() { Fd{std::exchange(raw_, -1)}; }
  explicit operator bool() const { return raw_ >= 0; }

private:
  int raw_ = -1;
};

// "cannot open tap-1: No such device"; code() keeps errno for those who can go on.
[[noreturn]] inline void fail(const std::string& attempt, int error = errno) {
  throw std::system_error{error, std::generic_category(), "cannot " + attempt};
}
inline int check(int result, const std::string& attempt) {
  if (result < 0) fail(attempt);
  return result;
}

}  // namespace tflab::netns
