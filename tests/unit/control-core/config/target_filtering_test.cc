#include "control-core/config/target_filtering.h"

#include <gtest/gtest.h>

#include "control-core/config/diff.h"

namespace tflab::config {
namespace {

using enum TargetFiltering;

ControlNode node(TargetFiltering filtering) {
  ControlNode out;
  out.name = "c";
  out.router_id = Ip4{1};
  out.target_filtering = filtering;
  BgpPeer peer;
  peer.name = "mx";
  peer.as = Asn{64512};
  peer.families = {Family::inet_vpn, Family::route_target};
  out.peers = {peer};
  return out;
}

bool starts_anew(const ControlNode& old, const ControlNode& next) {
  const auto changes = diff(old, next);
  return !changes.empty() && std::holds_alternative<IdentityChanged>(changes.front());
}

TEST(TargetFiltering, switched_off_means_that_the_family_is_not_offered) {
  const std::vector<Family> without{Family::inet_vpn};
  for (const TargetFiltering on : {outbound_only, rfc4684})
    EXPECT_EQ(families_for(node(on), node(on).peers[0]), node(on).peers[0].families);
  EXPECT_EQ(families_for(node(off), node(off).peers[0]), without);
}

TEST(TargetFiltering, who_reflects_or_has_another_as_for_neighbour_stands_between_peers) {
  ControlNode it = node(outbound_only);
  EXPECT_FALSE(between_peers(it));
  it.cluster_id = Ip4{1};
  EXPECT_TRUE(between_peers(it));
  it.cluster_id.reset();
  it.peers[0].as = Asn{65001};
  EXPECT_TRUE(between_peers(it));
  it = node(outbound_only);
  it.peer_ranges.emplace_back();  // whichever AS
  EXPECT_TRUE(between_peers(it));
}

TEST(TargetFiltering, a_change_begins_all_sessions_anew) {
  EXPECT_TRUE(starts_anew(node(off), node(rfc4684)));
  EXPECT_FALSE(starts_anew(node(outbound_only), node(outbound_only)));
  ControlNode more = node(outbound_only);
  more.peers[0].as = Asn{65001};  // now it has to ask for everything
  EXPECT_TRUE(starts_anew(node(outbound_only), more));
  more.target_filtering = rfc4684;
  EXPECT_FALSE(starts_anew(node(rfc4684), more));
}

}  // namespace
}  // namespace tflab::config
