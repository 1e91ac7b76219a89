#include "control-core/rib/group.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tflab::rib {
namespace {

bool vpn(Family family) {
  return family == Family::inet_vpn || family == Family::inet6_vpn || family == Family::evpn ||
         family == Family::ermvpn;
}

}  // namespace

// Collects what is to be said and joins what can be said in one breath. Sets stand in the order in
// which they first appear; the index is only ever looked up.
class Group::Packer {
public:
  explicit Packer(Family family) : family_{family} {}

  void withdraw(const Nlri& nlri, const PeerSet& members) {
    if (members.empty()) return;
    find(gone_, gone_index_, {nullptr, members}).withdrawn.push_back(nlri);
  }
  void reach(const Nlri& nlri, const Told& told, const PeerSet& members) {
    if (members.empty()) return;
    Batch& batch = find(here_, here_index_, {told.attributes.get(), members});
    batch.attributes = told.attributes;
    batch.reached.push_back({nlri, told.label});
  }
  void finish(std::vector<Batch>& batches) {
    std::ranges::move(gone_, std::back_inserter(batches));
    std::ranges::move(here_, std::back_inserter(batches));
  }

private:
  using Key = std::pair<const Attributes*, PeerSet>;
  using Index = std::map<Key, std::size_t>;

  Batch& find(std::vector<Batch>& batches, Index& index, const Key& key) {
    const auto [at, fresh] = index.try_emplace(key, batches.size());
    if (fresh) {
      batches.emplace_back();
      batches.back().family = family_;
      batches.back().members = key.second;
    }
    return batches[at->second];
  }

  Family family_;
  std::vector<Batch> gone_, here_;
  Index gone_index_, here_index_;
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
  std::ranges::stable_partition(
      outs_, [](const Out& out) { return out.table->family() == Family::route_target; });
}

Group::~Group() {
  for (Out& out : outs_) out.table->unfollow(out.follower);
}

PeerSet::Slot Group::join(const Peer& peer) {
  const auto free = std::ranges::find(members_, nullptr);
  if (free != members_.end()) {
    *free = &peer;
    return static_cast<PeerSet::Slot>(free - members_.begin());
  }
  members_.push_back(&peer);
  return members_.size() - 1;
}

void Group::leave(PeerSet::Slot slot) {
  for (Out& out : outs_) {
    out.open.remove(slot);
    out.opening.remove(slot);
    out.again.remove(slot);
    for (auto& [nlri, told] : out.told) told.members.remove(slot);
    std::erase_if(out.told, [](const auto& row) { return row.second.members.empty(); });
  }
  members_[slot] = nullptr;
}

std::size_t Group::members() const {
  return members_.size() - static_cast<std::size_t>(std::ranges::count(members_, nullptr));
}

Group::Out* Group::out(Family family) {
  const auto at =
      std::ranges::find(outs_, family, [](const Out& each) { return each.table->family(); });
  return at == outs_.end() ? nullptr : &*at;
}

const Group::Out* Group::out(Family family) const {
  return const_cast<Group*>(this)->out(family);
}

void Group::open(PeerSet::Slot slot, Family family) {
  Out* found = out(family);
  if (!found || found->open.has(slot)) return;
  found->open.add(slot);
  found->opening.add(slot);
}

bool Group::opened(PeerSet::Slot slot, Family family) const {
  const Out* found = out(family);
  return found && found->open.has(slot);
}

void Group::hold(PeerSet::Slot slot) {
  for (Out& out : outs_)
    for (PeerSet* set : {&out.open, &out.opening, &out.again}) set->remove(slot);
}

void Group::tell_again(PeerSet::Slot slot, Family family) {
  Out* found = out(family);
  if (!found || !found->open.has(slot)) return;
  found->opening.add(slot);
  found->again.add(slot);
}

Group::Told Group::wanted(const Out& out, const Destination* destination,
                          const Wants& wants) const {
  Told now;
  const Path* best = destination ? destination->best() : nullptr;
  if (!best || out.open.empty()) return now;
  const Family family = out.table->family();
  auto attributes = exported(us_, audience_, family, *best);
  if (!attributes) return now;
  now.attributes = pool_.intern(std::move(*attributes));
  now.label = best->label;
  out.open.each([&](PeerSet::Slot slot) {
    const Peer& peer = *members_[slot];
    const bool its_own = best->peer == &peer && family != Family::route_target;
    if (!its_own && (!vpn(family) || !peer.filtered || wants(peer, *best->attributes)))
      now.members.add(slot);
  });
  return now;
}

void Group::settle(Out& out, const Nlri& nlri, const Wants& wants, Packer& packer) {
  const Told now = wanted(out, out.table->find(nlri), wants);
  const auto row = out.told.find(nlri);
  if (row == out.told.end()) {
    if (now.members.empty()) return;
    packer.reach(nlri, now, now.members);
    out.told.emplace(nlri, now);
    return;
  }
  const Told& before = row->second;
  packer.withdraw(nlri, before.members - now.members);
  const bool same = before.attributes == now.attributes && before.label == now.label;
  PeerSet hearers = same ? now.members - before.members : now.members;
  hearers |= now.members - (now.members - out.repeating);
  packer.reach(nlri, now, hearers);
  if (now.members.empty())
    out.told.erase(row);
  else
    row->second = now;
}

void Group::drain(Out& out, const Wants& wants, std::vector<Batch>& batches) {
  Packer packer{out.table->family()};
  while (const Table::Rows::value_type* row = out.table->next(out.follower))
    settle(out, row->first, wants, packer);
  const PeerSet opening = std::exchange(out.opening, {});
  out.repeating = std::exchange(out.again, {});
  if (!opening.empty())
    for (const auto& [nlri, destination] : out.table->rows()) settle(out, nlri, wants, packer);
  out.repeating = {};
  packer.finish(batches);
  if (opening.empty()) return;
  Batch end;
  end.family = out.table->family();
  end.members = opening;
  batches.push_back(std::move(end));
}

std::vector<Batch> Group::drain(const Wants& wants) {
  std::vector<Batch> batches;
  for (Out& out : outs_) drain(out, wants, batches);
  return batches;
}

std::uint64_t Group::told(PeerSet::Slot slot) const {
  std::uint64_t n = 0;
  for (const Out& out : outs_)
    for (const auto& [nlri, told] : out.told) n += told.members.has(slot) ? 1 : 0;
  return n;
}

}  // namespace tflab::rib
