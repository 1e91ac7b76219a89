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
  std::array<Packet, most> packets;
  std::array<Verdict, most> verdicts{};
  bool busy = false;
};

struct State {
  Tables tables;
  Batch batch;
  Host* host = nullptr;
  bool mirroring = false;   // what a mirror sends is not mirrored
  std::uint32_t swept = 0;  // how far expire() has come
};

// The one place that says which tables there are and how big.
void cut_tables(Tables& t, Memory& memory, const Limits& limits);

}  // namespace tflab::vr
