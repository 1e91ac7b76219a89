#include "cli/heap.h"

#include <cstdint>

#ifdef TFLAB_JEMALLOC
#include <jemalloc/jemalloc.h>
#else
#include <malloc.h>
#endif

#ifdef TFLAB_JEMALLOC
// Read by the allocator before main(). One thread does nearly all the work: one arena.
const char* malloc_conf = "narenas:1,thp:always,metadata_thp:always";
#endif

namespace tflab::cli {

#ifdef TFLAB_JEMALLOC
std::size_t heap_in_use() {
  std::uint64_t epoch = 1;
  std::size_t allocated = 0, size = sizeof(allocated);
  mallctl("epoch", nullptr, nullptr, &epoch, sizeof(epoch));  // takes new figures
  mallctl("stats.allocated", &allocated, &size, nullptr, 0);
  return allocated;
}
#else  // sanitizers bring an allocator of their own
std::size_t heap_in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}
#endif

}  // namespace tflab::cli
