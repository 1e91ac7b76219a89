#include "control-core/node/peers.h"

#include <algorithm>
#include <utility>

#include "control-core/base/text.h"
#include "control-core/bgp/collision.h"
#include "control-core/config/peer_range.h"
#include "control-core/config/target_filtering.h"

namespace tflab::node {
namespace {

constexpr Duration rest_after_loss = seconds(5);
// Two connections at once decide between themselves in a round trip or two.
constexpr Duration collision_time = seconds(5);
// RFC 4271 section 4.5 and RFC 4486 section 4.
constexpr std::uint8_t cease = 6, deconfigured = 3, collision = 7;

bgp::Cause cease_because(std::uint8_t subcode, std::string text) {
  return {cease, subcode, true, std::move(text)};
}

// Changes that need no new OPEN.
bool same_session(config::BgpPeer a, const config::BgpPeer& b) {
  a.prefix_limit = b.prefix_limit;
  return a == b;
}

IpAddr dial_from(const config::ControlNode& node, const config::BgpPeer& peer) {
  if (!peer.local_address.zero()) return peer.local_address;
  return peer.address.version() == node.address.version() ? node.address : IpAddr{};
}

std::int64_t whole_seconds(Duration time) {
  return time.ns / seconds(1).ns;
}

bool in_progress(const Link& link) {
  return link.session.state() == bgp::State::open_sent ||
         link.session.state() == bgp::State::open_confirm;
}

}  // namespace

bgp::SessionConfig Peers::session_config(const config::BgpPeer& config, bool passive) const {
  bgp::SessionConfig out;
  out.local_as = core_.config.as;
  out.router_id = core_.config.router_id;
  out.peer_as = config.as;
  out.families = config::families_for(core_.config, config);
  if (out.families.empty()) out.families = {Family::inet, Family::inet_vpn};
  out.hold = std::min(config.hold, core_.config.bgp_hold);
  out.delay_open = config.delay_open;
  out.passive = passive;
  offer_restart(out);
  return out;
}

// Control nodes do not forward: forwarding goes on while they restart. Without graceful restart we
// still announce that we end what we say with end-of-rib.
void Peers::offer_restart(bgp::SessionConfig& out) const {
  const config::GracefulRestart& restart = core_.config.fabric.graceful_restart;
  out.graceful_restart.restarting = core_.starting;
  if (!restart.enable) return;
  out.graceful_restart.notification = true;
  out.graceful_restart.seconds = static_cast<std::uint16_t>(whole_seconds(restart.restart_time));
  for (Family family : out.families) {
    out.graceful_restart.families.push_back({family, true});
    if (restart.long_lived_restart_time > Duration{})
      out.long_lived.push_back(
          {family, true,
           static_cast<std::uint32_t>(whole_seconds(restart.long_lived_restart_time))});
  }
}

std::size_t Peers::free_slot() {
  const auto free = std::ranges::find(by_slot_, nullptr);
  if (free == by_slot_.end()) return by_slot_.emplace_back(), by_slot_.size() - 1;
  return static_cast<std::size_t>(free - by_slot_.begin());
}

std::unique_ptr<Peer> Peers::make(const config::BgpPeer& config) {
  auto peer = std::make_unique<Peer>(
      core_, config,
      Link{.session{session_config(config, config.passive), core_.pools->attributes},
           .dialled = true});
  rib::Peer& path_peer = peer->peer;
  path_peer.id = core_.new_peer();
  path_peer.slot = free_slot();
  by_slot_[path_peer.slot] = peer.get();
  path_peer.kind = config.as == core_.config.as ? rib::Peer::ibgp : rib::Peer::ebgp;
  path_peer.name = config.name;
  path_peer.address = config.address;
  path_peer.as = config.as;
  path_peer.client = config.route_reflector_client;
  return peer;
}

Peer* Peers::at_address(const IpAddr& address) {
  const auto at = std::ranges::find_if(
      all_, [&](const auto& each) { return each.second->config.address == address; });
  return at == all_.end() ? nullptr : at->second.get();
}

void Peers::add(Instant now, const config::BgpPeer& config) {
  next_.reset();
  if (const Peer* unlisted = at_address(config.address); unlisted && unlisted->range)
    remove(now, std::string{unlisted->config.name});
  Peer& peer = *(all_[config.name] = make(config));
  peer.changed = now;
  peer.ours.session.start(now);
  drain(now, peer);
  ++core_.activity;
}

void Peers::remove(Instant now, const std::string& name) {
  next_.reset();
  const auto at = all_.find(name);
  if (at == all_.end()) return;
  Peer& peer = *at->second;
  const bgp::Cause why = cease_because(deconfigured, "Cease/peer deconfigured");
  if (peer.theirs) peer.theirs->session.stop(now, why);
  peer.ours.session.stop(now, why);
  drain(now, peer);
  hang_up(peer.ours);
  peer.retention.forget(now);
  core_.routing->settle(now);
  forget(at);
}

void Peers::change(Instant now, const config::BgpPeer& config) {
  next_.reset();
  const auto at = all_.find(config.name);
  if (at != all_.end() && same_session(at->second->config, config)) {
    Peer& peer = *at->second;
    peer.config = config;
    recount(peer);
    for (Family family : std::vector{peer.families}) check_limit(now, peer, family);
    return drain(now, peer);
  }
  remove(now, config.name);
  add(now, config);
}

// A speaker that dialled from a range, as long as there is room for it.
Peer* Peers::newcomer(Instant now, const IpAddr& address) {
  const config::PeerRange* range = config::range_of(core_.config.peer_ranges, address);
  if (!range) return nullptr;
  const auto taken = std::ranges::count_if(
      all_, [&](const auto& each) { return each.second->range == range->prefix; });
  if (static_cast<std::uint64_t>(taken) >= range->limit) return nullptr;
  const config::BgpPeer peer = config::peer_from(*range, address);
  add(now, peer);
  Peer& made = *all_.at(peer.name);
  made.range = range->prefix;
  return &made;
}

// Those who would be met on other terms now, or not at all, are told to go; they may dial again.
void Peers::ranges_changed(Instant now) {
  next_.reset();
  std::vector<std::string> leaving;
  for (const auto& [name, peer] : all_) {
    if (!peer->range) continue;
    const config::PeerRange* range =
        config::range_of(core_.config.peer_ranges, peer->config.address);
    if (range) peer->range = range->prefix;
    if (!range || config::peer_from(*range, peer->config.address) != peer->config)
      leaving.push_back(name);
  }
  for (const std::string& name : leaving) remove(now, name);
}

// Not before the work at hand is done: somebody may still be looking at them.
void Peers::forget_departed() {
  for (const std::string& name : std::exchange(departed_, {})) {
    const auto at = all_.find(name);
    if (at == all_.end() || at->second->up || at->second->theirs) continue;
    forget(at);
  }
}

// Its paths are out of all tables and it is in no group: its slot is for the next one.
void Peers::forget(All::iterator peer) {
  by_slot_[peer->second->peer.slot] = nullptr;
  all_.erase(peer);
  ++core_.activity;
}

void Peers::stop(Instant now, const bgp::Cause& why) {
  next_.reset();
  stopped_ = true;
  for (auto& [name, peer] : all_) {
    if (peer->theirs) peer->theirs->session.stop(now, why);
    peer->ours.session.stop(now, why);
    drain(now, *peer);
    hang_up(peer->ours);
    peer->retention.forget(now);
    peer->timers.disarm_all();
  }
  timers_.disarm_all();
}

// --- connections

StreamId Peers::on_accepted(Instant now, Endpoint local, Endpoint remote) {
  next_.reset();
  const StreamId stream = core_.new_stream();
  Peer* known = at_address(remote.address);
  if (!known && !stopped_) known = newcomer(now, remote.address);
  if (known) note_return(now, *known);
  // Nobody we know, or somebody who has a session already (RFC 4271 section 6.8).
  if (!known || !welcomes(*known)) {
    core_.close(stream);
    return stream;
  }
  Peer& peer = *known;
  if (peer.theirs) hang_up(*peer.theirs);
  peer.theirs = std::make_unique<Link>(
      Link{.session{session_config(peer.config, true), core_.pools->attributes}, .stream = stream});
  by_stream_[stream] = &peer;
  peer.local = local;
  peer.remote = remote;
  peer.theirs->session.start(now);
  peer.theirs->session.on_transport_up(now);
  drain(now, peer);
  return stream;
}

bool Peers::welcomes(const Peer& peer) const {
  return !peer.up && !stopped_ && !peer.timers.armed(Peer::Timer::shut);
}

// A peer with whom we restart gracefully and who connects anew has restarted, though we have not
// seen it go (RFC 4724 section 5).
void Peers::note_return(Instant now, Peer& peer) {
  if (!peer.up || !peer.retention.would_keep()) return;
  Link& lost = *peer.up;
  hang_up(lost);
  lost.session.on_transport_down(now);
  drain(now, peer);
}

Link* Peers::link_of(Peer& peer, StreamId stream) {
  if (peer.ours.stream == stream) return &peer.ours;
  return peer.theirs && peer.theirs->stream == stream ? peer.theirs.get() : nullptr;
}

void Peers::on_opened(Instant now, StreamId stream, Endpoint local) {
  next_.reset();
  Peer& peer = *by_stream_.at(stream);
  peer.local = local;
  peer.remote = {peer.config.address, peer.config.port};
  if (Link* link = link_of(peer, stream)) link->session.on_transport_up(now);
  drain(now, peer);
}

void Peers::on_bytes(Instant now, StreamId stream, Bytes bytes) {
  next_.reset();
  Peer& peer = *by_stream_.at(stream);
  if (Link* link = link_of(peer, stream)) link->session.on_bytes(now, bytes);
  drain(now, peer);
}

void Peers::on_closed(Instant now, StreamId stream) {
  next_.reset();
  Peer& peer = *by_stream_.at(stream);
  by_stream_.erase(stream);
  if (Link* link = link_of(peer, stream)) {
    link->stream.reset();
    link->session.on_transport_down(now);
  }
  drain(now, peer);
}

void Peers::on_blocked(Instant now, StreamId stream) {
  next_.reset();
  Peer& peer = *by_stream_.at(stream);
  Link* link = link_of(peer, stream);
  if (!link) return;
  link->session.on_blocked(now);
  if (link == peer.up) spare(peer);
}

void Peers::on_writable(Instant now, StreamId stream) {
  next_.reset();
  Peer& peer = *by_stream_.at(stream);
  Link* link = link_of(peer, stream);
  if (!link) return;
  link->session.on_writable(now);
  if (link == peer.up) catch_up(now, peer);
}

void Peers::on_timer(Instant now) {
  next_.reset();
  on_start_timer(now);
  for (auto& [name, peer] : all_) {
    if (peer->timers.due(Peer::Timer::route_targets, now)) open_vpn(*peer);
    if (peer->timers.due(Peer::Timer::rest, now)) end_rest(now, *peer);
    if (peer->timers.due(Peer::Timer::collision, now)) end_collision(now, *peer);
    if (peer->timers.due(Peer::Timer::shut, now)) peer->ours.session.start(now);
    if (peer->timers.due(Peer::Timer::refresh, now)) answer_refreshes(now, *peer);
    peer->retention.on_timer(now);
    if (peer->theirs) peer->theirs->session.on_timer(now);
    peer->ours.session.on_timer(now);
    drain(now, *peer);
  }
}

std::optional<Instant> Peers::next_timer() const {
  if (next_) return *next_;
  std::optional<Instant> out = timers_.next();
  for (const auto& [name, peer] : all_) {
    out = earliest(out, peer->timers.next());
    out = earliest(out, peer->retention.next_timer());
    out = earliest(out, peer->ours.session.next_timer());
    if (peer->theirs) out = earliest(out, peer->theirs->session.next_timer());
  }
  return *(next_ = out);
}

void Peers::drain(Instant now, Peer& peer) {
  do {
    if (peer.theirs) drain(now, peer, *peer.theirs);
    drain(now, peer, peer.ours);
  } while (promote_waiting(now, peer));
  settle_links(now, peer);
}

void Peers::drain(Instant now, Peer& peer, Link& link) {
  while (auto output = link.session.poll_output()) {
    if (std::holds_alternative<bgp::Dial>(*output)) {
      dial(peer, link);
    } else if (std::holds_alternative<bgp::HangUp>(*output)) {
      hang_up(link);
    } else if (auto* send = std::get_if<bgp::Send>(&*output)) {
      if (link.stream) core_.write(*link.stream, std::move(send->bytes));
    } else if (auto* up = std::get_if<bgp::Up>(&*output)) {
      on_up(now, peer, link, *up);
    } else if (auto* down = std::get_if<bgp::Down>(&*output)) {
      on_down(now, peer, link, *down);
    } else if (peer.up == &link) {
      hear(now, peer, *output);
    } else if (link.waiting) {
      link.early.push_back(std::move(*output));
    }
  }
  core_.count(link.session.sent().updates + link.session.received().updates, link.counted);
}

void Peers::hear(Instant now, Peer& peer, const bgp::Output& said) {
  if (const auto* received = std::get_if<bgp::Received>(&said))
    on_update(now, peer, received->heard);
  else
    on_refresh(now, peer, std::get<bgp::Refresh>(said));
}

// An accepted connection is used once; without it we dial again, with it established we do not.
void Peers::settle_links(Instant now, Peer& peer) {
  if (peer.theirs && !peer.theirs->stream) peer.theirs.reset();
  const bool idle = !peer.up && !peer.theirs && !peer.ours.stream;
  if (idle && std::exchange(peer.resting, false))
    peer.timers.arm(Peer::Timer::rest, now + rest_after_loss);
  const bool stays = peer.retention.keeps() || peer.timers.armed(Peer::Timer::shut);
  if (idle && peer.range && !stays) departed_.push_back(peer.config.name);
}

void Peers::end_rest(Instant now, Peer& peer) {
  if (peer.timers.armed(Peer::Timer::shut)) return;
  if (peer.up || peer.theirs)
    peer.resting = true;  // they came first again
  else
    peer.ours.session.start(now);
}

void Peers::dial(Peer& peer, Link& link) {
  hang_up(link);
  link.stream = core_.new_stream();
  by_stream_[*link.stream] = &peer;
  core_.out.put(OpenStream{
      *link.stream, dial_from(core_.config, peer.config), {peer.config.address, peer.config.port}});
}

void Peers::hang_up(Link& link) {
  if (!link.stream) return;
  core_.close(*link.stream);
  by_stream_.erase(*link.stream);
  link.stream.reset();
}

// --- sessions

Link* Peers::other_of(Peer& peer, const Link& link) const {
  return &link == &peer.ours ? peer.theirs.get() : &peer.ours;
}

// Both ends prefer the connection that the larger identifier dialled (RFC 4271 section 6.8). A
// worse one that is established first waits for it: if each end dropped one as soon as it could
// compare, they could drop both, because one may see as established what the other does not yet.
bool Peers::better_one_may_come(Peer& peer, const Link& link, const bgp::Up& up) const {
  const Link* other = other_of(peer, link);
  if (!other || !in_progress(*other)) return false;
  const auto keep = bgp::survivor(core_.config.router_id, core_.config.as, up.peer_id, up.peer_as);
  return (keep == bgp::Keep::ours) != link.dialled;
}

void Peers::on_up(Instant now, Peer& peer, Link& link, const bgp::Up& up) {
  if (!better_one_may_come(peer, link, up)) return promote(now, peer, link, up);
  link.waiting = up;
  peer.timers.arm(Peer::Timer::collision, now + collision_time);
}

bool Peers::promote_waiting(Instant now, Peer& peer) {
  for (Link* link : {&peer.ours, peer.theirs.get()}) {
    if (!link || !link->waiting || better_one_may_come(peer, *link, *link->waiting)) continue;
    const bgp::Up up = *std::exchange(link->waiting, std::nullopt);
    promote(now, peer, *link, up);
    return true;
  }
  return false;
}

// The better one did not come in time: nobody is compared any more.
void Peers::end_collision(Instant now, Peer& peer) {
  for (Link* link : {&peer.ours, peer.theirs.get()})
    if (link && link->waiting) return drop_other(now, peer, *link);
}

void Peers::drop_other(Instant now, Peer& peer, Link& link) {
  Link* other = other_of(peer, link);
  if (!other) return;
  other->session.stop(now, cease_because(collision, "Cease/connection collision"));
  drain(now, peer, *other);
  hang_up(*other);
  if (other->dialled) peer.resting = true;
}

void Peers::promote(Instant now, Peer& peer, Link& link, const bgp::Up& up) {
  peer.up = &link;
  peer.timers.disarm(Peer::Timer::collision);
  drop_other(now, peer, link);
  peer.peer.router_id = up.peer_id;
  peer.peer.as = up.peer_as;
  peer.peer.kind = up.peer_as == core_.config.as ? rib::Peer::ibgp : rib::Peer::ebgp;
  peer.families = up.families;
  peer.offered = up.offered;
  peer.ended.clear();
  peer.peer.filtered = std::ranges::count(up.families, Family::route_target) != 0;
  peer.changed = now;
  ++core_.activity;
  peer.retention.back(now, up);
  recount(peer);
  enter_group(now, peer);
  for (const bgp::Output& said : std::exchange(link.early, {}))
    if (peer.up == &link) hear(now, peer, said);
}

void Peers::on_down(Instant now, Peer& peer, Link& link, const bgp::Down& down) {
  link.waiting.reset();
  link.early.clear();
  if (peer.up != &link) return;
  peer.last_error = down.why;
  peer.up = nullptr;
  ++peer.flaps;
  peer.last_flap = peer.changed = now;
  peer.timers.disarm(Peer::Timer::route_targets);
  peer.timers.disarm(Peer::Timer::refresh);
  peer.owes_target_end_of_rib = false;
  peer.refreshes.clear();
  peer.answering.clear();
  peer.blocked = false;
  peer.to_forget.clear();
  ++core_.activity;
  leave_group(peer);
  peer.retention.lost(now, down.why);
  // Copies of its paths must not outlive what they say about the peer.
  core_.routing->settle(now);
}

}  // namespace tflab::node
