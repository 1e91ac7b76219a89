// Peers that nobody has listed: they come from a range, stay while they are connected, and are
// forgotten when they go.

#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<Family> vpn_only = {Family::inet_vpn};

config::PeerRange range(const char* where, std::uint32_t as = 64512) {
  config::PeerRange out;
  out.prefix = prefix(where);
  out.as = Asn{as};
  out.families = vpn_only;
  out.route_reflector_client = true;
  return out;
}

struct PeerRanges : testing::Test {
  Lab lab;
  config::ControlNode config = reflector();
  Node& control = lab.add<Node>(config);
  Router& a = lab.add<Router>("10.1.0.1", ip("10.0.0.1"), vpn_only);
  Router& b = lab.add<Router>("10.1.0.2", ip("10.0.0.1"), vpn_only);

  static config::ControlNode reflector() {
    config::ControlNode out;
    out.name = "reflector";
    out.address = out.router_id = ip("10.0.0.1");
    out.cluster_id = Ip4{1};
    out.peer_ranges = {range("10.1.0.0/16")};
    return out;
  }
  void start_all() {
    lab.start(control);
    lab.start(a);
    lab.start(b);
    lab.run_for(seconds(1));
  }
  void apply() {
    control.configure(config);
    lab.run_for(seconds(1));
  }
  static Nlri route(std::uint32_t n) {
    return VpnRoute{RouteDistinguisher::as2(1, 1), IpPrefix::host(Ip4{0x0a090000 + n})};
  }
  std::vector<std::string> peers() const {
    std::vector<std::string> out;
    const Tree answer = control.page("BgpNeighborReq");
    for (const Tree* row : introspect::all(answer, "BgpNeighborResp"))
      out.push_back(std::string{text_of(*row, "peer")} + " " +
                    std::string{text_of(*row, "peer_type")} + " " +
                    std::string{text_of(*row, "state")});
    return out;
  }
};

TEST_F(PeerRanges, whoever_dials_from_one_is_a_client_and_is_reflected_to) {
  start_all();
  EXPECT_THAT(peers(),
              ElementsAre("10.1.0.1 internal Established", "10.1.0.2 internal Established"));
  a.announce(route(1), Family::inet_vpn, {}, 16);
  lab.run_for(seconds(1));
  EXPECT_EQ(b.keys(Family::inet_vpn).size(), 1u);
}

TEST_F(PeerRanges, a_peer_that_went_is_forgotten_with_its_routes) {
  start_all();
  a.announce(route(1), Family::inet_vpn, {}, 16);
  lab.run_for(seconds(1));
  a.stop();
  lab.run_for(seconds(1));
  EXPECT_THAT(peers(), ElementsAre("10.1.0.2 internal Established"));
  EXPECT_THAT(b.keys(Family::inet_vpn), IsEmpty());
  a.start();
  a.drain();
  lab.run_for(seconds(1));
  EXPECT_EQ(peers().size(), 2u);
}

TEST_F(PeerRanges, D01_a_stranger_is_closed_at_once_and_nothing_of_it_is_kept) {
  Router& stranger = lab.add<Router>("10.2.0.1", ip("10.0.0.1"), vpn_only);
  start_all();
  lab.start(stranger);
  lab.run_for(seconds(600));
  EXPECT_EQ(stranger.ups, 0u);
  EXPECT_EQ(peers().size(), 2u);
}

TEST_F(PeerRanges, any_as_will_do_where_the_range_says_so) {
  config.peer_ranges = {range("10.1.0.0/16", 0)};
  Router& external = lab.add<Router>("10.1.0.3", ip("10.0.0.1"), vpn_only, Asn{65001});
  control.configure(config);
  start_all();
  lab.start(external);
  lab.run_for(seconds(1));
  EXPECT_THAT(peers(), ElementsAre("10.1.0.1 internal Established", "10.1.0.2 internal Established",
                                   "10.1.0.3 external Established"));
  external.announce(route(7), Family::inet_vpn, {}, 16);
  lab.run_for(seconds(1));
  EXPECT_EQ(a.keys(Family::inet_vpn).size(), 1u);
}

TEST_F(PeerRanges, another_as_than_the_ranges_is_refused) {
  Router& external = lab.add<Router>("10.1.0.3", ip("10.0.0.1"), vpn_only, Asn{65001});
  start_all();
  lab.start(external);
  lab.run_for(seconds(2));
  EXPECT_EQ(external.ups, 0u);
  EXPECT_EQ(external.session.last_error().subcode, 2);  // bad peer AS
  EXPECT_EQ(peers().size(), 2u);
}

TEST_F(PeerRanges, there_are_no_more_peers_than_the_limit) {
  config.peer_ranges[0].limit = 1;
  control.configure(config);
  start_all();
  EXPECT_THAT(peers(), ElementsAre("10.1.0.1 internal Established"));
  a.stop();
  lab.run_for(seconds(60));
  EXPECT_THAT(peers(), ElementsAre("10.1.0.2 internal Established"));
}

TEST_F(PeerRanges, a_change_that_leaves_a_peer_its_terms_does_not_touch_it) {
  start_all();
  config.peer_ranges = {range("10.1.0.1/32"), range("10.1.0.2/32")};
  config.peer_ranges[1].hold = seconds(30);
  apply();
  EXPECT_EQ(a.downs, 0u);
  EXPECT_EQ(b.downs, 1u);
  lab.run_for(seconds(30));
  EXPECT_EQ(peers().size(), 2u);
  config.peer_ranges.erase(config.peer_ranges.begin());
  apply();
  lab.run_for(seconds(30));
  EXPECT_EQ(a.downs, 1u);
  EXPECT_EQ(b.downs, 1u);
  EXPECT_EQ(peers().size(), 1u);
}

TEST_F(PeerRanges, a_peer_that_becomes_listed_goes_and_comes_under_its_name) {
  start_all();
  config::BgpPeer listed;
  static_cast<config::PeerTerms&>(listed) = config.peer_ranges[0];
  listed.name = "a";
  listed.address = ip("10.1.0.1");
  listed.passive = true;
  config.peers = {listed};
  apply();
  lab.run_for(seconds(30));
  EXPECT_THAT(peers(), ElementsAre("10.1.0.2 internal Established", "a internal Established"));
  EXPECT_EQ(b.downs, 0u);
}

}  // namespace
}  // namespace tflab::test
