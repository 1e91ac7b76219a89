#pragma once
// The scenario as a graph (Boost.Graph): nodes, and the BGP and XMPP sessions that configuration
// asks for. Who can learn from whom is a question about this graph, not about any host.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/graph/adjacency_list.hpp>

#include "scenarios/model.h"

namespace tflab::scenario {

class SessionGraph {
public:
  enum class Session : std::uint8_t { bgp, xmpp };
  struct Node {
    std::string name;
    bool control = false;  // a control node; otherwise a vRouter
  };

  explicit SessionGraph(const Scenario& scenario);

  // Sets of nodes joined by sessions, each and all in file order, control nodes first.
  std::vector<std::vector<std::string>> components() const;
  unsigned sessions_of(std::string_view node) const;
  // Sessions whose loss would cut a component in two: "cn1 -- compute1", in file order.
  std::vector<std::string> cut_sessions() const;

private:
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, Node, Session>;
  using Vertex = boost::graph_traits<Graph>::vertex_descriptor;
  std::vector<std::size_t> component_of_vertex(const Graph& graph) const;

  Graph graph_;
};

}  // namespace tflab::scenario
