#include "control-core/node/agents.h"

#include <algorithm>
#include <utility>

#include "control-core/base/timers.h"
#include "control-core/config/names.h"
#include "control-core/node/agent_routes.h"

namespace tflab::node {
namespace {

// An agent that has been silent for so long has said all it knows, and has been told all we know.
constexpr Duration quiet = seconds(6);
constexpr Duration longest_wait_for_quiet = seconds(300);

}  // namespace

StreamId Agents::on_accepted(Instant now, Endpoint local, Endpoint remote) {
  const StreamId stream = core_.new_stream();
  xmpp::SessionConfig config;
  config.local = config::control_jid;
  config.hold = core_.config.xmpp_hold;
  auto agent = std::make_unique<Agent>(stream, local, remote, std::move(config));
  agent->peer.id = core_.new_peer();
  agent->peer.address = remote.address;
  agent->peer.router_id = remote.address.v4();
  Agent& held = *all_.emplace(stream, std::move(agent)).first->second;
  held.session.on_transport_up(now);
  drain(now, held);
  after(now, held);
  return stream;
}

void Agents::on_bytes(Instant now, StreamId stream, Bytes bytes) {
  Agent& agent = *all_.at(stream);
  agent.last_traffic = now;
  agent.session.on_bytes(now, bytes);
  drain(now, agent);
  after(now, agent);
}

void Agents::on_closed(Instant now, StreamId stream) {
  Agent& agent = *all_.at(stream);
  agent.session.on_transport_down(now);
  drain(now, agent);
  agent.gone = true;
  after(now, agent);
}

void Agents::on_timer(Instant now) {
  for (StreamId stream : alarms_.take_due(now)) {
    const auto at = all_.find(stream);
    if (at == all_.end()) continue;
    Agent& agent = *at->second;
    agent.session.on_timer(now);
    drain(now, agent);
    if (const auto due = end_of_rib_due(agent); due && *due <= now) {
      agent.end_of_rib_sent = true;
      agent.session.send_end_of_rib(now);
      drain(now, agent);
    }
    after(now, agent);
  }
}

std::optional<Instant> Agents::end_of_rib_due(const Agent& agent) const {
  if (!agent.up || agent.end_of_rib_sent) return {};
  return std::min(agent.last_traffic + quiet, agent.up_at + longest_wait_for_quiet);
}

void Agents::stop(Instant now, const std::string& why) {
  std::vector<StreamId> streams;
  for (const auto& [stream, agent] : all_) streams.push_back(stream);
  for (StreamId stream : streams) {
    Agent& agent = *all_.at(stream);
    agent.session.close(now, why);
    drain(now, agent);
    if (!agent.gone) core_.close(stream);
    agent.gone = true;
    after(now, agent);
  }
}

void Agents::drain(Instant now, Agent& agent) {
  while (auto output = agent.session.poll_output()) {
    if (auto* send = std::get_if<xmpp::Send>(&*output)) {
      core_.write(agent.stream, std::move(send->bytes));
    } else if (std::holds_alternative<xmpp::HangUp>(*output)) {
      if (!std::exchange(agent.gone, true)) core_.close(agent.stream);
    } else {
      std::visit(
          [&](const auto& said) {
            if constexpr (requires { take(now, agent, said); }) take(now, agent, said);
          },
          *output);
    }
  }
}

// Once the session has nothing more to say: forget an agent that went, or wake up in time.
void Agents::after(Instant now, Agent& agent) {
  const StreamId stream = agent.stream;
  if (!agent.gone) {
    alarms_.set(stream, earliest(agent.session.next_timer(), end_of_rib_due(agent)));
    return;
  }
  leave(now, agent);
  alarms_.cancel(stream);
  all_.erase(stream);
}

void Agents::take(Instant now, Agent& agent, const xmpp::Up& up) {
  agent.peer.name = up.peer;
  replace_older(now, agent);
  agent.up = true;
  agent.up_at = agent.last_traffic = now;
  by_peer_[agent.peer.id] = &agent;
  most_at_once_ = std::max(most_at_once_, by_peer_.size());
  AgentHistory& history = histories_[up.peer];
  history.connected = true;
  history.changed = now;
  ++core_.activity;
}

void Agents::take(Instant now, Agent& agent, const xmpp::Down& down) {
  if (agent.up) histories_[agent.peer.name].last_error = down.why;
  leave(now, agent);
}

// An agent has one channel: a second one means that the first is dead and we have not noticed.
void Agents::replace_older(Instant now, const Agent& agent) {
  for (auto& [stream, other] : all_) {
    if (other.get() == &agent || !other->up || other->peer.name != agent.peer.name) continue;
    other->session.close(now, "replaced by a newer channel");
    drain(now, *other);
    leave(now, *other);
    if (!std::exchange(other->gone, true)) core_.close(stream);
    alarms_.set(stream, now);  // taken off the list when we are not walking it
    return;
  }
}

void Agents::leave(Instant now, Agent& agent) {
  for (auto& [name, subscription] : agent.subscriptions) part(now, agent, name, subscription);
  agent.subscriptions.clear();
  if (!std::exchange(agent.up, false)) return;
  by_peer_.erase(agent.peer.id);
  AgentHistory& history = histories_[agent.peer.name];
  history.connected = false;
  history.changed = history.last_flap = now;
  ++history.flaps;
  ++core_.activity;
  // Copies of its paths must not outlive the agent they point to.
  core_.routing->settle(now);
}

void Agents::join(Instant now, Agent& agent, const std::string& name, Subscription& subscription) {
  const vpn::Instance* instance = core_.routing->find(name);
  if (!instance || subscription.joined) return;
  subscription.joined = true;
  core_.routing->subscribe(now, agent.peer, *instance);
  for (const auto& [id, said] : std::exchange(subscription.waiting, {}))
    publish(now, agent, subscription, said);
  if (!subscription.no_ribout) newcomers_.emplace_back(agent.stream, name);
}

void Agents::part(Instant now, Agent& agent, const std::string& name, Subscription& subscription) {
  if (!std::exchange(subscription.joined, false)) return;
  const vpn::Instance& instance = *core_.routing->find(name);
  core_.routing->drop_paths(now, agent.peer, instance);
  core_.routing->unsubscribe(now, agent.peer, instance);
  std::erase(newcomers_, std::pair{agent.stream, name});
  if (!std::exchange(subscription.told, false)) return;
  auto& members = subscribers_[name];
  members.erase(agent.stream);
  if (!members.empty()) return;
  subscribers_.erase(name);
  outs_.erase(name);
}

void Agents::take(Instant now, Agent& agent, const xmpp::Subscribed& said) {
  if (!agent.up) return;
  const auto [at, fresh] = agent.subscriptions.try_emplace(said.instance);
  if (!fresh) return agent.session.close(now, "duplicate subscribe to " + said.instance);
  at->second.instance_id = said.instance_id;
  at->second.no_ribout = said.no_ribout;
  join(now, agent, said.instance, at->second);
}

void Agents::take(Instant now, Agent& agent, const xmpp::Unsubscribed& said) {
  if (!agent.up) return;
  const auto at = agent.subscriptions.find(said.instance);
  if (at == agent.subscriptions.end())
    return agent.session.close(now, "unsubscribe without subscribe: " + said.instance);
  part(now, agent, said.instance, at->second);
  agent.subscriptions.erase(at);
}

void Agents::take(Instant now, Agent& agent, const xmpp::Published& said) {
  if (!agent.up) return;
  const auto at = agent.subscriptions.find(said.instance);
  if (at == agent.subscriptions.end())
    return agent.session.close(now, "route without subscribe: " + said.instance);
  if (at->second.joined)
    publish(now, agent, at->second, said);
  else
    at->second.waiting.insert_or_assign(xmpp::node_id(said.item, said.instance, {}), said);
}

void Agents::publish(Instant now, Agent& agent, const Subscription& subscription,
                     const xmpp::Published& said) {
  const vpn::Instance& instance = *core_.routing->find(said.instance);
  const Publisher publisher{&agent.peer, subscription.instance_id,
                            core_.config.fabric.autonomous_system};
  auto route = route_of(said.item, instance, publisher, said.primary_instance);
  if (!route) return;
  rib::Path path;
  path.key = key_of(agent.peer);
  path.key.path_id = route->attributes.next_hop.v4().raw();
  path.peer = &agent.peer;
  path.attributes = core_.pool.intern(std::move(route->attributes));
  path.label = route->label;
  path.flags = route->flags;
  rib::Table& table = *instance.table(route->family);
  // A new next hop is a new path id: the agent still has one path.
  if (const rib::Destination* old = table.find(route->nlri))
    for (const rib::Path& each : rib::Paths{old->paths})
      if (each.peer == &agent.peer && !each.replicated() && each.key != path.key)
        table.remove(now, route->nlri, each.key);
  table.put(now, route->nlri, std::move(path));
}

void Agents::take(Instant now, Agent& agent, const xmpp::Retracted& said) {
  if (!agent.up) return;
  const auto at = agent.subscriptions.find(said.instance);
  if (at == agent.subscriptions.end())
    return agent.session.close(now, "route without subscribe: " + said.instance);
  if (!at->second.joined) {
    at->second.waiting.erase(xmpp::node_id(said.item, said.instance, {}));
    return;
  }
  const vpn::Instance& instance = *core_.routing->find(said.instance);
  const auto nlri = retracted_key(said.item, instance, {&agent.peer, at->second.instance_id, {}});
  if (!nlri) return;
  rib::Table& table = *instance.table(xmpp::family_of(said.item));
  const rib::Destination* row = table.find(*nlri);
  if (!row) return;
  for (const rib::Path& each : rib::Paths{row->paths})
    if (each.peer == &agent.peer && !each.replicated()) table.remove(now, *nlri, each.key);
}

void Agents::instance_added(Instant now, const std::string& name) {
  for (auto& [stream, agent] : all_) {
    const auto at = agent->subscriptions.find(name);
    if (at != agent->subscriptions.end()) join(now, *agent, name, at->second);
  }
}

void Agents::instance_leaving(Instant now, const std::string& name) {
  for (auto& [stream, agent] : all_) {
    const auto at = agent->subscriptions.find(name);
    if (at != agent->subscriptions.end()) part(now, *agent, name, at->second);
  }
}

InstanceOut& Agents::out_of(const vpn::Instance& instance) {
  auto& slot = outs_[instance.config.name];
  if (!slot) slot = std::make_unique<InstanceOut>(instance, *core_.routing);
  return *slot;
}

std::vector<Agent*> Agents::told(const std::string& instance) {
  std::vector<Agent*> out;
  const auto members = subscribers_.find(instance);
  if (members == subscribers_.end()) return out;
  for (StreamId stream : members->second) out.push_back(all_.at(stream).get());
  return out;
}

void Agents::tell(Instant now, const std::string& instance, const std::vector<Agent*>& agents,
                  const InstanceOut::News& news) {
  if (news.empty()) return;
  for (Agent* agent : agents) {
    if (!news.retracts.empty())
      agent->session.send_retracts(now, instance, news.family, news.retracts);
    if (!news.items.empty()) agent->session.send_items(now, instance, news.items);
    agent->last_traffic = now;
    drain(now, *agent);
    alarms_.set(agent->stream, earliest(agent->session.next_timer(), end_of_rib_due(*agent)));
  }
}

void Agents::tell(Instant now, const rib::Table& table) {
  const auto out = outs_.find(table.instance());
  if (out == outs_.end()) return;
  tell(now, table.instance(), told(table.instance()), out->second->pull(table.family()));
}

void Agents::tell_newcomers(Instant now) {
  for (const auto& [stream, name] : std::exchange(newcomers_, {})) {
    const auto at = all_.find(stream);
    const vpn::Instance* instance = core_.routing->find(name);
    if (at == all_.end() || !at->second->up || !instance) continue;
    Agent& agent = *at->second;
    for (const InstanceOut::News& news : out_of(*instance).all()) tell(now, name, {&agent}, news);
    agent.subscriptions.at(name).told = true;
    subscribers_[name].insert(stream);
    tell_trees_of(now, name, agent);
  }
}

Agent* Agents::publisher(const vpn::Ermvpn::Change& change) {
  const vpn::Instance* instance = core_.routing->find(change.instance);
  const auto* row = instance ? instance->table(Family::ermvpn)->find(Nlri{change.route}) : nullptr;
  if (!row || !row->best()->peer) return nullptr;
  const auto agent = by_peer_.find(row->best()->peer->id);
  return agent == by_peer_.end() ? nullptr : agent->second;
}

void Agents::tell_tree(Instant now, const vpn::Ermvpn::Change& change) {
  Agent* agent = publisher(change);
  const auto* forwarder = core_.routing->ermvpn().native(change.instance, change.route);
  if (!agent || !forwarder) return;
  const auto subscription = agent->subscriptions.find(change.instance);
  if (subscription == agent->subscriptions.end() || !subscription->second.told) return;
  const auto* row =
      core_.routing->find(change.instance)->table(Family::ermvpn)->find(Nlri{change.route});
  InstanceOut::News news;
  news.family = Family::ermvpn;
  news.items.push_back(tree_item(change.route, *forwarder, row->best()->attributes->encaps()));
  tell(now, change.instance, {agent}, news);
}

void Agents::tell_trees(Instant now, const std::vector<vpn::Ermvpn::Change>& changes) {
  for (const vpn::Ermvpn::Change& change : changes) tell_tree(now, change);
}

// A newcomer's own native routes, if it published them before it was told anything.
void Agents::tell_trees_of(Instant now, const std::string& instance, const Agent& agent) {
  const vpn::Instance& held = *core_.routing->find(instance);
  if (held.master()) return;
  for (const auto& [nlri, row] : held.table(Family::ermvpn)->rows()) {
    const auto& route = std::get<ErmvpnRoute>(nlri);
    if (route.type == ErmvpnRoute::native && row.best() && row.best()->peer == &agent.peer)
      tell_tree(now, {instance, route});
  }
}

const AgentHistory* Agents::history(const std::string& name) const {
  const auto at = histories_.find(name);
  return at == histories_.end() ? nullptr : &at->second;
}

}  // namespace tflab::node
