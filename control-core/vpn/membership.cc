#include "control-core/vpn/membership.h"

#include <algorithm>
#include <iterator>

namespace tflab::vpn {
namespace {

rib::PeerId id_of(const rib::Peer* agent) {
  return agent ? agent->id : rib::PeerId{};
}

}  // namespace

rib::Path Membership::path(const rib::Peer* agent) const {
  Attributes attributes;
  attributes.next_hop = us_.router_id;
  rib::Path out;
  out.peer = agent;
  out.key.source = agent ? rib::Source::xmpp : rib::Source::local;
  if (agent) out.key.peer = agent->id;
  out.key.path_id = agent ? us_.router_id.raw() : 0;
  out.attributes = pool_.intern(std::move(attributes));
  return out;
}

void Membership::originate(Instant now) {
  table_.put(now, nlri(RouteTarget::ip4(us_.router_id, 0)), path(nullptr));
}

void Membership::want_everything(Instant now) {
  table_.put(now, TargetRoute{}, path(nullptr));
}

void Membership::add(Instant now, Agent& agent, RouteTarget target, const std::string& instance) {
  Names& names = agent.wanted_by[target];
  if (names.empty()) table_.put(now, nlri(target), path(agent.peer));
  names.insert(instance);
}

void Membership::drop(Instant now, Agent& agent, RouteTarget target, const std::string& instance) {
  const auto names = agent.wanted_by.find(target);
  if (names == agent.wanted_by.end()) return;
  names->second.erase(instance);
  if (!names->second.empty()) return;
  table_.remove(now, nlri(target), path(agent.peer).key);
  agent.wanted_by.erase(names);
}

void Membership::subscribe(Instant now, const rib::Peer* peer, const Instance& instance) {
  Agent& agent = agents_[id_of(peer)];
  agent.peer = peer;
  agent.instances.insert(instance.config.name);
  for (RouteTarget target : instance.imports) add(now, agent, target, instance.config.name);
}

void Membership::unsubscribe(Instant now, const rib::Peer* peer, const Instance& instance) {
  const auto agent = agents_.find(id_of(peer));
  if (agent == agents_.end() || agent->second.instances.erase(instance.config.name) == 0) return;
  for (RouteTarget target : instance.imports)
    drop(now, agent->second, target, instance.config.name);
  if (agent->second.instances.empty()) agents_.erase(agent);
}

void Membership::reimport(Instant now, const Instance& instance,
                          const std::vector<RouteTarget>& old) {
  std::vector<RouteTarget> come, gone;
  std::ranges::set_difference(instance.imports, old, std::back_inserter(come));
  std::ranges::set_difference(old, instance.imports, std::back_inserter(gone));
  for (auto& [id, agent] : agents_) {
    if (!agent.instances.contains(instance.config.name)) continue;
    for (RouteTarget target : come) add(now, agent, target, instance.config.name);
    for (RouteTarget target : gone) drop(now, agent, target, instance.config.name);
  }
}

}  // namespace tflab::vpn
