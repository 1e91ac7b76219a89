#pragma once
// The heap of the program. A large simulation holds very many small pieces, and each delivery
// touches some that lie far apart. jemalloc asks the kernel for large pages, so that they are found
// with fewer walks through page tables (DECISIONS.md has what that saves).

#include <cstddef>

namespace tflab::cli {

// Octets that are allocated now, as rounded up by the allocator.
std::size_t heap_in_use();

}  // namespace tflab::cli
