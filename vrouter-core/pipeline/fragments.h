#pragma once
// Pieces of a datagram, for flows: the first names the ports, the others are told by it. Those that
// come before the first wait for it (tables/held_pieces.h), as long as there is room.

#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// How long a first piece is remembered after the last of its followers, and how long one that came
// before it waits.
inline constexpr Duration fragment_timeout = seconds(2);

// Sets p.meta.ports for a piece, if its first piece is known.
Verdict know_ports(Packet& p, Traffic& traffic);

// Those that have waited too long die. Inside the guard.
void lose_old_pieces(Traffic& traffic, Lane& lane, Instant now);

}  // namespace tflab::vr
