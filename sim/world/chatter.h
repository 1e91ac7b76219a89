#pragma once
// What ns-3 and the byte-stream port cost by themselves: as many computers, streams, messages and
// octets as a simulated lab has, and nobody who reads or has anything to say. The yardstick of
// `tflab bench sim`.

#include <cstdint>

#include "scenarios/model.h"
#include "sim/ns3/segment.h"

namespace tflab::sim {

struct ChatterPlan {
  struct Share {  // of one end, in all
    std::uint64_t messages = 0, octets = 0;
  };
  std::uint32_t hubs = 1, clients = 0;
  std::uint32_t hubs_of_each = 1;  // a client's
  Share by_hubs, by_clients;       // each message in two pieces, as a stanza's tag and body are
  scenario::Fidelity fidelity{};
  SegmentLink link{};
};

// Runs it to its end, in rounds of a message on every stream; what does not fill one is left out.
// The octets that arrived.
std::uint64_t chatter(const ChatterPlan& plan);

}  // namespace tflab::sim
