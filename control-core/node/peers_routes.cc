// Which peers are owed the same, what they say and what they are told.

#include <algorithm>
#include <array>
#include <utility>

#include "control-core/bgp/pack.h"
#include "control-core/config/target_filtering.h"
#include "control-core/node/peers.h"
#include "control-core/node/preference.h"

namespace tflab::node {
namespace {

constexpr Duration wait_for_route_targets = seconds(30);

bool vpn(Family family) {
  return family == Family::inet_vpn || family == Family::inet6_vpn || family == Family::evpn ||
         family == Family::ermvpn;
}

bool has(const std::vector<Family>& families, Family family) {
  return std::ranges::find(families, family) != families.end();
}

// Routes go from the tables into messages a few at a time: a batch may hold all that there are.
SharedBytes encoded(const rib::Batch& batch, bgp::Dialect dialect) {
  const Attributes* attributes = batch.attributes.get();
  bgp::Packer packer = attributes != nullptr ? bgp::Packer{batch.family, *attributes, dialect}
                                             : bgp::Packer{batch.family, dialect};
  if (batch.end_of_rib()) packer.say_nothing();
  std::array<bgp::Reach, 16> few;
  const auto add = [&](std::size_t count, const auto& route) {
    for (std::size_t at = 0; at < count;) {
      std::size_t taken = 0;
      while (taken < few.size() && at < count) few[taken++] = route(at++);
      packer.add(std::span{few}.first(taken));
    }
  };
  add(batch.withdrawn.size(), [&](std::size_t i) { return bgp::Reach{*batch.withdrawn[i]}; });
  add(batch.reached.size(), [&](std::size_t i) {
    const auto& [nlri, label] = batch.reached[i];
    return bgp::Reach{*nlri, label, attributes->l3_label, attributes->esi};
  });
  return std::make_shared<const std::vector<std::byte>>(packer.finish());
}

// That of an inclusive multicast route stands in its tunnel (RFC 7432 section 11.2).
std::uint32_t label_of(const bgp::Reach& reach, const Attributes& attributes) {
  const auto* evpn = std::get_if<EvpnRoute>(&reach.nlri);
  const bool in_tunnel = evpn && evpn->type == EvpnRoute::inclusive_multicast;
  return in_tunnel && attributes.pmsi_tunnel ? attributes.pmsi_tunnel->label : reach.label;
}

}  // namespace

rib::Group& Peers::group_for(const rib::Audience& audience) {
  auto& slot = groups_[audience];
  if (slot) return *slot;
  std::vector<rib::Table*> tables;
  for (Family family : audience.families) tables.push_back(&core_.routing->master(family));
  const rib::Speaker us{core_.config.as, core_.config.router_id, core_.config.cluster_id,
                        core_.config.target_filtering == config::TargetFiltering::rfc4684};
  slot = std::make_unique<rib::Group>(us, audience, tables, core_.pools->attributes);
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
  audience.rewriting = peer.config.rewriting;
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
  return core_.pools->attributes.intern(std::move(out));
}

// What a control node of another AS says with a MED has had a local preference there. That it is a
// control node shows in its speaking of edge-replicated multicast, which nobody else does.
AttributesRef Peers::with_preference(const Peer& peer, const AttributesRef& said) {
  const bool control_node = has(peer.families, Family::ermvpn);
  if (peer.peer.kind != rib::Peer::ebgp || !control_node || !said->med) return said;
  Attributes out = *said;
  out.local_pref = mirrored(*said->med);
  return core_.pools->attributes.intern(std::move(out));
}

// Where a router says no encapsulation, its session's terms do.
AttributesRef Peers::with_encaps(const Peer& peer, Family family, const AttributesRef& said) {
  const std::vector<Encap>& encaps = peer.config.rewriting.encaps;
  if (encaps.empty() || !has_tunnels(family) || !said->encaps().empty()) return said;
  Attributes out = *said;
  set_encaps(out, encaps);
  return core_.pools->attributes.intern(std::move(out));
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
    return heard.routes.each([&](const bgp::Reach& gone) {
      if (limited && known(gone.nlri)) --count;
      table.remove(now, gone.nlri, path.key);
    });
  }
  path.peer = &peer.peer;
  path.flags = flags_of(peer, *heard.attributes);
  const AttributesRef attributes =
      with_encaps(peer, heard.family, with_preference(peer, heard.attributes));
  heard.routes.each([&](const bgp::Reach& reach) {
    path.attributes = with_host_of(reach, attributes);
    path.label = label_of(reach, *attributes);
    if (limited && !known(reach.nlri)) ++count;
    table.put(now, reach.nlri, path);
  });
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

// A peer that does not read only gathers what it must forget.
void Peers::owe_later(Peer& peer, const rib::Batch& batch) {
  std::set<Nlri>& gone = peer.to_forget[batch.family];
  for (const Nlri* nlri : batch.withdrawn) gone.insert(*nlri);
}

void Peers::send(Instant now, const rib::Group& group, const rib::Batch& batch) {
  next_.reset();
  const rib::Audience& them = group.audience();
  const SharedBytes bytes = encoded(batch, {them.internal, them.four_byte_as, them.extended});
  batch.members->each([&](rib::PeerSet::Slot slot) {
    Peer& peer = *by_slot_[slot];
    if (peer.group != &group) return;
    if (peer.blocked) return owe_later(peer, batch);
    forget_rest(now, peer, batch);
    // While this node starts, it does not say yet that its route targets are complete.
    if (batch.end_of_rib() && batch.family == Family::route_target && core_.starting) {
      peer.owes_target_end_of_rib = true;
      return;
    }
    peer.up->session.send_encoded(now, bytes);
    if (batch.end_of_rib() && peer.answering.erase(batch.family) != 0)
      peer.up->session.send_refresh({batch.family, bgp::Refresh::end});
    drain(now, peer);
  });
}

}  // namespace tflab::node
