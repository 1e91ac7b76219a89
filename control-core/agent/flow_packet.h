#pragma once
// A frame that missed its flow, read as the vrouter has read it (vrouter-core/pipeline/flow.cc):
// the same packet must give the same key, or the answer would be about another flow.

#include <optional>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/id.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/ops/flow.h"

namespace tflab::agent {

struct FlowPacket {
  std::optional<Label> label;  // by which a tunnel brought it to us
  vr::FlowKey key;             // without the nexthop, which the agent finds out
};

// Nothing: no IP packet, or a piece of one that tells no ports.
std::optional<FlowPacket> read_flow_packet(Bytes frame, Ip4 own_address);

}  // namespace tflab::agent
