#pragma once
// Network address and port translation. What a packet becomes is read from the reverse flow's key:
// a packet that answers it would carry just that, the other way round.

#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

Verdict translated(Packet& p, const FlowEntry& flow, const FlowEntry& reverse);

// An ICMP error about a packet of the other direction: what it quotes becomes that packet as its
// sender knows it (RFC 5508 section 4). The error's own sender is translated only where it is the
// flow's: it may be a router on the way.
Verdict error_translated(Packet& p, const FlowEntry& flow, const FlowEntry& reverse);

// To the agent as it was received, before its flow translated it.
Verdict punted_untranslated(Packet& p, const Tables& t, Trap why);

}  // namespace tflab::vr
