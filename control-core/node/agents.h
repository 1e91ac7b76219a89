#pragma once
// The agents of a control node: their XMPP channels, what happens to those that are lost, and what
// all of them are told. What an agent says is in its Standing, which may outlive the channel.

#include <absl/container/btree_map.h>
#include <absl/container/flat_hash_map.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "control-core/node/alarms.h"
#include "control-core/node/core.h"
#include "control-core/node/instance_out.h"
#include "control-core/node/standing.h"
#include "control-core/xmpp/session.h"

namespace tflab::node {

struct Agent {
  Agent(StreamId on, Endpoint ours, Endpoint theirs, xmpp::SessionConfig config)
      : stream{on}, local{ours}, remote{theirs}, session{std::move(config)} {}

  StreamId stream;
  Endpoint local, remote;
  xmpp::Server session;
  std::unique_ptr<Standing> standing;  // while the channel is up
  // Multicast routes of its own whose place in the tree it has still to be told.
  std::set<std::pair<std::string, ErmvpnRoute>> owed_trees;
  // And broadcast MACs of its own whose olists it has still to be told, or has been told.
  std::set<std::pair<std::string, EvpnRoute>> owed_floods, told_floods;
  Instant up_at, last_traffic;     // keepalives are none
  std::uint64_t counted = 0;       // messages, see Core::count()
  std::optional<Instant> blocked;  // since: it does not take what it is told
  bool end_of_rib_sent = false, gone = false;

  bool up() const { return standing != nullptr; }
  const std::string& name() const { return session.peer(); }
};

// An agent whose channel is lost and whose routes still forward (RFC 4724, RFC 9494).
struct AbsentAgent {
  std::unique_ptr<Standing> standing;
  bool long_lived = false;  // the restart time has passed
};

// What is remembered of an agent across its connections.
struct AgentHistory {
  std::uint32_t flaps = 0;
  Instant last_flap;
  std::string last_error;
  Instant changed;      // of the state
  Agent* up = nullptr;  // its channel, if there is one
  // How often it may connect before it has to wait: see Agents::may_connect().
  std::uint32_t tokens = 0;
  Instant refilled;
};

class Agents {
public:
  using All = absl::btree_map<StreamId, std::unique_ptr<Agent>>;
  using Absent = std::map<std::string, AbsentAgent>;  // by name

  explicit Agents(Core& core) : core_{core} {}
  ~Agents();

  StreamId on_accepted(Instant now, Endpoint local, Endpoint remote);
  bool owns(StreamId stream) const { return all_.contains(stream); }
  void on_bytes(Instant now, StreamId stream, Bytes bytes);
  void on_closed(Instant now, StreamId stream);
  void on_blocked(Instant now, StreamId stream);
  void on_writable(Instant now, StreamId stream);
  void on_timer(Instant now);
  std::optional<Instant> next_timer() const;
  void stop(Instant now, const std::string& why);

  // Around a change of configuration.
  void instance_added(Instant now, const std::string& name);
  void instance_leaving(Instant now, const std::string& name);
  void agents_changed(Instant now);  // those we know

  // After the tables have settled. Agents are told at the next timer, which is due at once: what
  // comes until the host gets there is told with it.
  void note(Instant now, const rib::Table& table);
  void note_trees(Instant now, const std::vector<vpn::Ermvpn::Change>& changes);
  void note_floods(Instant now, const std::vector<vpn::Flooding::Change>& changes);

  const All& all() const { return all_; }
  const Absent& absent() const { return absent_; }
  const AgentHistory* history(const std::string& name) const;
  std::size_t most_at_once() const { return most_at_once_; }

private:
  // --- channels (agents.cc)
  void drain(Instant now, Agent& agent);
  void after(Instant now, Agent& agent);
  void set_alarm(const Agent& agent);
  void serve(Instant now, Agent& agent);
  void take(Instant now, Agent& agent, const xmpp::Up& up);
  void take(Instant now, Agent& agent, const xmpp::Down& down);
  void take(Instant now, Agent& agent, const xmpp::EndOfRib&);
  void take(Instant now, Agent& agent, const xmpp::Subscribed& said);
  void take(Instant now, Agent& agent, const xmpp::Unsubscribed& said);
  void take(Instant now, Agent& agent, const xmpp::Published& said);
  void take(Instant now, Agent& agent, const xmpp::Retracted& said);
  bool obey(Instant now, Agent& agent, const Standing::Fault& fault);
  void close(Instant now, Agent& agent, std::string_view condition, std::string why);
  bool knows(const IpAddr& address) const;
  bool may_connect(Instant now, const std::string& name);
  AgentHistory& history_of(Instant now, const std::string& name);
  void replace(Instant now, Agent& older);
  std::unique_ptr<Standing> welcome(Instant now, const Agent& agent);

  // --- those who are lost (agents_absent.cc)
  enum class Loss : std::uint8_t { may_return, final };
  void leave(Instant now, Agent& agent, Loss loss);
  void give_grace(Instant now, const std::string& name, std::unique_ptr<Standing> standing);
  void grace_over(Instant now, const std::string& name);
  void forget(Instant now, std::unique_ptr<Standing> standing);
  std::optional<Instant> sweep_due(const Agent& agent) const;

  // --- what they are told (agents_tell.cc)
  void hear(Instant now, Agent& agent, const std::string& instance);
  void hear_no_more(Agent& agent, const std::string& instance);
  void owe(Instant now, const std::string& instance);
  void owe_tree(Instant now, Agent& agent, const std::string& instance, const ErmvpnRoute& route);
  void owe_trees_of(Instant now, Agent& agent, const std::string& instance);
  void owe_flood(Instant now, Agent& agent, const std::string& instance, const EvpnRoute& route);
  void owe_floods_of(Instant now, Agent& agent, const std::string& instance);
  Agent* publisher(const vpn::Ermvpn::Change& change);
  void tell(Instant now);
  void tell_tree(Instant now, Agent& agent, const std::string& instance, const ErmvpnRoute& route);
  void tell_flood(Instant now, Agent& agent, const std::string& instance, const EvpnRoute& route);
  bool owes(const Agent& agent) const;
  Instant silent_enough(const Agent& agent) const;  // to be sent its end-of-rib
  std::optional<Instant> end_of_rib_due(const Agent& agent) const;

  Core& core_;
  All all_;
  Absent absent_;
  std::map<rib::PeerId, Agent*> by_peer_;
  std::set<StreamId> blocked_;                                           // of `all_`
  absl::flat_hash_map<std::string, std::unique_ptr<InstanceOut>> outs_;  // looked up, never walked
  std::set<std::string> owing_;   // instances with something to tell
  std::set<StreamId> owing_own_;  // agents that are owed what only they are told
  std::optional<Instant> tell_at_;
  std::map<std::string, AgentHistory> histories_;
  Alarms<StreamId> alarms_;
  Alarms<std::string> grace_;
  std::size_t most_at_once_ = 0;
  bool started_ = false;
};

}  // namespace tflab::node
