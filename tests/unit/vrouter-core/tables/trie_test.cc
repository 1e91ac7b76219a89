// Longest-prefix match against a list of routes searched one by one.

#include "vrouter-core/tables/trie.h"

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace tflab::vr {
namespace {

static_assert(sizeof(Bucket) == 4096);
static_assert(RouteEntry{}.rank() == 0 && !RouteEntry{}.is_bucket());
static_assert(RouteEntry::to_bucket(0xffffffff).bucket() == 0xffffffff);

TEST(RouteEntry, keeps_every_field_at_its_widest) {
  const auto entry = RouteEntry::route(NexthopId{0xfffff}, Label{0xfffff}, 0xff, 128);
  EXPECT_TRUE(entry.is_route());
  EXPECT_EQ(entry.nexthop(), NexthopId{0xfffff});
  EXPECT_EQ(entry.label(), Label{0xfffff});
  EXPECT_EQ(entry.flags(), 0xff);
  EXPECT_EQ(entry.length(), 128);
  const auto least = RouteEntry::route(NexthopId{}, Label{}, 0, 0);
  EXPECT_TRUE(least.is_route());
  EXPECT_NE(least, RouteEntry{});
}

class Tries {
public:
  explicit Tries(std::uint32_t buckets) : block_(bytes(buckets) / sizeof(Line)) {
    Memory memory{block_.data()->octets};
    pool = BucketPool{memory, buckets};
  }
  bool set(const IpPrefix& prefix, std::uint32_t nexthop) {
    return Trie{pool, root_of(prefix)}.set(prefix, NexthopId{nexthop}, Label{nexthop}, 1);
  }
  bool erase(const IpPrefix& prefix) { return Trie{pool, root_of(prefix)}.erase(prefix); }
  RouteEntry look_up(const IpAddr& address) const {
    return address.is_v4() ? lookup(pool, root4, address.v4()) : lookup(pool, root6, address.v6());
  }
  std::map<IpPrefix, std::uint32_t> walk() const {
    std::map<IpPrefix, std::uint32_t> all;
    const auto note = [&](const IpPrefix& prefix, RouteEntry route) {
      EXPECT_TRUE(all.emplace(prefix, route.nexthop().raw()).second) << "met twice";
      EXPECT_EQ(prefix.length(), route.length());
    };
    RouteWalk{pool, IpVersion::v4, note}.run(root4);
    RouteWalk{pool, IpVersion::v6, note}.run(root6);
    return all;
  }

  BucketPool pool;
  RouteEntry root4, root6;

private:
  struct alignas(64) Line {
    std::byte octets[64]{};
  };
  static std::size_t bytes(std::uint32_t buckets) {
    Memory measure{nullptr};
    BucketPool{measure, buckets};
    return measure.used();
  }
  RouteEntry& root_of(const IpPrefix& prefix) { return prefix.base().is_v4() ? root4 : root6; }

  std::vector<Line> block_;
};

constexpr IpPrefix p4(std::uint32_t base, std::uint8_t length) {
  return {Ip4{base}, length};
}

TEST(Trie, a_default_route_takes_no_bucket) {
  Tries t{1};
  EXPECT_FALSE(t.look_up(Ip4{5}).is_route());
  EXPECT_TRUE(t.set(p4(0, 0), 7));
  EXPECT_EQ(t.look_up(Ip4{5}).nexthop(), NexthopId{7});
  EXPECT_EQ(t.pool.left(), 1u);
  EXPECT_TRUE(t.erase(p4(0, 0)));
  EXPECT_FALSE(t.look_up(Ip4{5}).is_route());
}

TEST(Trie, what_a_route_hid_comes_back_when_it_goes) {
  Tries t{8};
  for (std::uint8_t length : {0, 7, 8, 9, 16, 23, 24, 31, 32}) {
    EXPECT_TRUE(t.set(p4(0x0a010203, length), length + 1u));
  }
  for (std::uint8_t length : {32, 31, 24, 23, 16, 9, 8, 7, 0}) {
    EXPECT_EQ(t.look_up(Ip4{0x0a010203}).length(), length);
    EXPECT_TRUE(t.erase(p4(0x0a010203, length)));
  }
  EXPECT_FALSE(t.look_up(Ip4{0x0a010203}).is_route());
  EXPECT_EQ(t.pool.left(), 8u);
}

TEST(Trie, a_route_under_two_halves_is_not_lost) {
  Tries t{8};
  t.set(p4(0x0a000000, 24), 1);
  t.set(p4(0x0a000000, 25), 2);
  t.set(p4(0x0a000080, 25), 3);
  EXPECT_EQ(t.walk().size(), 3u);
  t.erase(p4(0x0a000000, 25));
  t.erase(p4(0x0a000080, 25));
  EXPECT_EQ(t.look_up(Ip4{0x0a000001}).nexthop(), NexthopId{1});
  EXPECT_EQ(t.look_up(Ip4{0x0a000081}).nexthop(), NexthopId{1});
}

TEST(Trie, refuses_what_the_pool_cannot_hold_and_changes_nothing) {
  Tries t{5};
  EXPECT_TRUE(t.set(p4(0x0a000001, 32), 1));
  EXPECT_FALSE(t.set(p4(0x0b000001, 32), 2));
  EXPECT_FALSE(t.set(p4(0x0a010101, 32), 2));
  EXPECT_EQ(t.pool.left(), 1u);
  EXPECT_EQ(t.walk().size(), 1u);
  EXPECT_TRUE(t.set(p4(0x0a000101, 32), 3));
  EXPECT_EQ(t.pool.left(), 0u);
  EXPECT_TRUE(t.set(p4(0x0a000001, 32), 4)) << "replacing needs none";
  EXPECT_TRUE(t.erase(p4(0x0a000101, 32)));
  EXPECT_EQ(t.pool.left(), 1u);
}

// The reference: every route looked at for every address.
class List {
public:
  void set(const IpPrefix& prefix, std::uint32_t nexthop) { routes_[prefix] = nexthop; }
  bool erase(const IpPrefix& prefix) { return routes_.erase(prefix) != 0; }
  std::optional<std::pair<IpPrefix, std::uint32_t>> look_up(const IpAddr& address) const {
    std::optional<std::pair<IpPrefix, std::uint32_t>> best;
    for (const auto& route : routes_) {
      const bool longer = !best || route.first.length() > best->first.length();
      if (route.first.covers(address) && longer) best = route;
    }
    return best;
  }
  // One of the routes, or `otherwise` when there is none.
  IpPrefix some(std::size_t n, const IpPrefix& otherwise) const {
    return routes_.empty() ? otherwise : std::next(routes_.begin(), n % routes_.size())->first;
  }
  const std::map<IpPrefix, std::uint32_t>& all() const { return routes_; }

private:
  std::map<IpPrefix, std::uint32_t> routes_;
};

// Few distinct octets, so that routes cover, equal and hide one another.
class Dice {
public:
  explicit Dice(std::uint32_t seed) : random_{seed} {}
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  IpAddr address(IpVersion version) {
    constexpr std::uint8_t octets[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    Ip6 all;
    for (auto& octet : all.octets) octet = octets[below(5)];
    if (version == IpVersion::v6) return all;
    const auto& o = all.octets;
    return Ip4{std::uint32_t{o[0]} << 24 | std::uint32_t{o[1]} << 16 | std::uint32_t{o[2]} << 8 |
               o[3]};
  }
  IpPrefix prefix(IpVersion version, unsigned longest) {
    return {address(version), static_cast<std::uint8_t>(below(longest + 1))};
  }

private:
  std::mt19937 random_;
};

// `longest` keeps IPv6 prefixes in few buckets, so that they meet.
void compare_with_list(IpVersion version, unsigned longest, std::uint32_t seed) {
  Dice dice{seed};
  Tries trie{2000};
  List list;
  for (std::uint32_t step = 1; step <= 1600; ++step) {
    const IpPrefix prefix = dice.prefix(version, longest);
    if (dice.below(8) < (step / 200 % 2 == 0 ? 6u : 2u)) {
      ASSERT_TRUE(trie.set(prefix, step));
      list.set(prefix, step);
    } else {
      const IpPrefix victim = dice.below(4) == 0 ? prefix : list.some(dice.below(1u << 16), prefix);
      ASSERT_EQ(trie.erase(victim), list.erase(victim));
    }
    for (int i = 0; i < 4; ++i) {
      const IpAddr address = dice.address(version);
      const auto got = trie.look_up(address);
      const auto want = list.look_up(address);
      ASSERT_EQ(got.is_route(), want.has_value()) << "seed " << seed << " step " << step;
      if (!want) continue;
      ASSERT_EQ(got.nexthop().raw(), want->second) << "seed " << seed << " step " << step;
      ASSERT_EQ(got.length(), want->first.length());
      ASSERT_EQ(got.label().raw(), want->second);
      ASSERT_EQ(got.flags(), 1);
    }
    if (step % 200 == 0) {
      ASSERT_EQ(trie.walk(), list.all()) << "seed " << seed;
    }
  }
  for (const auto& [prefix, nexthop] : std::map{list.all()}) ASSERT_TRUE(trie.erase(prefix));
  EXPECT_EQ(trie.pool.left(), 2000u) << "an empty trie keeps no bucket";
  EXPECT_EQ(version == IpVersion::v4 ? trie.root4 : trie.root6, RouteEntry{});
}

TEST(Trie, agrees_with_a_list_of_ipv4_routes) {
  for (std::uint32_t seed = 1; seed <= 3; ++seed) compare_with_list(IpVersion::v4, 32, seed);
  compare_with_list(IpVersion::v4, 12, 4);
}

TEST(Trie, agrees_with_a_list_of_ipv6_routes) {
  for (std::uint32_t seed = 1; seed <= 2; ++seed) compare_with_list(IpVersion::v6, 20, seed);
  compare_with_list(IpVersion::v6, 40, 3);
}

TEST(Trie, holds_an_ipv6_host_route) {
  Tries t{16};
  Ip6 host;
  host.octets[15] = 1;
  EXPECT_TRUE(t.set(IpPrefix::host(host), 9));
  EXPECT_EQ(t.pool.left(), 0u);
  EXPECT_EQ(t.look_up(host).nexthop(), NexthopId{9});
  host.octets[15] = 2;
  EXPECT_FALSE(t.look_up(host).is_route());
  host.octets[15] = 1;
  EXPECT_TRUE(t.erase(IpPrefix::host(host)));
  EXPECT_EQ(t.pool.left(), 16u);
}

TEST(Trie, tells_a_prefix_from_the_one_around_it) {
  Tries t{8};
  t.set(p4(0x0a000000, 8), 1);
  Trie trie{t.pool, t.root4};
  EXPECT_TRUE(trie.find(p4(0x0a000000, 8)).has_value());
  EXPECT_FALSE(trie.find(p4(0x0a000000, 9)).has_value());
  EXPECT_FALSE(trie.find(p4(0x0a000000, 16)).has_value());
  EXPECT_FALSE(trie.find(p4(0x0a000000, 7)).has_value());
  EXPECT_FALSE(trie.erase(p4(0x0a000000, 16)));
}

}  // namespace
}  // namespace tflab::vr
