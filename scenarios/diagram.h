#pragma once
// The scenario as boxes and lines for people and for Graphviz: what stands where, who speaks with
// whom, which network's routes go to whom. It says what is configured, never what came of it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/model.h"

namespace tflab::scenario {

struct Diagram {
  enum class Kind : std::uint8_t {
    control_node,
    router,
    neighbor,  // a BGP speaker outside the scenario
    vrouter,
    machine,
    host,
    underlay,
    network,
    vrf,
    target
  };
  enum class Line : std::uint8_t { link, hosts, bgp, xmpp, exports, imports };
  struct Node {
    Kind kind;
    std::string name;
    std::vector<std::string> details{};  // addresses
    std::size_t stands_for = 1;          // how many nodes were gathered in it
  };
  struct Edge {
    std::size_t from, to;  // indexes of nodes
    Line line;
  };
  std::string name;
  std::vector<Node> nodes;  // in file order, kind by kind
  std::vector<Edge> edges;
};

enum class View : std::uint8_t {
  whole,     // the underlay, what stands on it, and the sessions over it
  topology,  // nodes, machines, the underlay
  bgp,       // sessions of speakers and vRouters
  rt         // networks and VRFs, the targets they export, the nodes that import them
};
std::optional<View> view_called(std::string_view word);  // topology, bgp, rt

Diagram diagram(const Scenario& scenario, View view);

// vRouters with the same lines to the same nodes become one, with their number. `most`: of such
// groups; the smallest beyond become one more.
Diagram gathered(const Diagram& diagram, std::size_t most);

std::string_view to_text(Diagram::Kind kind);  // control-node, virtual-router, ...
std::string_view to_text(Diagram::Line line);  // link, BGP, XMPP, ...

std::string dot(const Diagram& diagram);  // Graphviz
Json to_json(const Diagram& diagram);     // {"name", "nodes": [..], "edges": [..]}

}  // namespace tflab::scenario
