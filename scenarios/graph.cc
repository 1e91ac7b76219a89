#include "scenarios/graph.h"

#include <algorithm>
#include <map>

#include <boost/graph/connected_components.hpp>

#include "scenarios/derive.h"

namespace tflab::scenario {

SessionGraph::SessionGraph(const Scenario& scenario) {
  std::map<std::string, Vertex, std::less<>> at;
  std::map<std::string, Vertex, std::less<>> agent_at;  // a vRouter may be named as a control node
  for (const auto& [name, router] : scenario.bgp_routers)
    at[name] = boost::add_vertex(Node{name, true}, graph_);
  for (const auto& [name, router] : scenario.virtual_routers)
    agent_at[name] = boost::add_vertex(Node{name, false}, graph_);
  for (const auto& [name, router] : scenario.bgp_routers)
    for (const config::BgpPeer& peer : peers_of(scenario, name))
      if (const auto other = at.find(peer.name);  // both ends list it; some are outside
          other != at.end() && at.at(name) < other->second)
        boost::add_edge(at.at(name), other->second, Session::bgp, graph_);
  for (const auto& [name, router] : scenario.virtual_routers)
    for (const std::string& control : router.control_nodes)
      if (const auto found = at.find(control); found != at.end())
        boost::add_edge(found->second, agent_at.at(name), Session::xmpp, graph_);
}

std::vector<std::size_t> SessionGraph::component_of_vertex(const Graph& graph) const {
  std::vector<std::size_t> component(boost::num_vertices(graph));
  boost::connected_components(graph, component.data());
  return component;
}

std::vector<std::vector<std::string>> SessionGraph::components() const {
  const auto component = component_of_vertex(graph_);
  std::vector<std::vector<std::string>> out;
  for (std::size_t v = 0; v < component.size(); ++v) {
    if (component[v] >= out.size()) out.resize(component[v] + 1);
    out[component[v]].push_back(graph_[v].name);
  }
  return out;
}

unsigned SessionGraph::sessions_of(std::string_view node) const {
  unsigned count = 0;
  for (Vertex v = 0; v < boost::num_vertices(graph_); ++v)
    if (graph_[v].name == node) count += static_cast<unsigned>(boost::out_degree(v, graph_));
  return count;
}

// One removal at a time: sessions are few, and this needs no explanation.
std::vector<std::string> SessionGraph::cut_sessions() const {
  const auto count = [&](const Graph& graph) {
    const auto component = component_of_vertex(graph);
    return component.empty() ? 0 : *std::ranges::max_element(component) + 1;
  };
  const std::size_t whole = count(graph_);
  std::vector<std::string> out;
  const auto [begin, end] = boost::edges(graph_);
  for (auto edge = begin; edge != end; ++edge) {
    Graph without = graph_;
    const Vertex a = boost::source(*edge, graph_), b = boost::target(*edge, graph_);
    boost::remove_edge(a, b, without);
    if (count(without) > whole) out.push_back(graph_[a].name + " -- " + graph_[b].name);
  }
  return out;
}

}  // namespace tflab::scenario
