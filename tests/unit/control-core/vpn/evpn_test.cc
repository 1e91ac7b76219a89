#include "control-core/vpn/evpn.h"

#include "tests/unit/control-core/vpn/world.h"

namespace tflab::vpn::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Broadcast : testing::Test {
  World world;
  EvpnRoute route;

  Broadcast() {
    world.add(own(1));
    route.mac = *parse_mac("ff:ff:ff:ff:ff:ff");
    route.rd = RouteDistinguisher::ip4(world.agent.address.v4(), 1);
    route.tag = 5;
  }
  rib::Table& evpn() { return world.table("n1:n1", Family::evpn); }
  void put(std::uint32_t vni) {
    Attributes attributes = world.agents(world.agent);
    attributes.ext_communities = {ExtCommunity::encapsulation(Encap::vxlan)};
    evpn().put({}, Nlri{route}, world.path(world.agent, attributes, vni));
    world.settle();
  }
};

TEST_F(Broadcast, becomes_an_inclusive_multicast_route_with_a_tunnel) {
  put(5);
  EXPECT_THAT(world.keys(evpn()),
              ElementsAre("2-10.0.1.1:1-5-ff:ff:ff:ff:ff:ff,0.0.0.0", "3-10.0.1.1:1-5-10.0.1.1"));
  EXPECT_THAT(world.keys(world.routing.master(Family::evpn)),
              ElementsAre("3-10.0.1.1:1-5-10.0.1.1"));
  const auto& row = *std::next(evpn().rows().begin());
  const rib::Path& path = *row.second.best();
  EXPECT_EQ(path.key.source, rib::Source::local);
  EXPECT_EQ(path.peer, nullptr);
  EXPECT_EQ(path.label, 5u);
  ASSERT_TRUE(path.attributes->pmsi_tunnel);
  EXPECT_EQ(path.attributes->pmsi_tunnel->type, 6);
  EXPECT_EQ(path.attributes->pmsi_tunnel->flags, 0x80);
  EXPECT_EQ(path.attributes->pmsi_tunnel->label, 5u);
  EXPECT_THAT(path.attributes->pmsi_tunnel->identifier, ElementsAre(10, 0, 1, 1));
}

TEST_F(Broadcast, follows_changes_and_goes_with_its_route) {
  put(5);
  put(6);
  EXPECT_EQ(std::next(evpn().rows().begin())->second.best()->label, 6u);
  world.routing.drop_paths({}, world.agent, *world.routing.find("n1:n1"));
  world.settle();
  EXPECT_THAT(world.keys(evpn()), IsEmpty());
  EXPECT_THAT(world.keys(world.routing.master(Family::evpn)), IsEmpty());
}

TEST_F(Broadcast, is_not_made_of_a_unicast_mac) {
  route.mac = *parse_mac("02:00:00:00:00:01");
  route.rd = {};
  put(5);
  EXPECT_THAT(world.keys(evpn()), testing::SizeIs(1));
}

}  // namespace
}  // namespace tflab::vpn::test
