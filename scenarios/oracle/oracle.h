#pragma once
// What configuration alone dictates: once everything is quiet, who holds which route, with which
// next hop and targets, and who does not. Nothing here shares a line with the control core, not
// even a type, so that the two cannot be wrong together; it knows no session, message or time.

#include <compare>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tflab::oracle {

using Names = std::set<std::string>;  // of nodes, networks, targets; always as texts

struct Rule {
  bool pass = true;
  std::string src, dst;  // networks, or "any"
};

struct Network {
  std::string name;
  unsigned index = 0;      // of its routing instance, on every control node
  Names targets;           // both directions
  Names imports, exports;  // one direction
  std::vector<std::string> policies;
};

struct Port {
  std::string network, address;
};

// A vRouter. It publishes its ports to all its control nodes.
struct Agent {
  std::string name, address;
  Names control_nodes;
  std::vector<Port> ports;
};

struct ControlNode {
  std::string name, address;  // the address is its BGP identifier
};

// A BGP router that is not a control node. It says all it has to all its peers, and repeats
// nothing.
struct Router {
  struct Announced {
    std::string prefix;
    Names targets;
  };
  std::string name, address;
  std::vector<Announced> routes;
  Names wants;
  bool wants_everything = false;  // the default route target
};

// An iBGP session.
struct Peering {
  std::string a, b;
  bool a_is_client = false, b_is_client = false;  // the other one reflects for it (RFC 4456)
  bool filters = true;                            // both speak of route targets (RFC 4684)
};

struct World {
  unsigned as = 64512;
  std::vector<Network> networks;
  std::map<std::string, std::vector<Rule>> policies;
  std::vector<ControlNode> control_nodes;
  std::vector<Router> routers;
  std::vector<Agent> agents;
  std::vector<Peering> peerings;
};

// A VPN route, by who is behind it: an agent with a network, or a router (then no network).
struct RouteId {
  std::string origin, network, prefix;
  friend auto operator<=>(const RouteId&, const RouteId&) = default;
};
struct Route {
  std::string next_hop;
  Names targets;
  friend auto operator<=>(const Route&, const Route&) = default;
};

using Vpn = std::map<RouteId, Route>;
using Vrf = std::map<std::string, Names>;  // prefix to next hops

struct Expected {
  std::map<std::string, Vpn> vpn;       // by control node or router
  std::map<std::string, Names> wanted;  // the same nodes: route-target routes, "64512:target:1:2"
  // Control node and network: all paths, and those an agent is told of.
  std::map<std::pair<std::string, std::string>, Vrf> vrfs, best;
  // Agent and network: what is reached, and where it may lead.
  std::map<std::pair<std::string, std::string>, Vrf> agents;
};

// Of thousands of agents one asks one after the other.
enum class Agents : bool { left_out, included };
Expected expected(const World& world, Agents agents = Agents::included);
Vrf told_to(const Expected& expected, const Agent& agent, const std::string& network);

// Do policies let the two networks reach each other? Each must carry one that allows the pair.
bool connected(const World& world, const Network& a, const Network& b);

}  // namespace tflab::oracle
