#include "control-core/rib/group.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "control-core/rib/packer.h"

namespace tflab::rib {
namespace {

bool vpn(Family family) {
  return family == Family::inet_vpn || family == Family::inet6_vpn || family == Family::evpn ||
         family == Family::ermvpn;
}

bool from_client(const Path& path) {
  return path.feasible() && path.peer && path.peer->kind == Peer::ibgp && path.peer->client;
}

// The best path; but whoever is no client of ours is told of a client's interest in a target even
// where another's path is better, or it would not know that we have somebody to serve (RFC 4684
// section 3.2).
const Path* path_to_tell(const Audience& them, Family family, const Destination& destination) {
  const Path* best = destination.best();
  if (family != Family::route_target || !them.internal || them.client || !best) return best;
  if (!best->peer || best->peer->kind != Peer::ibgp) return best;
  const auto client = std::ranges::find_if(destination.paths, from_client);
  return client == destination.paths.end() ? best : &*client;
}

}  // namespace

// One pass over the changes of one family. What becomes of a path is the same for all paths with
// its attributes and of its peer: that is worked out once.
class Group::Telling {
public:
  Telling(Group& group, Out& out, const Interested& interested)
      : group_{group}, out_{out}, interested_{interested}, packer_{out.table->family()} {}

  void settle(const Table::Row& row) {
    const std::size_t slot = row.second.slot();
    if (slot >= out_.told.size()) out_.told.resize(out_.table->slots());
    Told& told = out_.told[slot];
    const Path* best = path_to_tell(group_.audience_, out_.table->family(), row.second);
    const Verdict& now = best ? verdict(*best) : nobody_;
    const bool same =
        best && told.members && told.attributes == now.attributes && told.label == best->label;
    const PeerSetRef members = same ? with_held(now, told.members) : now.members;
    if (same && told.members == members && repeating_.empty()) return;
    packer_.withdraw(row.first, without(told.members, members));
    if (!members) {
      told = {};
      return;
    }
    packer_.reach(row.first, best->label, now.attributes,
                  same ? with_repeating(without(members, told.members), members) : members);
    told = {now.attributes, members, best->label};
  }
  // From now on these members are told what they know already, too.
  void repeat_to(PeerSet members) { repeating_ = std::move(members); }
  void finish(std::vector<Batch>& batches) { packer_.finish(batches); }

private:
  struct Verdict {
    AttributesRef attributes;
    PeerSetRef members;
    PeerSet held;  // would be told, if they were not held
  };
  struct Kind {
    const Attributes* attributes = nullptr;
    const Peer* peer = nullptr;
    std::uint16_t flags = 0;
    friend bool operator==(const Kind&, const Kind&) = default;
  };
  struct Hash {
    std::size_t operator()(const Kind& kind) const {
      const auto attributes = reinterpret_cast<std::uintptr_t>(kind.attributes);
      return (attributes >> 4) * 0x9e3779b97f4a7c15ull ^
             reinterpret_cast<std::uintptr_t>(kind.peer) >> 4;
    }
  };

  const Verdict& verdict(const Path& best) {
    const Kind kind{best.attributes.get(), best.peer, best.flags};
    if (last_ && kind == last_kind_) return *last_;
    const auto [at, fresh] = verdicts_.try_emplace(kind);
    if (fresh) at->second = judge(best);
    last_kind_ = kind;
    last_ = &at->second;
    return *last_;
  }

  Verdict judge(const Path& best) {
    if (out_.open.empty() && out_.held.empty()) return {};
    auto attributes = exported(group_.us_, group_.audience_, out_.table->family(), best);
    if (!attributes) return {};
    return {group_.pool_.intern(std::move(*attributes)),
            group_.shared(group_.owed(out_, out_.open, best, interested_)),
            group_.owed(out_, out_.held, best, interested_)};
  }

  // Rows that change alike come together: the last answer is mostly the next one too.
  PeerSetRef without(const PeerSetRef& all, const PeerSetRef& some) {
    if (!all || !some) return all;
    if (all != minuend_ || some != subtrahend_) {
      minuend_ = all;
      subtrahend_ = some;
      difference_ = group_.shared(*all - *some);
    }
    return difference_;
  }

  // Who is held and knows this already goes on knowing it.
  PeerSetRef with_held(const Verdict& now, const PeerSetRef& told) {
    if (now.held.empty()) return now.members;
    const PeerSet knowing = *told & now.held;
    return group_.shared(now.members ? *now.members | knowing : knowing);
  }

  PeerSetRef with_repeating(const PeerSetRef& fresh, const PeerSetRef& all) {
    if (repeating_.empty()) return fresh;
    const PeerSet again = *all & repeating_;
    return group_.shared(fresh ? *fresh | again : again);
  }

