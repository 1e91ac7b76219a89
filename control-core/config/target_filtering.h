#pragma once
// What the switch for route-target filtering means to one node.

#include <vector>

#include "control-core/config/model.h"

namespace tflab::config {

// What a peer is offered.
std::vector<Family> families_for(const ControlNode& node, const PeerTerms& peer);

// Whether peers reach each other's routes through this node: what they want, it has to have.
bool between_peers(const ControlNode& node);

}  // namespace tflab::config
