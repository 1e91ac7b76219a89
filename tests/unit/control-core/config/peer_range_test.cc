#include "control-core/config/peer_range.h"

#include <gtest/gtest.h>

#include "control-core/base/text.h"

namespace tflab::config {
namespace {

PeerRange range(const char* prefix, std::uint32_t as) {
  PeerRange out;
  out.prefix = *parse_prefix(prefix);
  out.as = Asn{as};
  out.families = {Family::inet_vpn};
  out.route_reflector_client = true;
  return out;
}

TEST(PeerRange, the_longest_prefix_counts_whatever_the_order) {
  for (const auto& ranges : {std::vector{range("172.16.0.0/12", 1), range("172.16.9.0/24", 2)},
                             std::vector{range("172.16.9.0/24", 2), range("172.16.0.0/12", 1)}}) {
    EXPECT_EQ(range_of(ranges, *parse_ip("172.16.9.1"))->as, Asn{2});
    EXPECT_EQ(range_of(ranges, *parse_ip("172.17.0.1"))->as, Asn{1});
    EXPECT_EQ(range_of(ranges, *parse_ip("172.32.0.1")), nullptr);
    EXPECT_EQ(range_of(ranges, *parse_ip("::172.16.9.1")), nullptr);
  }
}

TEST(PeerRange, a_peer_has_the_ranges_terms_its_address_for_a_name_and_is_not_dialled) {
  const PeerRange terms = range("2001:db8::/32", 7);
  const BgpPeer peer = peer_from(terms, *parse_ip("2001:db8::9"));
  EXPECT_EQ(static_cast<const PeerTerms&>(peer), static_cast<const PeerTerms&>(terms));
  EXPECT_EQ(peer.name, "2001:db8::9");
  EXPECT_EQ(to_text(peer.address), "2001:db8::9");
  EXPECT_TRUE(peer.passive);
}

}  // namespace
}  // namespace tflab::config
