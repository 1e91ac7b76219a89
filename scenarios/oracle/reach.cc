#include "scenarios/oracle/reach.h"

#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/filtered_graph.hpp>

namespace tflab::oracle {

Reach::Reach(const World& world) {
  for (const ControlNode& node : world.control_nodes) add(node.name);
  for (const Router& router : world.routers) add(router.name);
  for (const Peering& peering : world.peerings) {
    tells(peering.a, peering.b, peering.a_is_client, peering.b_is_client);
    tells(peering.b, peering.a, peering.b_is_client, peering.a_is_client);
  }
}

void Reach::add(const std::string& speaker) {
  const auto vertex = [&] { return boost::add_vertex(Vertex{speaker}, graph_); };
  ways_[speaker] = {vertex(), vertex(), vertex()};
}

// Its own routes go to everybody; what a client said does, too, and what others said goes to
// clients. Nobody but a reflector has clients.
void Reach::tells(const std::string& from, const std::string& to, bool from_is_client,
                  bool to_is_client) {
  const Ways& source = ways(from);
  const At arrives = from_is_client ? ways(to).from_client : ways(to).from_other;
  boost::add_edge(source.own, arrives, graph_);
  boost::add_edge(source.from_client, arrives, graph_);
  if (to_is_client) boost::add_edge(source.from_other, arrives, graph_);
}

Reach::Result Reach::from(const Names& origins, const Passes& passes) const {
  const auto session = [&](const auto& edge) {
    return Session{graph_[boost::source(edge, graph_)].speaker,
                   graph_[boost::target(edge, graph_)].speaker};
  };
  const std::function<bool(Graph::edge_descriptor)> open = [&](const auto& edge) {
    return passes(session(edge));
  };
  const boost::filtered_graph<Graph, std::function<bool(Graph::edge_descriptor)>> allowed{graph_,
                                                                                          open};
  std::vector<boost::default_color_type> colour(boost::num_vertices(graph_));
  boost::queue<At> queue;
  for (const std::string& origin : origins)
    if (const auto at = ways_.find(origin); at != ways_.end())
      boost::breadth_first_visit(allowed, at->second.own, queue, boost::default_bfs_visitor{},
                                 colour.data());

  const auto reached = [&](At vertex) { return colour[vertex] != boost::white_color; };
  Result out;
  for (At vertex = 0; vertex < boost::num_vertices(graph_); ++vertex)
    if (reached(vertex)) out.holders.insert(graph_[vertex].speaker);
  const auto [begin, end] = boost::edges(allowed);
  for (auto edge = begin; edge != end; ++edge)
    if (reached(boost::source(*edge, graph_))) out.told.insert(session(*edge));
  return out;
}

}  // namespace tflab::oracle
