#include "control-core/vpn/ermvpn.h"

#include <set>

#include "tests/unit/control-core/vpn/world.h"

namespace tflab::vpn::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::vector<std::size_t>> breadth_first_tree(std::size_t nodes, std::size_t degree) {
  std::vector<std::vector<std::size_t>> out(nodes);
  for (std::size_t i = 0; i < nodes; ++i)
    each_neighbour(i, nodes, degree, [&](std::size_t to) { out[i].push_back(to); });
  return out;
}

TEST(BreadthFirstTree, links_each_node_with_its_parent_both_ways) {
  const auto tree = breadth_first_tree(7, 4);
  EXPECT_THAT(tree[0], ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(tree[1], ElementsAre(0, 5, 6));
  EXPECT_THAT(tree[5], ElementsAre(1));
  EXPECT_TRUE(breadth_first_tree(0, 4).empty());
  EXPECT_THAT(breadth_first_tree(1, 3)[0], IsEmpty());
}

TEST(BreadthFirstTree, reaches_everybody_and_has_no_cycle) {
  for (std::size_t degree : {3u, 4u})
    for (std::size_t nodes = 1; nodes < 200; ++nodes) {
      const auto tree = breadth_first_tree(nodes, degree);
      std::size_t links = 0;
      for (std::size_t i = 0; i < nodes; ++i) {
        EXPECT_LE(tree[i].size(), degree + (i == 0 ? 0 : 1));
        for (std::size_t to : tree[i]) {
          EXPECT_NE(std::ranges::find(tree[to], i), tree[to].end());
          ++links;
        }
      }
      EXPECT_EQ(links, 2 * (nodes - 1));
      std::set<std::size_t> seen{0};
      std::vector<std::size_t> left{0};
      while (!left.empty()) {
        const std::size_t at = left.back();
        left.pop_back();
        for (std::size_t to : tree[at])
          if (seen.insert(to).second) left.push_back(to);
      }
      EXPECT_EQ(seen.size(), nodes);
    }
}

struct Trees : testing::Test {
  World world;
  std::vector<rib::Peer> agents;
  const Ermvpn::Key key{ip("255.255.255.255"), Ip4{}};
  const std::string name = "n1:n1";

  Trees() {
    world.add(own(1));
    for (std::uint32_t i = 0; i < 20; ++i) agents.push_back(peer_of(rib::Peer::agent, 50 + i));
  }
  // Long enough after what came before for a tree to be built at once.
  void settle() {
    world.now = world.now + Ermvpn::hold;
    world.settle();
  }
  ErmvpnRoute native(const rib::Peer& agent) {
    ErmvpnRoute out;
    out.group = key.group;
    out.rd = RouteDistinguisher::ip4(agent.address.v4(), 1);
    return out;
  }
  void join(const rib::Peer& agent, LabelBlock block = {100, 200}) {
    Attributes attributes = world.agents(agent);
    attributes.label_block = block;
    world.table(name, Family::ermvpn).put({}, native(agent), world.path(agent, attributes, 0));
    settle();
  }
  void leave(const rib::Peer& agent) {
    world.table(name, Family::ermvpn).remove({}, native(agent), world.path(agent, {}).key);
    settle();
  }
  const Tree* tree() {
    const auto* trees = world.routing.ermvpn().trees(name);
    return trees ? &trees->at(key) : nullptr;
  }
  // What another control node says: its forest node.
  void local_tree(const char* router_id, const char* forest, std::uint32_t label) {
    say_local_tree(router_id, forest, label);
    settle();
  }
  void say_local_tree(const char* router_id, const char* forest, std::uint32_t label) {
    ErmvpnRoute route;
    route.group = key.group;
    route.type = ErmvpnRoute::local_tree;
    route.rd = RouteDistinguisher::ip4(ip(forest), 1);
    route.router_id = ip(router_id);
    Attributes attributes;
    attributes.next_hop = ip(router_id);
    attributes.ext_communities = {ExtCommunity::target(rt(1)),
                                  ExtCommunity::origin_vn(Asn{64512}, 1)};
    attributes.edge_discovery.assign(3, {ip(forest), {{label, label}}});
    world.routing.master(Family::ermvpn).put({}, route, world.path(world.router, attributes, 0));
  }
};

TEST_F(Trees, do_not_depend_on_the_order_of_joins) {
  for (int i = 0; i < 10; ++i) join(agents[static_cast<std::size_t>(i)]);
  const Tree forwards = *tree();
  for (int i = 0; i < 10; ++i) leave(agents[static_cast<std::size_t>(i)]);
  EXPECT_FALSE(tree());
  for (int i = 9; i >= 0; --i) join(agents[static_cast<std::size_t>(i)]);
  EXPECT_EQ(tree()->native, forwards.native);
}

TEST_F(Trees, of_two_thousand_members_reach_each_of_them_once) {
  constexpr std::size_t members = 2000;
  std::vector<rib::Peer> all;
  for (std::uint32_t i = 0; i < members; ++i) all.push_back(peer_of(rib::Peer::agent, 50 + i));
  for (const rib::Peer& agent : all) {
    Attributes attributes = world.agents(agent);
    attributes.label_block = LabelBlock{100, 200};
    world.table(name, Family::ermvpn).put({}, native(agent), world.path(agent, attributes, 0));
  }
  settle();
  std::map<Ip4, const Forwarder*> by_address;
  for (const Forwarder& each : tree()->native) by_address[each.address] = &each;
  ASSERT_EQ(by_address.size(), members);

  // A packet goes out on every link but the one it came by, to the label of the one at its end.
  std::map<Ip4, unsigned> copies;
  std::vector<std::pair<Ip4, Ip4>> under_way{{by_address.begin()->first, Ip4{}}};
  while (!under_way.empty()) {
    const auto [at, from] = under_way.back();
    under_way.pop_back();
    ASSERT_LT(++copies[at], 2u) << "twice";
    const Forwarder& here = *by_address.at(at);
    EXPECT_LE(here.links.size(), 5u) << "four below and one above";
    for (const TreeLink& link : here.links) {
      EXPECT_EQ(link.label, *by_address.at(link.address)->label);
      if (link.address != from) under_way.emplace_back(link.address, at);
    }
  }
  EXPECT_EQ(copies.size(), members);
}

TEST_F(Trees, keep_the_labels_of_those_who_stay) {
  for (int i = 0; i < 10; ++i) join(agents[static_cast<std::size_t>(i)]);
  std::map<RouteDistinguisher, std::uint32_t> labels;
  for (const Forwarder& each : tree()->native) labels[each.rd] = *each.label;
  leave(agents[3]);
  for (const Forwarder& each : tree()->native) EXPECT_EQ(labels.at(each.rd), *each.label);
}

TEST_F(Trees, leave_out_who_has_no_label_left) {
  join(agents[0], {100, 100});
  world.add(own(2));
  ErmvpnRoute route = native(agents[0]);
  route.rd = RouteDistinguisher::ip4(agents[0].address.v4(), 2);
  Attributes attributes = world.agents(agents[0], 2);
  attributes.label_block = LabelBlock{100, 100};
  world.table("n2:n2", Family::ermvpn).put({}, route, world.path(agents[0], attributes, 0));
  settle();
  EXPECT_TRUE(world.routing.ermvpn().native(name, native(agents[0])));
  EXPECT_FALSE(world.routing.ermvpn().native("n2:n2", route));
  EXPECT_THAT(world.keys(world.routing.master(Family::ermvpn)), testing::SizeIs(2));
}

TEST_F(Trees, offer_the_last_vrouter_to_other_control_nodes) {
  join(agents[0]);
  join(agents[1], {500, 600});
  const auto keys = world.keys(world.routing.master(Family::ermvpn));
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0], "1-" + to_text(native(agents[1]).rd) + "-10.0.0.1,255.255.255.255,0.0.0.0");
  ErmvpnRoute route;
  route.group = key.group;
  route.type = ErmvpnRoute::local_tree;
  route.router_id = us.router_id;
  const auto* path = world.best(world.table(name, Family::ermvpn), Nlri{route});
  ASSERT_TRUE(path);
  const auto& edges = path->attributes->edge_discovery;
  ASSERT_EQ(edges.size(), 3u);
  EXPECT_EQ(edges[0].address, agents[1].address.v4());
  EXPECT_EQ(edges[0].labels, (std::vector{LabelBlock{500, 500}}));
  EXPECT_EQ(edges[2], edges[0]);
}

