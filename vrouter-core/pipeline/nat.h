#pragma once
// Network address and port translation. What a packet becomes is read from the reverse flow's key:
// a packet that answers it would carry just that, the other way round.

#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

Verdict translated(Packet& p, const FlowEntry& flow, const FlowEntry& reverse);

}  // namespace tflab::vr
