#include "control-core/vpn/leak.h"

#include <random>

#include "control-core/vpn/origin.h"
#include "tests/unit/control-core/vpn/world.h"

namespace tflab::vpn::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Leak, copies_a_vrf_route_to_the_vpn_table_with_its_agents_distinguisher) {
  World world;
  world.add(own(1));
  world.put("n1:n1", "10.0.0.1/32", world.agent);
  EXPECT_THAT(world.vpn(), ElementsAre("10.0.1.1:1:10.0.0.1/32"));
  const auto* path = world.best(world.routing.master(Family::inet_vpn),
                                VpnRoute{*parse_rd("10.0.1.1:1"), prefix("10.0.0.1/32")});
  ASSERT_TRUE(path);
  EXPECT_TRUE(path->replicated());
  EXPECT_THAT(path->attributes->targets(), ElementsAre(rt(1)));
  EXPECT_EQ(origin_vn(*path->attributes, Asn{64512}), 1u);
  world.routing.drop_paths(world.now, world.agent, *world.routing.find("n1:n1"));
  world.settle();
  EXPECT_THAT(world.vpn(), IsEmpty());
}

TEST(Leak, gives_local_routes_the_instances_own_distinguisher) {
  World world;
  world.add(own(7));
  rib::Path path = world.path(world.agent, {});
  path.peer = nullptr;
  path.key = {};
  world.table("n7:n7", Family::inet).put({}, InetRoute{prefix("10.0.0.0/8")}, path);
  world.settle();
  EXPECT_THAT(world.vpn(), ElementsAre("10.0.0.1:7:10.0.0.0/8"));
}

TEST(Leak, copies_between_instances_where_a_target_is_imported) {
  World world;
  world.add(own(1));
  world.add(instance_of(2, {rt(1), rt(2)}, {rt(2)}));
  world.add(own(3));
  world.put("n1:n1", "10.0.0.1/32", world.agent);
  EXPECT_THAT(world.inet("n2:n2"), ElementsAre("10.0.0.1/32"));
  EXPECT_THAT(world.inet("n3:n3"), IsEmpty());
  EXPECT_EQ(world.table("n2:n2", Family::inet).counts(), (rib::Counts{1, 0, 1, 0}));
}

// n1 to n2 and n2 to n3 does not make n1 to n3.
TEST(Leak, never_copies_a_copy) {
  World world;
  world.add(own(1));
  world.add(instance_of(2, {rt(1), rt(2)}, {rt(2)}));
  world.add(instance_of(3, {rt(2), rt(3)}, {rt(3)}));
  world.put("n1:n1", "10.0.0.1/32", world.agent);
  EXPECT_THAT(world.inet("n3:n3"), IsEmpty());
  EXPECT_EQ(world.vpn().size(), 1u);
}

TEST(Leak, S28_imports_vpn_routes_by_target_and_remembers_their_distinguisher) {
  World world;
  world.add(own(1));
  world.add(own(2));
  world.put_vpn("64512:5", "10.9.0.0/16", {rt(1)});
  EXPECT_THAT(world.inet("n1:n1"), ElementsAre("10.9.0.0/16"));
  EXPECT_THAT(world.inet("n2:n2"), IsEmpty());
  const auto* path =
      world.best(world.table("n1:n1", Family::inet), InetRoute{prefix("10.9.0.0/16")});
  EXPECT_EQ(to_text(path->attributes->source_rd), "64512:5");
  world.put_vpn("64512:5", "10.9.0.0/16", {rt(2)});
  EXPECT_THAT(world.inet("n1:n1"), IsEmpty());
  EXPECT_THAT(world.inet("n2:n2"), ElementsAre("10.9.0.0/16"));
}

TEST(Leak, imports_nothing_without_communities) {
  World world;
  world.add(own(1));
  world.put_vpn("64512:5", "10.9.0.0/16", {});
  EXPECT_THAT(world.inet("n1:n1"), IsEmpty());
}

TEST(Leak, makes_two_paths_of_two_distinguishers) {
  World world;
  world.add(own(1));
  world.put_vpn("64512:5", "10.9.0.0/16", {rt(1)});
  world.put_vpn("64512:6", "10.9.0.0/16", {rt(1)});
  EXPECT_EQ(world.table("n1:n1", Family::inet).counts(), (rib::Counts{1, 0, 2, 0}));
  world.routing.master(Family::inet_vpn)
      .remove({}, VpnRoute{*parse_rd("64512:5"), prefix("10.9.0.0/16")},
              world.path(world.router, {}).key);
  world.settle();
  EXPECT_EQ(world.table("n1:n1", Family::inet).counts(), (rib::Counts{1, 0, 1, 0}));
}

