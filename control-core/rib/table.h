#pragma once
// A routing table of one family: destinations in key order, each with its paths, best first. It
// remembers the order of its changes: a follower has a place in that order, pulls at its own pace
// and meets a destination once however often it changed. No callbacks, so nobody is called back in
// the middle of their own update.

#include <boost/container/deque.hpp>
#include <boost/container/map.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "control-core/rib/path.h"
#include "control-core/types/family.h"
#include "control-core/types/nlri.h"

namespace tflab::rib {

class Table;

struct Destination {
  Paths paths;  // best first; empty: withdrawn, kept until every follower knows
  Instant changed;

  const Path* best() const { return paths.empty() ? nullptr : &paths.front(); }
  // The first n paths that are as good as the best one; 0 if not even that is feasible.
  std::size_t equal_cost_paths() const;
  const Path* find(const PathKey& key) const;
  // Small, and the destination's own while it is in the table: who keeps something about each row
  // keeps it in a vector.
  std::size_t slot() const { return slot_; }

private:
  friend Table;
  std::uint32_t logged_ = 0;  // place of the last change in the table's order: its lower half
  std::uint32_t slot_ : 31 = 0;
  std::uint32_t news_ : 1 = 0;
};

// Tables with changes that somebody has still to look at, in the order in which they changed.
class Changed {
public:
  void note(Table& table) { tables_.push_back(&table); }
  Table* take();
  void forget(const Table& table);

private:
  std::deque<Table*> tables_;
};

struct Counts {
  std::uint64_t prefixes = 0, primary = 0, secondary = 0, infeasible = 0;
  std::uint64_t stale = 0, llgr_stale = 0;  // of a lost session (RFC 4724, RFC 9494)
  std::uint64_t paths() const { return primary + secondary; }
  friend bool operator==(const Counts&, const Counts&) = default;
};

class Table {
public:
  using Rows = boost::container::map<Nlri, Destination>;  // keeps a node's colour in a pointer
  using Row = Rows::value_type;
  using Follower = std::size_t;

  Table(TableId id, Family family, std::string name, std::string instance, Changed& changed);
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  TableId id() const { return id_; }
  Family family() const { return family_; }
  const std::string& name() const { return name_; }
  const std::string& instance() const { return instance_; }

  // Adds the path, or replaces the one with its key. Nothing happens if it says nothing new.
  void put(Instant now, const Nlri& nlri, Path path);
  void remove(Instant now, const Nlri& nlri, const PathKey& key);
  // All paths for which the question is answered yes: those of a lost peer, say.
  template <class Which>
  void remove_if(Instant now, Which which);
  // Sets a flag of all paths for which the question is answered yes: they are stale, say.
  template <class Which>
  void mark_if(Instant now, Which which, Flag flag);
  // Tells followers about a destination as if it had changed.
  void touch(const Nlri& nlri);
  void touch(const Row& row);
  void touch_all();
  // The same, where nothing about the destination is news: only whom it is told to may be.
  void recheck(const Row& row);
  void recheck_all();
  // Is there news of a destination since its owner last asked?
  bool take_news(const Row& row);

  const Destination* find(const Nlri& nlri) const;  // null if there is no path
  const Rows& rows() const { return rows_; }        // includes withdrawn ones: see Destination
  const Counts& counts() const { return counts_; }
  std::size_t listeners() const;
  std::size_t slots() const { return slots_; }  // all slots are below

  // From now on; what the table already holds is found in rows().
  Follower follow();
  // Never again does this follower hold back the table's memory.
  void unfollow(Follower follower);
  // The next destination that changed, or null. Holds until forget().
  const Row* next(Follower follower);
  bool pending(Follower follower) const { return seen_[follower] < end(); }
  // Drops withdrawn destinations that all followers know of.
  void forget();

private:
  std::uint64_t end() const { return base_ + log_.size(); }
  Rows::iterator place_of(const Nlri& nlri);
  Row& row_for(const Nlri& nlri);
  Row** entry_of(const Row& row);  // in the log; null when it is not there any more
  void log(Row& row);              // with news
  void enlist(Row& row);           // without
  void count(const Destination& destination, bool add);
  void erase(Row& row);
  void remove_path(Instant now, Row& row, std::size_t at);
  void mark_path(Instant now, Row& row, const PathKey& key, Flag flag);

  TableId id_;
  Family family_;
  std::string name_, instance_;
  Changed* changed_tables_;
  bool noted_ = false;
  friend class Changed;

  Rows rows_;
  Rows::iterator finger_ = rows_.end();  // the row last looked up
  std::size_t slots_ = 0;
  std::vector<std::uint32_t> free_slots_;
  Counts counts_;
  // A row stands once: at its last change. Of most tables there are, nothing ever changes, and this
  // deque then takes no memory.
  boost::container::deque<Row*> log_;
  std::uint64_t base_ = 1;           // place of log_.front()
  std::vector<std::uint64_t> seen_;  // by follower: the next place to look at
};

template <class Which>
void Table::remove_if(Instant now, Which which) {
  for (Row& row : rows_)
    for (std::size_t i = row.second.paths.size(); i-- > 0;)
      if (which(row.second.paths[i])) remove_path(now, row, i);
}

// Marking may reorder the paths of a row, so those to mark are chosen by key beforehand.
template <class Which>
void Table::mark_if(Instant now, Which which, Flag flag) {
  for (Row& row : rows_) {
    std::vector<PathKey> keys;
    for (const Path& path : row.second.paths)
      if ((path.flags & flag) == 0 && which(path)) keys.push_back(path.key);
    for (const PathKey& key : keys) mark_path(now, row, key, flag);
  }
}

// A node of the map is 256 octets, and one of the allocator's sizes. Large simulations have
// millions.
static_assert(sizeof(Table::Row) + 3 * sizeof(void*) <= 256);

}  // namespace tflab::rib
