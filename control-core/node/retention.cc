#include "control-core/node/retention.h"

#include <algorithm>
#include <utility>

namespace tflab::node {
namespace {

// Trees are built anew after a restart; nobody forwards along the old ones.
bool forwards(Family family) {
  return family != Family::ermvpn;
}

bool has(const Attributes& attributes, Community community) {
  return std::ranges::find(attributes.communities, community) != attributes.communities.end();
}

constexpr std::uint16_t any_stale = rib::stale | rib::llgr_stale;

}  // namespace

bool Retention::helps() const {
  return core_.config.fabric.graceful_restart.helps_bgp();
}

// As the original has it: all families of the session or none, and forwarding goes on in each.
bool Retention::graceful() const {
  const auto& restart = offered_.graceful_restart;
  if (!restart || restart->families.empty()) return false;
  std::set<Family> families;
  for (const auto& [family, forwarding] : restart->families) {
    if (forwards(family) && !forwarding) return false;
    families.insert(family);
  }
  return families == families_ && (restart->seconds > 0 || long_lived());
}

bool Retention::long_lived() const {
  if (core_.config.fabric.graceful_restart.long_lived_restart_time == Duration{}) return false;
  std::set<Family> families;
  for (const bgp::LongLived& each : offered_.long_lived) {
    if (each.seconds == 0 || (forwards(each.family) && !each.forwarding)) return false;
    families.insert(each.family);
  }
  const auto included = [&](Family f) { return !forwards(f) || families.contains(f); };
  return !families.empty() && std::ranges::all_of(families_, included);
}

// RFC 8538 section 4: with the N bit a NOTIFICATION is a loss like any other, unless it is hard.
bool Retention::survives(const bgp::Cause& why) const {
  if (why.code == 0) return true;
  const bool for_good = why.code == bgp::cease &&
                        (why.subcode == bgp::hard_reset || why.subcode == bgp::deconfigured ||
                         why.subcode == bgp::max_prefixes);
  return !for_good && offered_.graceful_restart->notification;
}

bool Retention::own(const rib::Path& path) const {
  return path.peer == &peer_ && !path.replicated();
}

// What was kept is of use only if the peer keeps the same promises for the same families.
void Retention::back(Instant now, const bgp::Up& up) {
  const Families kept = std::exchange(families_, {up.families.begin(), up.families.end()});
  offered_ = up.offered;
  if (!keeps()) return;
  if (kept != families_ || !would_keep()) return forget(now);
  timers_.disarm_all();
  timers_.arm(Timer::end_of_rib, now + core_.config.fabric.graceful_restart.end_of_rib_timeout);
}

void Retention::lost(Instant now, const bgp::Cause& why) {
  if (keeps()) {  // lost again before all was said: what is stale stays no second time
    for (Family family : Families{awaited_}) sweep(now, family);
  }
  timers_.disarm_all();
  awaited_.clear();
  if (!would_keep() || !survives(why)) return forget(now);
  awaited_ = families_;
  mark(now, rib::stale);
  timers_.arm(Timer::stale, now + seconds(offered_.graceful_restart->seconds));
}

void Retention::end_of_rib(Instant now, Family family) {
  if (awaited_.erase(family) == 0) return;
  sweep(now, family);
  if (awaited_.empty()) timers_.disarm_all();
}

void Retention::refreshing(Instant now, Family family) {
  if (!families_.contains(family)) return;
  core_.routing->master(family).mark_if(
      now, [&](const rib::Path& path) { return own(path); }, rib::stale);
  awaited_.insert(family);
  if (!timers_.armed(Timer::end_of_rib))
    timers_.arm(Timer::end_of_rib, now + core_.config.fabric.graceful_restart.end_of_rib_timeout);
}

void Retention::forget(Instant now) {
  awaited_.clear();
  timers_.disarm_all();
  core_.routing->drop_paths(now, peer_, core_.routing->master());
}

void Retention::on_timer(Instant now) {
  if (timers_.due(Timer::stale, now)) become_long_lived(now);
  if (timers_.due(Timer::long_lived, now)) forget(now);
  if (timers_.due(Timer::end_of_rib, now))
    for (Family family : Families{awaited_}) end_of_rib(now, family);
}

// RFC 9494 section 4.2; a route may say that it is not to be kept so long. One time for all
// families, the shortest, so that none is kept longer than it may.
void Retention::become_long_lived(Instant now) {
  if (!long_lived()) return forget(now);
  const auto& all = offered_.long_lived;
  const auto shortest = std::ranges::min_element(all, {}, &bgp::LongLived::seconds);
  for (Family family : families_) {
    rib::Table& table = core_.routing->master(family);
    const bool lives = std::ranges::find(all, family, &bgp::LongLived::family) != all.end();
    table.remove_if(now, [&](const rib::Path& path) {
      return own(path) && (!lives || has(*path.attributes, Community::no_llgr));
    });
  }
  mark(now, rib::llgr_stale);
  timers_.arm(Timer::long_lived, now + seconds(shortest->seconds));
}

void Retention::mark(Instant now, rib::Flag flag) {
  for (Family family : families_)
    core_.routing->master(family).mark_if(
        now, [&](const rib::Path& p) { return own(p); }, flag);
}

void Retention::sweep(Instant now, Family family) {
  core_.routing->master(family).remove_if(
      now, [&](const rib::Path& path) { return own(path) && (path.flags & any_stale) != 0; });
}

}  // namespace tflab::node
