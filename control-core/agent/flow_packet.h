#pragma once
// A frame that missed its flow, read as the vrouter has read it (vrouter-core/pipeline/flow.cc):
// the same packet must give the same key, or the answer would be about another flow.

#include <array>
#include <functional>
#include <optional>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/id.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/ops/flow.h"

namespace tflab::agent {

struct FrameEnds {
  Mac src, dst;
  friend bool operator==(const FrameEnds&, const FrameEnds&) = default;
};

struct FlowPacket {
  bool tunnelled = false;  // to us, with a label or in VXLAN
  std::optional<Label> label{};
  std::optional<FrameEnds> ends{};  // of the frame it came in, if that is part of what is forwarded
  vr::FlowKey key{};                // without the nexthop, which the agent finds out
};

// Which labels are in front of frames; the others are in front of packets.
using OfFrames = std::function<bool(Label)>;

// A frame to one of `routers` (the gateway's MAC, and ours) is no more than the carrier of a
// packet. Nothing: no IP packet, or a piece of one that tells no ports.
std::optional<FlowPacket> read_flow_packet(Bytes frame, Ip4 own_address,
                                           const std::array<Mac, 2>& routers,
                                           const OfFrames& of_frames);

}  // namespace tflab::agent
