#pragma once
// How much memory a simulated run will want, before it takes any. What a node and a route take was
// measured on runs of scenarios/scale and holds to about a third; docs/scale.md has both figures.

#include <cstdint>

#include "scenarios/model.h"

namespace tflab::sim {

struct Estimate {
  std::uint64_t vrouters = 0, interfaces = 0;
  std::uint64_t agent_routes = 0;  // in all vRouters: each in its agent and its forwarding table
  std::uint64_t far_ends = 0;      // ... where those lead, each of a vRouter's once
  std::uint64_t node_routes = 0;   // in all control nodes and routers, in each of their tables
  std::uint64_t instances = 0;     // ... networks that each of them knows of

  std::uint64_t octets() const;
};

// With all machines of the file and all nodes up.
Estimate estimate_of(const scenario::Scenario& scenario);

}  // namespace tflab::sim
