// Lists of members against a map.

#include "vrouter-core/tables/member_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

#include "tests/unit/vrouter-core/tables/block.h"

namespace tflab::vr {
namespace {

using Map = std::map<std::uint16_t, std::uint32_t>;

Map told(const MemberPool& pool, const Forward::Members& list) {
  Map map;
  std::uint16_t last = 0;
  pool.each(list, [&](std::uint16_t index, const Member& member) {
    EXPECT_TRUE(map.empty() || index > last) << "out of order";
    last = index;
    map[index] = member.nexthop.raw();
  });
  return map;
}

TEST(MemberPool, in_step_with_maps) {
  std::mt19937 random{11};
  Block block;
  auto pool = block.cut<MemberPool>(8u);
  std::array<Forward::Members, 3> lists{};
  std::array<Map, 3> maps;
  std::size_t refused = 0;
  for (int i = 0; i < 50'000; ++i) {
    const auto l = random() % 3;
    const auto index = static_cast<std::uint16_t>(random() % 70);
    const auto nexthop = static_cast<std::uint32_t>(1 + random() % 5);
    if (random() % 3 == 0) {
      if (pool.set(lists[l], index, {NexthopId{nexthop}, 0})) {
        maps[l][index] = nexthop;
      } else {
        ++refused;
      }
    } else if (maps[l].contains(index)) {
      pool.clear(lists[l], index);
      maps[l].erase(index);
    }
    ASSERT_EQ(told(pool, lists[l]), maps[l]);
    ASSERT_EQ(pool.at(lists[l], index).nexthop.raw(),
              maps[l].contains(index) ? maps[l].at(index) : 0u);
    if (random() % 500 == 0) {
      pool.clear(lists[l]);
      maps[l].clear();
    }
  }
  EXPECT_GT(refused, 0u);
}

}  // namespace
}  // namespace tflab::vr
