#pragma once
// One world in virtual time: real control nodes and agents, scripted routers, and what happens to
// them. A life is a function of its seed and its events.

#include <memory>
#include <optional>
#include <set>

#include "tests/swarm/compare.h"
#include "tests/swarm/event.h"

namespace tflab::swarm {

class Life {
public:
  explicit Life(std::uint32_t seed);

  // Does it, if it means anything here, and says so. Nothing: it does not.
  std::optional<std::string> perform(const Event& event);
  // Since the last time everything was at rest.
  const Differences& differences() const { return differences_; }
  std::string describe() const;

private:
  using Pair = std::pair<std::string, std::string>;
  using Sentence = std::optional<std::string>;

  Sentence add_port(const Event& event);
  Sentence remove_port(const Event& event);
  Sentence toggle_target(const Event& event, oracle::Names oracle::Network::*list,
                         const char* verb);
  Sentence toggle_policy(const Event& event);
  Sentence reset(const Event& event);
  Sentence partition(const Event& event);
  Sentence heal();
  Sentence crash(const Event& event);
  Sentence restart(const Event& event);
  Sentence toggle_want(const Event& event);
  Sentence toggle_route(const Event& event);
  Sentence toggle_family(const Event& event);
  Sentence toggle_peering(const Event& event);
  Sentence toggle_switch(const Event& event);
  Sentence toggle_import(oracle::Router& router, const Event& event);
  Sentence toggle_prefix(oracle::Router& router, const Event& event);
  Sentence announce(const Event& event);
  Sentence settle();

  void start(const std::string& name);
  void start_script(const oracle::Router& router);
  void speak(const std::string& router);  // all it has to say
  bool speaks_of_targets(const std::string& router) const;
  oracle::Router* router_of(const std::string& name);
  bool at_home(const oracle::Agent& agent) const;
  void announce_again();
  test::Router* live_router(const std::string& name);
  void configure();
  World world() const;  // as configured at the moment
  std::vector<Pair> sessions() const;
  test::Host* host(const std::string& name) const;
  void compare();

  test::Lab lab_;
  std::uint32_t seed_;
  World all_;                      // with peerings that are taken out
  std::set<std::size_t> removed_;  // of them
  std::map<std::string, test::Node*> nodes_;
  std::map<std::string, Compute*> computes_;
  std::map<std::string, test::Router*> routers_;
  std::set<std::string> down_;
  unsigned addresses_ = 0;
  std::set<Pair> heard_;  // networks and addresses that somebody has announced
  Differences differences_;
};

}  // namespace tflab::swarm
