#pragma once
// From what the agent has to what its configuration says. Works by comparing, so that an unchanged
// configuration does nothing at all. New things are made before old ones go, so that an address
// that moves is never without a route, and every operation names only what exists.

#include "control-core/agent/state.h"
#include "vrouter-core/base/instant.h"

namespace tflab::agent {

// What is there whatever the configuration says: the fabric VRF and the vrouter's own vifs.
void build_base(State& state);
void remove_base(State& state);

// `then`: what comes right afterwards; the VRFs it needs stay.
void reconcile(Instant now, State& state, const config::Vrouter* then = nullptr);

}  // namespace tflab::agent
