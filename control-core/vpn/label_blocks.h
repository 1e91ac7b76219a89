#pragma once
// Labels for multicast trees, out of the blocks that agents offer: each agent owns its block, the
// control node hands out single labels of it, one for each tree the agent is part of.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "control-core/types/attributes.h"

namespace tflab::vpn {

class LabelBlocks {
public:
  // The lowest free label of this agent's block; nothing when all are taken.
  std::optional<std::uint32_t> allocate(Ip4 agent, LabelBlock block);
  void release(Ip4 agent, LabelBlock block, std::uint32_t label);
  std::size_t taken(Ip4 agent, LabelBlock block) const;

private:
  std::map<std::pair<Ip4, LabelBlock>, std::set<std::uint32_t>> taken_;
};

}  // namespace tflab::vpn
