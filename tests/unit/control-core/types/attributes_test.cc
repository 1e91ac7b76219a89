#include "control-core/types/attributes.h"

#include <gtest/gtest.h>

#include "control-core/types/intern.h"

namespace tflab {
namespace {

AsPath path(std::vector<AsSegment> segments) {
  return {std::move(segments)};
}
AsSegment sequence(std::vector<Asn> asns) {
  return {AsSegment::sequence, std::move(asns)};
}
AsSegment set(std::vector<Asn> asns) {
  return {AsSegment::set, std::move(asns)};
}

TEST(AsPath, a_set_counts_one_and_is_printed_in_braces) {
  const AsPath p = path({sequence({Asn{65001}, Asn{65002}}), set({Asn{1}, Asn{2}})});
  EXPECT_EQ(p.length(), 3u);
  EXPECT_EQ(to_text(p), "65001 65002 {1 2}");
  EXPECT_EQ(to_text(AsPath{}), "");
  EXPECT_TRUE(p.contains(Asn{2}));
  EXPECT_FALSE(p.contains(Asn{3}));
}

TEST(AsPath, the_neighbour_is_the_first_of_a_leading_sequence) {
  EXPECT_EQ(path({sequence({Asn{7}, Asn{8}})}).neighbour(), Asn{7});
  EXPECT_FALSE(path({set({Asn{7}})}).neighbour());
  EXPECT_FALSE(AsPath{}.neighbour());
}

TEST(AsPath, prepending_opens_a_sequence_when_there_is_none_or_it_is_full) {
  AsPath p = path({set({Asn{7}})});
  p.prepend(Asn{1});
  EXPECT_EQ(p, path({sequence({Asn{1}}), set({Asn{7}})}));

  AsPath full = path({sequence(std::vector<Asn>(255, Asn{9}))});
  full.prepend(Asn{1});
  EXPECT_EQ(full.segments.size(), 2u);
  EXPECT_EQ(full.neighbour(), Asn{1});
  EXPECT_EQ(full.length(), 256u);
}

TEST(Attributes, targets_and_encapsulations_keep_their_order) {
  Attributes a;
  a.ext_communities = {ExtCommunity::encapsulation(Encap::udp),
                       ExtCommunity::target(RouteTarget::as2(1, 2)),
                       ExtCommunity::encapsulation(Encap::gre)};
  EXPECT_EQ(a.encaps(), (std::vector{Encap::udp, Encap::gre}));
  EXPECT_EQ(a.targets(), (std::vector{RouteTarget::as2(1, 2)}));
  EXPECT_EQ(a.effective_local_pref(), 100u);
}

Attributes with_med(std::uint32_t med) {
  Attributes a;
  a.med = med;
  return a;
}

TEST(AttributePool, equal_sets_are_one_object) {
  AttributePool pool;
  const AttributesRef one = pool.intern(with_med(1));
  EXPECT_EQ(pool.intern(with_med(1)), one);
  EXPECT_NE(pool.intern(with_med(2)), one);
  EXPECT_EQ(*one, with_med(1));
}

// Absent and zero hash alike; they must still be told apart.
TEST(AttributePool, an_absent_value_is_not_a_zero) {
  AttributePool pool;
  const AttributesRef absent = pool.intern({}), zero = pool.intern(with_med(0));
  EXPECT_NE(absent, zero);
  EXPECT_FALSE(absent->med);
  EXPECT_EQ(zero->med, 0u);
}

TEST(AttributePool, a_set_goes_with_its_last_reference) {
  AttributePool pool;
  AttributesRef one = pool.intern(with_med(1));
  AttributesRef two = pool.intern(with_med(2));
  EXPECT_EQ(pool.size(), 2u);
  one.reset();
  EXPECT_EQ(pool.size(), 1u);
  two = pool.intern(with_med(1));
  EXPECT_EQ(pool.size(), 1u);
}

TEST(AttributePool, references_outlive_the_pool) {
  AttributesRef kept;
  {
    AttributePool pool;
    kept = pool.intern(with_med(7));
  }
  EXPECT_EQ(kept->med, 7u);
}

}  // namespace
}  // namespace tflab
