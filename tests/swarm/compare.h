#pragma once
// What nodes hold, from their pages and tables, against what the oracle says. Each difference is a
// sentence.

#include <map>
#include <string>
#include <vector>

#include "scenarios/oracle/oracle.h"
#include "tests/swarm/compute.h"

namespace tflab::swarm {

using Differences = std::vector<std::string>;

// Route distinguishers contain numbers that agents gave their VRFs in the order of their lives.
using Distinguishers =
    std::map<std::string, std::pair<std::string, std::string>>;  // origin, network
void add_distinguishers(const Compute& compute, Distinguishers& out);

void compare(const std::string& name, const test::Node& node, const oracle::Expected& expected,
             const Distinguishers& distinguishers, Differences& out);
void compare(const std::string& name, const test::Router& router, const oracle::Expected& expected,
             const Distinguishers& distinguishers, Differences& out);
// `everybody` by underlay address: labels must lead somewhere.
void compare(const Compute& compute, const oracle::Expected& expected,
             const std::map<std::string, const Compute*>& everybody, Differences& out);

// The same of layer 2: EVPN routes and the bridge tables.
void compare_layer2(const std::string& name, const test::Node& node,
                    const oracle::Expected& expected, const Distinguishers& distinguishers,
                    Differences& out);
void compare_layer2(const Compute& compute, const oracle::Expected& expected, Differences& out);
// A broadcast of any vRouter reaches each other one of its network once.
void compare_trees(const oracle::World& world, const oracle::Expected& expected,
                   const std::map<std::string, const Compute*>& everybody, Differences& out);

}  // namespace tflab::swarm
