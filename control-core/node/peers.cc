#include "control-core/node/peers.h"

#include <algorithm>
#include <utility>

#include "control-core/base/text.h"
#include "control-core/bgp/collision.h"
#include "control-core/config/peer_range.h"

namespace tflab::node {
namespace {

constexpr Duration wait_for_route_targets = seconds(30);
constexpr Duration rest_after_loss = seconds(5);
// A node that has just started does not say that its route targets are complete before no new one
// has come up for so long: peers would withdraw what agents are about to ask for.
constexpr Duration start_up_quiet = seconds(6);

// RFC 4271 section 4.5 and RFC 4486 section 4.
constexpr std::uint8_t cease = 6, deconfigured = 3, collision = 7;

bgp::Cause cease_because(std::uint8_t subcode, std::string text) {
  return {cease, subcode, true, std::move(text)};
}

bool vpn(Family family) {
  return family == Family::inet_vpn || family == Family::inet6_vpn || family == Family::evpn ||
         family == Family::ermvpn;
}

bool has(const std::vector<Family>& families, Family family) {
  return std::ranges::find(families, family) != families.end();
}

IpAddr dial_from(const config::ControlNode& node, const config::BgpPeer& peer) {
  if (!peer.local_address.zero()) return peer.local_address;
  return peer.address.version() == node.address.version() ? node.address : IpAddr{};
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
  out.families = config.families;
  if (out.families.empty()) out.families = {Family::inet, Family::inet_vpn};
  out.hold = std::min(config.hold, core_.config.bgp_hold);
  out.passive = passive;
  return out;
}

std::unique_ptr<Peer> Peers::make(const config::BgpPeer& config) {
  auto peer = std::make_unique<Peer>(
      config, Link{bgp::Session{session_config(config, config.passive), core_.pool}, true, {}});
  rib::Peer& path_peer = peer->peer;
  path_peer.id = core_.new_peer();
  path_peer.kind = config.as == core_.config.as ? rib::Peer::ibgp : rib::Peer::ebgp;
  path_peer.name = config.name;
  path_peer.address = config.address;
  path_peer.as = config.as;
  path_peer.client = config.route_reflector_client;
  return peer;
}

void Peers::start(Instant now) {
  core_.starting = true;
  timers_.arm(Timer::starting, now + start_up_quiet);
}

void Peers::note_target_added(Instant now) {
  if (timers_.armed(Timer::starting)) timers_.arm(Timer::starting, now + start_up_quiet);
}

Peer* Peers::at_address(const IpAddr& address) {
  const auto at = std::ranges::find_if(
      all_, [&](const auto& each) { return each.second->config.address == address; });
  return at == all_.end() ? nullptr : at->second.get();
}

void Peers::add(Instant now, const config::BgpPeer& config) {
  if (const Peer* unlisted = at_address(config.address); unlisted && unlisted->range)
    remove(now, std::string{unlisted->config.name});
  Peer& peer = *(all_[config.name] = make(config));
  peer.changed = now;
  peer.ours.session.start(now);
  drain(now, peer);
  ++core_.activity;
}

void Peers::remove(Instant now, const std::string& name) {
  const auto at = all_.find(name);
  if (at == all_.end()) return;
  Peer& peer = *at->second;
  const bgp::Cause why = cease_because(deconfigured, "Cease/peer deconfigured");
  if (peer.theirs) peer.theirs->session.stop(now, why);
  peer.ours.session.stop(now, why);
  drain(now, peer);
  hang_up(peer.ours);
  all_.erase(at);
  ++core_.activity;
}

void Peers::change(Instant now, const config::BgpPeer& config) {
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
    all_.erase(at);
    ++core_.activity;
  }
}

void Peers::stop(Instant now, const bgp::Cause& why) {
  stopped_ = true;
  for (auto& [name, peer] : all_) {
    if (peer->theirs) peer->theirs->session.stop(now, why);
    peer->ours.session.stop(now, why);
    drain(now, *peer);
    hang_up(peer->ours);
    peer->timers.disarm_all();
  }
  timers_.disarm_all();
}

// --- connections

StreamId Peers::on_accepted(Instant now, Endpoint local, Endpoint remote) {
  const StreamId stream = core_.new_stream();
  Peer* known = at_address(remote.address);
  if (!known && !stopped_) known = newcomer(now, remote.address);
  // Nobody we know, or somebody who has a session already (RFC 4271 section 6.8).
  if (!known || known->up || stopped_) {
    core_.close(stream);
    return stream;
  }
  Peer& peer = *known;
  if (peer.theirs) hang_up(*peer.theirs);
  peer.theirs = std::make_unique<Link>(
      Link{bgp::Session{session_config(peer.config, true), core_.pool}, false, stream});
  by_stream_[stream] = &peer;
  peer.local = local;
  peer.remote = remote;
  peer.theirs->session.start(now);
  peer.theirs->session.on_transport_up(now);
  drain(now, peer);
  return stream;
}

Link* Peers::link_of(Peer& peer, StreamId stream) {
  if (peer.ours.stream == stream) return &peer.ours;
  return peer.theirs && peer.theirs->stream == stream ? peer.theirs.get() : nullptr;
}

void Peers::on_opened(Instant now, StreamId stream, Endpoint local) {
  Peer& peer = *by_stream_.at(stream);
  peer.local = local;
  peer.remote = {peer.config.address, peer.config.port};
  if (Link* link = link_of(peer, stream)) link->session.on_transport_up(now);
  drain(now, peer);
}

void Peers::on_bytes(Instant now, StreamId stream, Bytes bytes) {
  Peer& peer = *by_stream_.at(stream);
  if (Link* link = link_of(peer, stream)) link->session.on_bytes(now, bytes);
  drain(now, peer);
}

void Peers::on_closed(Instant now, StreamId stream) {
  Peer& peer = *by_stream_.at(stream);
  by_stream_.erase(stream);
  if (Link* link = link_of(peer, stream)) {
    link->stream.reset();
    link->session.on_transport_down(now);
  }
  drain(now, peer);
}

void Peers::on_timer(Instant now) {
  if (timers_.due(Timer::starting, now)) end_start(now);
  for (auto& [name, peer] : all_) {
    if (peer->timers.due(Peer::Timer::route_targets, now)) open_vpn(*peer);
    if (peer->timers.due(Peer::Timer::rest, now)) end_rest(now, *peer);
    if (peer->theirs) peer->theirs->session.on_timer(now);
    peer->ours.session.on_timer(now);
    drain(now, *peer);
  }
}

std::optional<Instant> Peers::next_timer() const {
  std::optional<Instant> out = timers_.next();
  for (const auto& [name, peer] : all_) {
    out = earliest(out, peer->timers.next());
    out = earliest(out, peer->ours.session.next_timer());
    if (peer->theirs) out = earliest(out, peer->theirs->session.next_timer());
  }
  return out;
}

void Peers::drain(Instant now, Peer& peer) {
  if (peer.theirs) drain(now, peer, *peer.theirs);
  drain(now, peer, peer.ours);
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
    } else if (auto* received = std::get_if<bgp::Received>(&*output)) {
      if (peer.up == &link) on_update(now, peer, received->heard);
    }
  }
}

