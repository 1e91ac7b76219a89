#include "control-core/vpn/membership.h"

#include <random>

#include "tests/unit/control-core/vpn/world.h"

namespace tflab::vpn::test {
namespace {

using testing::ElementsAre;

struct Members : testing::Test {
  World world;
  std::vector<std::string> targets() {
    return world.keys(world.routing.master(Family::route_target));
  }
};

TEST_F(Members, are_announced_once_for_all_instances_and_agents) {
  world.add(instance_of(1, {rt(1), rt(9)}, {}));
  world.add(instance_of(2, {rt(2), rt(9)}, {}));
  auto& routing = world.routing;
  EXPECT_THAT(targets(), ElementsAre("64512:target:10.0.0.1:0"));
  routing.subscribe({}, world.agent, *routing.find("n1:n1"));
  routing.subscribe({}, world.agent, *routing.find("n2:n2"));
  routing.subscribe({}, world.other_agent, *routing.find("n2:n2"));
  world.settle();
  EXPECT_THAT(targets(), ElementsAre("64512:target:64512:1", "64512:target:64512:2",
                                     "64512:target:64512:9", "64512:target:10.0.0.1:0",
                                     "64512:target:10.0.0.1:1", "64512:target:10.0.0.1:2"));
  EXPECT_EQ(routing.master(Family::route_target).counts().primary, 9u);
  routing.unsubscribe({}, world.agent, *routing.find("n2:n2"));
  world.settle();
  EXPECT_EQ(targets().size(), 6u);
  routing.unsubscribe({}, world.other_agent, *routing.find("n2:n2"));
  world.settle();
  EXPECT_THAT(targets(), ElementsAre("64512:target:64512:1", "64512:target:64512:9",
                                     "64512:target:10.0.0.1:0", "64512:target:10.0.0.1:1"));
}

TEST_F(Members, have_the_control_node_as_next_hop_and_no_local_preference) {
  world.add(own(1));
  world.routing.subscribe({}, world.agent, *world.routing.find("n1:n1"));
  world.settle();
  const auto* path =
      world.best(world.routing.master(Family::route_target), TargetRoute{Asn{64512}, rt(1)});
  ASSERT_TRUE(path);
  EXPECT_EQ(path->attributes->next_hop, IpAddr{us.router_id});
  EXPECT_FALSE(path->attributes->local_pref);
  EXPECT_TRUE(path->attributes->ext_communities.empty());
  EXPECT_EQ(path->key.source, rib::Source::xmpp);
  EXPECT_EQ(path->peer, &world.agent);
}

config::Instance vrf_of(std::vector<RouteTarget> imports, std::vector<const char*> prefixes) {
  config::Instance out = instance_of(1, std::move(imports), {rt(7)});
  out.name = "CUST-A";
  out.network.clear();
  out.network_id = 0;
  out.vrf.emplace();
  out.vrf->name = out.name;
  out.vrf->rd = *parse_rd("10.0.0.9:100");
  out.vrf->next_hop = ip("10.0.0.9");
  out.vrf->label = 16;
  for (const char* each : prefixes) out.vrf->prefixes.push_back(prefix(each));
  return out;
}

struct Router : testing::Test {
  World world;
  std::vector<std::string> targets() {
    return world.keys(world.routing.master(Family::route_target));
  }
};

TEST_F(Router, is_a_member_of_what_its_vrfs_import_and_of_nothing_else) {
  world.add(vrf_of({rt(1), rt(2)}, {}));
  EXPECT_THAT(targets(), ElementsAre("64512:target:64512:1", "64512:target:64512:2",
                                     "64512:target:10.0.0.1:0"));  // the last by start()
  world.routing.change({}, vrf_of({rt(2), rt(3)}, {}));
  world.settle();
  EXPECT_THAT(targets(), ElementsAre("64512:target:64512:2", "64512:target:64512:3",
                                     "64512:target:10.0.0.1:0"));
  world.routing.remove({}, "CUST-A");
  world.settle();
  EXPECT_THAT(targets(), ElementsAre("64512:target:10.0.0.1:0"));
}

TEST_F(Router, announces_its_prefixes_with_its_distinguisher_targets_and_label) {
  world.add(vrf_of({}, {"203.0.113.0/24", "0.0.0.0/0"}));
  EXPECT_THAT(world.vpn(), ElementsAre("10.0.0.9:100:0.0.0.0/0", "10.0.0.9:100:203.0.113.0/24"));
  const auto* path = world.best(world.routing.master(Family::inet_vpn),
                                VpnRoute{*parse_rd("10.0.0.9:100"), prefix("203.0.113.0/24")});
  ASSERT_TRUE(path);
  EXPECT_EQ(path->label, 16u);
  EXPECT_EQ(path->attributes->next_hop, IpAddr{ip("10.0.0.9")});
  EXPECT_EQ(path->attributes->ext_communities, std::vector{ExtCommunity::target(rt(7))});
  world.routing.change({}, vrf_of({}, {"0.0.0.0/0", "198.51.100.0/24"}));
  world.settle();
  EXPECT_THAT(world.vpn(), ElementsAre("10.0.0.9:100:0.0.0.0/0", "10.0.0.9:100:198.51.100.0/24"));
  world.routing.remove({}, "CUST-A");
  world.settle();
  EXPECT_TRUE(world.vpn().empty());
}

// RFC 9136 section 4.4.1, and 9135 section 8.1 for the MAC.
TEST_F(Router, announces_by_type_5_with_its_vni_and_mac_when_it_speaks_vxlan) {
  config::Instance core = vrf_of({}, {"203.0.113.0/24", "0.0.0.0/0"});
  core.vrf->vni = 6000;
  core.vrf->mac = *parse_mac("02:00:00:00:00:09");
  world.add(vrf_of({}, {"203.0.113.0/24"}));
  world.routing.change({}, core);
  world.settle();
  EXPECT_TRUE(world.vpn().empty());
  EXPECT_THAT(world.keys(world.routing.master(Family::evpn)),
              ElementsAre("5-10.0.0.9:100-0-0.0.0.0/0", "5-10.0.0.9:100-0-203.0.113.0/24"));
  EvpnRoute route;
  route.type = EvpnRoute::ip_prefix;
  route.rd = *parse_rd("10.0.0.9:100");
  route.prefix = prefix("203.0.113.0/24");
  const auto* path = world.best(world.routing.master(Family::evpn), route);
  ASSERT_TRUE(path);
  EXPECT_EQ(path->label, 6000u);
  EXPECT_EQ(path->attributes->next_hop, IpAddr{ip("10.0.0.9")});
  EXPECT_THAT(path->attributes->ext_communities,
              testing::UnorderedElementsAre(ExtCommunity::encapsulation(Encap::vxlan),
                                            ExtCommunity::router_mac(core.vrf->mac),
                                            ExtCommunity::target(rt(7))));
  core.vrf->prefixes = {prefix("198.51.100.0/24")};
  world.routing.change({}, core);
  world.settle();
  EXPECT_THAT(world.keys(world.routing.master(Family::evpn)),
              ElementsAre("5-10.0.0.9:100-0-198.51.100.0/24"));
  world.routing.remove({}, "CUST-A");
  world.settle();
  EXPECT_TRUE(world.keys(world.routing.master(Family::evpn)).empty());
}

TEST_F(Router, takes_in_what_a_vrf_imports) {
  world.add(vrf_of({rt(1)}, {}));
  world.put_vpn("10.0.0.5:1", "10.1.0.3/32", {rt(1)});
  world.put_vpn("10.0.0.5:2", "10.2.0.3/32", {rt(2)});
  EXPECT_THAT(world.inet("CUST-A"), ElementsAre("10.1.0.3/32"));
}

TEST_F(Members, wanting_everything_is_the_default_route) {
  world.routing.want_everything({});
  world.settle();
  EXPECT_THAT(targets(), ElementsAre("0:target:0:0", "64512:target:10.0.0.1:0"));
}

// The paths are always those of agents x imports of what they subscribed to.
TEST_F(Members, agree_with_a_recount_after_any_operations) {
  std::mt19937 random{5};
  std::map<std::uint32_t, config::Instance> configs;
  std::set<std::pair<int, std::uint32_t>> subscribed;
  for (std::uint32_t i = 1; i <= 4; ++i) {
    configs[i] = own(i);
    world.add(configs[i]);
  }
  for (int step = 0; step < 3000; ++step) {
    const auto index = static_cast<std::uint32_t>(1 + random() % 4);
    const int who = 1 + static_cast<int>(random() % 2);
    const rib::Peer& agent = who == 1 ? world.agent : world.other_agent;
    const Instance& instance = *world.routing.find(configs[index].name);
    switch (random() % 3) {
      case 0:
        subscribed.insert({who, index});
        world.routing.subscribe({}, agent, instance);
        break;
      case 1:
        subscribed.erase({who, index});
        world.routing.unsubscribe({}, agent, instance);
        break;
      default: {
        std::vector<RouteTarget> imports;
        for (std::uint32_t t = 1; t < 6; ++t)
          if (random() % 2) imports.push_back(rt(t));
        configs[index] = instance_of(index, imports, {});
        world.routing.change({}, configs[index]);
      }
    }
    std::set<std::pair<RouteTarget, int>> wanted;
    for (const auto& [each, subscribed_to] : subscribed)
      for (RouteTarget target : world.routing.find(configs[subscribed_to].name)->imports)
        wanted.insert({target, each});
    ASSERT_EQ(world.routing.master(Family::route_target).counts().primary, wanted.size() + 1);
  }
}

}  // namespace
}  // namespace tflab::vpn::test
