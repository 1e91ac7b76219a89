#pragma once
// Two configurations of a control node to the list of what has to be done. A whole new value comes
// in at every change; only what differs may cost anything.

#include <string>
#include <variant>
#include <vector>

#include "control-core/config/compile.h"
#include "control-core/config/model.h"

namespace tflab::config {

struct InstanceAdded {
  Instance now;
};
struct InstanceRemoved {
  std::string name;
};
// Same name, other targets, index or network id.
struct InstanceChanged {
  Instance now;
};
struct PeerAdded {
  BgpPeer now;
};
struct PeerRemoved {
  std::string name;
};
struct PeerChanged {
  BgpPeer now;
};
struct PeerRangesChanged {};
// AS, router id, address, cluster id, graceful restart or route-target filtering: every session
// starts anew.
struct IdentityChanged {};

using Change = std::variant<IdentityChanged, InstanceRemoved, InstanceAdded, InstanceChanged,
                            PeerRemoved, PeerAdded, PeerChanged, PeerRangesChanged>;

// Removals first, so that what goes makes room for what comes.
std::vector<Change> diff(const ControlNode& old, const ControlNode& next);

}  // namespace tflab::config
