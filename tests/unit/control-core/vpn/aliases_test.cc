#include "control-core/vpn/aliases.h"

#include "tests/unit/control-core/vpn/world.h"

namespace tflab::vpn::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Two routers on a segment, of which the first has learned a MAC address.
struct Segment : testing::Test {
  World world;
  rib::Peer other = peer_of(rib::Peer::ibgp, 4);
  const Esi esi{{0, 9, 9, 9, 9, 9, 9, 9, 9, 9}};
  EvpnRoute mac;

  Segment() {
    world.add(own(1));
    mac.mac = *parse_mac("02:00:00:00:00:01");
  }
  rib::Table& evpn() { return world.table("n1:n1", Family::evpn); }
  Attributes attributes(const rib::Peer& peer) const {
    Attributes out;
    out.next_hop = peer.address;
    out.ext_communities = {ExtCommunity::target(rt(1)), ExtCommunity::encapsulation(Encap::vxlan),
                           ExtCommunity{0x0601000000000000}};
    return out;
  }
  void put(EvpnRoute route, const rib::Peer& peer, Attributes said, std::uint32_t label) {
    route.rd = RouteDistinguisher::ip4(peer.address.v4(), 1);
    world.routing.master(Family::evpn)
        .put({}, Nlri{route}, world.path(peer, std::move(said), label));
    world.settle();
  }
  void discover(const rib::Peer& peer, std::uint32_t tag = whole_segment) {
    EvpnRoute route;
    route.type = EvpnRoute::auto_discovery;
    route.tag = tag;
    route.esi = esi;
    put(route, peer, attributes(peer), 0);
  }
  void learn(const rib::Peer& peer, std::uint32_t label) {
    Attributes said = attributes(peer);
    said.esi = esi;
    put(mac, peer, std::move(said), label);
  }
  const rib::Paths& paths() { return evpn().find(Nlri{mac})->paths; }
};

TEST_F(Segment, an_alias_is_a_path_of_its_own_that_goes_nowhere_else) {
  discover(world.router);
  discover(other);
  learn(world.router, 5001);
  ASSERT_EQ(paths().size(), 2u);
  EXPECT_EQ(paths()[0].flags, 0);
  EXPECT_EQ(paths()[1].flags, rib::aliased_path);
  EXPECT_EQ(paths()[1].peer, &other);
  EXPECT_EQ(paths()[1].label, 5001u);
  EXPECT_EQ(paths()[1].key.primary, evpn().id());
  EXPECT_EQ(evpn().find(Nlri{mac})->equal_cost_paths(), 2u);
  EXPECT_EQ(world.keys(world.routing.master(Family::evpn)).size(), 3u);
}

// Auto-discovery per network would tell a label; the original reads none.
TEST_F(Segment, what_routers_say_for_one_network_makes_no_alias) {
  discover(world.router, 0);
  discover(other, 0);
  learn(world.router, 5001);
  EXPECT_EQ(paths().size(), 1u);
  EXPECT_THAT(world.keys(evpn()), ElementsAre("2-0:0-0-02:00:00:00:00:01,0.0.0.0"));
}

TEST_F(Segment, nothing_stays_of_a_network_that_goes_or_looks_away) {
  discover(world.router);
  discover(other);
  learn(world.router, 5001);
  config::Instance deaf = own(1);
  deaf.imports.clear();
  world.routing.change({}, deaf);
  world.settle();
  EXPECT_THAT(world.keys(evpn()), IsEmpty());
  world.routing.change({}, own(1));
  world.settle();
  EXPECT_EQ(paths().size(), 2u);
  world.routing.remove({}, "n1:n1");
  world.settle();
  world.add(own(1));
  EXPECT_EQ(paths().size(), 2u);
}

}  // namespace
}  // namespace tflab::vpn::test
