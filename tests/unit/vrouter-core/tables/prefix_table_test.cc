// Longest-prefix match for many VRFs against a list of routes for each, searched one by one.

#include "vrouter-core/tables/prefix_table.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "tests/unit/vrouter-core/tables/block.h"

namespace tflab::vr {
namespace {

TEST(RouteEntry, keeps_every_field_at_its_widest) {
  const auto entry = RouteEntry::route(NexthopId{0xfffff}, 0xffffff, 0xff);
  const auto marked = entry.with_passed(0xff).with_age(3);
  for (const RouteEntry& e : {entry, marked}) {
    EXPECT_TRUE(e.is_route());
    EXPECT_EQ(e.nexthop(), NexthopId{0xfffff});
    EXPECT_EQ(e.number(), 0xffffffu);
    EXPECT_EQ(e.flags(), 0xff);
  }
  EXPECT_EQ(entry, marked) << "the table's own bits are not what the entry says";
  EXPECT_EQ(marked.passed(), 0xff);
  EXPECT_EQ(marked.with_passed(0).age(), 3);
  EXPECT_NE(RouteEntry::route(NexthopId{}, 0, 0), RouteEntry{});
  EXPECT_EQ(RouteEntry::tally(0xffffffff).tallied(), 0xffffffffu);
}

TEST(Keys, come_back_from_their_words) {
  const auto v4 = Prefix4Key::of(VrfId{0xffff}, Ip4{0xffffff00}, 24);
  EXPECT_EQ(v4.vrf(), VrfId{0xffff});
  EXPECT_EQ(v4.prefix(), (IpPrefix{Ip4{0xffffff00}, 24}));
  EXPECT_FALSE(v4.is_tally());
  Ip6 address;
  for (std::uint8_t i = 0; i < 16; ++i) address.octets[i] = static_cast<std::uint8_t>(0xf0 + i);
  for (unsigned length : {0u, 1u, 63u, 64u, 65u, 127u, 128u}) {
    const auto v6 = Prefix6Key::covering(VrfId{0xffff}, address, length);
    EXPECT_EQ(v6.vrf(), VrfId{0xffff});
    EXPECT_EQ(v6.prefix(), (IpPrefix{address, static_cast<std::uint8_t>(length)}));
    EXPECT_FALSE(v6.is_tally());
  }
  EXPECT_EQ(Prefix4Key::covering(VrfId{1}, Ip4{0xffffffff}, 0), Prefix4Key::of(VrfId{1}, Ip4{}, 0));
  const Mac mac{{0xff, 1, 2, 3, 4, 5}};
  EXPECT_EQ(MacKey::of(VrfId{0xffff}, mac).mac(), mac);
  EXPECT_EQ(MacKey::of(VrfId{0xffff}, mac).vrf(), VrfId{0xffff});
}

TEST(ExactTable, refuses_beyond_its_limit_and_keeps_what_it_has) {
  Block block;
  auto table = block.cut<ExactTable<MacKey>>(10u);
  for (std::uint64_t i = 0; i < 10; ++i) {
    EXPECT_TRUE(table.set({i}, RouteEntry::route(NexthopId{1}, 0, 0)));
  }
  EXPECT_FALSE(table.set({10}, RouteEntry::route(NexthopId{1}, 0, 0)));
  EXPECT_TRUE(table.set({9}, RouteEntry::route(NexthopId{2}, 0, 0))) << "replacing needs no place";
  EXPECT_EQ(table.size(), 10u);
  EXPECT_TRUE(table.erase({3}));
  EXPECT_FALSE(table.erase({3}));
  EXPECT_TRUE(table.set({10}, RouteEntry::route(NexthopId{1}, 0, 0)));
  EXPECT_EQ(table.find({9}).nexthop(), NexthopId{2});
}

TEST(ExactTable, one_of_no_size_holds_nothing) {
  Block block;
  auto table = block.cut<ExactTable<MacKey>>(0u);
  EXPECT_FALSE(table.set({1}, RouteEntry::route(NexthopId{1}, 0, 0)));
  EXPECT_FALSE(table.find({1}).is_route());
  EXPECT_FALSE(table.erase({1}));
}

TEST(ExactTable, is_walked_in_the_order_of_its_keys) {
  Block block;
  auto table = block.cut<ExactTable<MacKey>>(100u);
  std::vector<std::uint32_t> room(100);
  for (std::uint64_t key : {9, 3, 7, 1}) table.set({key}, RouteEntry::route(NexthopId{1}, 0, 0));
  std::vector<std::uint64_t> seen;
  sorted_walk(table, std::span{room}, [&](MacKey key, RouteEntry) { seen.push_back(key.word); });
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 3, 7, 9}));
}