// An accepted connection is used once; without it we dial again, with it established we do not.
void Peers::settle_links(Instant now, Peer& peer) {
  if (peer.theirs && !peer.theirs->stream) peer.theirs.reset();
  const bool idle = !peer.up && !peer.theirs && !peer.ours.stream;
  if (idle && std::exchange(peer.resting, false))
    peer.timers.arm(Peer::Timer::rest, now + rest_after_loss);
  if (idle && peer.range) departed_.push_back(peer.config.name);
}

void Peers::end_rest(Instant now, Peer& peer) {
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

// Both connections got this far: both ends drop the same one.
bool Peers::loses_collision(Instant now, Peer& peer, Link& link, const bgp::Up& up) {
  Link* other = &link == &peer.ours ? peer.theirs.get() : &peer.ours;
  if (!other || !in_progress(*other)) return false;
  const auto keep = bgp::survivor(core_.config.router_id, core_.config.as, up.peer_id, up.peer_as);
  const bool lost = (keep == bgp::Keep::ours) != link.dialled;
  if (lost) link.session.stop(now, cease_because(collision, "Cease/connection collision"));
  if (lost && link.dialled) peer.resting = true;
  return lost;
}

void Peers::on_up(Instant now, Peer& peer, Link& link, const bgp::Up& up) {
  if (loses_collision(now, peer, link, up)) return;
  peer.up = &link;
  Link* other = link.dialled ? peer.theirs.get() : &peer.ours;
  if (other) {
    other->session.stop(now, cease_because(collision, "Cease/connection collision"));
    drain(now, peer, *other);
    hang_up(*other);
    if (other->dialled) peer.resting = true;
  }
  peer.peer.router_id = up.peer_id;
  peer.peer.as = up.peer_as;
  peer.peer.kind = up.peer_as == core_.config.as ? rib::Peer::ibgp : rib::Peer::ebgp;
  peer.families = up.families;
  peer.peer.filtered = has(up.families, Family::route_target);
  peer.changed = now;
  ++core_.activity;
  enter_group(now, peer);
}

void Peers::on_down(Instant now, Peer& peer, Link& link, const bgp::Down& down) {
  peer.last_error = down.why;
  if (peer.up != &link) return;
  peer.up = nullptr;
  ++peer.flaps;
  peer.last_flap = peer.changed = now;
  peer.timers.disarm(Peer::Timer::route_targets);
  peer.owes_target_end_of_rib = false;
  ++core_.activity;
  leave_group(peer);
  core_.routing->drop_paths(now, peer.peer, core_.routing->master());
  // Copies of its paths must not outlive what they say about the peer.
  core_.routing->settle(now);
}

rib::Group& Peers::group_for(const rib::Audience& audience) {
  auto& slot = groups_[audience];
  if (slot) return *slot;
  std::vector<rib::Table*> tables;
  for (Family family : audience.families) tables.push_back(&core_.routing->master(family));
  const rib::Speaker us{core_.config.as, core_.config.router_id, core_.config.cluster_id};
  slot = std::make_unique<rib::Group>(us, audience, tables, core_.pool);
  return *slot;
}

void Peers::enter_group(Instant now, Peer& peer) {
  rib::Audience audience;
  audience.internal = peer.peer.kind == rib::Peer::ibgp;
  audience.client = peer.peer.client;
  audience.four_byte_as = peer.up->session.dialect().four_byte_as;
  audience.as = peer.peer.as;
  audience.families = peer.families;
  std::ranges::sort(audience.families);
  peer.group = &group_for(audience);
  peer.slot = peer.group->join(peer.peer);
  for (Family family : peer.families)
    if (!vpn(family)) peer.group->open(peer.slot, family);
  if (peer.peer.filtered)
    peer.timers.arm(Peer::Timer::route_targets, now + wait_for_route_targets);
  else
    open_vpn(peer);
}

void Peers::leave_group(Peer& peer) {
  rib::Group* group = std::exchange(peer.group, nullptr);
  if (!group) return;
  group->leave(peer.slot);
  if (group->members() != 0) return;
  const rib::Audience audience = group->audience();
  groups_.erase(audience);
}

void Peers::open_vpn(Peer& peer) {
  peer.timers.disarm(Peer::Timer::route_targets);
  if (!peer.group) return;
  for (Family family : peer.families)
    if (vpn(family)) peer.group->open(peer.slot, family);
}

// --- what they say

std::uint16_t Peers::flags_of(const Peer& peer, const Attributes& attributes) const {
  std::uint16_t flags = 0;
  if (attributes.as_path.contains(core_.config.as)) flags |= rib::as_path_looped;
  if (peer.peer.kind == rib::Peer::ebgp && !attributes.as_path.neighbour())
    flags |= rib::no_neighbor_as;
  if (attributes.originator_id == core_.config.router_id) flags |= rib::originator_id_looped;
  const auto& clusters = attributes.cluster_list;
  if (core_.config.cluster_id && std::ranges::count(clusters, *core_.config.cluster_id) != 0)
    flags |= rib::cluster_list_looped;
  return flags;
}

void Peers::on_update(Instant now, Peer& peer, const bgp::Heard& heard) {
  if (!has(peer.families, heard.family)) return;
  if (heard.end_of_rib) {
    if (heard.family == Family::route_target) open_vpn(peer);
    return;
  }
  rib::Table& table = core_.routing->master(heard.family);
  rib::Path path;
  path.key.peer = peer.peer.id;
  path.key.source = rib::Source::bgp;
  if (!heard.attributes) {
    for (const bgp::Reach& gone : heard.routes) table.remove(now, gone.nlri, path.key);
    return;
  }
  path.peer = &peer.peer;
  path.attributes = heard.attributes;
  path.flags = flags_of(peer, *heard.attributes);
  for (const bgp::Reach& reach : heard.routes) {
    path.label = reach.label;
    table.put(now, reach.nlri, path);
  }
}

// --- what they are told

void Peers::tell(Instant now) {
  const rib::Group::Wants wants = [this](const rib::Peer& peer, const Attributes& attributes) {
    return core_.routing->targets().wants(peer.id, attributes);
  };
  for (auto& [audience, group] : groups_)
    for (const rib::Batch& batch : group->drain(wants)) send(now, *group, batch);
  forget_departed();
}

void Peers::send(Instant now, const rib::Group& group, const rib::Batch& batch) {
  bgp::Update update;
  update.family = batch.family;
  update.attributes = batch.attributes;
  update.unreach = batch.withdrawn;
  for (const rib::Batch::Route& route : batch.reached)
    update.reach.push_back({route.nlri, route.label});
  update.end_of_rib = batch.end_of_rib();
  const bgp::Dialect dialect{group.audience().internal, group.audience().four_byte_as};
  const SharedBytes bytes = bgp::encode(update, dialect);
  for (auto& [name, peer] : all_) {
    if (peer->group != &group || !batch.members.has(peer->slot)) continue;
    if (update.end_of_rib && update.family == Family::route_target &&
        timers_.armed(Timer::starting)) {
      peer->owes_target_end_of_rib = true;
      continue;
    }
    peer->up->session.send_encoded(now, bytes);
    drain(now, *peer);
  }
}

void Peers::end_start(Instant now) {
  core_.starting = false;
  for (auto& [name, peer] : all_) {
    if (!std::exchange(peer->owes_target_end_of_rib, false)) continue;
    bgp::Update update;
    update.family = Family::route_target;
    update.end_of_rib = true;
    peer->up->session.send(now, update);
    drain(now, *peer);
  }
}

}  // namespace tflab::node
