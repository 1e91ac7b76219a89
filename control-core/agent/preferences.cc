#include "control-core/agent/preferences.h"

#include <algorithm>

#include "control-core/base/timers.h"

namespace tflab::agent {

std::vector<HeldAddress> held_addresses(const config::Port& port) {
  std::vector<HeldAddress> held{{IpPrefix::host(port.address)}};
  if (port.address6) held.push_back({IpPrefix::host(*port.address6)});
  for (const IpPrefix& pair : port.allowed_pairs) held.push_back({pair, false});
  return held;
}

void Preferences::set(const std::map<Holding, bool>& holdings) {
  std::erase_if(all_, [&](const auto& each) { return !holdings.contains(each.first); });
  std::erase_if(waiting_, [&](const Holding& each) { return !holdings.contains(each); });
  for (const auto& [holding, at_once] : holdings) {
    const auto [it, is_new] = all_.try_emplace(holding);
    if (is_new) it->second.standing.has_it = at_once;
  }
}

bool Preferences::told(VrfId vrf, const IpPrefix& prefix, const Other& other) {
  bool changed = false;
  for (auto it = first_of(vrf, prefix);
       it != all_.end() && it->first.vrf == vrf && it->first.prefix == prefix; ++it) {
    Held& held = it->second;
    Standing& mine = held.standing;
    held.highest = std::max(held.highest, other.sequence);
    // Two were heard at once, before either knew of the other.
    const bool tie = other.sequence == mine.sequence && mine.takings != 0 && other.has_it;
    if (!mine.has_it || !(other.sequence > mine.sequence || (tie && other.wins_ties))) continue;
    mine.has_it = false;
    changed = true;
  }
  return changed;
}

bool Preferences::heard(Instant now, const Holding& holding) {
  const auto it = all_.find(holding);
  if (it == all_.end() || it->second.standing.has_it || it->second.waits_until) return false;
  Held& held = it->second;
  count_flap(now, held);
  if (held.flaps < most_flaps) {
    take(now, holding, held);
    return true;
  }
  held.waits_until = *held.taken + held.pause;
  waiting_.insert(holding);
  held.pause = std::min(held.pause * 2, longest_pause);
  return false;
}

void Preferences::count_flap(Instant now, Held& held) {
  if (!held.taken) return;
  const bool quiet = now - *held.taken > held.pause;
  held.flaps = quiet ? 0 : held.flaps + 1;
  if (quiet) held.pause = std::max(held.pause / 2, shortest_pause);
}

void Preferences::take(Instant now, const Holding& holding, Held& held) {
  held.standing.sequence = std::max(held.standing.sequence, held.highest) + 1;
  ++held.standing.takings;
  held.standing.has_it = true;
  held.taken = now;
  for (auto it = first_of(holding.vrf, holding.prefix);
       it != all_.end() && it->first.vrf == holding.vrf && it->first.prefix == holding.prefix;
       ++it) {
    if (it->first.port == holding.port) continue;
    it->second.highest = std::max(it->second.highest, held.standing.sequence);
    it->second.standing.has_it = false;
  }
}

bool Preferences::on_timer(Instant now) {
  return std::erase_if(waiting_, [&](const Holding& holding) {
           Held& held = all_.at(holding);
           if (*held.waits_until > now) return false;
           held.waits_until.reset();
           take(now, holding, held);
           return true;
         }) != 0;
}

std::optional<Instant> Preferences::next_timer() const {
  std::optional<Instant> next;
  for (const Holding& holding : waiting_) next = earliest(next, all_.at(holding).waits_until);
  return next;
}

Preferences::All::iterator Preferences::first_of(VrfId vrf, const IpPrefix& prefix) {
  return all_.lower_bound({vrf, prefix, {}});
}

Preferences::Standing Preferences::standing(const Holding& holding) const {
  const auto it = all_.find(holding);
  return it == all_.end() ? Standing{} : it->second.standing;
}

Preferences::All::const_iterator Preferences::leader_of(VrfId vrf, const IpPrefix& prefix) const {
  const auto first = all_.lower_bound({vrf, prefix, {}});
  const auto holds = [&](auto it) {
    return it != all_.end() && it->first.vrf == vrf && it->first.prefix == prefix;
  };
  if (!holds(first)) return all_.end();
  for (auto it = first; holds(it); ++it)
    if (it->second.standing.has_it) return it;
  return first;
}

bool Preferences::leads(const Holding& holding) const {
  const auto leader = leader_of(holding.vrf, holding.prefix);
  return leader == all_.end() || leader->first == holding;
}

std::optional<Preferences::Standing> Preferences::leader(VrfId vrf, const IpPrefix& prefix) const {
  const auto leader = leader_of(vrf, prefix);
  if (leader == all_.end()) return {};
  return leader->second.standing;
}

}  // namespace tflab::agent
