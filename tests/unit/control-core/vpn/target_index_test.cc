#include "control-core/vpn/target_index.h"

#include "tests/unit/control-core/vpn/world.h"

namespace tflab::vpn::test {
namespace {

using testing::ElementsAre;

struct Interest : testing::Test {
  World world;
  rib::Peer inner = peer_of(rib::Peer::ibgp, 11), inner2 = peer_of(rib::Peer::ibgp, 12);
  rib::Peer outer = peer_of(rib::Peer::ebgp, 13), outer2 = peer_of(rib::Peer::ebgp, 14);
  rib::Peer foreign = peer_of(rib::Peer::ebgp, 15);

  Interest() {
    outer.as = outer2.as = Asn{65001};
    foreign.as = Asn{65002};
  }
  void want(const rib::Peer& peer, std::optional<RouteTarget> target, std::uint32_t origin = 1) {
    Attributes attributes;
    if (peer.kind == rib::Peer::ebgp) attributes.as_path.prepend(peer.as);
    world.routing.master(Family::route_target)
        .put({}, TargetRoute{Asn{origin}, target}, world.path(peer, attributes));
    world.settle();
  }
  void unwant(const rib::Peer& peer, std::optional<RouteTarget> target, std::uint32_t origin = 1) {
    world.routing.master(Family::route_target)
        .remove({}, TargetRoute{Asn{origin}, target}, world.path(peer, {}).key);
    world.settle();
  }
  rib::PeerSet interested(RouteTarget target) {
    const TargetGroup* group = world.routing.targets().find(target);
    return group ? group->interested : rib::PeerSet{};
  }
  bool wants(const rib::Peer& peer, const Attributes& attributes) {
    const auto asked = world.routing.targets().interested(attributes);
    return !asked || asked->has(peer.slot);
  }
};

TEST_F(Interest, is_that_of_every_internal_peer) {
  want(inner, rt(1));
  want(inner2, rt(1));
  EXPECT_EQ(interested(rt(1)), (rib::PeerSet{inner.slot, inner2.slot}));
  unwant(inner, rt(1));
  EXPECT_EQ(interested(rt(1)), (rib::PeerSet{inner2.slot}));
}

TEST_F(Interest, is_that_of_external_peers_in_the_as_of_the_best) {
  want(outer2, rt(1));
  want(foreign, rt(1));
  want(outer, rt(1));
  EXPECT_EQ(interested(rt(1)), (rib::PeerSet{outer.slot, outer2.slot}));
  want(inner, rt(1));
  EXPECT_EQ(interested(rt(1)), (rib::PeerSet{inner.slot, outer.slot, outer2.slot}));
  // Another origin AS is another route, with a best path of its own.
  want(foreign, rt(1), 2);
  EXPECT_EQ(interested(rt(1)).size(), 4u);
}

// In three ASes everybody may want everything; none of them is on the way to another one's wish.
TEST_F(Interest, in_everything_is_that_of_external_peers_in_whatever_as) {
  want(outer, std::nullopt, 0);
  want(foreign, std::nullopt, 0);
  Attributes attributes;
  attributes.ext_communities = {ExtCommunity::target(rt(1))};
  EXPECT_TRUE(wants(outer, attributes));
  EXPECT_TRUE(wants(foreign, attributes));
  unwant(foreign, std::nullopt, 0);
  EXPECT_TRUE(wants(outer, attributes));
  EXPECT_FALSE(wants(foreign, attributes));
}

TEST_F(Interest, does_not_come_from_agents) {
  want(world.agent, rt(1));
  EXPECT_TRUE(interested(rt(1)).empty());
}

TEST_F(Interest, in_a_route_is_by_any_of_its_targets_or_by_default) {
  Attributes attributes;
  EXPECT_TRUE(wants(inner, attributes));  // nothing to filter by
  attributes.ext_communities = {ExtCommunity::target(rt(1)), ExtCommunity::target(rt(2))};
  EXPECT_FALSE(wants(inner, attributes));
  want(inner, rt(2));
  EXPECT_TRUE(wants(inner, attributes));
  unwant(inner, rt(2));
  EXPECT_FALSE(wants(inner, attributes));
  want(inner, std::nullopt, 0);
  EXPECT_TRUE(wants(inner, attributes));
  EXPECT_FALSE(wants(inner2, attributes));
}

TEST_F(Interest, touches_only_the_routes_that_depend_on_the_target) {
  world.put_vpn("64512:1", "10.0.1.0/24", {rt(1)});
  world.put_vpn("64512:1", "10.0.2.0/24", {rt(2)});
  world.put_vpn("64512:1", "10.0.3.0/24", {rt(1), rt(2)});
  rib::Table& vpn = world.routing.master(Family::inet_vpn);
  const auto follower = vpn.follow();
  want(inner, rt(1));
  std::vector<std::string> touched;
  while (const auto* row = vpn.next(follower)) touched.push_back(to_text(row->first));
  EXPECT_THAT(touched, ElementsAre("64512:1:10.0.1.0/24", "64512:1:10.0.3.0/24"));
  want(inner, rt(1), 2);  // wanted already
  EXPECT_EQ(vpn.next(follower), nullptr);
}

TEST_F(Interest, a_group_lives_as_long_as_anything_refers_to_it) {
  EXPECT_FALSE(world.routing.targets().find(rt(1)));
  world.add(own(1));
  EXPECT_TRUE(world.routing.targets().find(rt(1)));
  world.put_vpn("64512:1", "10.0.1.0/24", {rt(1)});
  want(inner, rt(1));
  world.routing.remove({}, "n1:n1");
  EXPECT_TRUE(world.routing.targets().find(rt(1)));
  world.routing.drop_paths({}, world.router, world.routing.master());
  world.settle();
  EXPECT_TRUE(world.routing.targets().find(rt(1)));
  unwant(inner, rt(1));
  EXPECT_FALSE(world.routing.targets().find(rt(1)));
  EXPECT_EQ(world.routing.targets().groups().size(), 1u);  // this node's own
}

}  // namespace
}  // namespace tflab::vpn::test
