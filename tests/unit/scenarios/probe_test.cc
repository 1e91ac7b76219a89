#include "scenarios/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tflab::scenario {
namespace {

using introspect::list_of_structs;
using introspect::struct_of;
using introspect::Tree;
using introspect::u64_of;
using testing::ElementsAre;
using testing::IsEmpty;

Tree vrf(std::uint64_t gre, std::uint64_t udp) {
  return struct_of("KVrfStats",
                   {u64_of("udp_mpls_tunnels", 7, udp), u64_of("gre_mpls_tunnels", 8, gre),
                    u64_of("vxlan_tunnels", 9, 0)});
}

Tree vif(int index, std::uint64_t in, std::uint64_t out) {
  return struct_of("KInterfaceInfo", {introspect::i32_of("idx", 1, index),
                                      u64_of("ipackets", 10, in), u64_of("opackets", 13, out)});
}

TEST(Probe, reads_the_counters_of_all_vrfs_and_of_two_vifs) {
  const Reading reading = reading_of(
      introspect::page("KVrfStatsResp", {list_of_structs("stats", 1, {vrf(1, 10), vrf(2, 20)})}),
      introspect::page(
          "KInterfaceResp",
          {list_of_structs("if_list", 1, {vif(0, 3, 4), vif(1, 5, 6), vif(10, 7, 8)})}),
      introspect::page("KDropStatsResp",
                       {u64_of("ds_invalid_source", 1, 9), u64_of("ds_discard", 2, 0),
                        u64_of("ds_unheard_of", 3, 1)}));
  EXPECT_EQ(reading.gre, 3u);
  EXPECT_EQ(reading.udp, 30u);
  EXPECT_EQ(reading.vxlan, 0u);
  EXPECT_EQ(reading.fabric_out, 4u);
  EXPECT_EQ(reading.host_in, 5u);
  EXPECT_THAT(reading.drops,
              ElementsAre(testing::Pair("discard", 0), testing::Pair("invalid-source", 9)));
}

class Classified : public testing::Test {
protected:
  PingResult classified(unsigned received) const {
    PingResult result{.sent = 3, .received = received, .ttl = {}, .encap = {}, .drop_reasons = {}};
    classify(result, before_, after_);
    return result;
  }
  Readings before_{{"a", {}}, {"b", {}}}, after_ = before_;
};

TEST_F(Classified, by_the_tunnel_that_moved_on_any_vrouter) {
  after_["b"].gre = 3;
  EXPECT_EQ(classified(3).encap, "MPLSoGRE");
  after_["b"].gre = 0;
  after_["a"].udp = 1;
  EXPECT_EQ(classified(0).encap, "MPLSoUDP");  // also when nobody answered
  after_["a"].udp = 0;
  after_["a"].vxlan = 1;
  EXPECT_EQ(classified(3).encap, "VXLAN");
}

TEST_F(Classified, as_native_when_as_many_left_as_were_answered_and_they_were_not_the_hosts_own) {
  after_["a"].fabric_out = 3;
  EXPECT_EQ(classified(3).encap, "native");
  after_["a"].host_in = 1;  // one of them was a keepalive of the agent
  EXPECT_EQ(classified(3).encap, "local");
}

TEST_F(Classified, as_local_when_nothing_left_and_as_nothing_when_nobody_answered) {
  EXPECT_EQ(classified(3).encap, "local");
  EXPECT_EQ(classified(0).encap, "");
}

TEST_F(Classified, by_the_drops_that_moved_only_when_something_was_lost) {
  before_["a"].drops = {{"discard", 5}, {"invalid-source", 5}};
  after_["a"].drops = {{"discard", 5}, {"invalid-source", 8}};
  after_["b"].drops = {{"invalid-source", 1}, {"misc", 1}};
  EXPECT_THAT(classified(0).drop_reasons, ElementsAre("invalid-source", "misc"));
  EXPECT_THAT(classified(2).drop_reasons, ElementsAre("invalid-source", "misc"));
  EXPECT_THAT(classified(3).drop_reasons, IsEmpty());
}

TEST_F(Classified, by_what_a_vrouter_counted_since_it_was_born_again) {
  before_["a"].drops = {{"discard", 500}};
  after_["a"].drops = {{"discard", 2}};
  EXPECT_THAT(classified(0).drop_reasons, ElementsAre("discard"));
}

TEST_F(Classified, without_vrouters_that_were_not_there_before) {
  after_["c"].gre = 100;
  after_["c"].drops = {{"misc", 3}};
  EXPECT_EQ(classified(3).encap, "local");
  EXPECT_THAT(classified(0).drop_reasons, IsEmpty());
}

}  // namespace
}  // namespace tflab::scenario
