#pragma once
// How big the tables are. Fixed when a vrouter is built; its memory is one block from the host.

#include <cstdint>

namespace tflab::vr {

struct Limits {
  std::uint32_t vifs = 256;
  std::uint32_t vrfs = 64;
  std::uint32_t nexthops = 4096;      // at most 2^20, which is what a route entry can name
  std::uint32_t labels = 5120;        // the original's default (vr_mpls.h)
  std::uint32_t trie_buckets = 1024;  // 4 KiB each, shared by all vrfs and both versions
};

}  // namespace tflab::vr