TEST(Leak, copies_all_paths_that_are_equal_to_the_best) {
  World world;
  world.add(own(1));
  world.put("n1:n1", "10.0.0.1/32", world.agent);
  world.put("n1:n1", "10.0.0.1/32", world.other_agent);
  EXPECT_EQ(world.vpn().size(), 2u);
  Attributes worse = world.agents(world.other_agent);
  worse.local_pref = 100;
  world.table("n1:n1", Family::inet)
      .put({}, InetRoute{prefix("10.0.0.1/32")}, world.path(world.other_agent, worse));
  world.settle();
  EXPECT_THAT(world.vpn(), ElementsAre("10.0.1.1:1:10.0.0.1/32"));
}

TEST(Leak, does_not_copy_what_is_infeasible) {
  World world;
  world.add(own(1));
  rib::Path path = world.path(world.agent, world.agents(world.agent));
  path.flags = rib::no_tunnel_encap;
  world.table("n1:n1", Family::inet).put({}, InetRoute{prefix("10.0.0.1/32")}, path);
  world.settle();
  EXPECT_THAT(world.vpn(), IsEmpty());
}

std::optional<std::uint32_t> network_in(World& world, const std::string& instance) {
  const auto* path =
      world.best(world.table(instance, Family::inet), InetRoute{prefix("10.9.0.0/16")});
  return path ? origin_vn(*path->attributes, Asn{64512}) : std::nullopt;
}

// Blue is n1; red imports blue's target.
TEST(Leak, derives_the_network_from_targets_unless_it_is_said_by_us_or_globally) {
  World world;
  world.add(own(1));
  world.add(instance_of(2, {rt(1), rt(2)}, {rt(2)}));
  world.put_vpn("64512:5", "10.9.0.0/16", {rt(1)});
  EXPECT_EQ(network_in(world, "n1:n1"), 1u);
  EXPECT_EQ(network_in(world, "n2:n2"), 1u);
  world.put_vpn("64512:5", "10.9.0.0/16", {rt(1)}, {ExtCommunity::origin_vn(Asn{64512}, 1001)});
  EXPECT_EQ(network_in(world, "n2:n2"), 1001u);
  world.put_vpn("64512:5", "10.9.0.0/16", {rt(1)}, {ExtCommunity::origin_vn(Asn{65000}, 1001)});
  EXPECT_EQ(network_in(world, "n2:n2"), 1u);
  world.put_vpn("64512:5", "10.9.0.0/16", {rt(1)},
                {ExtCommunity::origin_vn(Asn{65000}, 8'000'001)});
  EXPECT_EQ(network_in(world, "n2:n2"), 8'000'001u);
}

EvpnRoute mac_route(const char* mac) {
  EvpnRoute out;
  out.mac = *parse_mac(mac);
  return out;
}

TEST(Leak, keeps_layer_2_inside_its_network) {
  World world;
  world.add(own(1));
  world.add(instance_of(2, {rt(1), rt(2)}, {rt(2)}));
  auto& evpn = world.table("n1:n1", Family::evpn);
  evpn.put({}, Nlri{mac_route("02:00:00:00:00:01")},
           world.path(world.agent, world.agents(world.agent)));
  EvpnRoute subnet;
  subnet.type = EvpnRoute::ip_prefix;
  subnet.prefix = prefix("10.1.0.0/16");
  evpn.put({}, Nlri{subnet}, world.path(world.agent, world.agents(world.agent)));
  world.settle();
  EXPECT_THAT(
      world.keys(world.routing.master(Family::evpn)),
      ElementsAre("2-10.0.1.1:1-0-02:00:00:00:00:01,0.0.0.0", "5-10.0.1.1:1-0-10.1.0.0/16"));
  EXPECT_THAT(world.keys(world.table("n2:n2", Family::evpn)), ElementsAre("5-0:0-0-10.1.0.0/16"));
}

