// Graceful restart and its long-lived kind, both halves: rows D07 and D08 of the fault catalogue
// and the original's scenarios 71 to 74. A reflector between a router that goes and comes, and
// others that watch what they are told of its routes.

#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* reflector_address = "172.31.14.47";
const std::vector<Family> vpn_only = {Family::inet_vpn};

Nlri vpn(const char* where) {
  return VpnRoute{RouteDistinguisher::as2(64512, 1), prefix(where)};
}

bgp::SessionConfig restarting(const char* id, std::uint16_t seconds, std::uint32_t long_lived = 0,
                              std::vector<Family> families = vpn_only) {
  bgp::SessionConfig out = Router::speaks(Asn{64512}, ip(id), families);
  out.graceful_restart.seconds = seconds;
  for (Family family : families) {
    out.graceful_restart.families.push_back({family, true});
    if (long_lived != 0) out.long_lived.push_back({family, true, long_lived});
  }
  return out;
}

config::BgpPeer client(const char* address, std::vector<Family> families = vpn_only) {
  config::BgpPeer out;
  out.name = address;
  out.address = ip(address);
  out.as = Asn{64512};
  out.families = std::move(families);
  out.route_reflector_client = true;
  return out;
}

struct Restart : testing::Test {
  Lab lab;
  Node* node = nullptr;
  Router* mx = nullptr;       // goes and comes
  Router* watcher = nullptr;  // knows nothing of LLGR
  Router* knower = nullptr;   // does

  static config::ControlNode reflector() {
    config::ControlNode out = article_node(reflector_address);
    out.cluster_id = ip("1.1.1.1");
    out.peers = {client("10.0.0.9"), client("10.0.0.10"), client("10.0.0.11")};
    out.fabric.graceful_restart.enable = out.fabric.graceful_restart.bgp_helper = true;
    out.fabric.graceful_restart.end_of_rib_timeout = seconds(40);
    return out;
  }
  void begin(bgp::SessionConfig router, config::ControlNode config = reflector()) {
    const Ip4 at = ip(reflector_address);
    node = &lab.add<Node>(config);
    mx = &lab.add<Router>(at, std::move(router));
    watcher = &lab.add<Router>("10.0.0.10", at, vpn_only);
    knower = &lab.add<Router>(at, restarting("10.0.0.11", 60, 300));
    lab.start(*node);
    for (Router* each : {mx, watcher, knower}) lab.start(*each);
    lab.run_for(seconds(10));
    for (Router* each : {mx, watcher, knower}) each->end_of_rib(Family::inet_vpn);
    announce_all();
    lab.run_for(seconds(50));
    ASSERT_THAT(watcher->keys(Family::inet_vpn), ElementsAre(first, second));
    ASSERT_EQ(stale(), "0 0");
  }
  void announce_all() {
    mx->announce(vpn("10.1.0.0/24"), Family::inet_vpn, {}, 100);
    mx->announce(vpn("10.2.0.0/24"), Family::inet_vpn, {}, 101);
  }
  // The transport breaks without a word, and nobody answers any more.
  void lose(bool for_good = false) {
    lab.cut(*mx, *node);
    if (for_good) mx->stop();
    lab.run_for(seconds(1));
  }
  // "stale long-lived-stale" paths of the VPN table.
  std::string stale() const {
    const Tree summary = node->page("ShowRouteSummaryReq");
    for (const Tree* row : introspect::all(summary, "ShowRouteTableSummary"))
      if (text_of(*row, "name") == "bgp.l3vpn.0")
        return std::string{text_of(*row, "stale_paths")} + ' ' +
               std::string{text_of(*row, "llgr_stale_paths")};
    return "no such table";
  }
  std::vector<std::string> routes() const { return node->prefixes("bgp.l3vpn.0"); }
  const Attributes& seen_by(const Router& router, const std::string& key) const {
    return *router.attributes.at({Family::inet_vpn, key});
  }
  const std::string first = "64512:1:10.1.0.0/24", second = "64512:1:10.2.0.0/24";
};

TEST_F(Restart, D07_a_peer_that_returns_costs_nobody_a_withdrawal) {
  begin(restarting("10.0.0.9", 60));
  lose();
  EXPECT_EQ(stale(), "2 0");
  lab.run_for(seconds(15));
  ASSERT_EQ(mx->ups, 2u);
  EXPECT_EQ(stale(), "2 0");
  announce_all();
  mx->end_of_rib(Family::inet_vpn);
  lab.run_for(seconds(1));
  EXPECT_EQ(stale(), "0 0");
  EXPECT_THAT(routes(), ElementsAre(first, second));
  EXPECT_EQ(watcher->withdrawals, 0u);
}

TEST_F(Restart, D07_what_is_not_said_again_goes_at_the_end_of_rib) {
  begin(restarting("10.0.0.9", 60));
  lose();
  lab.run_for(seconds(15));
  mx->announce(vpn("10.1.0.0/24"), Family::inet_vpn, {}, 100);
  lab.run_for(seconds(1));
  EXPECT_EQ(stale(), "1 0");
  mx->end_of_rib(Family::inet_vpn);
  lab.run_for(seconds(1));
  EXPECT_THAT(watcher->keys(Family::inet_vpn), ElementsAre(first));
  EXPECT_EQ(watcher->withdrawals, 1u);
}

