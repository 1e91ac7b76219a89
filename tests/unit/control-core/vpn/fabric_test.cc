#include "control-core/vpn/fabric.h"

#include "control-core/vpn/origin.h"
#include "tests/unit/control-core/vpn/world.h"

namespace tflab::vpn::test {
namespace {

struct Fabric : testing::Test {
  World world;
  const std::string where = "10.0.0.1/32";

  Fabric() { world.add(own(1)); }
  void put_fabric(std::uint16_t primary_index, const rib::Peer& agent) {
    world.routing.master(Family::inet)
        .put({}, InetRoute{prefix(where)},
             world.path(agent, world.agents(agent, primary_index), 0));
    world.settle();
  }
  std::optional<std::uint32_t> network() {
    const auto* path = world.best(world.routing.master(Family::inet), InetRoute{prefix(where)});
    return path ? origin_vn(*path->attributes, Asn{64512}) : std::nullopt;
  }
};

TEST_F(Fabric, route_learns_its_network_from_the_vpn_route_that_was_there) {
  world.put("n1:n1", where, world.agent);
  put_fabric(1, world.agent);
  EXPECT_EQ(network(), 1u);
}

TEST_F(Fabric, route_learns_it_from_the_one_that_comes_later_and_forgets_it_with_it) {
  put_fabric(1, world.agent);
  EXPECT_EQ(network(), std::nullopt);
  world.put("n1:n1", where, world.agent);
  EXPECT_EQ(network(), 1u);
  world.routing.drop_paths({}, world.agent, *world.routing.find("n1:n1"));
  world.settle();
  EXPECT_EQ(network(), std::nullopt);
}

TEST_F(Fabric, route_with_another_index_or_of_another_agent_has_none) {
  world.put("n1:n1", where, world.agent);
  put_fabric(2, world.agent);
  EXPECT_EQ(network(), std::nullopt);
  world.routing.drop_paths({}, world.agent, world.routing.master());
  put_fabric(1, world.other_agent);
  EXPECT_EQ(network(), std::nullopt);
}

TEST_F(Fabric, routes_are_not_copied_to_the_vpn_table) {
  put_fabric(1, world.agent);
  EXPECT_TRUE(world.vpn().empty());
}

}  // namespace
}  // namespace tflab::vpn::test
