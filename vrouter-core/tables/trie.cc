#include "vrouter-core/tables/trie.h"

namespace tflab::vr {

namespace {

// The cell of a bucket at `depth` in which the prefix stands or through which it goes on.
std::size_t cell_of(const IpPrefix& prefix, unsigned depth) {
  const std::size_t octet = prefix.base().octet(depth);
  const unsigned bits = prefix.length() - 8 * depth;
  return bits >= 8 ? fringe + octet : std::size_t{1} << bits | octet >> (8 - bits);
}

unsigned buckets_above(const IpPrefix& prefix) {
  return (prefix.length() + 7u) / 8;
}
unsigned rank_of(const IpPrefix& prefix) {
  return prefix.length() + 1u;
}

}  // namespace

bool Trie::set(const IpPrefix& prefix, NexthopId nexthop, Label label, std::uint8_t flags) {
  if (buckets_above(prefix) - path_to(prefix).length > pool_.left()) return false;
  open_path(prefix);
  const Place place = *place_of(prefix);
  const bool is_new = !held_at(place).is_route_of(prefix.length());
  paint_at(place, rank_of(prefix), RouteEntry::route(nexthop, label, flags, prefix.length()));
  if (is_new) {
    const Path path = path_to(prefix);
    for (std::size_t i = 0; i < path.length; ++i) ++pool_.tally(path.cells[i]->bucket());
  }
  return true;
}

bool Trie::erase(const IpPrefix& prefix) {
  const auto place = place_of(prefix);
  if (!place || !held_at(*place).is_route_of(prefix.length())) return false;
  paint_at(*place, rank_of(prefix), place->covering);
  const Path path = path_to(prefix);
  for (std::size_t i = 0; i < path.length; ++i) --pool_.tally(path.cells[i]->bucket());
  close_empty(path);
  return true;
}

std::optional<RouteEntry> Trie::find(const IpPrefix& prefix) const {
  const auto place = place_of(prefix);
  if (!place) return std::nullopt;
  const RouteEntry held = held_at(*place);
  if (!held.is_route_of(prefix.length())) return std::nullopt;
  return held;
}

std::optional<Trie::Place> Trie::place_of(const IpPrefix& prefix) const {
  Place place;
  const RouteEntry* at = &root_;
  for (unsigned depth = 0; 8 * depth < prefix.length(); ++depth) {
    if (!at->is_bucket()) return std::nullopt;
    Bucket& bucket = pool_[at->bucket()];
    const std::size_t cell = cell_of(prefix, depth);
    place = {&bucket, cell, bucket[cell / 2]};
    at = &bucket[cell];
  }
  return place;
}

// A cell that leads to a bucket has lent its own route to the bucket's first cell.
RouteEntry Trie::held_at(const Place& place) const {
  const RouteEntry held = place.bucket != nullptr ? (*place.bucket)[place.cell] : root_;
  return held.is_bucket() ? pool_[held.bucket()][1] : held;
}

Trie::Path Trie::path_to(const IpPrefix& prefix) const {
  Path path;
  RouteEntry* at = &root_;
  for (unsigned depth = 0; 8 * depth < prefix.length() && at->is_bucket(); ++depth) {
    path.cells[path.length++] = at;
    at = &pool_[at->bucket()][cell_of(prefix, depth)];
  }
  return path;
}

void Trie::open_path(const IpPrefix& prefix) {
  RouteEntry* at = &root_;
  for (unsigned depth = 0; 8 * depth < prefix.length(); ++depth) {
    if (!at->is_bucket()) *at = RouteEntry::to_bucket(pool_.open(*at));
    at = &pool_[at->bucket()][cell_of(prefix, depth)];
  }
}

// Deepest first: closing a bucket gives its cell back what it had lent.
void Trie::close_empty(const Path& path) {
  for (std::size_t i = path.length; i-- > 0;) {
    const std::uint32_t number = path.cells[i]->bucket();
    if (pool_.tally(number) != 0) return;
    *path.cells[i] = pool_[number][1];
    pool_.close(number);
  }
}

// Replaces what is not longer than `rank`. Within a prefix every shorter route comes from outside
// it, and a route as long can only be its own, so that setting and deleting are the same walk.
void Trie::paint(RouteEntry& cell, unsigned rank, RouteEntry value) {
  if (cell.is_bucket()) return paint_below(pool_[cell.bucket()], 1, rank, value);
  if (cell.rank() <= rank) cell = value;
}

void Trie::paint_below(Bucket& bucket, std::size_t top, unsigned rank, RouteEntry value) {
  for (std::size_t first = top, width = 1; first < bucket.size(); first *= 2, width *= 2) {
    for (std::size_t i = first; i < first + width; ++i) paint(bucket[i], rank, value);
  }
}

void Trie::paint_at(const Place& place, unsigned rank, RouteEntry value) {
  if (place.bucket == nullptr) return paint(root_, rank, value);
  paint_below(*place.bucket, place.cell, rank, value);
}

}  // namespace tflab::vr
