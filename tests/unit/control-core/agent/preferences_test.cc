// Who has an address that several machines stand ready for: the standings by themselves, then what
// an agent tells and forwards when it hears machines and control nodes.

#include "control-core/agent/preferences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/dsl/packet.h"
#include "tests/unit/control-core/agent/lab.h"
#include "vrouter-core/ops/trap.h"

namespace tflab::agent {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr VrfId red{2};
const Holding first{red, prefix("10.0.0.100/32"), "a/eth0"};
const Holding second{red, prefix("10.0.0.100/32"), "b/eth0"};

struct Waiting : testing::Test {
  Waiting() { preferences.set({{first, false}}); }

  bool hear() { return preferences.heard(now, first); }
  bool tell(std::uint32_t sequence, bool has_it = true, bool wins_ties = false) {
    return preferences.told(red, first.prefix, {sequence, has_it, wins_ties});
  }
  Preferences::Standing standing() const { return preferences.standing(first); }

  Preferences preferences;
  Instant now{};
};
using S116_PathPreference = Waiting;

TEST_F(S116_PathPreference, waits_for_traffic_with_sequence_0_whatever_waits_elsewhere) {
  EXPECT_FALSE(standing().has_it);
  EXPECT_EQ(standing().preference(), Preferences::low);
  tell(1, false);
  EXPECT_FALSE(standing().has_it);
  EXPECT_EQ(standing().sequence, 0u);
}

TEST_F(S116_PathPreference, traffic_takes_it_with_one_more_than_anybody_said) {
  tell(1, false);
  EXPECT_TRUE(hear());
  EXPECT_EQ(standing().preference(), Preferences::high);
  EXPECT_EQ(standing().sequence, 2u);
  EXPECT_EQ(standing().takings, 1u);  // what its EVPN route says: nobody else has that
  EXPECT_FALSE(hear());               // nothing new
  EXPECT_EQ(standing().sequence, 2u);
}

TEST_F(S116_PathPreference, a_higher_sequence_elsewhere_takes_it_away) {
  hear();
  EXPECT_FALSE(tell(1));  // its own, or a tie that it wins
  EXPECT_TRUE(tell(2));
  EXPECT_FALSE(standing().has_it);
  EXPECT_EQ(standing().sequence, 1u);
  EXPECT_FALSE(tell(2));
}

TEST_F(S116_PathPreference, of_two_that_were_heard_at_once_one_stands_back) {
  hear();
  EXPECT_FALSE(tell(1, false, true));  // the other only waits
  EXPECT_TRUE(tell(1, true, true));
}

TEST_F(S116_PathPreference, an_address_of_its_own_is_had_without_traffic_and_without_ties) {
  const Holding own{red, prefix("10.0.0.3/32"), "a/eth0"};
  preferences.set({{own, true}});
  EXPECT_TRUE(preferences.standing(own).has_it);
  EXPECT_FALSE(preferences.told(red, own.prefix, {0, true, true}));
  EXPECT_TRUE(preferences.told(red, own.prefix, {1, true, false}));
  EXPECT_FALSE(preferences.standing(own).has_it);
}

TEST_F(S116_PathPreference, flapping_waits_4_8_16_and_32_seconds_and_decays) {
  const auto lose_and_hear = [&] {
    tell(standing().sequence + 1);
    now = now + millis(100);
    return hear();
  };
  EXPECT_TRUE(hear());
  for (unsigned n = 1; n < Preferences::most_flaps; ++n) EXPECT_TRUE(lose_and_hear()) << n;
  for (const int pause : {4, 8, 16, 32, 32}) {
    const Instant taken = now;
    EXPECT_FALSE(lose_and_hear());
    ASSERT_TRUE(preferences.next_timer());
    EXPECT_EQ(*preferences.next_timer(), taken + seconds(pause));
    EXPECT_FALSE(hear());  // waits already
    EXPECT_FALSE(preferences.on_timer(now));
    now = *preferences.next_timer();
    EXPECT_TRUE(preferences.on_timer(now));
    EXPECT_TRUE(standing().has_it);
    EXPECT_FALSE(preferences.next_timer());
  }
  // Each quiet time halves the pause; until then a first flap is none.
  for (const int quiet : {33, 17, 9}) {
    tell(standing().sequence + 1);
    now = now + seconds(quiet);
    EXPECT_TRUE(hear()) << quiet;
  }
  for (unsigned n = 1; n < Preferences::most_flaps; ++n) EXPECT_TRUE(lose_and_hear()) << n;
  const Instant taken = now;
  EXPECT_FALSE(lose_and_hear());
  EXPECT_EQ(*preferences.next_timer(), taken + seconds(4));
}

TEST_F(Waiting, two_ports_here_have_it_in_turn_and_one_leads) {
  preferences.set({{first, false}, {second, false}});
  EXPECT_TRUE(preferences.leads(first));
  EXPECT_FALSE(preferences.leads(second));
  EXPECT_TRUE(preferences.heard(now, second));
  EXPECT_TRUE(preferences.leads(second));
  EXPECT_EQ(preferences.leader(red, first.prefix)->sequence, 1u);
  EXPECT_TRUE(hear());
  EXPECT_TRUE(preferences.leads(first));
  EXPECT_FALSE(preferences.standing(second).has_it);
  EXPECT_EQ(preferences.leader(red, first.prefix)->sequence, 2u);
}

TEST_F(Waiting, who_stays_keeps_its_standing_and_who_goes_leaves_none) {
  hear();
  preferences.set({{first, false}, {second, false}});
  EXPECT_TRUE(standing().has_it);
  preferences.set({{second, false}});
  EXPECT_FALSE(preferences.leader(red, first.prefix)->has_it);
  preferences.set({});
  EXPECT_FALSE(preferences.leader(red, first.prefix));
  EXPECT_FALSE(preferences.heard(now, first));
}

// coredns may have 10.47.255.100 and everything behind 10.9.0.0/16, and shares 10.47.255.101.
config::Vrouter with_pairs() {
  config::Vrouter config = quick_start();
  config.ports[0].allowed_pairs = {prefix("10.47.255.100/32"), prefix("10.9.0.0/16")};
  config.ports[0].shared_addresses = {prefix("10.47.255.101/32")};
  return config;
}

struct PairLab : Lab {
  PairLab() : Lab{with_pairs()} { start(); }

