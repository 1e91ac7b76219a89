#pragma once
// One zeroed, page-aligned mapping for all tables of a forwarding core. Pages cost nothing until
// they are touched, so generous limits are cheap.

#include <sys/mman.h>

#include <cstddef>
#include <span>

#include "netns-lab/host/fd.h"

namespace tflab::netns {

class Mapping {
public:
  explicit Mapping(std::size_t size) : size_{size} {
    at_ = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at_ == MAP_FAILED) fail("map " + std::to_string(size) + " octets for tables");
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(at_, size_); }

  std::span<std::byte> bytes() const { return {static_cast<std::byte*>(at_), size_}; }

private:
  void* at_ = nullptr;
  std::size_t size_;
};

}  // namespace tflab::netns
