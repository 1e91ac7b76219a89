#pragma once
// Longest-prefix match over one VRF's routes of one IP version: a multibit trie of 8-bit strides
// whose buckets come from a shared pool. The trie itself is one RouteEntry, the root: a VRF with
// nothing but a default route costs no bucket. No route is ever lost under longer ones (the layout
// in bucket_pool.h), and no bucket is kept without routes.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/tables/bucket_pool.h"
#include "vrouter-core/tables/route_entry.h"

namespace tflab::vr {

class Trie {
public:
  Trie(BucketPool& pool, RouteEntry& root) : pool_{pool}, root_{root} {}

  // False, and nothing changed, when the buckets it takes are not left.
  bool set(const IpPrefix& prefix, NexthopId nexthop, Label label, std::uint8_t flags);
  // False when there is no such route.
  bool erase(const IpPrefix& prefix);
  // The route of exactly this prefix.
  std::optional<RouteEntry> find(const IpPrefix& prefix) const;

private:
  // Where a prefix stands: in a cell of a bucket, or, with none, in the root.
  struct Place {
    Bucket* bucket = nullptr;
    std::size_t cell = 0;
    RouteEntry covering;  // what would hold here without it
  };
  // The cells that lead from the root to a prefix's bucket; all are buckets.
  struct Path {
    std::array<RouteEntry*, 16> cells{};
    std::size_t length = 0;
  };

  std::optional<Place> place_of(const IpPrefix& prefix) const;
  RouteEntry held_at(const Place& place) const;
  Path path_to(const IpPrefix& prefix) const;
  void open_path(const IpPrefix& prefix);
  void close_empty(const Path& path);
  void paint(RouteEntry& cell, unsigned rank, RouteEntry value);
  void paint_below(Bucket& bucket, std::size_t top, unsigned rank, RouteEntry value);
  void paint_at(const Place& place, unsigned rank, RouteEntry value);

  BucketPool& pool_;
  RouteEntry& root_;
};

// The longest route that covers the address, or an entry that is none.
inline RouteEntry lookup(const BucketPool& pool, RouteEntry root, Ip4 address) {
  for (unsigned shift = 24; root.is_bucket(); shift -= 8) {
    root = pool[root.bucket()][fringe + (address.raw() >> shift & 0xff)];
  }
  return root;
}
inline RouteEntry lookup(const BucketPool& pool, RouteEntry root, const Ip6& address) {
  for (std::size_t i = 0; root.is_bucket(); ++i) {
    root = pool[root.bucket()][fringe + address.octets[i]];
  }
  return root;
}

// Calls visit(prefix, entry) for every route. The order is a function of the routes alone.
template <class Visit>
class RouteWalk {
public:
  RouteWalk(const BucketPool& pool, IpVersion version, Visit visit)
      : pool_{pool}, version_{version}, visit_{visit} {}

  void run(RouteEntry root) {
    if (root.is_bucket()) {
      run(pool_[root.bucket()], 0);
    } else if (root.is_route()) {
      visit_(prefix(0), root);
    }
  }

private:
  // As deep as an address is long in octets.
  void run(const Bucket& bucket, std::size_t depth) {
    for (std::size_t cell = 1; cell < bucket.size(); ++cell) {
      const unsigned bits = static_cast<unsigned>(std::bit_width(cell)) - 1;
      const auto length = static_cast<unsigned>(8 * depth + bits);
      octets_[depth] = static_cast<std::uint8_t>((cell - (1u << bits)) << (8 - bits));
      if (bucket[cell].is_bucket()) run(pool_[bucket[cell].bucket()], depth + 1);
      if (bucket[cell].is_route_of(length)) visit_(prefix(length), bucket[cell]);
    }
    octets_[depth] = 0;
  }

  IpPrefix prefix(unsigned length) const {
    const auto l = static_cast<std::uint8_t>(length);
    if (version_ == IpVersion::v6) return {IpAddr{Ip6{octets_}}, l};
    return {IpAddr{Ip4{std::uint32_t{octets_[0]} << 24 | std::uint32_t{octets_[1]} << 16 |
                       std::uint32_t{octets_[2]} << 8 | octets_[3]}},
            l};
  }

  const BucketPool& pool_;
  IpVersion version_;
  Visit visit_;
  std::array<std::uint8_t, 16> octets_{};
};

}  // namespace tflab::vr
