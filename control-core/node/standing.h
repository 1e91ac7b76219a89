#pragma once
// What an agent stands for: its subscriptions, and the routes it has put into tables. Outlives the
// agent's channel for as long as the agent is given grace (RFC 4724, helper); its routes are stale
// then, and what the agent does not say again when it is back is swept.

#include <map>
#include <optional>
#include <string>

#include "control-core/node/core.h"
#include "control-core/xmpp/session.h"

namespace tflab::node {

struct Subscription {
  std::uint32_t instance_id = 0;
  bool no_ribout = false;
  bool joined = false;  // the instance is configured
  bool stale = false;   // not asked for again since the agent was lost
  // Routes that came before the instance was configured, by the agent's name for them.
  std::map<std::string, xmpp::Published> waiting;
};

class Standing {
public:
  // Of what cannot be put into a table yet.
  static constexpr std::size_t most_waiting = 10'000, most_subscriptions = 10'000;

  Standing(Core& core, rib::Peer who) : peer{std::move(who)}, core_{core} {}
  ~Standing();
  Standing(const Standing&) = delete;
  Standing& operator=(const Standing&) = delete;

  rib::Peer peer;

  const std::map<std::string, Subscription>& subscriptions() const { return subscriptions_; }
  // Is it told about this instance?
  bool listens_to(const std::string& instance) const;

  // What the agent says. The answer is the rule it broke, for which its channel must be closed.
  using Fault = std::optional<std::string>;
  Fault take(Instant now, const xmpp::Subscribed& said);
  Fault take(Instant now, const xmpp::Unsubscribed& said);
  Fault take(Instant now, const xmpp::Published& said);
  Fault take(Instant now, const xmpp::Retracted& said);
  std::uint64_t refused() const { return refused_; }  // routes that had no place to wait in

  // The instance is configured now, or is about to go.
  void instance_added(Instant now, const std::string& name);
  void instance_leaving(Instant now, const std::string& name);

  // The agent is lost, and comes back or not.
  void mark(Instant now, rib::Flag flag);  // stale or llgr_stale
  void sweep(Instant now);
  bool stale() const { return stale_; }
  void clear(Instant now);                    // everything goes
  void abandon() { subscriptions_.clear(); }  // the tables go, too, and nobody looks at them again

private:
  void join(Instant now, const std::string& name, Subscription& subscription);
  void part(Instant now, const std::string& name, Subscription& subscription);
  void publish(Instant now, const Subscription& subscription, const xmpp::Published& said);
  template <class Which>
  void remove(Instant now, rib::Table& table, const Nlri& nlri, Which which);

  Core& core_;
  std::map<std::string, Subscription> subscriptions_;  // by instance
  std::size_t waiting_ = 0;
  std::uint64_t refused_ = 0;
  bool stale_ = false;
};

}  // namespace tflab::node
