#pragma once
// What stands behind a Vrouter, at the start of the host's memory; the tables follow.

#include <array>

#include "vrouter-core/pipeline/packet.h"
#include "vrouter-core/pipeline/stage.h"
#include "vrouter-core/tables/memory.h"
#include "vrouter-core/tables/tables.h"
#include "vrouter-core/vrouter/host.h"
#include "vrouter-core/vrouter/limits.h"

namespace tflab::vr {

// Packets on their way together. In the block rather than on the stack, which is small in a kernel.
struct Batch {
  static constexpr std::size_t most = 32;
  alignas(Memory::line) std::array<Packet, most> packets;
  bool busy = false;
};

// What was counted under a number before it was given to the interface or VRF that has it now.
struct Before {
  std::span<VifTally> vifs;
  std::span<VrfCounters> vrfs;
};

// With one copy of the tables operations change what packets read, in place. With two they change
// the one that nobody reads, which is then published; the other follows when nobody reads it any
// more.
struct State {
  std::array<Tables, 2> copies;
  Tables* published = nullptr;  // what packets read
  Tables* aside = nullptr;      // what operations change
  Traffic traffic;
  std::span<Lane> lanes;
  Batch batch;  // on the first lane
  Before before;
  std::uint32_t swept = 0;  // how far expire() has come

  bool two_copies() const { return published != aside; }
};

// The one place that says which tables there are and how big.
void cut_tables(Tables& t, Memory& memory, const Limits& limits);
void cut_traffic(Traffic& traffic, Memory& memory, const Limits& limits);

}  // namespace tflab::vr