  xmpp::UnicastItem told_of(const std::string& wanted) const {
    for (auto it = nodes[0].published.rbegin(); it != nodes[0].published.rend(); ++it)
      if (const auto* item = std::get_if<xmpp::UnicastItem>(&it->item);
          item != nullptr && item->prefix == prefix(wanted))
        return *item;
    ADD_FAILURE() << "nobody was told of " << wanted;
    return {};
  }
  void announces(const std::string& address) {
    const dsl::Frame frame = dsl::pkt()
                                 .eth("ff:ff:ff:ff:ff:ff", "02:00:00:00:00:01")
                                 .arp_request("02:00:00:00:00:01", address, address);
    agent.on_trap(now, static_cast<std::uint16_t>(vr::Trap::arp), VifId{3}, VrfId{}, frame.octets);
    drain();
  }
  void elsewhere(const std::string& address, std::uint32_t sequence) {
    xmpp::UnicastItem other = item(address, "172.31.40.1", 30);
    other.sequence = sequence;
    other.local_preference = Preferences::high;
    send(0, pod, {other});
  }
};

TEST(AllowedAddressPairs, are_told_low_until_the_machine_is_heard_and_then_high) {
  PairLab lab;
  EXPECT_EQ(lab.told_of("10.47.255.252/32").local_preference, 200u);
  EXPECT_EQ(lab.told_of("10.47.255.100/32").local_preference, 100u);
  EXPECT_EQ(lab.told_of("10.9.0.0/16").local_preference, 100u);
  EXPECT_EQ(lab.told_of("10.47.255.101/32").local_preference, 200u);  // active-active
  lab.announces("10.47.255.100");
  EXPECT_EQ(lab.told_of("10.47.255.100/32").local_preference, 200u);
  EXPECT_EQ(lab.told_of("10.47.255.100/32").sequence, 1u);
  EXPECT_EQ(lab.told_of("10.9.0.0/16").local_preference, 100u);
}

TEST(AllowedAddressPairs, a_packet_that_asks_for_a_flow_is_as_good_as_an_announcement) {
  PairLab lab;
  const dsl::Frame frame = dsl::pkt()
                               .eth("00:00:5e:00:01:00", "02:00:00:00:00:01")
                               .ip4("10.9.1.2", "10.47.255.9")
                               .echo(7);
  lab.agent.on_trap(lab.now, static_cast<std::uint16_t>(vr::Trap::flow_miss), VifId{3}, VrfId{},
                    frame.octets);
  lab.drain();
  EXPECT_EQ(lab.told_of("10.9.0.0/16").local_preference, 200u);
  EXPECT_EQ(lab.told_of("10.47.255.100/32").local_preference, 100u);
}

TEST(AllowedAddressPairs, packets_follow_whoever_was_heard_last) {
  PairLab lab;
  EXPECT_THAT(lab.route(2, "10.47.255.100/32"), HasSubstr("vif coredns/eth0"));
  lab.elsewhere("10.47.255.100/32", 1);
  EXPECT_THAT(lab.route(2, "10.47.255.100/32"), HasSubstr("172.31.40.1"));
  lab.announces("10.47.255.100");
  EXPECT_THAT(lab.route(2, "10.47.255.100/32"), HasSubstr("vif coredns/eth0"));
  EXPECT_EQ(lab.told_of("10.47.255.100/32").sequence, 2u);
  lab.elsewhere("10.47.255.100/32", 3);
  EXPECT_THAT(lab.route(2, "10.47.255.100/32"), HasSubstr("172.31.40.1"));
  EXPECT_EQ(lab.told_of("10.47.255.100/32").local_preference, 100u);
  lab.retract(0, pod, {"10.47.255.100/32"});
  EXPECT_THAT(lab.route(2, "10.47.255.100/32"), HasSubstr("vif coredns/eth0"));
}

TEST(AllowedAddressPairs, what_is_none_of_its_addresses_says_nothing) {
  PairLab lab;
  lab.told();
  lab.announces("10.47.255.77");
  lab.announces("10.47.255.252");  // has it already
  EXPECT_TRUE(nothing_in(lab.told()));
}

TEST(AllowedAddressPairs, of_two_ports_here_the_one_heard_is_told_and_both_macs_are) {
  config::Vrouter config = with_pairs();
  network_of(config, pod_network).forwarding = config::ForwardingMode::l2_l3;
  config.ports.push_back(pod_port("cirros", "10.47.255.250", 2));
  config.ports.back().allowed_pairs = {prefix("10.47.255.100/32")};
  Lab lab{config};
  lab.start();
  std::set<Mac> macs, with_pair;
  for (const auto& published : lab.nodes[0].published)
    if (const auto* item = std::get_if<xmpp::EvpnItem>(&published.item);
        item != nullptr && published.instance == pod) {
      if (item->address == prefix("0.0.0.0/32") && item->mac != broadcast_mac)
        macs.insert(item->mac);
      if (item->address == prefix("10.47.255.100/32")) with_pair.insert(item->mac);
    }
  EXPECT_EQ(macs.size(), 2u);
  EXPECT_EQ(with_pair.size(), 1u);  // of the one that leads
}

TEST(AllowedAddressPairs, the_pages_say_who_waits) {
  PairLab lab;
  const auto says = [&] {
    const auto page =
        lab.page("Inet4UcRouteReq", {{"vrf_index", "2"}, {"src_ip", "10.47.255.100"}});
    const auto* data = introspect::find(page, "PathPreferenceSandeshData");
    if (data == nullptr) return std::string{"none"};
    std::string said;
    for (const char* field : {"sequence", "preference", "wait_for_traffic"})
      said += std::string{introspect::text_of(*data, field)} + ' ';
    return said;
  };
  EXPECT_EQ(says(), "0 100 true ");
  lab.announces("10.47.255.100");
  EXPECT_EQ(says(), "1 200 false ");
}

}  // namespace
}  // namespace tflab::agent
