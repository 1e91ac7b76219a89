#include "control-core/vpn/flooding.h"

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
  static Attributes with_tunnel(Attributes attributes, std::uint32_t label, unsigned flags) {
    attributes.ext_communities.push_back(ExtCommunity::encapsulation(Encap::vxlan));
    attributes.pmsi_tunnel.emplace();
    attributes.pmsi_tunnel->flags = static_cast<std::uint8_t>(flags);
    attributes.pmsi_tunnel->label = label;
    attributes.pmsi_tunnel->set_address(attributes.next_hop.v4());
    return attributes;
  }
  void put(std::uint32_t vni, unsigned flags = PmsiTunnel::edge_replication) {
    const Attributes attributes = with_tunnel(world.agents(world.agent), vni, flags);
    evpn().put({}, Nlri{route}, world.path(world.agent, attributes, vni));
    world.settle();
  }
  // An inclusive multicast route of somebody else.
  void hear(const std::string& from, std::uint32_t vni, unsigned flags = 0) {
    EvpnRoute theirs;
    theirs.type = EvpnRoute::inclusive_multicast;
    theirs.rd = RouteDistinguisher::ip4(ip(from), 9);
    theirs.ip = IpAddr{ip(from)};
    Attributes attributes;
    attributes.next_hop = ip(from);
    attributes.ext_communities = {ExtCommunity::target(rt(1))};
    world.routing.master(Family::evpn)
        .put({}, Nlri{theirs}, world.path(world.router, with_tunnel(attributes, vni, flags), vni));
    world.settle();
  }
  std::vector<std::string> olist() {
    std::vector<std::string> out;
    for (const Flooder* each : world.routing.flooding().olists("n1:n1", route).all)
      out.push_back(to_text(each->address()) + " " + std::to_string(each->label));
    return out;
  }
  std::size_t changes() { return world.routing.flooding().take_changes().size(); }
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
  EXPECT_EQ(path.key.path_id, world.agent.address.v4().raw());
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

TEST_F(Broadcast, is_copied_to_those_who_are_in_no_tree) {
  put(5);
  hear("10.0.9.1", 7);
  hear("10.0.9.2", 8, PmsiTunnel::edge_replication);
  EXPECT_THAT(olist(), ElementsAre("10.0.9.1 7"));
  put(5, 0);
  EXPECT_THAT(olist(), ElementsAre("10.0.9.1 7", "10.0.9.2 8")) << "nor is this one any more";
}

TEST_F(Broadcast, only_changes_that_somebody_must_be_told_are_noted) {
  hear("10.0.9.2", 8, PmsiTunnel::edge_replication);
  put(5);
  put(6);
  hear("10.0.9.2", 9, PmsiTunnel::edge_replication);
  EXPECT_EQ(changes(), 0u) << "all of them meet in the tree";
  hear("10.0.9.1", 7);
  EXPECT_EQ(changes(), 1u);
  hear("10.0.9.1", 7);
  EXPECT_EQ(changes(), 0u);
  hear("10.0.9.1", 7, PmsiTunnel::edge_replication);
  EXPECT_EQ(changes(), 1u) << "it has left the list";
  EXPECT_THAT(olist(), IsEmpty());
}

}  // namespace
}  // namespace tflab::vpn::test
