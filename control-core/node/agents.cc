#include "control-core/node/agents.h"

#include <algorithm>
#include <utility>

#include "control-core/base/text.h"
#include "control-core/base/timers.h"
#include "control-core/config/names.h"

namespace tflab::node {
namespace {

// An agent may connect ten times at once, and then once in so long.
constexpr std::uint32_t most_tokens = 10;
constexpr Duration token_time = seconds(1);
// Names are what strangers like to call themselves: so many are remembered of those who are gone.
constexpr std::size_t most_remembered = 16'384;

}  // namespace

Agents::~Agents() {
  for (auto& [stream, agent] : all_)
    if (agent->up()) agent->standing->abandon();
  for (auto& [name, agent] : absent_) agent.standing->abandon();
}

StreamId Agents::on_accepted(Instant now, Endpoint local, Endpoint remote) {
  const StreamId stream = core_.new_stream();
  xmpp::SessionConfig config;
  config.local = config::control_jid;
  config.hold = core_.config.xmpp_hold;
  Agent& agent =
      *all_.emplace(stream, std::make_unique<Agent>(stream, local, remote, config)).first->second;
  agent.session.on_transport_up(now);
  drain(now, agent);
  after(now, agent);
  return stream;
}

void Agents::on_bytes(Instant now, StreamId stream, Bytes bytes) {
  Agent& agent = *all_.at(stream);
  const auto before = agent.session.received().stanzas;
  agent.session.on_bytes(now, bytes);
  if (agent.session.received().stanzas != before) agent.last_traffic = now;
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

void Agents::on_blocked(Instant now, StreamId stream) {
  Agent& agent = *all_.at(stream);
  agent.blocked = now;
  blocked_.insert(stream);
  set_alarm(agent);
}

void Agents::on_writable(Instant now, StreamId stream) {
  Agent& agent = *all_.at(stream);
  agent.blocked.reset();
  blocked_.erase(stream);
  agent.last_traffic = now;
  if (agent.up())
    for (const auto& [instance, subscription] : agent.standing->subscriptions())
      if (outs_.contains(instance)) owe(now, instance);
  set_alarm(agent);
}

void Agents::on_timer(Instant now) {
  for (StreamId stream : alarms_.take_due(now))
    if (const auto at = all_.find(stream); at != all_.end()) serve(now, *at->second);
  for (const std::string& name : grace_.take_due(now)) grace_over(now, name);
  if (!started_ && !core_.starting) {
    started_ = true;
    for (const auto& [stream, agent] : all_) set_alarm(*agent);
  }
  if (tell_at_ && *tell_at_ <= now) tell(now);
}

std::optional<Instant> Agents::next_timer() const {
  return earliest(tell_at_, earliest(alarms_.next(), grace_.next()));
}

// Whatever of it is due.
void Agents::serve(Instant now, Agent& agent) {
  agent.session.on_timer(now);
  drain(now, agent);
  if (agent.blocked && core_.config.xmpp_hold > Duration{} &&
      *agent.blocked + core_.config.xmpp_hold <= now)
    close(now, agent, "resource-constraint", "does not read what it is told");
  if (const auto due = sweep_due(agent); due && *due <= now) agent.standing->sweep(now);
  if (const auto due = end_of_rib_due(agent); due && *due <= now) {
    agent.end_of_rib_sent = true;
    agent.session.send_end_of_rib(now);
    drain(now, agent);
  }
  after(now, agent);
}

void Agents::set_alarm(const Agent& agent) {
  auto when =
      earliest(agent.session.next_timer(), earliest(sweep_due(agent), end_of_rib_due(agent)));
  if (agent.blocked && core_.config.xmpp_hold > Duration{})
    when = earliest(when, *agent.blocked + core_.config.xmpp_hold);
  alarms_.set(agent.stream, when);
}

void Agents::stop(Instant now, const std::string& why) {
  std::vector<StreamId> streams;
  for (const auto& [stream, agent] : all_) streams.push_back(stream);
  for (StreamId stream : streams) {
    Agent& agent = *all_.at(stream);
    close(now, agent, "system-shutdown", why);
    if (!std::exchange(agent.gone, true)) core_.close(stream);
    after(now, agent);
  }
  for (auto& [name, agent] : std::exchange(absent_, {})) {
    grace_.cancel(name);
    forget(now, std::move(agent.standing));
  }
}

void Agents::agents_changed(Instant now) {
  std::vector<StreamId> strangers;
  for (const auto& [stream, agent] : all_)
    if (agent->up() && !knows(agent->remote.address)) strangers.push_back(stream);
  for (StreamId stream : strangers) {
    close(now, *all_.at(stream), "not-authorized", "not configured any more");
    after(now, *all_.at(stream));
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
  core_.count(agent.session.sent().stanzas + agent.session.received().stanzas, agent.counted);
}

// Once the session has nothing more to say: forget an agent that went, or wake up in time.
void Agents::after(Instant now, Agent& agent) {
  if (!agent.gone) return set_alarm(agent);
  const StreamId stream = agent.stream;
  leave(now, agent, Loss::may_return);
  alarms_.cancel(stream);
  blocked_.erase(stream);
  all_.erase(stream);
}

void Agents::close(Instant now, Agent& agent, std::string_view condition, std::string why) {
  agent.session.close(now, condition, std::move(why));
  drain(now, agent);
}

bool Agents::knows(const IpAddr& address) const {
  return !core_.config.agents || (*core_.config.agents)->contains(address);
}

AgentHistory& Agents::history_of(Instant now, const std::string& name) {
  const auto [at, fresh] = histories_.try_emplace(name);
  if (!fresh) return at->second;
  at->second.tokens = most_tokens;
  at->second.refilled = now;
  const std::size_t here = by_peer_.size() + absent_.size();
  if (histories_.size() <= here + most_remembered) return at->second;
  const auto old = std::ranges::find_if(histories_, [&](const auto& each) {
    return each.second.up == nullptr && each.first != name && !absent_.contains(each.first);
  });
  if (old != histories_.end()) histories_.erase(old);
  return histories_.at(name);
}

// A bucket of tokens for each name, so that one agent's flapping costs the others nothing.
bool Agents::may_connect(Instant now, const std::string& name) {
  AgentHistory& history = history_of(now, name);
  const auto earned = (now - history.refilled).ns / token_time.ns;
  history.refilled = history.refilled + Duration{earned * token_time.ns};
  history.tokens =
      static_cast<std::uint32_t>(std::min<std::int64_t>(most_tokens, history.tokens + earned));
  if (history.tokens == 0) return false;
  --history.tokens;
  return true;
}

void Agents::take(Instant now, Agent& agent, const xmpp::Up& up) {
  if (!knows(agent.remote.address))
    return close(now, agent, "not-authorized",
                 "no vrouter with the address " + to_text(agent.remote.address));
  if (!may_connect(now, up.peer))
    return close(now, agent, "policy-violation", "comes and goes too often");
  if (Agent* older = history_of(now, up.peer).up) replace(now, *older);
  agent.standing = welcome(now, agent);
  agent.up_at = agent.last_traffic = now;
  by_peer_[agent.standing->peer.id] = &agent;
  most_at_once_ = std::max(most_at_once_, by_peer_.size());
  AgentHistory& history = history_of(now, up.peer);
  history.up = &agent;
  history.changed = now;
  ++core_.activity;
}

// An agent that is back where it was has its old standing.
std::unique_ptr<Standing> Agents::welcome(Instant now, const Agent& agent) {
  if (const auto old = absent_.find(agent.name()); old != absent_.end()) {
    auto standing = std::move(old->second.standing);
    absent_.erase(old);
    grace_.cancel(agent.name());
    if (standing->peer.address == agent.remote.address) return standing;
    forget(now, std::move(standing));
  }
  rib::Peer peer;
  peer.id = core_.new_peer();
  peer.name = agent.name();
  peer.address = agent.remote.address;
  peer.router_id = agent.remote.address.v4();
  return std::make_unique<Standing>(core_, std::move(peer));
}

// An agent has one channel: a second one means that the first is dead and we have not noticed.
void Agents::replace(Instant now, Agent& older) {
  leave(now, older, Loss::may_return);
  close(now, older, "conflict", "replaced by a newer channel");
  if (!std::exchange(older.gone, true)) core_.close(older.stream);
  alarms_.set(older.stream, now);  // taken off the list when we are not walking it
}

void Agents::take(Instant now, Agent& agent, const xmpp::Down& down) {
  if (agent.up()) histories_[agent.name()].last_error = down.why;
  leave(now, agent, down.fault ? Loss::final : Loss::may_return);
}

void Agents::take(Instant now, Agent& agent, const xmpp::EndOfRib&) {
  if (agent.up()) agent.standing->sweep(now);
}

// An agent that breaks the rules is not believed any longer.
bool Agents::obey(Instant now, Agent& agent, const Standing::Fault& fault) {
  if (fault) agent.session.close(now, "policy-violation", *fault);
  return !fault;
}

void Agents::take(Instant now, Agent& agent, const xmpp::Subscribed& said) {
  if (!agent.up() || !obey(now, agent, agent.standing->take(now, said))) return;
  hear_no_more(agent, said.instance);
  hear(now, agent, said.instance);
}

void Agents::take(Instant now, Agent& agent, const xmpp::Unsubscribed& said) {
  if (!agent.up() || !obey(now, agent, agent.standing->take(now, said))) return;
  hear_no_more(agent, said.instance);
}

void Agents::take(Instant now, Agent& agent, const xmpp::Published& said) {
  if (agent.up()) obey(now, agent, agent.standing->take(now, said));
}

void Agents::take(Instant now, Agent& agent, const xmpp::Retracted& said) {
  if (agent.up()) obey(now, agent, agent.standing->take(now, said));
}

void Agents::instance_added(Instant now, const std::string& name) {
  for (auto& [who, agent] : absent_) agent.standing->instance_added(now, name);
  for (auto& [stream, agent] : all_) {
    if (!agent->up()) continue;
    agent->standing->instance_added(now, name);
    hear(now, *agent, name);
  }
}

void Agents::instance_leaving(Instant now, const std::string& name) {
  if (const auto out = outs_.find(name); out != outs_.end()) {
    const InstanceOut::Telling telling = out->second->farewell();
    for (StreamId stream : telling.agents) {
      Agent& agent = *all_.at(stream);
      for (const SharedBytes& body : telling.bodies) agent.session.send(now, body);
      drain(now, agent);
    }
  }
  outs_.erase(name);
  owing_.erase(name);
  for (auto& [who, agent] : absent_) agent.standing->instance_leaving(now, name);
  for (auto& [stream, agent] : all_)
    if (agent->up()) agent->standing->instance_leaving(now, name);
}

const AgentHistory* Agents::history(const std::string& name) const {
  const auto at = histories_.find(name);
  return at == histories_.end() ? nullptr : &at->second;
}

}  // namespace tflab::node
