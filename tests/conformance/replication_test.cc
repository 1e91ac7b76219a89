// Acceptance scenarios 26 to 36: copies between VPN tables and networks, and between networks.

#include "tests/conformance/stage.h"

namespace tflab::test {
namespace {

const std::string blue_inet = blue + ".inet.0", red_inet = red + ".inet.0";

struct Replicated : Stage {
  Router* mx = nullptr;
  FakeAgent* a = nullptr;

  void play(bool connected) {
    config::Fabric fabric = two_networks();
    if (connected) connect_networks(fabric);
    control_nodes(2, fabric);
    expect_router(0, "10.0.9.1");
    start_nodes();
    mx = &router(0, "10.0.9.1");
    a = &agent(0, "10.0.1.1");
    lab.run_for(seconds(20));
    mx->end_of_rib(Family::route_target);
    a->subscribe(blue, 1);
    a->subscribe(red, 2);
    settle();
  }
  std::string counts(const std::string& table) const { return nodes[0]->counts(table); }
};

TEST_F(Replicated,
       S26_a_vpn_route_is_a_secondary_path_of_the_network_and_of_those_connected_to_it) {
  play(true);
  announce(*mx, "64512:9", "192.0.2.0/24", {blue_target});
  EXPECT_EQ(counts(blue_inet), "1 1 0 1 0");
  EXPECT_EQ(counts(red_inet), "1 1 0 1 0");
  withdraw(*mx, "64512:9", "192.0.2.0/24");
  EXPECT_EQ(counts(blue_inet), "0 0 0 0 0");
  EXPECT_EQ(counts(red_inet), "0 0 0 0 0");
}

TEST_F(Replicated, S27_a_vpn_route_without_communities_is_imported_nowhere) {
  play(true);
  announce(*mx, "64512:9", "192.0.2.0/24", {});
  EXPECT_EQ(counts(vpn_table), "1 1 1 0 0");
  EXPECT_EQ(counts(blue_inet), "0 0 0 0 0");
  EXPECT_EQ(counts(red_inet), "0 0 0 0 0");
}

TEST_F(Replicated, S29_two_vpn_routes_of_one_prefix_are_two_paths) {
  play(false);
  announce(*mx, "64512:9", "192.0.2.0/24", {blue_target});
  announce(*mx, "64512:10", "192.0.2.0/24", {blue_target});
  EXPECT_EQ(counts(blue_inet), "1 2 0 2 0");
  withdraw(*mx, "64512:9", "192.0.2.0/24");
  EXPECT_EQ(counts(blue_inet), "1 1 0 1 0");
}

TEST_F(Replicated, S31_networks_connected_and_disconnected_at_run_time) {
  play(false);
  publish(*a, blue, "10.1.0.1/32");
  EXPECT_EQ(counts(red_inet), "0 0 0 0 0");
  change([](config::Fabric& fabric) { connect_networks(fabric); });
  EXPECT_EQ(counts(red_inet), "1 1 0 1 0");
  EXPECT_THAT(a->ids(red), ElementsAre("10.1.0.1/32"));
  change([](config::Fabric& fabric) { fabric.policies.clear(); });
  EXPECT_EQ(counts(red_inet), "0 0 0 0 0");
  EXPECT_THAT(a->ids(red), IsEmpty());
  change([](config::Fabric& fabric) { connect_networks(fabric); });
  EXPECT_EQ(counts(red_inet), "1 1 0 1 0");
  change([](config::Fabric& fabric) {
    std::erase_if(fabric.networks,
                  [](const config::Network& each) { return each.name == blue_network; });
  });
  EXPECT_EQ(counts(red_inet), "0 0 0 0 0");
  EXPECT_EQ(counts(vpn_table), "0 0 0 0 0");
}

// Every combination of what red may import and blue may export.
TEST_F(Replicated, S32_tables_follow_import_and_export_targets) {
  play(false);
  publish(*a, blue, "10.1.0.1/32");
  for (const bool imports : {true, false})
    for (const bool exports : {true, false})
      for (const bool anew : {false, true}) {
        change([&](config::Fabric& fabric) {
          const RouteTarget shared = target(anew ? "target:64512:77" : other_target);
          network_in(fabric, red_network).import_targets.assign(imports ? 1 : 0, shared);
          network_in(fabric, blue_network).export_targets.assign(exports ? 1 : 0, shared);
        });
        const bool there = imports && exports;
        EXPECT_EQ(counts(red_inet), there ? "1 1 0 1 0" : "0 0 0 0 0")
            << imports << exports << anew;
        EXPECT_EQ(a->ids(red).size(), there ? 1u : 0u);
        EXPECT_EQ(counts(blue_inet), "1 1 1 0 0");
      }
}

TEST_F(Replicated, S33_the_network_a_route_is_of_is_said_or_derived_from_its_targets) {
  play(true);
  const auto network_seen = [&](const std::string& instance) {
    const auto* told = a->unicast(instance, "192.0.2.0/24");
    return told == nullptr ? "none" : told->virtual_network;
  };
  announce(*mx, "64512:9", "192.0.2.0/24", {blue_target});
  EXPECT_EQ(network_seen(blue), blue_network);
  EXPECT_EQ(network_seen(red), blue_network);

  const auto say = [&](Asn as, std::uint32_t index) {
    Attributes set = with_targets({blue_target});
    set.ext_communities.push_back(ExtCommunity::origin_vn(as, index));
    mx->announce(vpn("64512:9", "192.0.2.0/24"), Family::inet_vpn, set, 100);
    settle();
  };
  say(Asn{64512}, 5);  // of our AS: kept
  EXPECT_EQ(network_seen(blue), red_network);
  say(Asn{65001}, 5);  // of another: derived
  EXPECT_EQ(network_seen(blue), blue_network);
}

TEST_F(Replicated, S34_a_copy_is_never_copied_again) {
  play(true);
  announce(*mx, "64512:9", "192.0.2.0/24", {blue_target});
  publish(*a, blue, "10.1.0.1/32");
  EXPECT_EQ(counts(red_inet), "2 2 0 2 0");
  EXPECT_EQ(counts(vpn_table), "2 2 1 1 0");  // the router's own and the copy of the agent's
}

TEST_F(Replicated, S36_layer_2_routes_stay_in_their_network_on_one_node_and_across_two) {
  play(true);
  FakeAgent& b = agent(1, "10.0.1.2");
  lab.run_for(seconds(10));
  b.subscribe(blue, 1);
  b.subscribe(red, 2);
  settle();
  a->publish(blue, a->mac("02:00:00:00:00:01", "10.1.0.1/32", 30));
  settle();
  EXPECT_EQ(b.ids(blue, Family::evpn).size(), 1u);
  EXPECT_THAT(b.ids(red, Family::evpn), IsEmpty());
  EXPECT_THAT(a->ids(red, Family::evpn), IsEmpty());
  EXPECT_EQ(counts(red + ".evpn.0"), "0 0 0 0 0");
}

}  // namespace
}  // namespace tflab::test
