#include "control-core/types/rewriting.h"

#include <gtest/gtest.h>

namespace tflab {
namespace {

AsPath path_of(std::initializer_list<std::uint32_t> numbers) {
  AsPath out;
  for (auto i = std::rbegin(numbers); i != std::rend(numbers); ++i) out.prepend(Asn{*i});
  return out;
}

TEST(Rewriting, private_numbers_are_those_of_rfc_6996) {
  for (std::uint32_t as : {64512u, 65000u, 65534u, 4200000000u, 4294967294u})
    EXPECT_TRUE(is_private(Asn{as})) << as;
  for (std::uint32_t as : {1u, 23456u, 64511u, 65535u, 4199999999u, 4294967295u})
    EXPECT_FALSE(is_private(Asn{as})) << as;
}

TEST(Rewriting, S63_what_becomes_of_private_numbers) {
  using enum PrivateAs;
  constexpr std::uint32_t ours = 64500, theirs = 65001;
  const struct {
    PrivateAs what;
    std::initializer_list<std::uint32_t> before;
    const char* after;
  } cases[] = {
      {kept, {65002, 10, 65003}, "65002 10 65003"},
      {removed, {65002, 65003, 10, 65004}, "10 65004"},
      {removed, {65002, theirs, 65003}, "65001 65003"},  // what stands behind their own stays too
      {removed, {10, 65002}, "10 65002"},
      {removed, {65002, 4200000001}, ""},
      {all_removed, {65002, 10, 65003, 20, 65004}, "10 20"},
      {all_removed, {65002, theirs, 65003}, "65001"},
      {all_replaced, {65002, 65003, 10, 65004, 20, 65005}, "64500 64500 10 10 20 20"},
      {all_replaced, {65002, theirs, 65003}, "64500 65001 64500"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(to_text(without_private(path_of(c.before), c.what, Asn{theirs}, Asn{ours})), c.after);
  EXPECT_EQ(to_text(without_private(path_of({65002, 10, 65003}), all_replaced, Asn{}, Asn{})),
            "10 10");
}

TEST(Rewriting, S64_their_number_becomes_ours_wherever_it_stands) {
  EXPECT_EQ(to_text(overridden(path_of({65001, 10, 65001}), Asn{65001}, Asn{64512})),
            "64512 10 64512");
}

TEST(Rewriting, S52_encapsulations_are_replaced_and_nothing_else) {
  Attributes attributes;
  const ExtCommunity target = ExtCommunity::target(RouteTarget::as2(64512, 1));
  attributes.ext_communities = {ExtCommunity::encapsulation(Encap::udp), target,
                                ExtCommunity::encapsulation(Encap::vxlan)};
  set_encaps(attributes, {Encap::mpls_o_gre, Encap::gre});
  EXPECT_EQ(attributes.encaps(), (std::vector{Encap::mpls_o_gre, Encap::gre}));
  EXPECT_EQ(attributes.targets(), std::vector{RouteTarget::as2(64512, 1)});
}

}  // namespace
}  // namespace tflab
