#include "control-core/vpn/label_blocks.h"

#include <gtest/gtest.h>

namespace tflab::vpn {
namespace {

constexpr Ip4 one{1}, two{2};
constexpr LabelBlock block{10, 12};

TEST(LabelBlocks, hand_out_the_lowest_free_label_until_there_is_none) {
  LabelBlocks blocks;
  EXPECT_EQ(blocks.allocate(one, block), 10u);
  EXPECT_EQ(blocks.allocate(one, block), 11u);
  EXPECT_EQ(blocks.allocate(one, block), 12u);
  EXPECT_EQ(blocks.allocate(one, block), std::nullopt);
  blocks.release(one, block, 11);
  EXPECT_EQ(blocks.allocate(one, block), 11u);
  EXPECT_EQ(blocks.taken(one, block), 3u);
}

TEST(LabelBlocks, of_two_agents_are_two_even_if_the_numbers_are_the_same) {
  LabelBlocks blocks;
  EXPECT_EQ(blocks.allocate(one, block), 10u);
  EXPECT_EQ(blocks.allocate(two, block), 10u);
  blocks.release(two, block, 10);
  EXPECT_EQ(blocks.taken(one, block), 1u);
  EXPECT_EQ(blocks.taken(two, block), 0u);
}

TEST(LabelBlocks, survive_the_highest_label_and_an_upside_down_block) {
  LabelBlocks blocks;
  EXPECT_EQ(blocks.allocate(one, {0xffffffff, 0xffffffff}), 0xffffffffu);
  EXPECT_EQ(blocks.allocate(one, {0xffffffff, 0xffffffff}), std::nullopt);
  EXPECT_EQ(blocks.allocate(one, {5, 4}), std::nullopt);
}

}  // namespace
}  // namespace tflab::vpn
