#pragma once
// Who says which routes and who must hold them: the whole of it is arithmetic, so that what a
// receiver holds can be compared with what it should hold, route by route.
//
// Route g = sender * prefixes + j is VPNv4 10.0.0.0 + g /32 with label 16 + g. A VRF is a route
// distinguisher of its sender and two route targets. A sender has its routes in `originates` VRFs,
// and imports the first target of `imports` VRFs.

#include <cstdint>
#include <vector>

namespace tflab::bench {

struct Workload {
  unsigned peers = 0;
  unsigned prefixes = 0;  // of each peer
  unsigned vrfs = 100;
  unsigned originates = 5, imports = 5;
  bool filtered = false;  // route-target is negotiated: a peer gets what it imports
  unsigned nlri = 8;      // of one UPDATE
  bool meds = false;      // every UPDATE has a MED, and so an attribute set, of its own

  std::uint32_t routes() const { return peers * prefixes; }
  unsigned sender_of(std::uint32_t route) const { return route / prefixes; }
  unsigned vrf_of(std::uint32_t route) const {
    return nth_vrf(sender_of(route), route % prefixes * originates / prefixes, originates);
  }
  // The n-th of `many` VRFs of a peer, spread evenly.
  unsigned nth_vrf(unsigned peer, unsigned n, unsigned many) const {
    return (peer + n * (vrfs / many)) % vrfs;
  }
};

// A set of routes, one bit each.
class RouteSet {
public:
  explicit RouteSet(std::uint32_t routes) : words_((routes + 63) / 64) {}
  bool has(std::uint32_t route) const { return (words_[route / 64] >> route % 64 & 1) != 0; }
  void set(std::uint32_t route, bool on) {
    const std::uint64_t bit = std::uint64_t{1} << route % 64;
    on ? words_[route / 64] |= bit : words_[route / 64] &= ~bit;
  }
  std::uint64_t without(const RouteSet& other) const {
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < words_.size(); ++i)
      n += static_cast<std::uint64_t>(__builtin_popcountll(words_[i] & ~other.words_[i]));
    return n;
  }

private:
  std::vector<std::uint64_t> words_;
};

}  // namespace tflab::bench
