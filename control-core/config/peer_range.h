#pragma once
// Which range a speaker that nobody has listed belongs to, and the peer it becomes.

#include <vector>

#include "control-core/config/model.h"

namespace tflab::config {

// The range with the longest prefix that holds the address; null: a stranger.
const PeerRange* range_of(const std::vector<PeerRange>& ranges, const IpAddr& address);

// Named after its address, and never dialled.
BgpPeer peer_from(const PeerRange& range, const IpAddr& address);

}  // namespace tflab::config
