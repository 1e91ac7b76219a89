#include "control-core/agent/nexthops.h"

#include <algorithm>
#include <utility>

#include "vrouter-core/base/hash.h"

namespace tflab::agent {

using Kind = NexthopKey::Kind;

// Tunnels differ in their far ends, interfaces in their vifs; what else may differ matters little.
std::size_t Nexthops::Hash::operator()(const NexthopKey& key) const {
  const auto what = static_cast<std::uint64_t>(key.kind) << 32 | key.encap;
  const std::uint64_t where = std::uint64_t{key.ip.raw()} << 32 | key.vif.raw();
  return mixed(mixed(what, where),
               std::uint64_t{key.vrf.raw()} << 32 | key.prefix.base().v4().raw());
}

NexthopId Nexthops::acquire(const NexthopKey& key) {
  if (key.kind == Kind::discard) return {};
  if (const auto at = by_key_.find(key); at != by_key_.end()) {
    ++slot(*at).references;
    return *at;
  }
  const NexthopId id = ids_.take();
  if (slots_.size() <= id.raw()) slots_.resize(id.raw() + 1);
  slot(id) = {.references = 1};
  if (key == NexthopKey::tunnel(key.ip, key.encap)) {
    slot(id).encap = key.encap;
    slot(id).ip = key.ip;
  } else {
    others_.try_emplace(id, Other{key, {}});
  }
  by_key_.insert(id);
  if (const auto neighbour = neighbour_of(key)) {
    if (neighbour != underlay_.gateway) by_neighbour_[*neighbour].push_back(id);
    neighbours_.want(*neighbour);
  }
  out_.program(content(id, key));
  return id;
}

void Nexthops::release(NexthopId id) {
  if (id == NexthopId{}) return;
  if (--slot(id).references > 0) return;
  const NexthopKey key = key_of(id);
  if (const auto neighbour = neighbour_of(key); neighbour && neighbour != underlay_.gateway) {
    const auto via = by_neighbour_.find(*neighbour);
    std::erase(via->second, id);
    if (via->second.empty()) by_neighbour_.erase(via);
  }
  by_key_.erase(id);
  const auto other = others_.extract(id);
  slot(id) = {};
  ids_.give(id);
  out_.program(vr::DeleteNexthop{id});  // with its members
  if (other.empty()) return;
  for (const auto& member : other.mapped().places)
    if (member) release(*find(member->key));
}

// Who left first: its place is then free for who came.
void Nexthops::set_members(NexthopId composite, const std::vector<Member>& members) {
  Places& places = others_.at(composite).places;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& member = places[i];
    if (member && std::ranges::find(members, *member) == members.end()) {
      put_member(composite, places, i, std::nullopt);
    }
  }
  for (const Member& member : members) {
    if (std::ranges::find(places, std::optional{member}) != places.end()) continue;
    const auto free = std::ranges::find(places, std::optional<Member>{});
    const auto place = static_cast<std::size_t>(free - places.begin());
    if (free == places.end()) places.emplace_back();
    put_member(composite, places, place, member);
  }
}

void Nexthops::put_member(NexthopId composite, Places& places, std::size_t place,
                          std::optional<Member> member) {
  const auto index = static_cast<std::uint16_t>(place);
  const auto old = std::exchange(places[place], member);
  if (member) {
    const std::uint32_t number = member->vni != Vni{} ? member->vni.raw() : member->label.raw();
    out_.program(vr::SetMember{composite, index, acquire(member->key), number});
  } else {
    out_.program(vr::DeleteMember{composite, index});
  }
  if (old) release(*find(old->key));
}

void Nexthops::neighbour_changed(Ip4 neighbour) {
  for (const NexthopId id : all_via(neighbour)) out_.program(content(id, key_of(id)));
}

bool Nexthops::uses(Ip4 neighbour, std::uint32_t own) const {
  return std::ranges::any_of(all_via(neighbour), [&](NexthopId id) {
    return key_of(id).kind == Kind::tunnel || slots_[id.raw()].references > own;
  });
}

bool Nexthops::leads_to(NexthopId id, Ip4 neighbour) const {
  return slots_[id.raw()].references > 0 && neighbour_of(key_of(id)) == neighbour;
}

