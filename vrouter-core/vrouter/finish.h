#pragma once
// The end of a packet's way: to the host, to the agent, or into a counter; several ends when it is
// replicated or cut into pieces.

#include "vrouter-core/pipeline/packet.h"
#include "vrouter-core/pipeline/stage.h"
#include "vrouter-core/vrouter/state.h"

namespace tflab::vr {

void finish(State& state, Packet& p, Verdict verdict);
// The same for the packet that came in, when nothing else has its buffer any more.
void finish_last(State& state, Packet& p, Verdict verdict);

// Out of an interface that exists.
void send(State& state, VifId out, std::span<const std::byte> frame);

}  // namespace tflab::vr
