// What agents are told: the routes of the instances they subscribed to, their places in multicast
// trees, whom they send copies to, and at last that this was all.

#include <algorithm>
#include <utility>

#include "control-core/node/agent_routes.h"
#include "control-core/node/agents.h"

namespace tflab::node {

// An agent has been told all there is when nothing has gone to and fro for so long.
constexpr Duration told_all_after = seconds(6);

void Agents::owe(Instant now, const std::string& instance) {
  owing_.insert(instance);
  if (!tell_at_) tell_at_ = now;
}

void Agents::hear(Instant now, Agent& agent, const std::string& name) {
  const vpn::Instance* instance = core_.routing->find(name);
  if (!instance || !agent.standing->listens_to(name)) return;
  auto& out = outs_[name];
  if (!out) out = std::make_unique<InstanceOut>(*instance, *core_.routing, core_.pools->texts);
  out->join(agent.stream);
  owe(now, name);
  owe_trees_of(now, agent, name);
  owe_floods_of(now, agent, name);
}

void Agents::hear_no_more(Agent& agent, const std::string& name) {
  std::erase_if(agent.told_floods, [&](const auto& told) { return told.first == name; });
  const auto out = outs_.find(name);
  if (out == outs_.end()) return;
  out->second->leave(agent.stream);
  if (!out->second->empty()) return;
  outs_.erase(out);
  owing_.erase(name);
}

void Agents::note(Instant now, const rib::Table& table) {
  const auto out = outs_.find(table.instance());
  if (out == outs_.end()) return;
  out->second->note(table.family());
  owe(now, table.instance());
}

// One part of what is owed to everybody who can take it.
void Agents::tell(Instant now) {
  tell_at_.reset();
  std::vector<Agent*> spoken_to;
  for (const std::string& name : std::exchange(owing_, {})) {
    InstanceOut& out = *outs_.at(name);
    for (const InstanceOut::Telling& telling : out.tell(blocked_)) {
      for (StreamId stream : telling.agents) {
        Agent& agent = *all_.at(stream);
        for (const SharedBytes& body : telling.bodies) agent.session.send(now, body);
        spoken_to.push_back(&agent);
      }
    }
    if (out.owes_others(blocked_)) owe(now, name);
  }
  std::erase_if(owing_own_, [&](StreamId stream) {
    const auto at = all_.find(stream);
    if (at == all_.end()) return true;
    if (at->second->blocked) return false;
    for (const auto& [instance, route] : std::exchange(at->second->owed_trees, {}))
      tell_tree(now, *at->second, instance, route);
    for (const auto& [instance, route] : std::exchange(at->second->owed_floods, {}))
      tell_flood(now, *at->second, instance, route);
    spoken_to.push_back(at->second.get());
    return true;
  });
  std::ranges::sort(spoken_to, {}, &Agent::stream);
  const auto twice = std::ranges::unique(spoken_to);
  spoken_to.erase(twice.begin(), twice.end());
  for (Agent* agent : spoken_to) {
    agent->last_traffic = now;
    drain(now, *agent);
    // Only its end-of-rib waits for silence. Who is woken too early looks at the time again, which
    // is cheaper than to look at all it may be owed after each word.
    if (!agent->end_of_rib_sent && !alarms_.wakes(agent->stream, silent_enough(*agent)))
      set_alarm(*agent);
  }
}

// --- multicast

Agent* Agents::publisher(const vpn::Ermvpn::Change& change) {
  const vpn::Instance* instance = core_.routing->find(change.instance);
  const auto* row = instance ? instance->table(Family::ermvpn)->find(Nlri{change.route}) : nullptr;
  if (!row || !row->best()->peer) return nullptr;
  const auto agent = by_peer_.find(row->best()->peer->id);
  return agent == by_peer_.end() ? nullptr : agent->second;
}

void Agents::note_trees(Instant now, const std::vector<vpn::Ermvpn::Change>& changes) {
  for (const vpn::Ermvpn::Change& change : changes)
    if (Agent* agent = publisher(change)) owe_tree(now, *agent, change.instance, change.route);
}

void Agents::owe_tree(Instant now, Agent& agent, const std::string& instance,
                      const ErmvpnRoute& route) {
  agent.owed_trees.emplace(instance, route);
  owing_own_.insert(agent.stream);
  if (!tell_at_) tell_at_ = now;
}

// A newcomer's own native routes, if they were there before it was told anything.
void Agents::owe_trees_of(Instant now, Agent& agent, const std::string& name) {
  const vpn::Instance& instance = *core_.routing->find(name);
  if (instance.master()) return;
  for (const auto& [nlri, row] : instance.table(Family::ermvpn)->rows()) {
    const auto& route = std::get<ErmvpnRoute>(nlri);
    if (route.type == ErmvpnRoute::native && row.best() &&
        row.best()->peer == &agent.standing->peer)
      owe_tree(now, agent, name, route);
  }
}

void Agents::tell_tree(Instant now, Agent& agent, const std::string& name,
                       const ErmvpnRoute& route) {
  const vpn::Instance* instance = core_.routing->find(name);
  const auto* forwarder = core_.routing->ermvpn().native(name, route);
  if (!instance || !forwarder || !agent.up() || !agent.standing->listens_to(name)) return;
  const auto* row = instance->table(Family::ermvpn)->find(Nlri{route});
  if (!row) return;
  agent.session.send_items(now, name,
                           {tree_item(route, *forwarder, row->best()->attributes->encaps())});
}

// --- broadcast

void Agents::note_floods(Instant now, const std::vector<vpn::Flooding::Change>& changes) {
  for (const vpn::Flooding::Change& change : changes)
    if (const auto agent = by_peer_.find(change.agent); agent != by_peer_.end())
      owe_flood(now, *agent->second, change.instance, change.route);
}

void Agents::owe_flood(Instant now, Agent& agent, const std::string& instance,
                       const EvpnRoute& route) {
  agent.owed_floods.emplace(instance, route);
  owing_own_.insert(agent.stream);
  if (!tell_at_) tell_at_ = now;
}

// A newcomer's own broadcast MACs, as its trees.
void Agents::owe_floods_of(Instant now, Agent& agent, const std::string& name) {
  const vpn::Instance& instance = *core_.routing->find(name);
  if (instance.master()) return;
  for (const EvpnRoute& route : core_.routing->flooding().broadcasts(name, agent.standing->peer.id))
    owe_flood(now, agent, name, route);
}

// Who is to send copies to nobody is told nothing.
void Agents::tell_flood(Instant now, Agent& agent, const std::string& name,
                        const EvpnRoute& route) {
  const vpn::Instance* instance = core_.routing->find(name);
  if (!instance || !agent.up() || !agent.standing->listens_to(name)) return;
  const auto* row = instance->table(Family::evpn)->find(Nlri{route});
  const bool own = row && row->best()->peer == &agent.standing->peer;
  const vpn::Olists olists = own ? core_.routing->flooding().olists(name, route) : vpn::Olists{};
  if (!olists.empty()) {
    agent.session.send_items(now, name,
                             {flood_item(route, *row, olists, *instance, *core_.routing)});
    agent.told_floods.emplace(name, route);
  } else if (agent.told_floods.erase({name, route}) != 0) {
    agent.session.send_retracts(now, name, Family::evpn, {item_id(Nlri{route})});
  }
}

// --- the end

bool Agents::owes(const Agent& agent) const {
  if (!agent.owed_trees.empty() || !agent.owed_floods.empty()) return true;
  return std::ranges::any_of(agent.standing->subscriptions(), [&](const auto& each) {
    const auto out = outs_.find(each.first);
    return out != outs_.end() && out->second->owes(agent.stream);
  });
}

Instant Agents::silent_enough(const Agent& agent) const {
  const Duration longest = core_.config.fabric.graceful_restart.end_of_rib_timeout;
  return std::min(agent.last_traffic + told_all_after, agent.up_at + longest);
}

std::optional<Instant> Agents::end_of_rib_due(const Agent& agent) const {
  if (!agent.up() || agent.end_of_rib_sent || agent.blocked || core_.starting || owes(agent))
    return {};
  return silent_enough(agent);
}

}  // namespace tflab::node
