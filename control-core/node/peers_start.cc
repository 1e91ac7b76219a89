// The restarter's half of graceful restart (RFC 4724 section 4.1): until we have heard everything
// there is to hear, nobody is told that he has. And end-of-rib as it comes in.

#include <algorithm>
#include <utility>

#include "control-core/node/peers.h"

namespace tflab::node {
namespace {

// A node that has just started does not say that its route targets are complete before no new one
// has come up for so long: peers would withdraw what agents are about to ask for.
constexpr Duration start_up_quiet = seconds(6);

}  // namespace

void Peers::start(Instant now) {
  next_.reset();
  core_.starting = true;
  timers_.arm(Timer::starting, now + start_up_quiet);
  timers_.arm(Timer::deferral, now + core_.config.fabric.graceful_restart.end_of_rib_timeout);
}

void Peers::note_target_added(Instant now) {
  next_.reset();
  if (timers_.armed(Timer::starting)) timers_.arm(Timer::starting, now + start_up_quiet);
}

void Peers::on_start_timer(Instant now) {
  const bool quiet = timers_.due(Timer::starting, now);
  if (timers_.due(Timer::deferral, now) || quiet) try_end_start(now);
}

// Peers that keep our routes can wait until we choose well.
bool Peers::defers() const {
  return core_.starting && core_.config.fabric.graceful_restart.enable;
}

// Those who never say so, and those who restart themselves, are not waited for.
bool Peers::all_said_everything() const {
  return std::ranges::all_of(all_, [](const auto& each) {
    const Peer& peer = *each.second;
    if (!peer.up) return false;
    const auto& restart = peer.offered.graceful_restart;
    return !restart || restart->restarting || peer.ended.size() == peer.families.size();
  });
}

void Peers::try_end_start(Instant now) {
  if (!core_.starting || timers_.armed(Timer::starting)) return;
  if (defers() && timers_.armed(Timer::deferral) && !all_said_everything()) return;
  end_start(now);
}

void Peers::end_start(Instant now) {
  next_.reset();
  core_.starting = false;
  timers_.disarm_all();
  for (auto& [name, peer] : all_) {
    peer->ours.session.set_restarting(false);
    if (peer->theirs) peer->theirs->session.set_restarting(false);
    open_families(*peer);
    if (!std::exchange(peer->owes_target_end_of_rib, false)) continue;
    bgp::Update update;
    update.family = Family::route_target;
    update.end_of_rib = true;
    peer->up->session.send(now, update);
    drain(now, *peer);
  }
}

void Peers::on_end_of_rib(Instant now, Peer& peer, Family family) {
  peer.ended.insert(family);
  peer.retention.end_of_rib(now, family);
  if (family == Family::route_target) open_vpn(peer);
  recount(peer);
}

}  // namespace tflab::node
