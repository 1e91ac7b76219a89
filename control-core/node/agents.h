#pragma once
// The agents connected to a control node: their XMPP channels, what they subscribed to, what they
// publish and what they are told.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control-core/node/alarms.h"
#include "control-core/node/core.h"
#include "control-core/node/instance_out.h"
#include "control-core/xmpp/session.h"

namespace tflab::node {

struct Subscription {
  std::uint32_t instance_id = 0;
  bool no_ribout = false;
  bool joined = false;  // the instance is configured
  bool told = false;    // has got what there was, and gets what changes
  // Routes that came before the instance was configured, by the agent's name for them.
  std::map<std::string, xmpp::Published> waiting;
};

struct Agent {
  Agent(StreamId on, Endpoint ours, Endpoint theirs, xmpp::SessionConfig config)
      : stream{on}, local{ours}, remote{theirs}, session{std::move(config)} {}

  StreamId stream;
  Endpoint local, remote;
  xmpp::Server session;
  rib::Peer peer;
  std::map<std::string, Subscription> subscriptions;  // by instance
  Instant up_at, last_traffic;
  bool up = false, end_of_rib_sent = false, gone = false;
};

// What is remembered of an agent across its connections.
struct AgentHistory {
  std::uint32_t flaps = 0;
  Instant last_flap;
  std::string last_error;
  Instant changed;  // of the state
  bool connected = false;
};

class Agents {
public:
  using All = std::map<StreamId, std::unique_ptr<Agent>>;

  explicit Agents(Core& core) : core_{core} {}

  StreamId on_accepted(Instant now, Endpoint local, Endpoint remote);
  bool owns(StreamId stream) const { return all_.contains(stream); }
  void on_bytes(Instant now, StreamId stream, Bytes bytes);
  void on_closed(Instant now, StreamId stream);
  void on_timer(Instant now);
  std::optional<Instant> next_timer() const { return alarms_.next(); }
  void stop(Instant now, const std::string& why);

  // Around a change of configuration.
  void instance_added(Instant now, const std::string& name);
  void instance_leaving(Instant now, const std::string& name);

  // After the tables have settled: tells subscribers about a table, and newcomers about all.
  void tell(Instant now, const rib::Table& table);
  void tell_newcomers(Instant now);
  void tell_trees(Instant now, const std::vector<vpn::Ermvpn::Change>& changes);

  const All& all() const { return all_; }
  const AgentHistory* history(const std::string& name) const;
  std::size_t most_at_once() const { return most_at_once_; }

private:
  void drain(Instant now, Agent& agent);
  void after(Instant now, Agent& agent);
  void take(Instant now, Agent& agent, const xmpp::Up& up);
  void take(Instant now, Agent& agent, const xmpp::Down& down);
  void take(Instant now, Agent& agent, const xmpp::Subscribed& said);
  void take(Instant now, Agent& agent, const xmpp::Unsubscribed& said);
  void take(Instant now, Agent& agent, const xmpp::Published& said);
  void take(Instant now, Agent& agent, const xmpp::Retracted& said);
  void replace_older(Instant now, const Agent& agent);
  void leave(Instant now, Agent& agent);
  void join(Instant now, Agent& agent, const std::string& instance, Subscription& subscription);
  void part(Instant now, Agent& agent, const std::string& instance, Subscription& subscription);
  void publish(Instant now, Agent& agent, const Subscription& subscription,
               const xmpp::Published& said);
  void tell(Instant now, const std::string& instance, const std::vector<Agent*>& agents,
            const InstanceOut::News& news);
  std::vector<Agent*> told(const std::string& instance);
  Agent* publisher(const vpn::Ermvpn::Change& change);
  void tell_tree(Instant now, const vpn::Ermvpn::Change& change);
  void tell_trees_of(Instant now, const std::string& instance, const Agent& agent);
  InstanceOut& out_of(const vpn::Instance& instance);
  std::optional<Instant> end_of_rib_due(const Agent& agent) const;

  Core& core_;
  All all_;
  std::map<rib::PeerId, Agent*> by_peer_;
  std::map<std::string, std::set<StreamId>> subscribers_;  // by instance; those that are told
  std::map<std::string, std::unique_ptr<InstanceOut>> outs_;
  std::vector<std::pair<StreamId, std::string>> newcomers_;
  std::map<std::string, AgentHistory> histories_;
  Alarms<StreamId> alarms_;
  std::size_t most_at_once_ = 0;
};

}  // namespace tflab::node
