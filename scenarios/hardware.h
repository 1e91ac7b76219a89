#pragma once
// The tables of an ASIC router's hardware, as far as its control plane shows what would have to be
// in them. No host has such hardware: a route beyond its room is known to the router and told to
// its peers like any other, and would be in no table that forwards.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/lab.h"
#include "scenarios/model.h"

namespace tflab::scenario {

struct HardwareTables {
  std::size_t routes = 0;   // prefixes of its VRFs, in each of them; its own, too
  std::size_t tunnels = 0;  // next hops that some path to them has, each once
};

// Nothing: the router does not answer.
std::optional<HardwareTables> hardware_tables(const Scenario& scenario, const std::string& router,
                                              Lab& lab);

// A sentence for each table that has to hold more than its router's "table-limits" allow.
std::vector<std::string> overfull_tables(const Scenario& scenario, Lab& lab);

}  // namespace tflab::scenario
