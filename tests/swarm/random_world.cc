#include "tests/swarm/random_world.h"

#include <array>
#include <cstdio>
#include <sstream>

namespace tflab::swarm {
namespace {

constexpr const char* fabric_name = "default-domain:default-project:ip-fabric";

std::string numbered(const char* what, unsigned n) {
  return what + std::to_string(n);
}

// The first network is the underlay's own; every vRouter has a port in it, vhost0.
void add_networks(World& world, Random& random) {
  const unsigned count = 2 + pick(random, 4);
  for (unsigned n = 0; n <= count; ++n) {
    oracle::Network network;
    network.name = n == 0 ? fabric_name : numbered("default-domain:swarm:net", n);
    network.index = n + 1;
    network.targets = {numbered("target:64512:", 8000000 + n)};
    world.networks.push_back(std::move(network));
  }
}

void peer(World& world, Random& random, const std::string& a, const std::string& b,
          bool a_is_client = false) {
  oracle::Peering out;
  out.a = a;
  out.b = b;
  out.a_is_client = a_is_client;
  out.filters = pick(random, 8) != 0;
  out.layer2 = world.layer2;
  world.peerings.push_back(std::move(out));
}

void add_mesh(World& world, Random& random) {
  const auto& nodes = world.control_nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) peer(world, random, nodes[j].name, nodes[i].name);
}

// Every client at each reflector, or each client at one of them; reflectors are meshed.
void add_reflectors(World& world, Random& random) {
  const auto clients = world.control_nodes;
  const unsigned count = 1 + pick(random, 2);
  const bool everywhere = pick(random, 2) == 0;
  std::vector<oracle::ControlNode> reflectors;
  for (unsigned n = 0; n < count; ++n) {
    // Smaller or larger identifiers than their clients'.
    const unsigned last = pick(random, 2) == 0 ? 100 + n : 1 + n;
    reflectors.push_back({numbered("rr", n + 1), numbered("10.0.0.", last)});
  }
  if (count == 2) peer(world, random, "rr1", "rr2");
  for (const oracle::ControlNode& client : clients) {
    const unsigned home = pick(random, count);
    for (unsigned n = 0; n < count; ++n)
      if (everywhere || n == home) peer(world, random, client.name, reflectors[n].name, true);
  }
  world.control_nodes.insert(world.control_nodes.end(), reflectors.begin(), reflectors.end());
}

// One or two control nodes of a neighbour AS, and perhaps one of an AS beyond it or beside it.
void add_neighbours(World& world, Random& random, unsigned control_nodes) {
  const unsigned count = 1 + pick(random, 2);
  const auto at_home = [&] { return world.control_nodes[pick(random, control_nodes)].name; };
  for (unsigned n = 0; n < count; ++n) {
    world.control_nodes.push_back({numbered("x", n + 1), numbered("10.0.3.", n + 1), 65001});
    if (n == 0 || pick(random, 2) == 0) peer(world, random, numbered("x", n + 1), at_home());
  }
  if (count == 2) peer(world, random, "x1", "x2");
  if (pick(random, 2) == 0) return;
  world.control_nodes.push_back({"y1", "10.0.4.1", 65002});
  peer(world, random, "y1", pick(random, 2) == 0 ? "x1" : at_home());
}

// Each at up to two control nodes; the last one may be of the neighbour AS.
void add_agents(World& world, Random& random, unsigned control_nodes) {
  const unsigned count = 2 + pick(random, 4);
  std::vector<std::string> neighbours;
  for (const oracle::ControlNode& node : world.control_nodes)
    if (node.as == 65001) neighbours.push_back(node.name);
  for (unsigned n = 0; n < count; ++n) {
    oracle::Agent agent;
    agent.name = numbered("compute", n + 1);
    agent.address = numbered("10.0.1.", n + 1);
    if (n == count - 1 && !neighbours.empty() && pick(random, 2) == 0)
      agent.control_nodes = {neighbours.begin(), neighbours.end()};
    else
      for (unsigned i = 0; i < 2; ++i)
        agent.control_nodes.insert(world.control_nodes[pick(random, control_nodes)].name);
    agent.ports.push_back(port_in(world, 0, agent.address));
    for (unsigned i = pick(random, 4); i > 0; --i) {
      const unsigned network = 1 + zipf(random, static_cast<unsigned>(world.networks.size()) - 1);
      agent.ports.push_back(port_in(world, network, address_in(world, network, 10 * n + i)));
    }
    world.agents.push_back(std::move(agent));
  }
}

// The last network, where there is one: the inside of a logical router that joins two others.
void add_logical_router(World& world, Random& random) {
  const auto count = static_cast<unsigned>(world.networks.size());
  const unsigned first = 1 + pick(random, count - 2), second = first + 1;
  oracle::Network inside;
  inside.name = "default-domain:swarm:inside";
  inside.index = count + 1;
  inside.targets = {numbered("target:64512:", 8000000 + count)};
  inside.routes_between = {world.networks[first].name, world.networks[second].name};
  world.networks.push_back(std::move(inside));
}

// One that speaks VXLAN has the target of the logical router, and a prefix for its networks.
void speak_vxlan(const oracle::Network& inside, const std::string& prefix,
                 oracle::Router::Vrf& vrf) {
  vrf.vxlan = true;
  vrf.imports = vrf.exports = inside.targets;
  vrf.prefixes.insert(prefix);
}

std::vector<oracle::Router::Vrf> random_vrfs(const World& world, Random& random) {
  std::vector<oracle::Router::Vrf> out;
  const unsigned count = 1 + pick(random, 2);
  for (unsigned n = 0; n < count; ++n) {
    const auto& network =
        world.networks[pick(random, static_cast<unsigned>(world.networks.size()))];
    oracle::Router::Vrf vrf;
    vrf.name = numbered("VRF-", n + 1);
    vrf.imports = vrf.exports = network.targets;
    vrf.prefixes = {numbered("198.51.100.", n) + "/32"};
    if (has_logical_router(world) && pick(random, 2) == 0)
      speak_vxlan(world.networks.back(), numbered("198.18.", n) + ".0/24", vrf);
    out.push_back(std::move(vrf));
  }
  return out;
}

// In our AS or in one of their own; scripted ones, and ASIC models with VRFs.
void add_routers(World& world, Random& random, unsigned control_nodes) {
  const unsigned count = pick(random, 3);
  for (unsigned n = 0; n < count; ++n) {
    oracle::Router router;
    router.name = numbered("mx", n + 1);
    router.address = numbered("10.0.2.", n + 1);
    if (pick(random, 3) == 0) router.as = 65010 + n;
    if (pick(random, 2) == 0) {
      router.vrfs = random_vrfs(world, random);
      router.model = router.filters = true;
    }
    world.routers.push_back(router);
    unsigned at = pick(random, control_nodes);
    const auto join = [&](const oracle::ControlNode& node) {
      const bool reflected = node.name.starts_with("rr") && router.as == node.as;
      peer(world, random, router.name, node.name, reflected);
      world.peerings.back().layer2 = world.layer2 && router.model;
    };
    join(world.control_nodes[at]);
    if (router.model && pick(random, 2) == 0) join(world.control_nodes[(at + 1) % control_nodes]);
  }
}

oracle::Filtering random_filtering(Random& random) {
  constexpr std::array weights = {
      oracle::Filtering::off,     oracle::Filtering::outbound_only, oracle::Filtering::rfc4684,
      oracle::Filtering::rfc4684, oracle::Filtering::outbound_only, oracle::Filtering::rfc4684,
      oracle::Filtering::rfc4684, oracle::Filtering::rfc4684};
  return weights[pick(random, weights.size())];
}

}  // namespace

