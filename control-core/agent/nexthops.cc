#include "control-core/agent/nexthops.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tflab::agent {

using Kind = NexthopKey::Kind;

NexthopId Nexthops::acquire(const NexthopKey& key) {
  if (key.kind == Kind::discard) return {};
  if (const auto known = find(key)) {
    ++rows_.at(*known).references;
    return *known;
  }
  const NexthopId id = ids_.take();
  by_key_.emplace(key, id);
  if (const auto neighbour = neighbour_of(key)) {
    by_neighbour_[*neighbour].push_back(id);
    neighbours_.want(*neighbour);
  }
  const vr::SetNexthop set = content(id, key);
  rows_.emplace(id, Row{key, 1, set});
  out_.program(set);
  return id;
}

void Nexthops::release(NexthopId id) {
  if (id == NexthopId{}) return;
  const auto row = rows_.find(id);
  assert(row != rows_.end());
  if (--row->second.references > 0) return;
  if (const auto neighbour = neighbour_of(row->second.key)) {
    const auto via = by_neighbour_.find(*neighbour);
    std::erase(via->second, id);
    if (via->second.empty()) by_neighbour_.erase(via);
  }
  const std::vector<std::optional<Member>> members = std::move(row->second.places);
  by_key_.erase(row->second.key);
  rows_.erase(row);
  ids_.give(id);
  out_.program(vr::DeleteNexthop{id});  // with its members
  for (const auto& member : members)
    if (member) release(*find(member->key));
}

// Who left first: its place is then free for who came.
void Nexthops::set_members(NexthopId composite, const std::vector<Member>& members) {
  Row& row = rows_.at(composite);
  for (std::size_t i = 0; i < row.places.size(); ++i) {
    const auto& member = row.places[i];
    if (member && std::ranges::find(members, *member) == members.end()) {
      put_member(composite, row, i, std::nullopt);
    }
  }
  for (const Member& member : members) {
    if (std::ranges::find(row.places, std::optional{member}) != row.places.end()) continue;
    const auto free = std::ranges::find(row.places, std::optional<Member>{});
    const auto place = static_cast<std::size_t>(free - row.places.begin());
    if (free == row.places.end()) row.places.emplace_back();
    put_member(composite, row, place, member);
  }
}

void Nexthops::put_member(NexthopId composite, Row& row, std::size_t place,
                          std::optional<Member> member) {
  const auto index = static_cast<std::uint16_t>(place);
  const auto old = std::exchange(row.places[place], member);
  if (member) {
    out_.program(vr::SetMember{composite, index, acquire(member->key), member->label.raw()});
  } else {
    out_.program(vr::DeleteMember{composite, index});
  }
  if (old) release(*find(old->key));
}

void Nexthops::neighbour_changed(Ip4 neighbour) {
  const auto via = by_neighbour_.find(neighbour);
  if (via == by_neighbour_.end()) return;
  for (const NexthopId id : via->second) {
    Row& row = rows_.at(id);
    const vr::SetNexthop now = content(id, row.key);
    if (now == row.programmed) continue;
    row.programmed = now;
    out_.program(now);
  }
}

bool Nexthops::uses(Ip4 neighbour, std::uint32_t own) const {
  const auto via = by_neighbour_.find(neighbour);
  if (via == by_neighbour_.end()) return false;
  return std::ranges::any_of(via->second, [&](NexthopId id) {
    const Row& row = rows_.at(id);
    return row.key.kind == Kind::tunnel || row.references > own;
  });
}

std::optional<NexthopId> Nexthops::find(const NexthopKey& key) const {
  const auto it = by_key_.find(key);
  if (it == by_key_.end()) return {};
  return it->second;
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
      break;
    case Kind::bridge:
      set.type = vr::NexthopType::encap;
      set.vrf = key.vrf;
      set.family = vr::NexthopFamily::bridge;
      break;
    case Kind::bridge_vrf:
      set.type = vr::NexthopType::vrf_translate;
      set.vrf = key.vrf;
      set.family = vr::NexthopFamily::bridge;
      break;
    case Kind::flood:
    case Kind::tree:
      set.type = vr::NexthopType::composite;
      set.flags |= vr::nh_multicast;
      if (key.kind == Kind::tree) set.flags |= vr::nh_composite_fabric;
      set.vrf = key.vrf;
      set.family = vr::NexthopFamily::bridge;
      break;
    case Kind::tunnel:
      set.type = vr::NexthopType::tunnel;
      set.flags = vr::nh_valid | key.encap;
      set.sip = underlay_.address;
      set.dip = key.ip;
      break;
  }
  return set;
}

}  // namespace tflab::agent
