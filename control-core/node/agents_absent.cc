// Agents that are lost: whether they are given grace, for how long, and what stays when they come
// back without having said again what they said before (RFC 4724 section 4.2, RFC 9494).

#include <algorithm>
#include <utility>

#include "control-core/node/agents.h"

namespace tflab::node {

// An agent that came back has said all it knows when it says so, or when it has been silent for so
// long; at the latest after the end-of-rib timeout.
constexpr Duration said_all_after = seconds(6);

std::optional<Instant> Agents::sweep_due(const Agent& agent) const {
  if (!agent.up() || !agent.standing->stale()) return {};
  const Duration longest = core_.config.fabric.graceful_restart.end_of_rib_timeout;
  return std::min(agent.last_traffic + said_all_after, agent.up_at + longest);
}

void Agents::leave(Instant now, Agent& agent, Loss loss) {
  if (!agent.up()) return;
  auto standing = std::exchange(agent.standing, nullptr);
  for (const auto& [instance, subscription] : standing->subscriptions())
    hear_no_more(agent, instance);
  by_peer_.erase(standing->peer.id);
  AgentHistory& history = histories_[agent.name()];
  history.up = nullptr;
  history.changed = history.last_flap = now;
  ++history.flaps;
  ++core_.activity;
  if (loss == Loss::may_return)
    give_grace(now, agent.name(), std::move(standing));
  else
    forget(now, std::move(standing));
}

// What is still stale from the time before goes now (RFC 4724 section 4.2).
void Agents::give_grace(Instant now, const std::string& name, std::unique_ptr<Standing> standing) {
  const config::GracefulRestart& rules = core_.config.fabric.graceful_restart;
  const bool at_all = rules.restart_time > Duration{} || rules.long_lived_restart_time > Duration{};
  if (!rules.helps_agents() || !at_all) return forget(now, std::move(standing));
  standing->sweep(now);
  standing->mark(now, rib::stale);
  absent_[name] = {std::move(standing)};
  grace_.set(name, now + rules.restart_time);
}

void Agents::grace_over(Instant now, const std::string& name) {
  const auto at = absent_.find(name);
  if (at == absent_.end()) return;
  AbsentAgent& agent = at->second;
  const Duration longer = core_.config.fabric.graceful_restart.long_lived_restart_time;
  if (!agent.long_lived && longer > Duration{}) {
    agent.long_lived = true;
    agent.standing->mark(now, rib::llgr_stale);
    grace_.set(name, now + longer);
    return;
  }
  auto standing = std::move(agent.standing);
  absent_.erase(at);
  forget(now, std::move(standing));
}

void Agents::forget(Instant now, std::unique_ptr<Standing> standing) {
  standing->clear(now);
  // Copies of its paths must not outlive the agent they point to.
  core_.routing->settle(now);
}

}  // namespace tflab::node
