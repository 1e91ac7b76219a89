#include "control-core/agent/labels.h"

#include <gtest/gtest.h>

namespace tflab::agent {
namespace {

struct Fixture {
  Underlay underlay{Ip4{1}, 24, {}, Mac{}};
  Outputs out;
  Neighbours neighbours{underlay, out};
  Nexthops nexthops{underlay, neighbours, out};
  Labels labels{nexthops, out};

  std::uint32_t take() { return labels.allocate().value().raw(); }
};

TEST(Labels, count_from_sixteen_and_step_over_the_multicast_blocks) {
  Fixture f;
  for (std::uint32_t wanted = 16; wanted < 1024; ++wanted) EXPECT_EQ(f.take(), wanted);
  EXPECT_EQ(f.take(), 1024u + 2 * 2048);
  EXPECT_EQ(Labels::multicast_block(0), (LabelBlock{1024, 3071}));
  EXPECT_EQ(Labels::multicast_block(1), (LabelBlock{3072, 5119}));
}

TEST(Labels, P12_a_number_given_up_waits_for_thirty_two_others) {
  Fixture f;
  for (std::uint32_t n = 0; n < 40; ++n) f.take();  // 16 to 55
  for (std::uint32_t n = 16; n < 16 + 32; ++n) f.labels.release(Label{n});
  EXPECT_EQ(f.take(), 56u);
  f.labels.release(Label{48});
  EXPECT_EQ(f.take(), 16u);
  EXPECT_EQ(f.take(), 57u);
}

TEST(Labels, O08_run_out_and_then_reuse_what_there_is) {
  Fixture f;
  const std::size_t all = Labels::last + 1 - Labels::first - Labels::blocks * Labels::block_size;
  for (std::size_t n = 0; n < all; ++n) ASSERT_TRUE(f.labels.allocate());
  EXPECT_FALSE(f.labels.allocate());
  f.labels.release(Label{77});
  EXPECT_EQ(f.take(), 77u);
}

TEST(Labels, a_binding_is_moved_by_one_operation_and_forgotten_by_one) {
  Fixture f;
  const Label label = *f.labels.allocate();
  f.labels.bind(label, NexthopKey::receive(host_vif));
  const auto before = f.out.activity();
  f.labels.bind(label, NexthopKey::receive(host_vif));
  EXPECT_EQ(f.out.activity(), before);
  const auto key = NexthopKey::interface(VifId{3}, VrfId{2}, Mac{{2, 0, 0, 0, 0, 1}});
  f.labels.bind(label, key);
  EXPECT_EQ(*f.labels.bound_to(label), key);
  EXPECT_EQ(f.nexthops.count(), 1u);
  f.labels.unbind(label);
  EXPECT_EQ(f.labels.bound_to(label), nullptr);
  EXPECT_EQ(f.nexthops.count(), 0u);
}

}  // namespace
}  // namespace tflab::agent
