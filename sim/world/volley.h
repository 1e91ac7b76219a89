#pragma once
// Pings from a simulated node, or calls to an echo service: one after the other, the next when this
// one is answered, or a second later.

#include <ns3/node.h>

#include <cstdint>

#include "scenarios/lab.h"
#include "sim/world/engine.h"

namespace tflab::sim {

// Runs the simulation meanwhile and adds what came of it to `result`; `identity` tells these pings
// from others of the node.
void ask(Engine& engine, ns3::Ptr<ns3::Node> from, const IpAddr& to, std::uint16_t identity,
         const scenario::Ping& ping, scenario::PingResult& result);

}  // namespace tflab::sim
