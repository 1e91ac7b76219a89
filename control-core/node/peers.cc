#include "control-core/node/peers.h"

#include <algorithm>
#include <utility>

#include "control-core/base/text.h"
#include "control-core/bgp/collision.h"
#include "control-core/config/peer_range.h"
#include "control-core/config/target_filtering.h"
#include "control-core/node/preference.h"

namespace tflab::node {
namespace {

constexpr Duration wait_for_route_targets = seconds(30);
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
      Link{.session{session_config(config, config.passive), core_.pool}, .dialled = true});
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
      Link{.session{session_config(peer.config, true), core_.pool}, .stream = stream});
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
  peer.peer.filtered = has(up.families, Family::route_target);
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

rib::Group& Peers::group_for(const rib::Audience& audience) {
  auto& slot = groups_[audience];
  if (slot) return *slot;
  std::vector<rib::Table*> tables;
  for (Family family : audience.families) tables.push_back(&core_.routing->master(family));
  const rib::Speaker us{core_.config.as, core_.config.router_id, core_.config.cluster_id,
                        core_.config.target_filtering == config::TargetFiltering::rfc4684};
  slot = std::make_unique<rib::Group>(us, audience, tables, core_.pool);
  return *slot;
}

void Peers::enter_group(Instant now, Peer& peer) {
  rib::Audience audience;
  audience.internal = peer.peer.kind == rib::Peer::ibgp;
  audience.client = peer.peer.client;
  audience.four_byte_as = peer.up->session.dialect().four_byte_as;
  audience.extended = peer.up->session.dialect().extended;
  audience.long_lived = !peer.offered.long_lived.empty();
  audience.as = peer.peer.as;
  audience.families = peer.families;
  std::ranges::sort(audience.families);
  peer.group = &group_for(audience);
  peer.group->join(peer.peer);
  if (peer.peer.filtered) peer.timers.arm(Peer::Timer::route_targets, now + wait_for_route_targets);
  open_families(peer);
}

void Peers::leave_group(Peer& peer) {
  rib::Group* group = std::exchange(peer.group, nullptr);
  if (!group) return;
  group->leave(peer.peer);
  if (!group->empty()) return;
  const rib::Audience audience = group->audience();
  groups_.erase(audience);
}

void Peers::open_vpn(Peer& peer) {
  peer.timers.disarm(Peer::Timer::route_targets);
  open_families(peer);
}

// VPN routes wait until we know which are wanted, and while we restart everything waits.
void Peers::open_families(Peer& peer) {
  if (!peer.group || peer.blocked || defers()) return;
  const bool knows_wants = !peer.timers.armed(Peer::Timer::route_targets);
  for (Family family : peer.families)
    if (knows_wants || !vpn(family)) peer.group->open(peer.peer, family);
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

// The segment and the second label of a MAC address stand in its route, and here in its attributes.
AttributesRef Peers::with_host_of(const bgp::Reach& reach, const AttributesRef& said) {
  if (reach.l3_label == 0 && reach.esi == Esi{}) return said;
  Attributes out = *said;
  out.l3_label = reach.l3_label;
  out.esi = reach.esi;
  return core_.pool.intern(std::move(out));
}

// What a control node of another AS says with a MED has had a local preference there. That it is a
// control node shows in its speaking of edge-replicated multicast, which nobody else does.
AttributesRef Peers::with_preference(const Peer& peer, const AttributesRef& said) {
  const bool control_node = has(peer.families, Family::ermvpn);
  if (peer.peer.kind != rib::Peer::ebgp || !control_node || !said->med) return said;
  Attributes out = *said;
  out.local_pref = mirrored(*said->med);
  return core_.pool.intern(std::move(out));
}

void Peers::on_update(Instant now, Peer& peer, const bgp::Heard& heard) {
  const bool established = peer.up->session.state() == bgp::State::established;
  if (!established || !has(peer.families, heard.family)) return;
  if (heard.end_of_rib) return on_end_of_rib(now, peer, heard.family);
  rib::Table& table = core_.routing->master(heard.family);
  rib::Path path;
  path.key.peer = peer.peer.id;
  path.key.source = rib::Source::bgp;
  const bool limited = peer.config.prefix_limit != 0;
  std::uint32_t& count = peer.paths[static_cast<std::size_t>(heard.family)];
  const auto known = [&](const Nlri& nlri) {
    const rib::Destination* row = table.find(nlri);
    return row && row->find(path.key);
  };
  if (!heard.attributes) {
    for (const bgp::Reach& gone : heard.routes) {
      if (limited && known(gone.nlri)) --count;
      table.remove(now, gone.nlri, path.key);
    }
    return;
  }
  path.peer = &peer.peer;
  path.flags = flags_of(peer, *heard.attributes);
  const AttributesRef attributes = with_preference(peer, heard.attributes);
  for (const bgp::Reach& reach : heard.routes) {
    path.attributes = with_host_of(reach, attributes);
    path.label = reach.label;
    if (limited && !known(reach.nlri)) ++count;
    table.put(now, reach.nlri, path);
  }
  check_limit(now, peer, heard.family);
}

// --- what they are told

void Peers::tell(Instant now) {
  try_end_start(now);
  const rib::Group::Interested interested = [this](const Attributes& attributes) {
    return core_.routing->targets().interested(attributes);
  };
  for (auto& [audience, group] : groups_)
    for (const rib::Batch& batch : group->drain(interested)) send(now, *group, batch);
  forget_departed();
}

// A peer that does not read only gathers what it must forget; and while this node starts, it does
// not say yet that its route targets are complete.
bool Peers::owe_later(Peer& peer, const rib::Batch& batch) {
  if (peer.blocked) {
    std::set<Nlri>& gone = peer.to_forget[batch.family];
    for (const Nlri* nlri : batch.withdrawn) gone.insert(*nlri);
    return true;
  }
  if (!batch.end_of_rib() || batch.family != Family::route_target || !core_.starting) return false;
  return peer.owes_target_end_of_rib = true;
}

void Peers::send(Instant now, const rib::Group& group, const rib::Batch& batch) {
  next_.reset();
  bgp::Update update;
  update.family = batch.family;
  update.attributes = batch.attributes;
  update.unreach.reserve(batch.withdrawn.size());
  for (const Nlri* nlri : batch.withdrawn) update.unreach.push_back(*nlri);
  update.reach.reserve(batch.reached.size());
  for (const rib::Batch::Route& route : batch.reached)
    update.reach.push_back(
        {*route.nlri, route.label, batch.attributes->l3_label, batch.attributes->esi});
  update.end_of_rib = batch.end_of_rib();
  const rib::Audience& them = group.audience();
  const bgp::Dialect dialect{them.internal, them.four_byte_as, them.extended};
  const SharedBytes bytes = bgp::encode(update, dialect);
  batch.members->each([&](rib::PeerSet::Slot slot) {
    Peer& peer = *by_slot_[slot];
    if (peer.group != &group || owe_later(peer, batch)) return;
    peer.up->session.send_encoded(now, bytes);
    if (update.end_of_rib && peer.answering.erase(update.family) != 0)
      peer.up->session.send_refresh({update.family, bgp::Refresh::end});
    drain(now, peer);
  });
}

}  // namespace tflab::node
