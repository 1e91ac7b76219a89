// The yardstick carries what it is told to carry, at both fidelities.
#include "sim/world/chatter.h"

#include <gtest/gtest.h>

namespace tflab::sim {
namespace {

TEST(Chatter, every_message_arrives) {
  constexpr std::uint32_t hubs = 3, clients = 10, of_each = 2;
  constexpr std::uint64_t streams = clients * of_each, down = 50, up = 7;
  constexpr std::uint64_t long_one = 1200, short_one = 80;
  for (const auto fidelity : {scenario::Fidelity::message, scenario::Fidelity::tcp}) {
    const ChatterPlan plan{.hubs = hubs,
                           .clients = clients,
                           .hubs_of_each = of_each,
                           .by_hubs = {streams * down, streams * down * long_one},
                           .by_clients = {streams * up, streams * up * short_one},
                           .fidelity = fidelity,
                           .link = {}};
    EXPECT_EQ(chatter(plan), streams * (down * long_one + up * short_one));
  }
}

}  // namespace
}  // namespace tflab::sim
