#pragma once
// Our own mistakes stop the machine where they are made. No message and no library: the forwarding
// core has neither, and the kernel turns the trap into an oops with the whole stack.

namespace tflab {

constexpr void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace tflab
