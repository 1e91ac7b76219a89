#pragma once
// What one packet's passage needs and counts, on one CPU: nobody else writes it meanwhile. A host
// with one thread has one lane; where several CPUs receive each has its own, and what is counted is
// the sum over all of them.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "vrouter-core/base/id.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/ops/counters.h"
#include "vrouter-core/tables/guard.h"
#include "vrouter-core/tables/memory.h"

namespace tflab::vr {

// One cache line, which is all that a packet counts of an interface.
struct alignas(Memory::line) VifTally : VifCounters {};
static_assert(sizeof(VifTally) == Memory::line);

class Host;

struct alignas(Memory::line) Lane {
  Host* host = nullptr;
  Instant now;  // of the frame at hand
  std::span<VifTally> vifs;
  std::span<VrfCounters> vrfs;
  std::uint64_t copies = 0;  // packets made by replication, mirroring and fragmentation
  std::uint16_t next_ip_id = 0;
  bool mirroring = false;  // what a mirror sends is not mirrored
  DropCounters drops{};
  VrfCounters of_no_vrf{};  // nobody reads them

  // A label's nexthop need not belong to a VRF.
  VrfCounters& vrf(VrfId id) { return id.raw() < vrfs.size() ? vrfs[id.raw()] : of_no_vrf; }
  void count_drop(Drop why) { ++drops[static_cast<std::size_t>(why)]; }
  void count_drop(Drop why, VifId in) {
    count_drop(why);
    if (in.raw() < vifs.size()) ++vifs[in.raw()].drops;
  }
};

// Counters are numbers of 64 bits and nothing else; another CPU may be writing them.
template <class Counters>
void add(Counters& sum, const Counters& some) {
  constexpr std::size_t n = sizeof(Counters) / sizeof(std::uint64_t);  // NOLINT: of words
  auto words = std::bit_cast<std::array<std::uint64_t, n>>(sum);
  const auto* const others = reinterpret_cast<const std::uint64_t*>(&some);
  for (std::size_t i = 0; i < n; ++i) words[i] += glimpse(others[i]);
  sum = std::bit_cast<Counters>(words);
}
template <class Counters>
Counters less(const Counters& all, const Counters& before) {
  constexpr std::size_t n = sizeof(Counters) / sizeof(std::uint64_t);  // NOLINT: of words
  auto words = std::bit_cast<std::array<std::uint64_t, n>>(all);
  const auto others = std::bit_cast<std::array<std::uint64_t, n>>(before);
  for (std::size_t i = 0; i < n; ++i) words[i] -= others[i];
  return std::bit_cast<Counters>(words);
}

}  // namespace tflab::vr
