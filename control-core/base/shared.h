#pragma once
// A value that stands once in memory, however many hold it; equal if what it says is. The oracle
// has one of its own: it takes nothing from what it judges.

#include <memory>
#include <utility>

namespace tflab {

template <class What>
class Shared {
public:
  Shared(What what = {}) : what_{std::make_shared<const What>(std::move(what))} {}  // NOLINT
  const What& operator*() const { return *what_; }
  const What* operator->() const { return what_.get(); }
  friend bool operator==(const Shared& a, const Shared& b) {
    return a.what_ == b.what_ || *a == *b;
  }
  friend auto operator<=>(const Shared& a, const Shared& b) { return *a <=> *b; }

private:
  std::shared_ptr<const What> what_;
};

}  // namespace tflab
