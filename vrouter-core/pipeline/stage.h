#pragma once
// A stage is a type with a name and one static function. A phase is a list of them, joined by the
// compiler: no virtual calls, no registration, and the order is readable in one place. A batch goes
// through one phase together, so that what the next one reads, asked for at the end of this one
// (tables/prefetch), has come when its turn comes.

#include <concepts>

#include "vrouter-core/pipeline/packet.h"
#include "vrouter-core/tables/tables.h"

namespace tflab::vr {

template <class S>
concept Stage = requires(Packet& p, const Tables& t) {
  { S::run(p, t) } -> std::same_as<Verdict>;
  { S::name } -> std::convertible_to<const char*>;
};

// Stages that every packet passes are put into their phases whole: the calls would cost more than
// what they do.
#define TFLAB_HOT [[gnu::always_inline]] static inline

// Without the call to memcmp that a freestanding == is.
TFLAB_HOT bool same(const Mac& a, const Mac& b) {
  std::uint32_t a4, b4;
  std::uint16_t a2, b2;
  __builtin_memcpy(&a4, a.octets.data(), 4), __builtin_memcpy(&b4, b.octets.data(), 4);
  __builtin_memcpy(&a2, a.octets.data() + 4, 2), __builtin_memcpy(&b2, b.octets.data() + 4, 2);
  return a4 == b4 && a2 == b2;
}

// Hears of every stage a packet has passed, for people who ask why it went where it went.
class Watcher {
public:
  virtual void passed(const char* stage, Verdict verdict, const Packet& p) = 0;

protected:
  ~Watcher() = default;
};

template <Stage... Stages>
struct Phase {
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    Verdict verdict = Verdict::next;
    static_cast<void>((((verdict = Stages::run(p, t)) == Verdict::next) && ...));
    return verdict;
  }

  static Verdict watched(Packet& p, const Tables& t, Watcher& watcher) {
    Verdict verdict = Verdict::next;
    static_cast<void>((((verdict = watched<Stages>(p, t, watcher)) == Verdict::next) && ...));
    return verdict;
  }

private:
  template <Stage S>
  static Verdict watched(Packet& p, const Tables& t, Watcher& watcher) {
    const Verdict verdict = S::run(p, t);
    watcher.passed(S::name, verdict, p);
    return verdict;
  }
};

// Cold, so that the code of a packet that goes on is in one piece.
[[gnu::cold, gnu::noinline]] inline Verdict dropped(Packet& p, Drop why) {
  p.meta.drop = why;
  return Verdict::drop;
}

inline Verdict transmitted(Packet& p, VifId out) {
  p.meta.out = out;
  return Verdict::transmit;
}

}  // namespace tflab::vr
