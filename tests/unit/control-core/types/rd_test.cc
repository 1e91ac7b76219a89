#include "control-core/types/rd.h"

#include <gtest/gtest.h>

namespace tflab {
namespace {

TEST(RouteDistinguisher, text_and_octets_side_by_side) {
  const struct {
    const char* text;
    std::uint64_t wire;
  } cases[] = {
      {"65412:16909060", 0x0000ff8401020304},        {"65412:0", 0x0000ff8400000000},
      {"65412:4294967295", 0x0000ff84ffffffff},      {"10.1.1.1:4660", 0x00010a0101011234},
      {"172.31.41.236:2", 0x0001ac1f29ec0002},       {"65536:4660", 0x0002000100001234},
      {"256:07:08:09:0a:0b:0c", 0x01000708090a0b0c}, {"0:0", 0},
  };
  for (const auto& [text, wire] : cases) {
    EXPECT_EQ(to_text(RouteDistinguisher{wire}), text);
    EXPECT_EQ(parse_rd(text), RouteDistinguisher{wire}) << text;
  }
}

TEST(RouteDistinguisher, what_does_not_fit_is_refused) {
  for (const char* text : {"", ":", "1", "1:", ":1", "65536:16909060", "10.1.1.1:65536",
                           "10.1.1.256:1", "65412:0xffff", "65412:10.1.1.1", "1:4294967296",
                           "65412-1", "1:1:1", "65536:07:08:09:0a:0b:0c"})
    EXPECT_FALSE(parse_rd(text)) << text;
}

TEST(RouteTarget, text_and_octets_side_by_side) {
  const struct {
    const char* text;
    std::uint64_t wire;
  } cases[] = {
      {"target:64512:8000001", 0x0002fc00007a1201},
      {"target:65412:4294967295", 0x0002ff84ffffffff},
      {"target:172.31.14.47:4", 0x0102ac1f0e2f0004},
      {"target:10.1.1.1:17185", 0x01020a0101014321},
      {"target:4200000000:1", 0x0202fa56ea000001},
      {"target:65412L:772", 0x02020000ff840304},
      {"target:65535L:1", 0x02020000ffff0001},
      {"target:65536:1", 0x0202000100000001},
      {"target:0:0", 0x0002000000000000},
  };
  for (const auto& [text, wire] : cases) {
    EXPECT_EQ(to_text(RouteTarget{wire}), text);
    EXPECT_EQ(parse_target(text), RouteTarget{wire}) << text;
  }
}

// The same digits in three widths are three targets.
TEST(RouteTarget, widths_are_kept_apart) {
  EXPECT_NE(parse_target("target:100:1"), parse_target("target:100L:1"));
  EXPECT_NE(parse_target("target:0.0.0.100:1"), parse_target("target:100L:1"));
}

TEST(RouteTarget, what_does_not_fit_is_refused) {
  for (const char* text :
       {"", "target", "target:", "64512:1", "target:10.1.1.1-1", "target:10.1.1.1:65536",
        "target:65412:4294967299", "target:65536:65536", "target:100L:65536", "target:65412:0xffff",
        "target:L:1", "target:10.1.1.1:1.1.1.1", "Target:1:1"})
    EXPECT_FALSE(parse_target(text)) << text;
}

}  // namespace
}  // namespace tflab