TEST_F(Restart, D07_an_end_of_rib_that_never_comes_is_not_waited_for_for_ever) {
  begin(restarting("10.0.0.9", 60));
  lose();
  lab.run_for(seconds(15));
  EXPECT_EQ(stale(), "2 0");
  lab.run_for(seconds(45));
  EXPECT_THAT(routes(), IsEmpty());
  EXPECT_EQ(mx->downs, 1u);
}

TEST_F(Restart, D07_a_peer_that_never_returns_is_forgotten_at_its_restart_time) {
  begin(restarting("10.0.0.9", 60));
  lose(true);
  lab.run_for(seconds(58));
  EXPECT_THAT(routes(), ElementsAre(first, second));
  EXPECT_EQ(watcher->withdrawals, 0u);
  lab.run_for(seconds(3));
  EXPECT_THAT(routes(), IsEmpty());
  EXPECT_THAT(watcher->keys(Family::inet_vpn), IsEmpty());
}

TEST_F(Restart, D07_lost_twice_is_gone) {
  begin(restarting("10.0.0.9", 60));
  lose();
  lab.run_for(seconds(15));
  mx->announce(vpn("10.1.0.0/24"), Family::inet_vpn, {}, 100);
  lab.run_for(seconds(1));
  lose();
  EXPECT_THAT(routes(), ElementsAre(first)) << "only what it had said again";
  EXPECT_EQ(stale(), "1 0");
}

TEST_F(Restart, D07_S74_with_other_families_nothing_is_kept) {
  config::ControlNode config = reflector();
  config.peers[0].families = {Family::inet_vpn, Family::evpn};
  bgp::SessionConfig router = restarting("10.0.0.9", 60);
  router.families = {Family::inet_vpn, Family::evpn};
  begin(router, config);  // graceful for one of the two that were negotiated
  lose(true);
  EXPECT_THAT(routes(), IsEmpty());
}

TEST_F(Restart, S74_who_returns_without_the_promise_loses_what_was_kept) {
  begin(restarting("10.0.0.9", 60));
  lose(true);
  EXPECT_EQ(stale(), "2 0");
  Router& plain = lab.add<Router>("10.0.0.9", ip(reflector_address), vpn_only);
  lab.start(plain);
  lab.run_for(seconds(10));
  EXPECT_EQ(plain.ups, 1u);
  EXPECT_THAT(routes(), IsEmpty());
}

TEST_F(Restart, D08_S71_after_the_restart_time_paths_live_long_and_say_so) {
  begin(restarting("10.0.0.9", 60, 300));
  Attributes only_short;
  only_short.communities = {Community::no_llgr};
  mx->announce(vpn("10.3.0.0/24"), Family::inet_vpn, only_short, 102);
  lab.run_for(seconds(1));
  lose(true);
  lab.run_for(seconds(62));
  EXPECT_EQ(stale(), "2 2");
  EXPECT_THAT(routes(), ElementsAre(first, second)) << "the third did not want to";
  EXPECT_EQ(seen_by(*knower, first).communities, std::vector{Community::llgr_stale});
  EXPECT_EQ(seen_by(*knower, first).local_pref, 100u);
  // 67: the last resort of those who do not know.
  EXPECT_EQ(seen_by(*watcher, first).communities, std::vector{Community::no_export});
  EXPECT_EQ(seen_by(*watcher, first).local_pref, 0u);
  lab.run_for(seconds(300));
  EXPECT_THAT(routes(), IsEmpty());
  EXPECT_THAT(knower->keys(Family::inet_vpn), IsEmpty());
}

TEST_F(Restart, D08_a_long_lived_stale_path_loses_against_any_other) {
  begin(restarting("10.0.0.9", 60, 300));
  watcher->announce(vpn("10.1.0.0/24"), Family::inet_vpn, {}, 200);
  lab.run_for(seconds(1));
  EXPECT_EQ(knower->routes.at({Family::inet_vpn, first}).label, 100u);
  lose(true);
  EXPECT_EQ(knower->routes.at({Family::inet_vpn, first}).label, 100u) << "merely stale";
  lab.run_for(seconds(62));
  EXPECT_EQ(knower->routes.at({Family::inet_vpn, first}).label, 200u);
}

TEST_F(Restart, D08_zero_restart_time_goes_to_the_long_lived_kind_at_once) {
  begin(restarting("10.0.0.9", 0, 300));
  lose(true);
  EXPECT_EQ(stale(), "2 2");
}

TEST_F(Restart, D08_fresh_again_when_it_is_said_again) {
  begin(restarting("10.0.0.9", 1, 300));
  lose();
  lab.run_for(seconds(4));
  EXPECT_EQ(stale(), "2 2");
  lab.run_for(seconds(11));
  announce_all();
  mx->end_of_rib(Family::inet_vpn);
  lab.run_for(seconds(1));
  EXPECT_EQ(stale(), "0 0");
  EXPECT_THAT(seen_by(*knower, first).communities, IsEmpty());
  EXPECT_EQ(knower->withdrawals, 0u);
}

