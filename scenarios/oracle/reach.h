#pragma once
// Where a route gets to: a graph whose vertices say who holds it and how it came, because that is
// what decides to whom it goes on (RFC 4456 section 6). It crosses from AS to AS in rounds: what
// came over fewer of them is better, and only the best goes on. Within an AS there are no best
// paths: with reflectors meshed as they must be, what one does not repeat another one does.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/graph/adjacency_list.hpp>

#include "scenarios/oracle/oracle.h"

namespace tflab::oracle {

// "10.0.0.9" is less than "10.0.0.10".
std::vector<unsigned> octets_of(const std::string& address);

class Reach {
public:
  explicit Reach(const World& world);

  using Session = std::pair<std::string, std::string>;  // who tells, and whom
  const std::vector<Session>& sessions() const { return sessions_; }
  // For each of these: does a route go over it, if its owner has it and may repeat it?
  using Open = std::vector<bool>;
  enum class Repeated : bool { no, yes };  // no: its owners tell it, and nobody else

  struct Held {
    std::vector<As> as_path;
    Session crossed;  // by which it came into this AS; empty: it began here
  };
  struct Result {
    std::map<std::string, Held> holders;
    std::vector<bool> told;  // sessions that it went over
  };
  Result from(const Names& origins, const Open& open, Repeated repeated = Repeated::yes) const;

private:
  struct Vertex {
    std::size_t speaker = 0;
    bool own = false;
  };
  struct Edge {
    std::size_t session = 0;
    bool external = false;  // to another AS
  };
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Vertex, Edge>;
  using At = boost::graph_traits<Graph>::vertex_descriptor;
  using Link = boost::graph_traits<Graph>::edge_descriptor;
  struct Speaker {
    std::string name;
    std::vector<unsigned> address;
    As as = 0;
    // How it has a route.
    At own, from_client, from_other, from_outside;
  };
  class Spread;

  void add(const std::string& name, const std::string& address, As as);
  void tells(const std::string& from, const std::string& to, bool from_is_client,
             bool to_is_client);
  const Speaker& speaker(At vertex) const { return speakers_[graph_[vertex].speaker]; }

  Graph graph_;
  std::vector<Speaker> speakers_;
  std::vector<Session> sessions_;
  std::map<std::string, std::size_t> numbers_;
};

}  // namespace tflab::oracle
