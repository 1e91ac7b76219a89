// bench.codec [SECONDS]: prints how fast UPDATEs are decoded and encoded, and how often memory is
// asked for on the way.
#include <cstdio>
#include <cstdlib>
#include <new>

#include "cli/bench/codec.h"

namespace {
std::uint64_t asked = 0;
}

void* operator new(std::size_t size) {
  ++asked;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 0.5;
  std::printf("%-10s %-7s %8s %9s %14s %15s\n", "family", "way", "GB/s", "ns/route",
              "routes/message", "allocs/message");
  for (const auto& figure : tflab::bench::measure_codec(seconds, [] { return asked; }))
    std::printf("%-10s %-7s %8.2f %9.2f %14.0f %15.1f\n", figure.family.c_str(), figure.way.c_str(),
                figure.gigabytes_a_second(), figure.nanoseconds_a_route(),
                static_cast<double>(figure.routes) / static_cast<double>(figure.messages),
                figure.allocations_a_message());
}
