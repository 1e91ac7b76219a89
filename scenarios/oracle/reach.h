#pragma once
// Where a route gets to over iBGP: a graph whose vertices say who holds it and how it came, because
// that is what decides to whom it goes on (RFC 4456 section 6). There are no best paths here: with
// reflectors meshed as they must be, what one does not repeat another one does.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/graph/adjacency_list.hpp>

#include "scenarios/oracle/oracle.h"

namespace tflab::oracle {

class Reach {
public:
  explicit Reach(const World& world);

  using Session = std::pair<std::string, std::string>;  // who tells, and whom
  // Does a route go over this session, if its owner has it and may repeat it?
  using Passes = std::function<bool(const Session& session)>;

  struct Result {
    Names holders;
    std::set<Session> told;  // sessions that it went over
  };
  Result from(const Names& origins, const Passes& passes) const;

private:
  struct Vertex {
    std::string speaker;
  };
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Vertex>;
  using At = boost::graph_traits<Graph>::vertex_descriptor;
  // How a speaker has a route.
  struct Ways {
    At own, from_client, from_other;
  };

  const Ways& ways(const std::string& speaker) const { return ways_.find(speaker)->second; }
  void add(const std::string& speaker);
  void tells(const std::string& from, const std::string& to, bool from_is_client,
             bool to_is_client);

  Graph graph_;
  std::map<std::string, Ways> ways_;
};

}  // namespace tflab::oracle
