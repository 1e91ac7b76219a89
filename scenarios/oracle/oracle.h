#pragma once
// What configuration alone dictates: once everything is quiet, who holds which route, with which
// next hop and targets, and who does not. Nothing here shares a line with the control core, not
// even a type, so that the two cannot be wrong together; it knows no session, message or time.

#include <compare>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tflab::oracle {

using Names = std::set<std::string>;  // of nodes, networks, targets; always as texts
using As = unsigned;

struct Rule {
  bool pass = true;
  std::string src, dst;  // networks, or "any"
};

struct Network {
  std::string name;
  unsigned index = 0;      // of its routing instance, on every control node; its VNI
  Names targets;           // both directions
  Names imports, exports;  // one direction
  std::vector<std::string> policies;
  Names subnets{};
  // Not empty: it is the inside of a logical router with VXLAN routing, which joins these networks.
  // Ports of theirs are told in it, too, as EVPN routes of type 5 (RFC 9136).
  Names routes_between{};
};

struct Port {
  std::string network, address;
  std::string mac{};  // empty: layer 2 is not judged
  // Addresses that other ports may have, too. True: it was the last one to be heard with it.
  std::map<std::string, bool> pairs{};
};

// A vRouter. It publishes its ports to all its control nodes.
struct Agent {
  std::string name, address;
  Names control_nodes;
  std::vector<Port> ports;
};

struct ControlNode {
  std::string name, address;  // the address is its BGP identifier
  As as = 64512;
};

// A BGP router that is not a control node.
struct Router {
  struct Announced {
    std::string prefix;
    Names targets;
  };
  // A table of an ASIC router: it imports, and announces prefixes of its own, by type 5 in VXLAN.
  struct Vrf {
    std::string name;
    Names imports, exports, prefixes;
    bool vxlan = false;
  };
  std::string name, address;
  std::vector<Announced> routes;  // beside those of VRFs
  Names wants;                    // beside what VRFs import
  bool wants_everything = false;  // the default route target
  As as = 64512;
  std::vector<Vrf> vrfs{};
  bool filters = false;  // it sends what it is asked for; otherwise all it has
  bool model = false;    // it follows the switch, as control nodes do
};

// A BGP session as configured, iBGP or eBGP.
struct Peering {
  std::string a, b;
  bool a_is_client = false, b_is_client = false;  // the other one reflects for it (RFC 4456)
  bool filters = true;                            // both speak of route targets (RFC 4684)
  bool layer2 = false;  // both speak of EVPN, and control nodes of multicast trees
  bool up = true;
};

// How far it reaches that somebody wants a target: nobody says it; it is said to neighbours, and
// who stands between others asks for everything; as RFC 4684 has it.
enum class Filtering { off, outbound_only, rfc4684 };

struct World {
  As as = 64512;  // the fabric's
  Filtering filtering = Filtering::rfc4684;
  std::vector<Network> networks;
  std::map<std::string, std::vector<Rule>> policies;
  std::vector<ControlNode> control_nodes;
  std::vector<Router> routers;
  std::vector<Agent> agents;
  std::vector<Peering> peerings;
};

// A VPN route, by who is behind it: an agent with a network, or a router with a VRF or none.
// EVPN routes are written as pages do, without the distinguisher:
// "2-0-02:00:00:00:00:01,0.0.0.0", "5-0-10.1.0.0/24".
struct RouteId {
  std::string origin, network, prefix;
  friend auto operator<=>(const RouteId&, const RouteId&) = default;
};
struct Route {
  std::string next_hop;
  Names targets;
  std::vector<As> as_path{};  // the neighbour's first
  friend auto operator<=>(const Route&, const Route&) = default;
};

// Once in memory, however many hold it; equal if what it says is.
template <class What>
class Shared {
public:
  Shared(What what) : what_{std::make_shared<const What>(std::move(what))} {}  // NOLINT: the same
  const What& operator*() const { return *what_; }
  const What* operator->() const { return what_.get(); }
  friend bool operator==(const Shared& a, const Shared& b) { return *a == *b; }
  friend auto operator<=>(const Shared& a, const Shared& b) { return *a <=> *b; }

private:
  std::shared_ptr<const What> what_;
};

using Vpn = std::map<Shared<RouteId>, Shared<Route>>;
using Vrf = std::map<std::string, Names>;  // prefix to next hops
using Place = std::pair<std::string, std::string>;

struct Expected {
  // The insides of logical routers, by the names of the networks they join and by their own. They
  // are those of the world that was asked about.
  std::map<std::string, const Network*> routers;
  std::map<std::string, Vpn> vpn, evpn;  // by control node or router
  std::map<std::string, Names> wanted;   // the same nodes: route-target routes, "64512:target:1:2"
  // Control node and network, or router and VRF: all paths, and those an agent is told of.
  std::map<Place, Vrf> vrfs, best;
  std::map<Place, Vrf> bridges, best_bridges;  // the same of layer 2
  // Control node and network: control nodes whose part of the multicast tree it knows.
  std::map<Place, Names> trees;
  // Agent and network: what is reached, and where it may lead; MACs, too.
  std::map<Place, Vrf> agents, macs;
};

// Of thousands of agents one asks one after the other, what they are told; nobody asks what else
// there is then.
enum class Agents : bool { left_out, included };
Expected expected(const World& world, Agents agents = Agents::included);
// Which of its control nodes puts an agent into trees: the one with the lowest address.
const ControlNode* tree_builder(const World& world, const Agent& agent);
// What an agent of these control nodes is told of a network, and what leads from there to the
// inside of the network's logical router, whose next hop is `into_router`; and with what it has
// itself.
inline const std::string into_router = "router";
Vrf told_by(const World& world, const Expected& expected, const Names& control_nodes,
            const std::string& network);
Vrf told_to(const World& world, const Expected& expected, const Agent& agent,
            const std::string& network);

// Do policies let the two networks reach each other? Each must carry one that allows the pair.
bool connected(const World& world, const Network& a, const Network& b);

}  // namespace tflab::oracle
