#pragma once
// One vrouter's forwarding core with the memory it lives in. Frames are copied in with the headroom
// the core wants; traps wait until the frame that caused them is done with.

#include <boost/container/deque.hpp>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "control-core/agent/datapath.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::sim {

struct Trap {
  vr::Trap why{};
  VifId in;
  VrfId vrf;
  std::vector<std::byte> frame;
};

class Forwarder final : vr::Host {
public:
  using Transmit = std::function<void(VifId out, Bytes frame)>;

  Forwarder(const vr::Limits& limits, Transmit transmit);
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  vr::Result apply(const vr::Op& op) { return core_.apply(op); }
  void receive(VifId in, Bytes frame);
  void inject(VifId out, Bytes frame) { core_.inject(out, frame); }

  // Flows that nobody has heard of for long, taken out.
  std::vector<vr::FlowKey> sweep();

  // The oldest trap that nobody has taken yet.
  std::optional<Trap> poll_trap();
  agent::Datapath datapath(agent::DatapathPart part) const;

private:
  void transmit(VifId out, std::span<const std::byte> frame) override;
  void punt(vr::Trap why, VifId in, VrfId vrf, std::span<const std::byte> frame) override;

  struct Block {
    explicit Block(std::span<std::byte> mapped) : octets{mapped} {}
    ~Block();
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    std::span<std::byte> octets;
  };

  Transmit transmit_;
  Block block_;
  vr::Vrouter core_;
  boost::container::deque<Trap> traps_;
};

}  // namespace tflab::sim
