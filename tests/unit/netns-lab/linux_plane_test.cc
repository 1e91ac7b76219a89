// What ip(8) is told so that Linux forwards for a router. That Linux does so then is
// system/kernel-lab.

#include <gmock/gmock.h>

#include "control-core/base/text.h"
#include "netns-lab/host/linux_plane.h"

namespace tflab::netns {
namespace {

using node::RouterRoute;
using testing::ElementsAre;
using testing::IsEmpty;

const Ip4 router = *parse_ip4("192.0.2.21"), compute1 = *parse_ip4("192.0.2.11"),
          compute2 = *parse_ip4("192.0.2.12");

config::Vrf vrf(std::vector<IpPrefix> prefixes = {*parse_prefix("203.0.113.0/24")}) {
  config::Vrf out;
  out.name = "RED";
  out.instance = 2;
  out.label = 17;
  out.prefixes = std::move(prefixes);
  return out;
}

RouterRoute route(const char* prefix, std::vector<node::RouterPath> paths) {
  return {"RED", *parse_prefix(prefix), std::move(paths)};
}

std::vector<std::string> change(const std::vector<RouterRoute>& before,
                                const std::vector<RouterRoute>& after) {
  return change_of_routes({vrf()}, before, after);
}

TEST(LinuxPlane, a_vrf_has_a_table_that_nothing_falls_through_and_addresses_of_its_own) {
  const config::Vrf two = vrf({*parse_prefix("203.0.113.0/24"), *parse_prefix("198.51.100.7/32")});
  EXPECT_THAT(lines_for(two),
              ElementsAre("link add vrf2 type vrf table 1002", "link set vrf2 up",
                          "addr add 203.0.113.254/24 dev vrf2", "addr add 198.51.100.7/32 dev vrf2",
                          "route add unreachable default metric 4278198272 table 1002"));
  EXPECT_EQ(label_line(two), "route replace 17 dev vrf2");
}

TEST(LinuxPlane, a_tunnel_is_a_device) {
  EXPECT_THAT(lines_for({Encap::gre, compute1}, router),
              ElementsAre("link add " + device_of({Encap::gre, compute1}) +
                              " type gre local 192.0.2.21 remote 192.0.2.11 ttl 64",
                          "link set " + device_of({Encap::gre, compute1}) + " up"));
  EXPECT_THAT(
      lines_for({Encap::udp, {}}, router),
      ElementsAre("link add udp-all type ipip mode mplsip local 192.0.2.21 ttl 64 encap fou "
                  "encap-sport auto encap-dport 6635",
                  "link set udp-all up"));
  EXPECT_NE(device_of({Encap::udp, compute1}), device_of({Encap::udp, compute2}));
  EXPECT_NE(device_of({Encap::udp, compute1}), device_of({Encap::gre, compute1}));
}

TEST(LinuxPlane, a_route_puts_a_label_on_and_several_ways_are_one_route) {
  const std::string udp = device_of({Encap::udp, compute1}),
                    gre = device_of({Encap::gre, compute2});
  EXPECT_THAT(
      change({}, {route("10.1.0.3/32", {{compute1, Encap::udp, 25}}),
                  route("10.1.0.9/32", {{compute1, Encap::udp, 26}, {compute2, Encap::gre, 30}})}),
      ElementsAre("route replace 10.1.0.3/32 table 1002 encap mpls 25 dev " + udp,
                  "route replace 10.1.0.9/32 table 1002 nexthop encap mpls 26 dev " + udp +
                      " nexthop encap mpls 30 dev " + gre));
}

TEST(LinuxPlane, a_vrf_with_a_vni_is_reached_by_vxlan) {
  config::Vrf core = vrf();
  core.vni = 6000;
  core.mac = {{2, 0, 0, 0, 0, 1}};
  core.next_hop = router;
  EXPECT_THAT(lines_for(core),
              testing::IsSupersetOf(
                  {"link add vxlan2 address 02:00:00:00:00:01 mtu 1450 type vxlan id 6000 local "
                   "192.0.2.21 dstport 4789 nolearning noudpcsum",
                   "link set vxlan2 master vrf2", "link set vxlan2 up"}));
  const Mac far{{2, 0, 0, 0, 0, 9}};
  EXPECT_EQ(neighbour_line(core, {compute1, far, 5000}),
            "neigh replace 192.0.2.11 lladdr 02:00:00:00:00:09 dev vxlan2 nud permanent");
  EXPECT_EQ(frames_line(core, {compute1, far, 5000}),
            "fdb replace 02:00:00:00:00:09 dev vxlan2 self dst 192.0.2.11 vni 5000");
  EXPECT_THAT(
      change_of_routes({core}, {}, {route("10.1.0.3/32", {{compute1, Encap::vxlan, 5000, far}})}),
      ElementsAre("route replace 10.1.0.3/32 table 1002 via 192.0.2.11 dev vxlan2 onlink"));
}

TEST(LinuxPlane, only_what_changed_is_told_and_what_changed_is_never_away) {
  const RouterRoute stays = route("10.1.0.3/32", {{compute1, Encap::udp, 25}});
  const RouterRoute moves = route("10.1.0.4/32", {{compute1, Encap::udp, 26}});
  const RouterRoute moved = route("10.1.0.4/32", {{compute2, Encap::udp, 30}});
  EXPECT_THAT(change({stays, moves}, {stays, moves}), IsEmpty());
  EXPECT_THAT(change({stays, moves}, {stays, moved}),
              ElementsAre("route replace 10.1.0.4/32 table 1002 encap mpls 30 dev " +
                          device_of({Encap::udp, compute2})));
  EXPECT_THAT(change({stays, moves}, {stays}), ElementsAre("route del 10.1.0.4/32 table 1002"));
}

TEST(LinuxPlane, a_prefix_that_is_announced_or_withdrawn_is_an_address) {
  EXPECT_THAT(
      change_of_prefixes(vrf(), vrf({*parse_prefix("198.51.100.0/24")})),
      ElementsAre("addr del 203.0.113.254/24 dev vrf2", "addr add 198.51.100.254/24 dev vrf2"));
}

}  // namespace
}  // namespace tflab::netns
