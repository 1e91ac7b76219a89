// Flows against a map, and what happens when keys collide or the table is full.

#include "vrouter-core/tables/flow_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "tests/unit/vrouter-core/tables/block.h"

namespace tflab::vr {
namespace {

constexpr std::uint64_t seed = 0x5eed;

FlowWords key(std::uint32_t n) {
  return FlowWords::of({.nexthop = NexthopId{2},
                        .src = Ip4{0x0a000000 + n % 7},
                        .dst = Ip4{0x0b000000 + n},
                        .protocol = 17,
                        .src_port = static_cast<std::uint16_t>(n),
                        .dst_port = 53});
}

TEST(FlowWords, come_back_as_the_key) {
  FlowKey v4{.nexthop = NexthopId{0xfffff},
             .src = Ip4{0xffffffff},
             .dst = Ip4{1},
             .protocol = 255,
             .src_port = 65535,
             .dst_port = 1};
  EXPECT_EQ(FlowWords::of(v4).key(), v4);
  FlowKey v6 = v4;
  Ip6 address;
  for (std::uint8_t i = 0; i < 16; ++i) address.octets[i] = static_cast<std::uint8_t>(0xf0 + i);
  v6.src = address, v6.dst = Ip6{};
  EXPECT_EQ(FlowWords::of(v6).key(), v6);
  EXPECT_NE(FlowWords::of({.src = Ip4{}, .dst = Ip4{}}),
            FlowWords::of({.src = Ip6{}, .dst = Ip6{}}));
}

TEST(FlowTable, a_flow_takes_at_most_128_octets) {
  EXPECT_LE(FlowTable::octets_for(500'000) / 500'000.0, 128.0);
}

TEST(FlowTable, in_step_with_a_map) {
  std::mt19937 random{7};
  Block block;
  auto table = block.cut<FlowTable>(300u, seed);
  std::map<std::uint32_t, std::uint32_t> map;
  for (int i = 0; i < 300'000; ++i) {
    const auto n = static_cast<std::uint32_t>(random() % 400);
    const std::uint32_t found = table.find(key(n));
    ASSERT_EQ(found != no_flow, map.contains(n));
    if (found != no_flow) {
      ASSERT_EQ(found, map.at(n));
    }
    if (random() % 2 == 0) {
      if (found != no_flow) continue;
      const std::uint32_t number = table.add(key(n));
      if (number == no_flow) continue;
      ASSERT_TRUE(table[number].key == key(n));
      map[n] = number;
    } else if (found != no_flow) {
      table.remove(found);
      map.erase(n);
    }
    ASSERT_EQ(table.size(), map.size());
  }
}

// K22: keys made to fall into one bucket. A bounded number of them is taken, the rest refused, and
// others find their places still.
TEST(FlowTable, K22_crafted_collisions_are_refused_and_harm_nobody) {
  Block block;
  constexpr std::uint32_t limit = 6'000;  // a thousand buckets
  auto table = block.cut<FlowTable>(limit, seed);
  std::vector<FlowWords> crafted;
  for (std::uint32_t n = 0; crafted.size() < 150; ++n) {
    if ((table.hash(key(n)) >> 32) * 1001 >> 32 == 500) crafted.push_back(key(n));
  }
  std::size_t taken = 0;
  for (const FlowWords& words : crafted) taken += table.add(words) != no_flow ? 1 : 0;
  EXPECT_EQ(taken, 10 * FlowTable::most_probes);
  std::vector<std::uint32_t> others;
  for (std::uint32_t n = 1'000'000; others.size() < 500; ++n) {
    if ((table.hash(key(n)) >> 32) * 1001 >> 32 > 600) others.push_back(n);
  }
  for (std::uint32_t n : others) EXPECT_NE(table.add(key(n)), no_flow);
  for (std::uint32_t n : others) EXPECT_NE(table.find(key(n)), no_flow);
}

TEST(FlowTable, full_refuses_and_keeps_what_it_has) {
  Block block;
  auto table = block.cut<FlowTable>(50u, seed);
  for (std::uint32_t n = 0; n < 50; ++n) EXPECT_NE(table.add(key(n)), no_flow);
  EXPECT_EQ(table.add(key(50)), no_flow);
  for (std::uint32_t n = 0; n < 50; ++n) EXPECT_NE(table.find(key(n)), no_flow);
  table.remove(table.find(key(7)));
  EXPECT_NE(table.add(key(50)), no_flow);
}

TEST(FlowTable, a_removed_flow_leaves_its_reverse_without_one) {
  Block block;
  auto table = block.cut<FlowTable>(50u, seed);
  const auto there = table.add(key(1)), back = table.add(key(2));
  table[there].reverse = back, table[back].reverse = there;
  table.remove(there);
  EXPECT_EQ(table[back].reverse, no_flow);
}

}  // namespace
}  // namespace tflab::vr
