#include "control-core/vpn/label_blocks.h"

namespace tflab::vpn {

std::optional<std::uint32_t> LabelBlocks::allocate(Ip4 agent, LabelBlock block) {
  if (block.first > block.last) return {};
  auto& taken = taken_[{agent, block}];
  std::uint32_t label = block.first;
  for (std::uint32_t each : taken) {
    if (each != label) break;
    if (label == block.last) return {};
    ++label;
  }
  taken.insert(label);
  return label;
}

void LabelBlocks::release(Ip4 agent, LabelBlock block, std::uint32_t label) {
  const auto at = taken_.find({agent, block});
  if (at == taken_.end()) return;
  at->second.erase(label);
  if (at->second.empty()) taken_.erase(at);
}

std::size_t LabelBlocks::taken(Ip4 agent, LabelBlock block) const {
  const auto at = taken_.find({agent, block});
  return at == taken_.end() ? 0 : at->second.size();
}

}  // namespace tflab::vpn
