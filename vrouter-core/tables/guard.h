#pragma once
// Lets one in at a time to what packets themselves write, where they come on several CPUs at once.
// It belongs to the host, which knows what a lock is; a host with one thread has none. Nobody calls
// the host or takes it again inside.

namespace tflab::vr {

class Guard {
public:
  virtual void take() = 0;
  virtual void give() = 0;

protected:
  ~Guard() = default;
};

class Guarded {
public:
  [[gnu::always_inline]] explicit Guarded(Guard* guard) : guard_{guard} {
    if (guard_ != nullptr) [[unlikely]]
      guard_->take();
  }
  [[gnu::always_inline]] ~Guarded() {
    if (guard_ != nullptr) [[unlikely]]
      guard_->give();
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

private:
  Guard* guard_;
};

// Of a number that is written inside a guard, or by one CPU only, and looked at from outside.
template <class Number>
[[gnu::always_inline]] inline Number glimpse(const Number& number) {
  Number seen;
  __atomic_load(&number, &seen, __ATOMIC_RELAXED);
  return seen;
}
template <class Number>
[[gnu::always_inline]] inline void show(Number& number, Number value) {
  __atomic_store(&number, &value, __ATOMIC_RELAXED);
}

}  // namespace tflab::vr