// Room per route when the table holds all it may, the figure: at most 40.
static_assert(sizeof(Prefix4Key) + sizeof(RouteEntry) == 16);
TEST(PrefixTable, a_route_takes_at_most_forty_octets) {
  EXPECT_LE(ExactTable<Prefix4Key>::octets_for(1'000'000) / 1'000'000.0, 32.0);
  EXPECT_LE(ExactTable<Prefix4Key>::octets_for(10'000) / 10'000.0, 32.0);
  EXPECT_LE(ExactTable<MacKey>::octets_for(10'000) / 10'000.0, 32.0);
}

// One VRF's routes as a list.
template <class Address>
class Lists {
public:
  void set(VrfId vrf, const IpPrefix& prefix, std::uint32_t nexthop) {
    routes_[vrf.raw()][prefix] = nexthop;
  }
  bool erase(VrfId vrf, const IpPrefix& prefix) { return routes_[vrf.raw()].erase(prefix) != 0; }
  std::optional<std::uint32_t> look_up(VrfId vrf, const Address& address) const {
    std::optional<std::uint32_t> best;
    int longest = -1;
    for (const auto& [prefix, nexthop] : routes_[vrf.raw()]) {
      if (prefix.length() > longest && prefix.covers(IpAddr{address})) {
        best = nexthop;
        longest = prefix.length();
      }
    }
    return best;
  }
  std::size_t size() const {
    std::size_t n = 0;
    for (const auto& vrf : routes_) n += vrf.size();
    return n;
  }

private:
  std::array<std::map<IpPrefix, std::uint32_t>, 4> routes_;
};

Ip4 address_of(const std::array<std::uint8_t, 16>& o, Ip4) {
  return Ip4{std::uint32_t{o[0]} << 24 | std::uint32_t{o[1]} << 16 | std::uint32_t{o[2]} << 8 |
             o[3]};
}
Ip6 address_of(const std::array<std::uint8_t, 16>& o, const Ip6&) {
  return {o};
}

// The same operations on both, in step. Few octets to choose from, so that routes cover, equal and
// hide one another; few places, so that the table is full for a good part of the time.
template <class Table, class Address>
void in_step(std::uint32_t seed, int operations) {
  std::mt19937 random{seed};
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  Block block;
  auto table = block.cut<Table>(60u);
  std::array<typename Table::LengthSet, 4> lengths{};
  Lists<Address> lists;
  const unsigned longest = IpAddr{Address{}}.bits();
  const std::array<unsigned, 8> some = {0, 1, 8, 9, longest / 2, longest - 8, longest - 1, longest};
  const auto address = [&] {
    std::array<std::uint8_t, 16> octets{};
    for (auto& octet : octets) octet = std::array<std::uint8_t, 3>{0, 10, 255}[below(3)];
    if (below(3) != 0) octets = {10};
    octets[longest / 8 - 1] = static_cast<std::uint8_t>(below(4));
    return address_of(octets, Address{});
  };
  std::size_t refusals = 0;
  for (int i = 0; i < operations; ++i) {
    const VrfId vrf{static_cast<std::uint16_t>(below(4))};
    const IpPrefix prefix{IpAddr{address()}, static_cast<std::uint8_t>(some[below(8)])};
    Address base{};
    if constexpr (std::is_same_v<Address, Ip4>) base = prefix.base().v4();
    if constexpr (std::is_same_v<Address, Ip6>) base = prefix.base().v6();
    auto& set = lengths[vrf.raw()];
    if (below(2) == 0) {
      const auto nexthop = 1 + below(9);
      const auto route = RouteEntry::route(NexthopId{nexthop}, 7, 1);
      const bool taken = table.set(vrf, set, base, prefix.length(), route);
      if (taken) lists.set(vrf, prefix, nexthop);
      refusals += taken ? 0 : 1;
    } else {
      ASSERT_EQ(table.erase(vrf, set, base, prefix.length()), lists.erase(vrf, prefix));
    }
    const Address asked = address();
    const RouteEntry found = table.look_up(vrf, set, asked);
    const auto wanted = lists.look_up(vrf, asked);
    ASSERT_EQ(found.is_route(), wanted.has_value()) << "operation " << i;
    if (wanted) {
      ASSERT_EQ(found.nexthop().raw(), *wanted) << "operation " << i;
    }
  }
  EXPECT_GT(refusals, 0u) << "never full: the test tests less than it should";
  EXPECT_LE(lists.size(), 60u);
}

TEST(PrefixTable, half_a_million_operations_in_step_with_lists_of_ipv4_routes) {
  in_step<Routes4, Ip4>(1, 500'000);
}
TEST(PrefixTable, half_a_million_operations_in_step_with_lists_of_ipv6_routes) {
  in_step<Routes6, Ip6>(2, 500'000);
}

// A table that was filled, emptied and filled again finds as quickly as a fresh one: no counter is
// left behind.
TEST(PrefixTable, an_emptied_table_remembers_nothing) {
  Block block;
  auto table = block.cut<Routes4>(1000u);
  Routes4::LengthSet lengths;
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t i = 0; i < 999; ++i) {
      EXPECT_TRUE(table.set(VrfId{1}, lengths, Ip4{i}, 32, RouteEntry::route(NexthopId{i}, 0, 0)));
    }
    EXPECT_FALSE(table.set(VrfId{1}, lengths, Ip4{999}, 32, RouteEntry::route(NexthopId{}, 0, 0)));
    for (std::uint32_t i = 0; i < 999; ++i) EXPECT_TRUE(table.erase(VrfId{1}, lengths, Ip4{i}, 32));
    EXPECT_EQ(table.table().size(), 0u);
    for (std::uint32_t slot = 0; slot < table.table().slot_count(); ++slot) {
      EXPECT_EQ(table.table().entry_in(slot).passed(), 0);
    }
  }
}

}  // namespace
}  // namespace tflab::vr