  Group& group_;
  Out& out_;
  PeerSet repeating_;
  const Interested& interested_;
  Packer packer_;
  std::unordered_map<Kind, Verdict, Hash> verdicts_;
  Kind last_kind_;
  const Verdict* last_ = nullptr;
  PeerSetRef minuend_, subtrahend_, difference_;
  const Verdict nobody_;
};

Group::Group(Speaker us, Audience audience, const std::vector<Table*>& tables, AttributePool& pool)
    : us_{us}, audience_{std::move(audience)}, pool_{pool} {
  for (Table* table : tables) {
    Out out;
    out.table = table;
    out.follower = table->follow();
    outs_.push_back(std::move(out));
  }
  // What peers want must be known before they are told: route targets go first.
  std::stable_partition(outs_.begin(), outs_.end(),
                        [](const Out& out) { return out.table->family() == Family::route_target; });
}

Group::~Group() {
  for (Out& out : outs_) out.table->unfollow(out.follower);
}

PeerSetRef Group::shared(PeerSet set) {
  return set.empty() ? PeerSetRef{} : sets_.intern(std::move(set));
}

void Group::join(const Peer& peer) {
  members_.add(peer.slot);
  if (peer.filtered) filtered_.add(peer.slot);
}

void Group::leave(const Peer& peer) {
  members_.remove(peer.slot);
  filtered_.remove(peer.slot);
  struct Change {
    PeerSetRef before, now;  // the first is held, so that no other set takes its place
  };
  std::unordered_map<const PeerSet*, Change> changes;
  for (Out& out : outs_) {
    for (PeerSet* set : {&out.open, &out.held, &out.opening, &out.again}) set->remove(peer.slot);
    for (Told& told : out.told) {
      if (!told.members || !told.members->has(peer.slot)) continue;
      const auto [change, fresh] = changes.try_emplace(told.members.get());
      if (fresh) change->second = {told.members, shared(*told.members - PeerSet{peer.slot})};
      told.members = change->second.now;
      if (!told.members) told = {};
    }
  }
}

Group::Out* Group::out(Family family) {
  const auto at =
      std::ranges::find(outs_, family, [](const Out& each) { return each.table->family(); });
  return at == outs_.end() ? nullptr : &*at;
}

const Group::Out* Group::out(Family family) const {
  return const_cast<Group*>(this)->out(family);
}

void Group::open(const Peer& peer, Family family) {
  Out* found = out(family);
  if (!found || found->open.has(peer.slot)) return;
  found->held.remove(peer.slot);
  found->open.add(peer.slot);
  found->opening.add(peer.slot);
}

bool Group::opened(const Peer& peer, Family family) const {
  const Out* found = out(family);
  return found && found->open.has(peer.slot);
}

void Group::hold(const Peer& peer) {
  for (Out& out : outs_) {
    if (out.open.has(peer.slot)) out.held.add(peer.slot);
    for (PeerSet* set : {&out.open, &out.opening, &out.again}) set->remove(peer.slot);
  }
}

void Group::tell_again(const Peer& peer, Family family) {
  Out* found = out(family);
  if (!found || !found->open.has(peer.slot)) return;
  found->opening.add(peer.slot);
  found->again.add(peer.slot);
}

PeerSet Group::owed(const Out& out, PeerSet owed, const Path& best,
                    const Interested& interested) const {
  const Family family = out.table->family();
  if (owed.empty()) return owed;
  if (vpn(family) && !filtered_.empty())
    if (const auto asked = interested(*best.attributes)) owed -= filtered_ - *asked;
  // Not back to where it came from; but a route target is wanted back (RFC 4684 section 3.2).
  if (best.peer && best.peer->bgp() && family != Family::route_target) owed.remove(best.peer->slot);
  return owed;
}

void Group::drain(Out& out, const Interested& interested, std::vector<Batch>& batches) {
  Telling telling{*this, out, interested};
  while (const Table::Row* row = out.table->next(out.follower)) telling.settle(*row);
  const PeerSet opening = std::exchange(out.opening, {});
  telling.repeat_to(std::exchange(out.again, {}));
  if (!opening.empty())
    for (const Table::Row& row : out.table->rows()) telling.settle(row);
  telling.finish(batches);
  if (opening.empty()) return;
  Batch end;
  end.family = out.table->family();
  end.members = shared(opening);
  batches.push_back(std::move(end));
}

std::vector<Batch> Group::drain(const Interested& interested) {
  std::vector<Batch> batches;
  for (Out& out : outs_) drain(out, interested, batches);
  return batches;
}

Untold Group::why(const Peer& peer, Family family, const Destination& destination,
                  const Interested& interested) const {
  const Out* found = out(family);
  if (!found) return Untold::no_family;
  if (!found->open.has(peer.slot)) return Untold::not_open;
  const Path* best = path_to_tell(audience_, family, destination);
  if (!best) return Untold::no_path;
  if (const Untold kept = kept_from(us_, audience_, family, *best); kept != Untold::no) return kept;
  if (owed(*found, found->open, *best, interested).has(peer.slot)) return Untold::no;
  return best->peer && best->peer->bgp() && best->peer->slot == peer.slot ? Untold::its_own
                                                                          : Untold::not_wanted;
}

std::uint64_t Group::told(const Peer& peer) const {
  std::uint64_t n = 0;
  for (const Out& out : outs_)
    n += static_cast<std::uint64_t>(std::ranges::count_if(
        out.told, [&](const Told& told) { return told.members && told.members->has(peer.slot); }));
  return n;
}

}  // namespace tflab::rib
