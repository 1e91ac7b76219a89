#pragma once
// The heap of the program. A simulation holds some hundred million small pieces, and each delivery
// touches pieces that lie far apart: jemalloc keeps them denser than the C library does, and asks
// the kernel for large pages, so that a piece is found without a walk through page tables.

#include <cstddef>

namespace tflab::cli {

// Octets that are allocated now, as rounded up by the allocator.
std::size_t heap_in_use();

}  // namespace tflab::cli
