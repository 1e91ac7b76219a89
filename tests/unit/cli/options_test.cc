#include "cli/options.h"

#include <gtest/gtest.h>

namespace tflab::cli {
namespace {

TEST(Options, reads_durations_with_a_unit) {
  EXPECT_DOUBLE_EQ(parse_duration_s("500ms"), 0.5);
  EXPECT_DOUBLE_EQ(parse_duration_s("1.5m"), 90);
  EXPECT_DOUBLE_EQ(parse_duration_s("2h"), 7200);
}

TEST(Options, refuses_durations_without_a_unit_or_with_nonsense) {
  for (const char* text : {"", "5", "s", "5 s", "-1s", "1d", "nan s", "infs"})
    EXPECT_THROW(parse_duration_s(text), UsageError) << text;
}

TEST(Options, splits_sets_at_the_first_equals_sign) {
  Options options;
  options.sets = {"/run/seed=7", "/description=a=b"};
  const auto load = options.load_options();
  ASSERT_EQ(load.sets.size(), 2u);
  EXPECT_EQ(load.sets[1], (std::pair<std::string, std::string>{"/description", "a=b"}));
}

TEST(Options, refuses_a_set_that_is_not_a_pointer) {
  Options options;
  options.sets = {"run.seed=7"};
  EXPECT_THROW(options.load_options(), UsageError);
}

}  // namespace
}  // namespace tflab::cli
