#include "control-core/rib/table.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "control-core/rib/best_path.h"

namespace tflab::rib {
namespace {

constexpr std::uint64_t gone = std::numeric_limits<std::uint64_t>::max();

std::span<Path> all(Paths& paths) {
  return {paths.data(), paths.size()};
}

bool says_the_same(const Path& a, const Path& b) {
  return a.attributes == b.attributes && a.label == b.label && a.flags == b.flags &&
         a.peer == b.peer;
}

}  // namespace

std::size_t Destination::equal_cost_paths() const {
  if (paths.empty() || !paths.front().feasible()) return 0;
  std::size_t n = 1;
  while (n < paths.size() && paths[n].feasible() && equal_cost(paths.front(), paths[n])) ++n;
  return n;
}

const Path* Destination::find(const PathKey& key) const {
  const auto at = std::ranges::find(paths, key, &Path::key);
  return at == paths.end() ? nullptr : &*at;
}

Table* Changed::take() {
  if (tables_.empty()) return nullptr;
  Table* first = tables_.front();
  tables_.pop_front();
  first->noted_ = false;
  return first;
}

void Changed::forget(const Table& table) {
  std::erase(tables_, &table);
}

Table::Table(TableId id, Family family, std::string name, std::string instance, Changed& changed)
    : id_{id},
      family_{family},
      name_{std::move(name)},
      instance_{std::move(instance)},
      changed_tables_{&changed} {}

void Table::log(Row& row) {
  row.second.news_ = 1;
  enlist(row);
}

// No log is as long as half a place can count, so whoever stands there now tells whether it is
// the row's place or that of another, four thousand million changes later.
Table::Row** Table::entry_of(const Row& row) {
  const std::uint32_t at = row.second.logged_ - static_cast<std::uint32_t>(base_);
  return at < log_.size() && log_[at] == &row ? &log_[at] : nullptr;
}

void Table::enlist(Row& row) {
  if (Row** const before = entry_of(row)) *before = nullptr;
  row.second.logged_ = static_cast<std::uint32_t>(end());
  log_.push_back(&row);
  if (!std::exchange(noted_, true)) changed_tables_->note(*this);
}

void Table::count(const Destination& destination, bool add) {
  const auto bump = [add](std::uint64_t& n) { add ? ++n : --n; };
  if (!destination.paths.empty()) bump(counts_.prefixes);
  for (const Path& path : destination.paths) {
    bump(path.replicated() ? counts_.secondary : counts_.primary);
    if (path.peer && !path.replicated()) bump(path.peer->primary_paths);
    if (!path.feasible()) bump(counts_.infeasible);
    if ((path.flags & stale) != 0) bump(counts_.stale);
    if ((path.flags & llgr_stale) != 0) bump(counts_.llgr_stale);
  }
}

// Where `nlri` is or belongs. Peers say routes in order, mostly: it is where the last one was, or
// follows it.
Table::Rows::iterator Table::place_of(const Nlri& nlri) {
  if (finger_ != rows_.end()) {
    const auto order = nlri <=> finger_->first;
    if (order == 0) return finger_;
    const auto next = std::next(finger_);
    if (order > 0 && (next == rows_.end() || nlri <= next->first)) return finger_ = next;
  }
  return finger_ = rows_.lower_bound(nlri);
}

Table::Row& Table::row_for(const Nlri& nlri) {
  const auto place = place_of(nlri);
  if (place != rows_.end() && place->first == nlri) return *place;
  finger_ = rows_.try_emplace(place, nlri);
  Destination& fresh = finger_->second;
  if (free_slots_.empty()) {
    fresh.slot_ = static_cast<std::uint32_t>(slots_++);
  } else {
    fresh.slot_ = free_slots_.back();
    free_slots_.pop_back();
  }
  return *finger_;
}

void Table::put(Instant now, const Nlri& nlri, Path path) {
  Row& row = row_for(nlri);
  Destination& destination = row.second;
  const auto old = std::ranges::find(destination.paths, path.key, &Path::key);
  if (old != destination.paths.end() && says_the_same(*old, path)) return;
  count(destination, false);
  path.changed = now;
  if (old != destination.paths.end()) {
    *old = std::move(path);
    rank(all(destination.paths));
  } else {
    destination.paths.push_back(std::move(path));
    rank_after_arrival(all(destination.paths));
  }
  destination.changed = now;
  count(destination, true);
  log(row);
}

void Table::remove_path(Instant now, Row& row, std::size_t at) {
  Destination& destination = row.second;
  count(destination, false);
  destination.paths.erase(destination.paths.begin() + static_cast<std::ptrdiff_t>(at));
  rank_after_loss(all(destination.paths), at == 0);
  destination.changed = now;
  count(destination, true);
  log(row);
}

void Table::mark_path(Instant now, Row& row, const PathKey& key, Flag flag) {
  Destination& destination = row.second;
  count(destination, false);
  Path& path = *std::ranges::find(destination.paths, key, &Path::key);
  path.flags |= flag;
  path.changed = destination.changed = now;
  rank(all(destination.paths));
  count(destination, true);
  log(row);
}

void Table::remove(Instant now, const Nlri& nlri, const PathKey& key) {
  const auto row = place_of(nlri);
  if (row == rows_.end() || row->first != nlri) return;
  const auto& paths = row->second.paths;
  const auto at = std::ranges::find(paths, key, &Path::key);
  if (at != paths.end()) remove_path(now, *row, static_cast<std::size_t>(at - paths.begin()));
}

void Table::touch(const Nlri& nlri) {
  const auto row = rows_.find(nlri);
  if (row != rows_.end()) touch(*row);
}

// The row is one of ours, and only we may change it.
void Table::touch(const Row& row) {
  if (!row.second.paths.empty()) log(const_cast<Row&>(row));
}

void Table::touch_all() {
  for (Row& row : rows_)
    if (!row.second.paths.empty()) log(row);
}

void Table::recheck(const Row& row) {
  if (!row.second.paths.empty()) enlist(const_cast<Row&>(row));
}

void Table::recheck_all() {
  for (Row& row : rows_) recheck(row);
}

bool Table::take_news(const Row& row) {
  const bool news = row.second.news_ != 0;
  const_cast<Row&>(row).second.news_ = 0;
  return news;
}

const Destination* Table::find(const Nlri& nlri) const {
  const auto row = rows_.find(nlri);
  return row == rows_.end() || row->second.paths.empty() ? nullptr : &row->second;
}

Table::Follower Table::follow() {
  const auto free = std::ranges::find(seen_, gone);
  if (free == seen_.end()) {
    seen_.push_back(end());
    return seen_.size() - 1;
  }
  *free = end();
  return static_cast<Follower>(free - seen_.begin());
}

std::size_t Table::listeners() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(seen_, [](std::uint64_t seen) { return seen != gone; }));
}

void Table::unfollow(Follower follower) {
  seen_[follower] = gone;
}

const Table::Row* Table::next(Follower follower) {
  std::uint64_t& seen = seen_[follower];
  while (seen < end())
    if (Row* row = log_[seen++ - base_]) return row;
  return nullptr;
}

void Table::erase(Row& row) {
  const auto place = place_of(row.first);
  free_slots_.push_back(row.second.slot_);
  finger_ = rows_.erase(place);
  if (finger_ != rows_.begin()) --finger_;
}

void Table::forget() {
  std::uint64_t known = end();
  for (std::uint64_t seen : seen_) known = std::min(known, seen);
  while (base_ < known) {
    Row* row = log_.front();
    log_.pop_front();
    ++base_;
    if (row && row->second.paths.empty()) erase(*row);
  }
}

}  // namespace tflab::rib
