#pragma once
// What every node of the underlay stands on: the segment, the trace, and the plan of addresses.

#include <ns3/node.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "control-core/node/pools.h"
#include "control-core/xmpp/memo.h"
#include "sim/ns3/segment.h"
#include "sim/ns3/stream.h"
#include "sim/world/messages.h"
#include "sim/world/trace.h"

namespace tflab::sim {

struct Underlay {
  Segment segment;
  Trace trace;
  std::uint8_t prefix_length = 24;
  std::shared_ptr<xmpp::Memo> memo{
      std::make_shared<xmpp::Memo>(xmpp::Memo::for_many)};              // of all agents
  std::shared_ptr<node::Pools> pools{std::make_shared<node::Pools>()};  // of all control nodes
  std::optional<Messages> messages{};  // fidelity `message`: in place of TCP

  std::uint16_t mtu() const { return static_cast<std::uint16_t>(segment.link().mtu); }
  // TCP payload of a full packet: less IPv4, TCP and its timestamps, which ns-3 does not count.
  std::uint32_t segment_size() const { return segment.link().mtu - 20 - 20 - 12; }
  // For a node that runs on this computer, from now on.
  std::unique_ptr<Streams> streams_of(ns3::Ptr<ns3::Node> computer, Ip4 address, StreamUser& user);
};

// What passes between a host's own stack and the forwarding core on the same computer takes this.
inline constexpr Duration local_hop = micros(5);

}  // namespace tflab::sim