TEST(Leak, imports_layer_2_only_into_the_network_it_began_in) {
  World world;
  world.add(own(1));
  world.add(instance_of(2, {rt(1), rt(2)}, {rt(2)}));
  Attributes attributes;
  attributes.ext_communities = {ExtCommunity::target(rt(1)),
                                ExtCommunity::origin_vn(Asn{64512}, 1)};
  EvpnRoute route = mac_route("02:00:00:00:00:01");
  route.rd = *parse_rd("10.0.1.9:4");
  world.routing.master(Family::evpn).put({}, Nlri{route}, world.path(world.router, attributes));
  world.settle();
  EXPECT_THAT(world.keys(world.table("n1:n1", Family::evpn)),
              ElementsAre("2-0:0-0-02:00:00:00:00:01,0.0.0.0"));
  EXPECT_THAT(world.keys(world.table("n2:n2", Family::evpn)), IsEmpty());
}

// Whatever happened before: the tables are those of a node that was configured so from the start
// and was told the same paths.
TEST(Leak, ends_where_a_fresh_start_ends_after_any_operations) {
  struct Said {
    config::Instance config;
    std::map<std::string, std::set<int>> inet;  // prefix to agents
  };
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    const auto targets = [&] {
      std::vector<RouteTarget> out;
      for (std::uint32_t i = 1; i <= 5; ++i)
        if (pick(3) == 0) out.push_back(rt(i));
      return out;
    };
    const auto where = [&] { return "10.0.0." + std::to_string(pick(6)) + "/32"; };

    World world;
    std::map<std::uint32_t, Said> said;
    std::map<std::pair<std::string, std::string>, std::vector<RouteTarget>> routed;
    for (int step = 0; step < 400; ++step) {
      const std::uint32_t index = 1 + pick(5);
      const std::string name = instance_of(index, {}, {}).name;
      const rib::Peer& agent = pick(2) != 0 ? world.agent : world.other_agent;
      const std::string prefix_text = where();
      switch (pick(10)) {
        case 0:
          if (said.contains(index)) {
            if (pick(2) != 0) {
              said[index].config = instance_of(index, targets(), targets());
              world.routing.change(world.now, said[index].config);
            } else {
              said.erase(index);
              world.routing.remove(world.now, name);
            }
          } else {
            said[index].config = instance_of(index, targets(), targets());
            world.routing.add(world.now, said[index].config);
          }
          break;
        case 1:
        case 2:
        case 3:
        case 4:
          if (!said.contains(index)) break;
          said[index].inet[prefix_text].insert(static_cast<int>(agent.id.raw()));
          world.table(name, Family::inet)
              .put(world.now, InetRoute{prefix(prefix_text)},
                   world.path(agent, world.agents(agent, static_cast<std::uint16_t>(index))));
          break;
        case 5:
          if (!said.contains(index)) break;
          said[index].inet[prefix_text].erase(static_cast<int>(agent.id.raw()));
          world.table(name, Family::inet)
              .remove(world.now, InetRoute{prefix(prefix_text)}, world.path(agent, {}).key);
          break;
        case 6:
        case 7: {
          const auto wanted = targets();
          routed[{"64512:" + std::to_string(index), prefix_text}] = wanted;
          world.put_vpn("64512:" + std::to_string(index), prefix_text, wanted);
          break;
        }
        case 8: {
          const std::string rd = "64512:" + std::to_string(index);
          routed.erase({rd, prefix_text});
          world.routing.master(Family::inet_vpn)
              .remove(world.now, VpnRoute{*parse_rd(rd), prefix(prefix_text)},
                      world.path(world.router, {}).key);
          break;
        }
        default:
          if (!said.contains(index)) break;
          for (auto& [each, agents] : said[index].inet)
            agents.erase(static_cast<int>(agent.id.raw()));
          world.routing.drop_paths(world.now, agent, *world.routing.find(name));
      }
      if (pick(3) == 0) world.settle();
    }
    world.settle();

    World fresh;
    for (const auto& [index, each] : said) fresh.add(each.config);
    for (const auto& [index, each] : said)
      for (const auto& [prefix_text, agents] : each.inet)
        for (int id : agents) {
          const rib::Peer& agent = id == 1 ? fresh.agent : fresh.other_agent;
          fresh.table(each.config.name, Family::inet)
              .put(fresh.now, InetRoute{prefix(prefix_text)},
                   fresh.path(agent, fresh.agents(agent, static_cast<std::uint16_t>(index))));
        }
    for (const auto& [key, wanted] : routed) fresh.put_vpn(key.first, key.second, wanted);
    fresh.settle();
    ASSERT_EQ(world.print(), fresh.print()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tflab::vpn::test
