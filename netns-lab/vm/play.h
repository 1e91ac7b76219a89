#pragma once
// Inside a VM: frames through the vrouter in the kernel, over real devices, as a case of
// pcap-replay has them. The module is told the operations, each of its interfaces gets a veth pair
// whose other end is in our hands.

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "control-core/agent/datapath.h"
#include "vrouter-core/ops/op.h"
#include "vrouter-core/ops/result.h"
#include "vrouter-core/ops/trap.h"

namespace tflab::netns {

struct PlayedFrame {
  VifId vif;
  std::vector<std::byte> octets;
};
struct PlayedTrap {
  vr::Trap why{};
  VrfId vrf;
  PlayedFrame frame;  // with the interface it came in by
};
struct ToPlay {
  std::vector<vr::Op> ops;
  std::vector<PlayedFrame> frames;
  std::size_t expected = 0;  // frames and traps: after so many nobody waits for more
};
struct WasPlayed {
  std::optional<std::pair<std::size_t, vr::Result>> refused;  // operation, by index: nothing played
  std::vector<PlayedFrame> sent;                              // of each interface in order
  std::vector<PlayedTrap> traps;
  agent::Datapath datapath;  // counters alone
};

WasPlayed play(const ToPlay& what);

// Over the line to a VM (vm.h), as its call "play".
nlohmann::json json_of(const ToPlay& what);
WasPlayed was_played_from(const nlohmann::json& in);
nlohmann::json played(const nlohmann::json& call);

}  // namespace tflab::netns
