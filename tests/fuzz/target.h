#pragma once
// What every fuzz target needs: the octets it was given, and a way to say that a promise was
// broken.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "vrouter-core/base/reader.h"

namespace tflab::fuzz {

inline Bytes octets(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span{data, size});
}

inline void promise(bool kept) {
  if (!kept) std::abort();
}

}  // namespace tflab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
