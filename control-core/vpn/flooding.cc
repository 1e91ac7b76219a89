#include "control-core/vpn/flooding.h"

#include <algorithm>
#include <utility>

namespace tflab::vpn {
namespace {

// The administrator part of an IPv4 route distinguisher: of a broadcast MAC's, its agent.
Ip4 administrator(RouteDistinguisher rd) {
  return Ip4{static_cast<std::uint32_t>(rd.wire() >> 16)};
}

// Named after the address that is flooded to, not after the agent: where two agents speak for one
// switch it is one route with a path of each.
Nlri inclusive_multicast(const EvpnRoute& broadcast, Ip4 address) {
  EvpnRoute out;
  out.type = EvpnRoute::inclusive_multicast;
  out.rd = RouteDistinguisher::ip4(address, static_cast<std::uint16_t>(broadcast.rd.wire()));
  out.tag = broadcast.tag;
  out.ip = IpAddr{address};
  return out;
}

rib::PathKey key_of(const EvpnRoute& broadcast) {
  rib::PathKey key;
  key.source = rib::Source::local;
  key.path_id = administrator(broadcast.rd).raw();
  return key;
}

std::optional<Flooder> flooder_of(const rib::Destination& row) {
  if (row.equal_cost_paths() == 0 || !row.best()->attributes->pmsi_tunnel) return {};
  return Flooder{row.best()->attributes, row.best()->label, {}};
}

rib::Path path_of(const EvpnRoute& broadcast, const Flooder& flooder) {
  rib::Path path;
  path.key = key_of(broadcast);
  path.attributes = flooder.attributes;
  path.label = flooder.label;
  return path;
}

// Whether `to` is in one of the lists of `from`, and in which.
enum class Place : std::uint8_t { none, all, leaves };
Place place_of(const Flooder& to, const Flooder& from) {
  if (to.address() == from.address() || from.leaf()) return Place::none;
  if (to.leaf()) {
    const auto by = to.replicated_by();
    const bool theirs = from.replicator() && by && IpAddr{*by} == from.address();
    return theirs ? Place::leaves : Place::none;
  }
  return to.in_trees() && from.in_trees() ? Place::none : Place::all;
}

}  // namespace

bool Flooder::in_trees() const {
  return (attributes->pmsi_tunnel->flags & PmsiTunnel::edge_replication) != 0;
}
bool Flooder::replicator() const {
  return (attributes->pmsi_tunnel->flags & PmsiTunnel::ar_role) == PmsiTunnel::ar_replicator;
}
bool Flooder::leaf() const {
  return (attributes->pmsi_tunnel->flags & PmsiTunnel::ar_role) == PmsiTunnel::ar_leaf;
}
std::optional<Ip4> Flooder::replicated_by() const {
  return attributes->pmsi_tunnel->address();
}

void Flooding::note(Instant now, rib::Table& evpn, const Row& row) {
  const auto* route = std::get_if<EvpnRoute>(&row.first);
  if (!route) return;
  if (route->type == EvpnRoute::inclusive_multicast) note_all(evpn, row);
  if (route->type == EvpnRoute::mac_ip && route->mac.broadcast()) note_ours(now, evpn, row);
}

void Flooding::note_ours(Instant now, rib::Table& evpn, const Row& row) {
  const auto& route = std::get<EvpnRoute>(row.first);
  Network& network = networks_[evpn.instance()];
  auto next = flooder_of(row.second);
  if (next) next->agent = row.second.best()->key.peer;
  const auto known = network.ours.find(route);
  const auto old = known == network.ours.end() ? std::nullopt : std::optional{known->second};
  if (old == next) return;

  const auto hears = [&](const std::optional<Flooder>& from) {
    return from && std::ranges::any_of(network.all, [&](const Flooders::value_type& to) {
             return place_of(to.second, *from) != Place::none;
           });
  };
  if (hears(old)) changes_.push_back({evpn.instance(), route, old->agent});
  if (hears(next)) changes_.push_back({evpn.instance(), route, next->agent});
  if (old) evpn.remove(now, inclusive_multicast(route, old->address().v4()), key_of(route));
  if (next) {
    evpn.put(now, inclusive_multicast(route, next->address().v4()), path_of(route, *next));
    network.ours.insert_or_assign(route, *next);
  } else {
    network.ours.erase(known);
  }
}

void Flooding::note_all(const rib::Table& evpn, const Row& row) {
  const auto& route = std::get<EvpnRoute>(row.first);
  Network& network = networks_[evpn.instance()];
  const auto next = flooder_of(row.second);
  const auto known = network.all.find(route);
  const auto old = known == network.all.end() ? std::nullopt : std::optional{known->second};
  if (old == next) return;

  if (next)
    network.all.insert_or_assign(route, *next);
  else
    network.all.erase(known);
  for (const auto& [broadcast, from] : network.ours) {
    const auto concerns = [&](const std::optional<Flooder>& to) {
      return to && place_of(*to, from) != Place::none;
    };
    if (concerns(old) || concerns(next))
      changes_.push_back({evpn.instance(), broadcast, from.agent});
  }
}

Olists Flooding::olists(const std::string& instance, const EvpnRoute& broadcast) const {
  Olists out;
  const auto network = networks_.find(instance);
  if (network == networks_.end()) return out;
  const auto from = network->second.ours.find(broadcast);
  if (from == network->second.ours.end()) return out;
  for (const auto& [route, to] : network->second.all) {
    const Place place = place_of(to, from->second);
    if (place == Place::all) out.all.push_back(&to);
    if (place == Place::leaves) out.leaves.push_back(&to);
  }
  return out;
}

std::vector<EvpnRoute> Flooding::broadcasts(const std::string& instance, rib::PeerId agent) const {
  std::vector<EvpnRoute> out;
  const auto network = networks_.find(instance);
  if (network == networks_.end()) return out;
  for (const auto& [route, ours] : network->second.ours)
    if (ours.agent == agent) out.push_back(route);
  return out;
}

std::vector<Flooding::Change> Flooding::take_changes() {
  return std::exchange(changes_, {});
}

}  // namespace tflab::vpn
