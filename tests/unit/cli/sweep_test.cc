#include "cli/sweep.h"

#include <gmock/gmock.h>

namespace tflab::cli {
namespace {

using testing::ElementsAre;

TEST(Sweep, values_are_parted_by_commas_that_stand_alone) {
  const auto [pointer, values] = varied(R"(/run/x=1,"a,b",[1,2],{"c":1,"d":2})");
  EXPECT_EQ(pointer, "/run/x");
  EXPECT_THAT(values, ElementsAre("1", R"("a,b")", "[1,2]", R"({"c":1,"d":2})"));
  EXPECT_THROW(varied("run/x=1"), UsageError);
  EXPECT_THROW(varied("/run/x="), UsageError);
}

// The sample of W. S. Gosset's first table: extra hours of sleep by one of two drugs.
TEST(Sweep, the_confidence_interval_is_students) {
  const Spread95 spread = spread_of({0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0});
  EXPECT_NEAR(spread.mean, 0.75, 1e-9);
  EXPECT_NEAR(spread.median, 0.35, 1e-9);
  EXPECT_NEAR(spread.half, 1.2798, 1e-3);
}

TEST(Sweep, processors_are_busy_for_a_share_of_the_time) {
  EXPECT_EQ(busy_text(8, 60, 31.25, 2),
            "8 runs took 60 s of processor time in 31.2 s, 2 at a time: processors 96 % busy");
}

TEST(Sweep, one_run_has_no_interval) {
  EXPECT_EQ(spread_of({4}).mean, 4);
  EXPECT_EQ(spread_of({4}).half, 0);
}

}  // namespace
}  // namespace tflab::cli
