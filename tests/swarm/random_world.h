#pragma once
// A world to begin with: control nodes in full mesh or behind reflectors, other ASes, agents,
// routers, networks of which a few are large and most are small. Not every world has everything.
// The same seed makes the same world.

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

struct World : oracle::World {
  bool graceful = false;
  bool layer2 = false;  // control nodes speak of it to each other, and it is judged
  bool pairs = false;   // ports may have addresses that others may have, too
};
World random_world(Random& random);
// Then its inside is the last network, in which no port is.
bool has_logical_router(const oracle::World& world);

// A network's n-th address, and the MAC of a port that has it.
std::string address_in(const oracle::World& world, unsigned network, unsigned n);
std::string mac_of(const std::string& address);
oracle::Port port_in(const World& world, unsigned network, const std::string& address);

inline constexpr oracle::As home_as = 64512;  // the fabric's, of most control nodes

}  // namespace tflab::swarm