// What the gateway leads to is most of all there is, and it seldom changes: looked for then.
std::vector<NexthopId> Nexthops::all_via(Ip4 neighbour) const {
  if (neighbour != underlay_.gateway) {
    const auto via = by_neighbour_.find(neighbour);
    return via != by_neighbour_.end() ? via->second : std::vector<NexthopId>{};
  }
  std::vector<NexthopId> via;
  for (std::uint32_t n = 0; n < slots_.size(); ++n)
    if (leads_to(NexthopId{n}, neighbour)) via.push_back(NexthopId{n});
  return via;
}

std::optional<NexthopId> Nexthops::find(const NexthopKey& key) const {
  const auto at = by_key_.find(key);
  return at != by_key_.end() ? std::optional{*at} : std::nullopt;
}

std::optional<Nexthops::Row> Nexthops::row(const NexthopKey& key) const {
  const auto id = find(key);
  return id ? std::optional{Row{*id, slots_[id->raw()].references}} : std::nullopt;
}

NexthopKey Nexthops::key_of(NexthopId id) const {
  const Slot& slot = slots_[id.raw()];
  return slot.encap != 0 ? NexthopKey::tunnel(slot.ip, slot.encap) : others_.at(id).key;
}

const Nexthops::Places& Nexthops::places(NexthopId composite) const {
  return others_.at(composite).places;
}

std::optional<Ip4> Nexthops::neighbour_of(const NexthopKey& key) const {
  if (key.kind == Kind::arp) return key.ip;
  if (key.kind == Kind::tunnel) return underlay_.next_hop(key.ip);
  return {};
}

vr::SetNexthop Nexthops::content(NexthopId id, const NexthopKey& key) const {
  vr::SetNexthop set{.nexthop = id, .out = key.vif};
  const auto neighbour = neighbour_of(key);
  const auto mac = neighbour ? neighbours_.mac(*neighbour) : std::nullopt;
  if (neighbour && !mac) return set;  // discard, until there is an answer
  if (neighbour) {
    set.out = fabric_vif;
    set.dst = *mac;
    set.src = underlay_.mac;
  }
  switch (key.kind) {
    case Kind::discard:
      break;
    case Kind::receive:
      set.type = vr::NexthopType::receive;
      break;
    case Kind::resolve:
      set.type = vr::NexthopType::resolve;
      break;
    case Kind::arp:
      set.type = vr::NexthopType::encap;
      break;
    case Kind::vrf:
      set.type = vr::NexthopType::vrf_translate;
      set.vrf = key.vrf;
      break;
    case Kind::interface:
      set.type = vr::NexthopType::encap;
      set.vrf = key.vrf;
      set.dst = key.mac;
      set.src = vrouter_mac;
      if (key.policy) set.flags |= vr::nh_policy;
      break;
    case Kind::ecmp:
      set.type = vr::NexthopType::composite;
      set.flags |= vr::nh_composite_ecmp;
      set.hash_fields = key.hash_fields;
      break;
    case Kind::bridge:
      set.type = vr::NexthopType::encap;
      set.vrf = key.vrf;
      set.family = vr::NexthopFamily::bridge;
      if (key.policy) set.flags |= vr::nh_policy;
      break;
    case Kind::bridge_vrf:
      set.type = vr::NexthopType::vrf_translate;
      set.vrf = key.vrf;
      set.family = vr::NexthopFamily::bridge;
      break;
    case Kind::l2_receive:
      set.type = vr::NexthopType::l2_receive;
      set.vrf = key.vrf;
      set.family = vr::NexthopFamily::bridge;
      break;
    case Kind::flood:
    case Kind::tree:
    case Kind::outsiders:
      set.type = vr::NexthopType::composite;
      set.flags |= vr::nh_multicast;
      if (key.kind == Kind::flood) set.flags |= vr::nh_validate_mcast_source;
      if (key.kind == Kind::tree) set.flags |= vr::nh_composite_fabric;
      if (key.kind == Kind::outsiders) set.flags |= vr::nh_composite_evpn;
      set.vrf = key.vrf;
      set.family = vr::NexthopFamily::bridge;
      break;
    case Kind::tunnel:
      set.type = vr::NexthopType::tunnel;
      set.flags = vr::nh_valid | key.encap;
      set.sip = underlay_.address;
      set.dip = key.ip;
      set.inner_dst = key.mac;
      break;
  }
  return set;
}

}  // namespace tflab::agent
