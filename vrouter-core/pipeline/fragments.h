#pragma once
// Pieces of a datagram, for flows: the first names the ports, the others are told by it. Pieces
// that come before the first are not kept; they die, and the datagram with them.

#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// How long a first piece is remembered after the last of its followers.
inline constexpr Duration fragment_timeout = seconds(2);

// Sets p.meta.ports for a piece; false when its first piece is not known.
bool know_ports(Packet& p, Tables& t);

}  // namespace tflab::vr
