#pragma once

namespace tflab {

// Asks for the cache line at this place. GCC takes a function that does nothing else for one
// without effect, and leaves out its calls; the empty statement has an effect as far as it knows.
[[gnu::always_inline]] inline void prefetch(const void* at) {
  __builtin_prefetch(at);
  asm volatile("" : : "r"(at));
}

}  // namespace tflab