bool has_logical_router(const oracle::World& world) {
  return !world.networks.back().routes_between.empty();
}

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

std::string mac_of(const std::string& address) {
  std::array<unsigned, 4> octets{};
  std::istringstream in{address};
  char dot = 0;
  in >> octets[0] >> dot >> octets[1] >> dot >> octets[2] >> dot >> octets[3];
  std::array<char, 18> text{};
  std::snprintf(text.data(), text.size(), "02:02:00:%02x:%02x:%02x", octets[1] & 255,
                octets[2] & 255, octets[3] & 255);
  return text.data();
}

oracle::Port port_in(const World& world, unsigned network, const std::string& address) {
  return {world.networks[network].name, address, world.layer2 ? mac_of(address) : ""};
}

World random_world(Random& random) {
  World out;
  out.graceful = pick(random, 2) == 0;
  out.layer2 = pick(random, 3) == 0;
  out.pairs = pick(random, 4) == 0;
  out.filtering = random_filtering(random);
  add_networks(out, random);
  const unsigned nodes = 2 + pick(random, 3);
  for (unsigned n = 0; n < nodes; ++n)
    out.control_nodes.push_back({numbered("cn", n + 1), numbered("10.0.0.", 11 + n)});
  if (pick(random, 2) == 0)
    add_mesh(out, random);
  else
    add_reflectors(out, random);
  const auto at_home = static_cast<unsigned>(out.control_nodes.size());
  if (pick(random, 3) == 0) add_neighbours(out, random, at_home);
  add_agents(out, random, nodes);
  if (out.layer2 && pick(random, 2) == 0) add_logical_router(out, random);
  add_routers(out, random, at_home);
  return out;
}

}  // namespace tflab::swarm
