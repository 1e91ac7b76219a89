// Acceptance scenarios 77 to 87: multicast trees.

#include "tests/conformance/stage.h"

namespace tflab::test {
namespace {

const std::string blue_mcast = blue + ".ermvpn.0";

struct Trees : Stage {
  struct Member {
    FakeAgent* agent;
    LabelBlock block;
  };
  std::map<std::string, LabelBlock> blocks;  // by address

  void play(std::size_t count) {
    control_nodes(count);
    start_nodes();
  }
  FakeAgent& member(std::size_t node, const char* address, LabelBlock block) {
    FakeAgent& out = agent(node, address);
    out.subscribe(blue, 1);
    join(out, block);
    return out;
  }
  xmpp::MulticastItem flood(const FakeAgent& agent, LabelBlock block,
                            const char* group = "255.255.255.255") const {
    auto out = agent.flood(block.first, block.last);
    out.group = ip(group);
    return out;
  }
  void join(FakeAgent& agent, LabelBlock block, const char* group = "255.255.255.255") {
    blocks[to_text(agent.address())] = block;
    agent.publish(blue, flood(agent, block, group));
    settle();
  }
  const xmpp::MulticastItem* told(const FakeAgent& agent,
                                  const std::string& group = "255.255.255.255") const {
    return agent.item<xmpp::MulticastItem>(blue, Family::ermvpn,
                                           to_text(agent.address()) + ":1:" + group + ",0.0.0.0");
  }
  std::vector<std::string> neighbours(const FakeAgent& agent,
                                      const std::string& group = "255.255.255.255") const {
    std::vector<std::string> out;
    if (const auto* item = told(agent, group))
      for (const xmpp::NextHop& hop : item->olist) out.push_back(to_text(hop.address));
    return out;
  }
  // Every link is known at both ends with labels of their owners' blocks, every member reaches
  // every other, and there is no cycle.
  void expect_tree(const std::vector<FakeAgent*>& members, std::size_t most_links = 5) const {
    std::map<std::string, FakeAgent*> by_address;
    for (FakeAgent* each : members) by_address[to_text(each->address())] = each;
    std::size_t ends = 0;
    for (FakeAgent* each : members) {
      const auto* item = told(*each);
      ASSERT_TRUE(item) << to_text(each->address());
      EXPECT_LE(item->olist.size(), most_links);
      const LabelBlock own = blocks.at(to_text(each->address()));
      EXPECT_TRUE(item->source_label >= own.first && item->source_label <= own.last);
      for (const xmpp::NextHop& hop : item->olist) {
        ASSERT_TRUE(by_address.contains(to_text(hop.address)));
        const FakeAgent& other = *by_address[to_text(hop.address)];
        EXPECT_EQ(hop.label, told(other)->source_label);
        EXPECT_THAT(neighbours(other), Contains(to_text(each->address())));
        ++ends;
      }
    }
    EXPECT_EQ(ends, 2 * (members.size() - 1));
    std::set<std::string> reached{to_text(members[0]->address())};
    std::vector<FakeAgent*> todo{members[0]};
    while (!todo.empty()) {
      const FakeAgent& at = *todo.back();
      todo.pop_back();
      for (const std::string& next : neighbours(at))
        if (reached.insert(next).second) todo.push_back(by_address[next]);
    }
    EXPECT_EQ(reached.size(), members.size());
  }
};

TEST_F(Trees, S77_three_agents_on_one_control_node_are_a_tree_of_five_routes) {
  play(1);
  FakeAgent& a = member(0, "10.0.1.1", {1000, 1099});
  FakeAgent& b = member(0, "10.0.1.2", {2000, 2099});
  FakeAgent& c = member(0, "10.0.1.3", {3000, 3099});
  EXPECT_EQ(nodes[0]->counts(blue_mcast).substr(0, 1), "5");
  EXPECT_THAT(neighbours(a), UnorderedElementsAre("10.0.1.2", "10.0.1.3"));
  EXPECT_THAT(neighbours(b), ElementsAre("10.0.1.1"));
  EXPECT_THAT(neighbours(c), ElementsAre("10.0.1.1"));
  expect_tree({&a, &b, &c});
}

// The tree of the second group is without whoever has no second label.
TEST_F(Trees, S78_who_has_no_label_left_is_left_out_of_the_tree) {
  constexpr const char* first = "239.0.0.1";
  constexpr const char* second = "239.0.0.2";
  for (const std::size_t exhausted : {2u, 0u}) {
    nodes.clear();
    configs.clear();
    lab = Lab{};
    play(1);
    std::vector<FakeAgent*> all;
    for (std::size_t i = 0; i < 3; ++i) {
      const char* addresses[] = {"10.0.1.1", "10.0.1.2", "10.0.1.3"};
      FakeAgent& each = agent(0, addresses[i]);
      each.subscribe(blue, 1);
      all.push_back(&each);
    }
    for (const char* group : {first, second})
      for (std::size_t i = 0; i < 3; ++i) {
        const std::uint32_t from = static_cast<std::uint32_t>(1000 * (i + 1));
        join(*all[i], {from, i == exhausted ? from : from + 99}, group);
      }
    EXPECT_EQ(nodes[0]->counts(blue_mcast).substr(0, 2), "10");
    EXPECT_EQ(neighbours(*all[0], first).size(), 2u);
    std::vector<std::size_t> rest;
    for (std::size_t i = 0; i < 3; ++i)
      if (i != exhausted) rest.push_back(i);
    EXPECT_THAT(neighbours(*all[rest[0]], second), ElementsAre(to_text(all[rest[1]]->address())));
    EXPECT_THAT(neighbours(*all[rest[1]], second), ElementsAre(to_text(all[rest[0]]->address())));
    EXPECT_THAT(neighbours(*all[exhausted], second), IsEmpty());
  }
}

TEST_F(Trees, S79_the_tree_holds_all_who_are_there_while_agents_come_and_go) {
  play(1);
  static const auto addresses = [] {
    std::vector<std::string> out;
    for (int i = 0; i < 12; ++i) out.push_back("10.0.1." + std::to_string(i + 1));
    return out;
  }();
  std::vector<FakeAgent*> members;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto from = static_cast<std::uint32_t>(1000 * (i + 1));
    members.push_back(&member(0, addresses[i].c_str(), {from, from + 99}));
    expect_tree(members);
  }
  while (members.size() > 1) {
    FakeAgent& leaver = *members[members.size() / 2];
    leaver.retract(blue, flood(leaver, blocks[to_text(leaver.address())]));
    settle();
    std::erase(members, &leaver);
    expect_tree(members);
  }
}

TEST_F(Trees, S81_a_changed_label_block_is_known_at_both_ends_of_every_link) {
  play(1);
  FakeAgent& a = member(0, "10.0.1.1", {1000, 1099});
  FakeAgent& b = member(0, "10.0.1.2", {2000, 2099});
  FakeAgent& c = member(0, "10.0.1.3", {3000, 3099});
  for (FakeAgent* each : {&a, &b, &c}) {
    LabelBlock block = blocks[to_text(each->address())];
    join(*each, {block.first + 500, block.last + 500});
    expect_tree({&a, &b, &c});
  }
}

TEST_F(Trees, S82_two_control_nodes_with_an_agent_each) {
  play(2);
  FakeAgent& a = member(0, "10.0.1.1", {1000, 1099});
  FakeAgent& b = member(1, "10.0.1.2", {2000, 2099});
  settle();
  expect_tree({&a, &b});
  b.stop();
  settle();
  EXPECT_THAT(neighbours(a), IsEmpty());
}

TEST_F(Trees, S83_two_control_nodes_with_several_are_joined_by_one_link) {
  play(2);
  std::vector<FakeAgent*> left, right, all;
  for (const char* address : {"10.0.1.1", "10.0.1.2", "10.0.1.3"}) {
    const auto from = static_cast<std::uint32_t>(1000 * (all.size() + 1));
    all.push_back(&member(0, address, {from, from + 99}));
    left.push_back(all.back());
  }
  for (const char* address : {"10.0.2.1", "10.0.2.2", "10.0.2.3"}) {
    const auto from = static_cast<std::uint32_t>(1000 * (all.size() + 1));
    all.push_back(&member(1, address, {from, from + 99}));
    right.push_back(all.back());
  }
  settle();
  expect_tree(all);
  std::size_t across = 0;
  for (FakeAgent* each : left)
    for (const std::string& neighbour : neighbours(*each))
      across += neighbour.starts_with("10.0.2.") ? 1 : 0;
  EXPECT_EQ(across, 1u);
}

TEST_F(Trees, S84_trees_merge_split_and_merge_with_the_session_between_control_nodes) {
  play(2);
  FakeAgent& a = member(0, "10.0.1.1", {1000, 1099});
  FakeAgent& b = member(1, "10.0.1.2", {2000, 2099});
  settle();
  expect_tree({&a, &b});
  lab.cut(*nodes[0], *nodes[1]);
  lab.run_for(millis(20));
  EXPECT_THAT(neighbours(a), IsEmpty());
  EXPECT_THAT(neighbours(b), IsEmpty());
  lab.run_for(seconds(90));
  expect_tree({&a, &b});
}

TEST_F(Trees, S86_an_element_of_an_olist_has_the_encapsulations_of_the_neighbour_it_leads_to) {
  play(1);
  FakeAgent& a = agent(0, "10.0.1.1");
  FakeAgent& b = agent(0, "10.0.1.2");
  FakeAgent& c = agent(0, "10.0.1.3");
  const auto join_with = [&](FakeAgent& each, std::vector<Encap> encaps, std::uint32_t from) {
    each.subscribe(blue, 1);
    auto item = each.flood(from, from + 99);
    item.encaps = std::move(encaps);
    each.publish(blue, item);
    settle();
  };
  join_with(a, {Encap::gre, Encap::udp}, 1000);
  join_with(b, {Encap::gre}, 2000);
  join_with(c, {Encap::udp}, 3000);
  for (const xmpp::NextHop& hop : told(a)->olist)
    EXPECT_THAT(hop.encaps, ElementsAre(hop.address == b.address() ? Encap::gre : Encap::udp));
  for (FakeAgent* each : {&b, &c})
    EXPECT_THAT(told(*each)->olist[0].encaps, UnorderedElementsAre(Encap::gre, Encap::udp));
}

TEST_F(Trees, S87_a_join_before_the_network_is_there_is_honoured_later_and_one_taken_back_is_not) {
  play(1);
  const std::string green = "default-domain:demo:green:green";
  FakeAgent& a = agent(0, "10.0.1.1");
  FakeAgent& b = agent(0, "10.0.1.2");
  for (FakeAgent* each : {&a, &b}) {
    each->subscribe(green, 3);
    each->publish(green, each->flood(1000, 1099));
  }
  settle();
  b.unsubscribe(green, 3);
  settle();
  change([](config::Fabric& fabric) {
    fabric.networks.push_back(network_of("default-domain:demo:green", 6, "target:64512:6"));
  });
  EXPECT_EQ(nodes[0]->counts(green + ".ermvpn.0").substr(0, 1), "3");  // native, local, global
  EXPECT_TRUE(
      a.item<xmpp::MulticastItem>(green, Family::ermvpn, "10.0.1.1:3:255.255.255.255,0.0.0.0"));
}

}  // namespace
}  // namespace tflab::test
