#include "control-core/node/standing.h"

#include <cassert>
#include <utility>
#include <vector>

#include "control-core/node/agent_routes.h"

namespace tflab::node {

Standing::~Standing() {
  assert(subscriptions_.empty());  // paths point to our peer
}

bool Standing::listens_to(const std::string& instance) const {
  const auto at = subscriptions_.find(instance);
  return at != subscriptions_.end() && at->second.joined && !at->second.stale &&
         !at->second.no_ribout;
}

// A second subscription breaks the rules, unless the first is of before the agent was lost. With
// another number it is a change: routes known by the old one's route distinguisher go.
Standing::Fault Standing::take(Instant now, const xmpp::Subscribed& said) {
  const auto at = subscriptions_.find(said.instance);
  if (at == subscriptions_.end()) {
    if (subscriptions_.size() == most_subscriptions) return "too many subscriptions";
  } else {
    const bool renumbered = at->second.instance_id != said.instance_id;
    if (!at->second.stale && !renumbered) return "duplicate subscribe to " + said.instance;
    if (renumbered) part(now, said.instance, at->second);
  }
  Subscription& subscription = subscriptions_[said.instance];
  subscription.instance_id = said.instance_id;
  subscription.no_ribout = said.no_ribout;
  subscription.stale = false;
  join(now, said.instance, subscription);
  return {};
}

Standing::Fault Standing::take(Instant now, const xmpp::Unsubscribed& said) {
  const auto at = subscriptions_.find(said.instance);
  if (at == subscriptions_.end() || at->second.stale)
    return "unsubscribe without subscribe: " + said.instance;
  part(now, said.instance, at->second);
  subscriptions_.erase(at);
  return {};
}

Standing::Fault Standing::take(Instant now, const xmpp::Published& said) {
  const auto at = subscriptions_.find(said.instance);
  if (at == subscriptions_.end() || at->second.stale)
    return "route without subscribe: " + said.instance;
  if (at->second.joined) {
    publish(now, at->second, said);
    return {};
  }
  const std::string id = xmpp::node_id(said.item, said.instance, {});
  const bool fresh = !at->second.waiting.contains(id);
  if (fresh && waiting_ == most_waiting) {
    ++refused_;
    return {};
  }
  waiting_ += fresh;
  at->second.waiting.insert_or_assign(id, said);
  return {};
}

Standing::Fault Standing::take(Instant now, const xmpp::Retracted& said) {
  const auto at = subscriptions_.find(said.instance);
  if (at == subscriptions_.end() || at->second.stale)
    return "route without subscribe: " + said.instance;
  if (!at->second.joined) {
    waiting_ -= at->second.waiting.erase(xmpp::node_id(said.item, said.instance, {}));
    return {};
  }
  const vpn::Instance& instance = *core_.routing->find(said.instance);
  if (const auto nlri = retracted_key(said.item, instance, {&peer, at->second.instance_id, {}}))
    remove(now, *instance.table(xmpp::family_of(said.item)), *nlri,
           [](const rib::Path&) { return true; });
  return {};
}

void Standing::publish(Instant now, const Subscription& subscription, const xmpp::Published& said) {
  const vpn::Instance& instance = *core_.routing->find(said.instance);
  const Publisher publisher{&peer, subscription.instance_id, core_.config.fabric.autonomous_system};
  auto route = route_of(said.item, instance, publisher, said.primary_instance);
  if (!route) return;
  rib::Path path;
  path.key = key_of(peer);
  path.key.path_id = route->attributes.next_hop.v4().raw();
  path.peer = &peer;
  path.attributes = core_.pools->attributes.intern(std::move(route->attributes));
  path.label = route->label;
  path.flags = route->flags;
  rib::Table& table = *instance.table(route->family);
  // A new next hop is a new path id: the agent still has one path.
  remove(now, table, route->nlri, [&](const rib::Path& old) { return old.key != path.key; });
  table.put(now, route->nlri, std::move(path));
}

// Those of the agent's own paths for which the question is answered yes.
template <class Which>
void Standing::remove(Instant now, rib::Table& table, const Nlri& nlri, Which which) {
  const rib::Destination* row = table.find(nlri);
  if (!row) return;
  std::vector<rib::PathKey> keys;
  for (const rib::Path& path : row->paths)
    if (path.peer == &peer && !path.replicated() && which(path)) keys.push_back(path.key);
  for (const rib::PathKey& key : keys) table.remove(now, nlri, key);
}

void Standing::join(Instant now, const std::string& name, Subscription& subscription) {
  const vpn::Instance* instance = core_.routing->find(name);
  if (!instance || subscription.joined) return;
  subscription.joined = true;
  core_.routing->subscribe(now, peer, *instance);
  waiting_ -= subscription.waiting.size();
  for (const auto& [id, said] : std::exchange(subscription.waiting, {}))
    publish(now, subscription, said);
}

void Standing::part(Instant now, const std::string& name, Subscription& subscription) {
  waiting_ -= subscription.waiting.size();
  subscription.waiting.clear();
  if (!std::exchange(subscription.joined, false)) return;
  const vpn::Instance& instance = *core_.routing->find(name);
  core_.routing->drop_paths(now, peer, instance);
  core_.routing->unsubscribe(now, peer, instance);
}

void Standing::instance_added(Instant now, const std::string& name) {
  const auto at = subscriptions_.find(name);
  if (at != subscriptions_.end()) join(now, name, at->second);
}

void Standing::instance_leaving(Instant now, const std::string& name) {
  const auto at = subscriptions_.find(name);
  if (at != subscriptions_.end()) part(now, name, at->second);
}

void Standing::mark(Instant now, rib::Flag flag) {
  stale_ = true;
  for (auto& [name, subscription] : subscriptions_) {
    subscription.stale = true;
    waiting_ -= subscription.waiting.size();  // nobody forwards to these
    subscription.waiting.clear();
    if (subscription.joined) core_.routing->mark_paths(now, peer, *core_.routing->find(name), flag);
  }
}

void Standing::sweep(Instant now) {
  if (!std::exchange(stale_, false)) return;
  for (auto& [name, subscription] : subscriptions_)
    if (subscription.stale) part(now, name, subscription);
  std::erase_if(subscriptions_, [](const auto& each) { return each.second.stale; });
  for (auto& [name, subscription] : subscriptions_)
    if (subscription.joined) core_.routing->drop_stale_paths(now, peer, *core_.routing->find(name));
}

void Standing::clear(Instant now) {
  for (auto& [name, subscription] : subscriptions_) part(now, name, subscription);
  subscriptions_.clear();
  stale_ = false;
}

}  // namespace tflab::node
