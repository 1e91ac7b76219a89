#include "tests/swarm/random_world.h"

namespace tflab::swarm {
namespace {

constexpr const char* fabric_name = "default-domain:default-project:ip-fabric";

std::string numbered(const char* what, unsigned n) {
  return what + std::to_string(n);
}

// The first network is the underlay's own; every vRouter has a port in it, vhost0.
void add_networks(oracle::World& world, Random& random) {
  const unsigned count = 2 + pick(random, 4);
  for (unsigned n = 0; n <= count; ++n) {
    oracle::Network network;
    network.name = n == 0 ? fabric_name : numbered("default-domain:swarm:net", n);
    network.index = n + 1;
    network.targets = {numbered("target:64512:", 8000000 + n)};
    world.networks.push_back(std::move(network));
  }
}

void peer(oracle::World& world, Random& random, const std::string& a, const std::string& b,
          bool a_is_client) {
  oracle::Peering out;
  out.a = a;
  out.b = b;
  out.a_is_client = a_is_client;
  out.filters = pick(random, 8) != 0;
  world.peerings.push_back(std::move(out));
}

void add_mesh(oracle::World& world, Random& random) {
  const auto& nodes = world.control_nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) peer(world, random, nodes[j].name, nodes[i].name, false);
}

// Every client at each reflector, or each client at one of them; reflectors are meshed.
void add_reflectors(oracle::World& world, Random& random) {
  const auto clients = world.control_nodes;
  const unsigned count = 1 + pick(random, 2);
  const bool everywhere = pick(random, 2) == 0;
  std::vector<oracle::ControlNode> reflectors;
  for (unsigned n = 0; n < count; ++n) {
    // Smaller or larger identifiers than their clients'.
    const unsigned last = pick(random, 2) == 0 ? 100 + n : 1 + n;
    reflectors.push_back({numbered("rr", n + 1), numbered("10.0.0.", last)});
  }
  if (count == 2) peer(world, random, "rr1", "rr2", false);
  for (const oracle::ControlNode& client : clients) {
    const unsigned home = pick(random, count);
    for (unsigned n = 0; n < count; ++n)
      if (everywhere || n == home) peer(world, random, client.name, reflectors[n].name, true);
  }
  world.control_nodes.insert(world.control_nodes.end(), reflectors.begin(), reflectors.end());
}

void add_agents(oracle::World& world, Random& random, unsigned control_nodes) {
  const unsigned count = 2 + pick(random, 4);
  for (unsigned n = 0; n < count; ++n) {
    oracle::Agent agent;
    agent.name = numbered("compute", n + 1);
    agent.address = numbered("10.0.1.", n + 1);
    for (unsigned i = 0; i < 2; ++i)
      agent.control_nodes.insert(world.control_nodes[pick(random, control_nodes)].name);
    agent.ports.push_back({fabric_name, agent.address});
    for (unsigned i = pick(random, 4); i > 0; --i) {
      const unsigned network = 1 + zipf(random, static_cast<unsigned>(world.networks.size()) - 1);
      agent.ports.push_back({world.networks[network].name, address_in(world, network, 10 * n + i)});
    }
    world.agents.push_back(std::move(agent));
  }
}

void add_routers(oracle::World& world, Random& random) {
  const unsigned count = pick(random, 3);
  for (unsigned n = 0; n < count; ++n) {
    oracle::Router router;
    router.name = numbered("mx", n + 1);
    router.address = numbered("10.0.2.", n + 1);
    const unsigned node = pick(random, static_cast<unsigned>(world.control_nodes.size()));
    const oracle::ControlNode& at = world.control_nodes[node];
    world.routers.push_back(router);
    peer(world, random, router.name, at.name, at.name.starts_with("rr"));
  }
}

}  // namespace

unsigned zipf(Random& random, unsigned n) {
  constexpr unsigned unit = 2520;
  unsigned total = 0;
  for (unsigned k = 0; k < n; ++k) total += unit / (k + 1);
  unsigned at = pick(random, total);
  for (unsigned k = 0; k < n; ++k) {
    if (at < unit / (k + 1)) return k;
    at -= unit / (k + 1);
  }
  return 0;
}

std::string address_in(const oracle::World& world, unsigned network, unsigned n) {
  return "10." + std::to_string(100 + world.networks[network].index) + ".0." +
         std::to_string(1 + n % 250);
}

oracle::World random_world(Random& random) {
  oracle::World out;
  add_networks(out, random);
  const unsigned nodes = 2 + pick(random, 3);
  for (unsigned n = 0; n < nodes; ++n)
    out.control_nodes.push_back({numbered("cn", n + 1), numbered("10.0.0.", 11 + n)});
  if (pick(random, 2) == 0)
    add_mesh(out, random);
  else
    add_reflectors(out, random);
  add_agents(out, random, nodes);
  add_routers(out, random);
  return out;
}

}  // namespace tflab::swarm
