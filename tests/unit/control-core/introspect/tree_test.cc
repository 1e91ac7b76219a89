#include "control-core/introspect/tree.h"

#include <gtest/gtest.h>

namespace tflab::introspect {
namespace {

TEST(IntrospectTree, find_and_all_walk_in_document_order) {
  const Tree tree = page("Resp", {list_of_structs("tables", 1,
                                                  {struct_of("T", {string_of("name", 1, "a")}),
                                                   struct_of("T", {string_of("name", 1, "b")})}),
                                  string_of("name", 2, "c")});
  ASSERT_TRUE(find(tree, "name"));
  EXPECT_EQ(find(tree, "name")->text, "a");
  EXPECT_EQ(find(tree, "Resp"), &tree);
  EXPECT_EQ(find(tree, "nothing"), nullptr);
  std::string names;
  for (const Tree* t : all(tree, "name")) names += t->text;
  EXPECT_EQ(names, "abc");
  EXPECT_EQ(text_of(*all(tree, "T")[1], "name"), "b");
  EXPECT_EQ(text_of(tree, "T"), "");
}

TEST(IntrospectTimestamp, has_six_digits_of_fraction_whatever_the_time) {
  const PageRequest at{.name = "x", .utc_ns_at_zero = 1'555'119'678'000'000'000};
  EXPECT_EQ(timestamp(at, Instant{23'211'000}), "2019-Apr-13 01:41:18.023211");
  EXPECT_EQ(timestamp(at, Instant{}), "2019-Apr-13 01:41:18.000000");
  EXPECT_EQ(timestamp(at, Instant{999}), "2019-Apr-13 01:41:18.000000");
  const PageRequest zero{.name = "x"};
  EXPECT_EQ(timestamp(zero, Instant{}), "1970-Jan-01 00:00:00.000000");
  EXPECT_EQ(timestamp(zero, Instant{-1}), "1969-Dec-31 23:59:59.999999");
  EXPECT_EQ(timestamp(zero, Instant{951'782'400'000'000'000}), "2000-Feb-29 00:00:00.000000");
  EXPECT_EQ(timestamp(zero, Instant{1'798'761'599'999'999'000}), "2026-Dec-31 23:59:59.999999");
}

}  // namespace
}  // namespace tflab::introspect