TEST_F(Trees, are_joined_by_the_control_node_with_the_lowest_router_id) {
  join(agents[0]);
  local_tree("10.0.0.2", "10.0.5.1", 77);
  local_tree("10.0.0.3", "10.0.6.1", 88);
  const auto* own = world.routing.ermvpn().native(name, native(agents[0]));
  ASSERT_TRUE(own);
  EXPECT_THAT(own->links, ElementsAre(TreeLink{ip("10.0.5.1"), 77}, TreeLink{ip("10.0.6.1"), 88}));
  EXPECT_EQ(world.table(name, Family::ermvpn).counts(), (rib::Counts{7, 5, 2, 0}));
  // One with a lower id comes: building is its business, and ours is taken back.
  local_tree("9.9.9.9", "10.0.7.1", 99);
  EXPECT_EQ(world.table(name, Family::ermvpn).counts(), (rib::Counts{5, 2, 3, 0}));
  EXPECT_THAT(world.routing.ermvpn().native(name, native(agents[0]))->links, IsEmpty());
}

TEST_F(Trees, wait_for_all_who_speak_at_the_same_moment) {
  join(agents[0]);
  settle();  // nothing came of what it said itself
  EXPECT_FALSE(world.routing.next_timer());
  settle();
  const auto says = [&](std::uint32_t who) {
    say_local_tree(("10.0.0." + std::to_string(who)).c_str(),
                   ("10.0.5." + std::to_string(who)).c_str(), 70 + who);
    world.settle();
  };
  says(2);
  EXPECT_EQ(tree()->local.size(), 2u) << "the first is heard at once";
  for (std::uint32_t who = 3; who < 8; ++who) says(who);
  EXPECT_EQ(tree()->local.size(), 2u);
  EXPECT_EQ(world.routing.next_timer(), world.now + Ermvpn::hold);
  settle();
  EXPECT_EQ(tree()->local.size(), 7u);
}

