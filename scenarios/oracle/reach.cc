#include "scenarios/oracle/reach.h"

#include <algorithm>
#include <functional>
#include <sstream>

#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/filtered_graph.hpp>

namespace tflab::oracle {

std::vector<unsigned> octets_of(const std::string& address) {
  std::vector<unsigned> out;
  std::istringstream in{address};
  for (std::string octet; std::getline(in, octet, '.');)
    out.push_back(static_cast<unsigned>(std::stoul(octet)));
  return out;
}

Reach::Reach(const World& world) {
  for (const ControlNode& node : world.control_nodes) add(node.name, node.address, node.as);
  for (const Router& router : world.routers) add(router.name, router.address, router.as);
  for (const Peering& peering : world.peerings) {
    if (!peering.up) continue;
    tells(peering.a, peering.b, peering.a_is_client, peering.b_is_client);
    tells(peering.b, peering.a, peering.b_is_client, peering.a_is_client);
  }
}

void Reach::add(const std::string& name, const std::string& address, As as) {
  const std::size_t number = speakers_.size();
  const auto vertex = [&](bool own) { return boost::add_vertex(Vertex{number, own}, graph_); };
  speakers_.push_back(
      {name, octets_of(address), as, vertex(true), vertex(false), vertex(false), vertex(false)});
  numbers_[name] = number;
}

// Its own routes go to everybody, and so does what came from outside or from a client; what others
// in its AS said goes to clients. Nobody but a reflector has clients. Whatever it has goes to other
// ASes.
void Reach::tells(const std::string& from, const std::string& to, bool from_is_client,
                  bool to_is_client) {
  const Speaker& source = speakers_[numbers_.at(from)];
  const Speaker& target = speakers_[numbers_.at(to)];
  const bool external = source.as != target.as;
  const At inside = from_is_client ? target.from_client : target.from_other;
  const At arrives = external ? target.from_outside : inside;
  const Edge edge{sessions_.size(), external};
  sessions_.emplace_back(from, to);
  for (const At has : {source.own, source.from_client, source.from_outside})
    boost::add_edge(has, arrives, edge, graph_);
  if (external || to_is_client) boost::add_edge(source.from_other, arrives, edge, graph_);
}

// Round by round: each begins with those who have the route first hand, of their own or from
// another AS.
class Reach::Spread {
public:
  Spread(const Reach& reach, const Open& open, Repeated repeated)
      : reach_{reach},
        graph_{reach.graph_},
        open_{open},
        repeated_{repeated},
        colour_(boost::num_vertices(graph_)),
        paths_(boost::num_vertices(graph_)),
        settled_(reach.speakers_.size()) {
    out_.told.resize(open.size());
  }

  Result run(const Names& origins) {
    for (const std::string& origin : origins)
      if (const auto at = reach_.numbers_.find(origin); at != reach_.numbers_.end())
        begin(reach_.speakers_[at->second].own, {});
    while (!fresh_.empty()) round();
    return std::move(out_);
  }

private:
  std::size_t number(At vertex) const { return graph_[vertex].speaker; }

  void begin(At vertex, Held held) {
    paths_[vertex] = std::move(held);
    fresh_.push_back(vertex);
  }

  // What came in an earlier round is better.
  bool goes_on(At vertex) const {
    return !settled_[number(vertex)] && (repeated_ == Repeated::yes || graph_[vertex].own);
  }

  void round() {
    for (const At vertex : fresh_) spread_inside(vertex);
    const std::vector<Link> crossings = tell_outside();
    for (const At vertex : fresh_) hold(vertex);
    for (At vertex = 0; vertex < boost::num_vertices(graph_); ++vertex)
      if (paths_[vertex]) hold(vertex);
    for (std::size_t each = 0; each < settled_.size(); ++each)
      settled_[each] = out_.holders.contains(reach_.speakers_[each].name);
    fresh_.clear();
    for (const Link link : crossings) cross(link);
  }

  void hold(At vertex) { out_.holders.try_emplace(reach_.speaker(vertex).name, *paths_[vertex]); }

  void spread_inside(At from) {
    const std::function<bool(Link)> open = [this](Link link) {
      return !graph_[link].external && open_[graph_[link].session] &&
             goes_on(boost::source(link, graph_));
    };
    const boost::filtered_graph<Graph, std::function<bool(Link)>> inside{graph_, open};
    boost::queue<At> queue;
    boost::breadth_first_visit(inside, from, queue, boost::default_bfs_visitor{}, colour_.data());
    for (At vertex = 0; vertex < boost::num_vertices(graph_); ++vertex)
      if (colour_[vertex] != boost::white_color && !paths_[vertex]) paths_[vertex] = paths_[from];
    const auto [begin, end] = boost::edges(inside);
    for (auto link = begin; link != end; ++link)
      if (paths_[boost::source(*link, graph_)]) out_.told[graph_[*link].session] = true;
  }

  // Nobody is told of what went through its AS already (RFC 4271 section 9.1.2).
  std::vector<Link> tell_outside() {
    std::vector<Link> out;
    const auto [begin, end] = boost::edges(graph_);
    for (auto link = begin; link != end; ++link) {
      const At from = boost::source(*link, graph_);
      if (!graph_[*link].external || !paths_[from] || !goes_on(from)) continue;
      const As to = reach_.speaker(boost::target(*link, graph_)).as;
      if (std::ranges::count(paths_[from]->as_path, to) != 0) continue;
      if (!open_[graph_[*link].session]) continue;
      out_.told[graph_[*link].session] = true;
      out.push_back(*link);
    }
    std::ranges::sort(
        out, {}, [this](Link link) { return reach_.speaker(boost::source(link, graph_)).address; });
    return out;
  }

  // Of several that tell the same the one with the lowest address counts.
  void cross(Link link) {
    const At from = boost::source(link, graph_), to = boost::target(link, graph_);
    if (settled_[number(to)] || paths_[to]) return;
    Held held{{reach_.speaker(from).as}, reach_.sessions_[graph_[link].session]};
    const std::vector<As>& before = paths_[from]->as_path;
    held.as_path.insert(held.as_path.end(), before.begin(), before.end());
    colour_[to] = boost::white_color;
    begin(to, std::move(held));
  }

  const Reach& reach_;
  const Graph& graph_;
  const Open& open_;
  const Repeated repeated_;
  std::vector<boost::default_color_type> colour_;
  std::vector<std::optional<Held>> paths_;
  std::vector<bool> settled_;  // speakers that had it in an earlier round
  std::vector<At> fresh_;      // who has it first hand in this round
  Result out_;
};

Reach::Result Reach::from(const Names& origins, const Open& open, Repeated repeated) const {
  return Spread{*this, open, repeated}.run(origins);
}

}  // namespace tflab::oracle