// --- 72: what is no restart

TEST_F(Restart, S72_a_peer_taken_out_of_the_configuration_leaves_nothing) {
  begin(restarting("10.0.0.9", 60));
  config::ControlNode next = reflector();
  next.peers.erase(next.peers.begin());
  node->configure(next);
  lab.run_for(seconds(1));
  EXPECT_THAT(routes(), IsEmpty());
  EXPECT_THAT(watcher->keys(Family::inet_vpn), IsEmpty());
}

TEST_F(Restart, S72_nor_one_whose_paths_were_kept) {
  begin(restarting("10.0.0.9", 60));
  lose(true);
  config::ControlNode next = reflector();
  next.peers.erase(next.peers.begin());
  node->configure(next);
  lab.run_for(seconds(1));
  EXPECT_THAT(routes(), IsEmpty());
}

TEST_F(Restart, S72_with_helper_mode_off_nothing_is_kept) {
  config::ControlNode config = reflector();
  config.fabric.graceful_restart.bgp_helper = false;
  begin(restarting("10.0.0.9", 60), config);
  lose(true);
  EXPECT_THAT(routes(), IsEmpty());
}

TEST_F(Restart, S72_a_notification_ends_it_unless_both_agreed_otherwise) {
  begin(restarting("10.0.0.9", 60));
  mx->stop();
  lab.run_for(seconds(1));
  EXPECT_THAT(routes(), IsEmpty());
}

TEST_F(Restart, S72_with_the_N_bit_only_a_hard_reset_ends_it) {
  bgp::SessionConfig router = restarting("10.0.0.9", 60);
  router.graceful_restart.notification = true;
  begin(router);
  mx->session.stop(lab.now, {6, 4, true, {}});  // administrative reset
  mx->drain();
  lab.run_for(seconds(1));
  EXPECT_EQ(stale(), "2 0");
  mx->session.start(lab.now);
  mx->drain();
  lab.run_for(seconds(10));
  announce_all();
  mx->end_of_rib(Family::inet_vpn);
  lab.run_for(seconds(1));
  EXPECT_EQ(stale(), "0 0");
  mx->stop();  // administrative shutdown: said hard
  lab.run_for(seconds(1));
  EXPECT_THAT(routes(), IsEmpty());
}

// RFC 4724 section 5: it came back before we saw it go.
TEST_F(Restart, a_new_connection_of_a_graceful_peer_replaces_the_old_one) {
  begin(restarting("10.0.0.9", 60));
  lab.muted = {{mx, node}, {node, mx}};
  Router& again = lab.add<Router>(ip(reflector_address), restarting("10.0.0.9", 60));
  lab.start(again);
  lab.run_for(seconds(5));
  EXPECT_EQ(again.ups, 1u);
  EXPECT_EQ(stale(), "2 0");
  EXPECT_EQ(watcher->withdrawals, 0u);
}

// --- our own restart

TEST_F(Restart, while_we_restart_nobody_is_told_before_all_have_said_everything) {
  const Ip4 at = ip(reflector_address);
  node = &lab.add<Node>(reflector());
  mx = &lab.add<Router>(at, restarting("10.0.0.9", 60));
  watcher = &lab.add<Router>(at, restarting("10.0.0.10", 60));
  knower = &lab.add<Router>(at, restarting("10.0.0.11", 60));
  lab.start(*node);
  for (Router* each : {mx, watcher, knower}) lab.start(*each);
  lab.run_for(seconds(10));
  announce_all();
  mx->end_of_rib(Family::inet_vpn);
  watcher->end_of_rib(Family::inet_vpn);
  lab.run_for(seconds(5));
  EXPECT_THAT(watcher->keys(Family::inet_vpn), IsEmpty());
  EXPECT_TRUE(watcher->ended.empty());
  knower->end_of_rib(Family::inet_vpn);
  lab.run_for(seconds(1));
  EXPECT_THAT(watcher->keys(Family::inet_vpn), ElementsAre(first, second));
  EXPECT_TRUE(watcher->ended.contains(Family::inet_vpn));
}

TEST_F(Restart, a_peer_that_stays_away_delays_us_no_longer_than_the_timeout) {
  const Ip4 at = ip(reflector_address);
  node = &lab.add<Node>(reflector());
  mx = &lab.add<Router>(at, restarting("10.0.0.9", 60));
  watcher = &lab.add<Router>(at, restarting("10.0.0.10", 60));
  for (Host* each : std::initializer_list<Host*>{node, mx, watcher}) lab.start(*each);
  lab.run_for(seconds(10));
  announce_all();
  lab.run_for(seconds(25));
  EXPECT_THAT(watcher->keys(Family::inet_vpn), IsEmpty());
  lab.run_for(seconds(10));
  EXPECT_THAT(watcher->keys(Family::inet_vpn), ElementsAre(first, second));
}

}  // namespace
}  // namespace tflab::test
