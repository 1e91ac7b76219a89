#pragma once
// Which of several paths is the best, and why the others are not: the original's rules in the
// original's order, which is RFC 4271 section 9.1.2.2 with MAC mobility (RFC 7432 section 15.1) put
// before the AS path.

#include <span>

#include "control-core/rib/path.h"

namespace tflab::rib {

// The rule that makes `worse` lose to `better`; `none` if it does not.
Lost why_worse(const Path& better, const Path& worse);

// Best first; every path is left with its reason. The result does not depend on the order given.
void rank(std::span<Path> paths);
// The same where the order stood already before one path came, now the last, or one went. Thousands
// of agents that want one target are thousands of paths of one route.
void rank_after_arrival(std::span<Path> paths);
void rank_after_loss(std::span<Path> paths, bool best_lost);

// Equal to the best up to and including MED: all of these are replicated and sent to agents.
bool equal_cost(const Path& best, const Path& other);

}  // namespace tflab::rib
