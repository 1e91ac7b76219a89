#pragma once
// A world to begin with: control nodes in full mesh or behind reflectors, agents, routers, networks
// of which a few are large and most are small. The same seed makes the same world.

#include <cstdint>
#include <random>

#include "scenarios/oracle/oracle.h"

namespace tflab::swarm {

using Random = std::mt19937;
inline unsigned pick(Random& random, unsigned below) {
  return static_cast<unsigned>(random() % below);
}
// The k-th of n with a weight of 1/(k+1).
unsigned zipf(Random& random, unsigned n);

oracle::World random_world(Random& random);

// A network's n-th address.
std::string address_in(const oracle::World& world, unsigned network, unsigned n);

}  // namespace tflab::swarm