TEST_F(Trees, are_told_to_who_was_away_while_they_waited) {
  join(agents[0]);
  join(agents[1]);
  world.routing.ermvpn().take_changes();
  const auto said = [&](bool there) {
    rib::Table& table = world.table(name, Family::ermvpn);
    Attributes attributes = world.agents(agents[1]);
    attributes.label_block = LabelBlock{100, 200};
    if (there)
      table.put({}, native(agents[1]), world.path(agents[1], attributes, 0));
    else
      table.remove({}, native(agents[1]), world.path(agents[1], {}).key);
    world.settle();
  };
  said(false);
  said(true);
  EXPECT_THAT(world.routing.ermvpn().take_changes(), IsEmpty()) << "the tree waits";
  settle();
  const auto changes = world.routing.ermvpn().take_changes();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].route.rd, native(agents[1]).rd);
}

TEST_F(Trees, that_wait_may_lose_all_members) {
  join(agents[0]);
  world.table(name, Family::ermvpn).remove({}, native(agents[0]), world.path(agents[0], {}).key);
  world.settle();
  EXPECT_TRUE(tree()) << "it was built this very moment";
  settle();
  EXPECT_FALSE(tree());
  settle();
  EXPECT_FALSE(world.routing.next_timer());
}

TEST_F(Trees, are_for_each_group_and_source) {
  join(agents[0]);
  ErmvpnRoute route = native(agents[0]);
  route.group = ip("225.0.0.1");
  Attributes attributes = world.agents(agents[0]);
  attributes.label_block = LabelBlock{100, 200};
  world.table(name, Family::ermvpn).put({}, route, world.path(agents[0], attributes, 0));
  settle();
  EXPECT_EQ(world.routing.ermvpn().trees(name)->size(), 2u);
  EXPECT_EQ(world.routing.ermvpn().native(name, route)->label, 101u);
}

TEST_F(Trees, tell_only_those_for_whom_something_is_new) {
  for (int i = 0; i < 5; ++i) join(agents[static_cast<std::size_t>(i)]);
  world.routing.ermvpn().take_changes();
  join(agents[5]);  // a child of the second
  std::vector<std::string> told;
  for (const auto& change : world.routing.ermvpn().take_changes())
    told.push_back(to_text(change.route.rd));
  EXPECT_THAT(told, ElementsAre(to_text(native(agents[1]).rd), to_text(native(agents[5]).rd)));
}

}  // namespace
}  // namespace tflab::vpn::test
