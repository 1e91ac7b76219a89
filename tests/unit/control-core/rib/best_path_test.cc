#include "control-core/rib/best_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tflab::rib {
namespace {

Peer peer_of(Peer::Kind kind, std::uint32_t id) {
  Peer out;
  out.id = PeerId{id};
  out.kind = kind;
  out.address = Ip4{id};
  out.router_id = Ip4{id};
  return out;
}

const Peer agent = peer_of(Peer::agent, 10), other_agent = peer_of(Peer::agent, 20);
const Peer inside = peer_of(Peer::ibgp, 30), outside = peer_of(Peer::ebgp, 40);

AsPath through(std::vector<std::uint32_t> asns) {
  AsPath out;
  for (auto at = asns.rbegin(); at != asns.rend(); ++at) out.prepend(Asn{*at});
  return out;
}

// A path that differs from `agent_path()` in one thing at a time.
struct Made {
  Attributes attributes;
  Path path;
  Path done() const {
    Path out = path;
    out.attributes = AttributePool{}.intern(attributes);
    return out;
  }
};

Made from(const Peer* peer, Source source) {
  Made out;
  out.path.peer = peer;
  out.path.key.peer = peer ? peer->id : PeerId{};
  out.path.key.source = source;
  return out;
}
Made agent_path() {
  return from(&agent, Source::xmpp);
}
Made worse_peer() {
  return from(&other_agent, Source::xmpp);
}

// Each rule alone decides, though every later rule would decide the other way: the better path has
// the higher peer address and router id.
void expect_decides(const Made& better, const Made& worse, Lost rule) {
  EXPECT_EQ(why_worse(better.done(), worse.done()), rule) << to_text(rule);
  EXPECT_EQ(why_worse(worse.done(), better.done()), Lost::none) << to_text(rule);
  std::vector<Path> paths = {worse.done(), better.done()};
  rank(paths);
  EXPECT_EQ(paths[0].lost, Lost::none);
  EXPECT_EQ(paths[1].lost, rule);
}

TEST(BestPath, prefers_what_is_feasible) {
  Made worse = agent_path();
  worse.attributes.local_pref = 500;
  worse.path.flags = as_path_looped;
  expect_decides(worse_peer(), worse, Lost::infeasible);
}

TEST(BestPath, then_the_higher_local_preference_of_which_none_is_a_hundred) {
  Made worse = agent_path();
  worse.attributes.local_pref = 99;
  expect_decides(worse_peer(), worse, Lost::local_pref);
  worse.attributes.local_pref = 100;
  EXPECT_NE(why_worse(worse_peer().done(), worse.done()), Lost::local_pref);
}

TEST(BestPath, then_the_root_of_an_e_tree) {
  Made worse = agent_path();
  worse.attributes.ext_communities = {ExtCommunity::etree(true, 0)};
  expect_decides(worse_peer(), worse, Lost::etree_leaf);
}

TEST(BestPath, then_the_mac_that_may_not_move) {
  Made better = worse_peer(), worse = agent_path();
  better.attributes.ext_communities = {ExtCommunity::mac_mobility(true, 1)};
  worse.attributes.ext_communities = {ExtCommunity::mac_mobility(false, 9)};
  expect_decides(better, worse, Lost::not_sticky);
}

TEST(BestPath, then_the_one_that_moved_last) {
  Made better = worse_peer(), worse = agent_path();
  better.attributes.ext_communities = {ExtCommunity::mac_mobility(false, 2)};
  worse.attributes.ext_communities = {ExtCommunity::mac_mobility(false, 1)};
  expect_decides(better, worse, Lost::sequence);
  worse.attributes.ext_communities.clear();
  expect_decides(better, worse, Lost::sequence);
}

TEST(BestPath, then_what_is_not_long_lived_stale) {
  Made worse = agent_path();
  worse.attributes.communities = {Community::llgr_stale};
  expect_decides(worse_peer(), worse, Lost::llgr_stale);
  worse.attributes.communities.clear();
  worse.path.flags = llgr_stale;
  expect_decides(worse_peer(), worse, Lost::llgr_stale);
}

TEST(BestPath, then_the_shorter_as_path) {
  Made better = worse_peer(), worse = agent_path();
  worse.attributes.as_path = through({65001});
  expect_decides(better, worse, Lost::as_path);
  // ... unless both went through service chains.
  better.attributes.origin_vn_path =
      worse.attributes.origin_vn_path = {ExtCommunity::origin_vn(Asn{1}, 2)};
  EXPECT_EQ(why_worse(better.done(), worse.done()), Lost::service_chain_as_path);
}

TEST(BestPath, then_the_lower_origin) {
  Made worse = agent_path();
  worse.attributes.origin = Origin::incomplete;
  expect_decides(worse_peer(), worse, Lost::origin);
}

TEST(BestPath, then_the_lower_med_of_the_same_neighbour) {
  Made better = worse_peer(), worse = agent_path();
  worse.attributes.med = 7;
  EXPECT_NE(why_worse(better.done(), worse.done()), Lost::med);  // no neighbour AS at all
  better.attributes.as_path = worse.attributes.as_path = through({65001});
  expect_decides(better, worse, Lost::med);
  worse.attributes.as_path = through({65002});
  EXPECT_NE(why_worse(better.done(), worse.done()), Lost::med);
}

TEST(BestPath, then_what_is_not_aliased) {
  Made worse = agent_path();
  worse.path.flags = aliased_path;
  expect_decides(worse_peer(), worse, Lost::aliased);
}

TEST(BestPath, then_what_was_made_here) {
  expect_decides(from(nullptr, Source::service_chain), agent_path(), Lost::not_local);
}

TEST(BestPath, then_the_source) {
  expect_decides(from(nullptr, Source::local), from(nullptr, Source::aggregate), Lost::source);
  EXPECT_EQ(why_worse(agent_path().done(), from(&inside, Source::bgp).done()), Lost::not_xmpp);
}

TEST(BestPath, then_the_lower_id_of_local_paths) {
  Made better = from(nullptr, Source::local), worse = better;
  better.path.key.path_id = 1;
  worse.path.key.path_id = 2;
  expect_decides(better, worse, Lost::local_path_id);
}

TEST(BestPath, then_agents_before_routers) {
  Made better = worse_peer();
  better.path.key.path_id = 9;
  expect_decides(better, from(&outside, Source::bgp), Lost::not_xmpp);
}

TEST(BestPath, then_external_before_internal) {
  Made better = from(&outside, Source::bgp);
  better.path.key.path_id = 9;
  expect_decides(better, from(&inside, Source::bgp), Lost::not_ebgp);
}

TEST(BestPath, then_the_lower_path_id) {
  Made better = worse_peer(), worse = agent_path();
  worse.path.key.path_id = 1;
  expect_decides(better, worse, Lost::path_id);
}

TEST(BestPath, then_the_lower_router_id_where_an_originator_stands_for_it) {
  Made better = worse_peer(), worse = agent_path();
  better.attributes.originator_id = Ip4{1};
  expect_decides(better, worse, Lost::router_id);
}

TEST(BestPath, then_the_shorter_cluster_list) {
  Made better = worse_peer(), worse = agent_path();
  better.attributes.originator_id = worse.attributes.originator_id = Ip4{1};
  worse.attributes.cluster_list = {Ip4{1}};
  expect_decides(better, worse, Lost::cluster_list);
}

TEST(BestPath, then_the_lower_peer_address) {
  Made better = agent_path(), worse = worse_peer();
  better.attributes.originator_id = worse.attributes.originator_id = Ip4{1};
  expect_decides(better, worse, Lost::peer);
}

TEST(BestPath, equal_cost_ends_where_med_does) {
  Made one = agent_path(), other = worse_peer();
  EXPECT_TRUE(equal_cost(one.done(), other.done()));
  EXPECT_TRUE(equal_cost(one.done(), from(&inside, Source::bgp).done()));
  other.attributes.origin = Origin::incomplete;
  EXPECT_FALSE(equal_cost(one.done(), other.done()));
}

// MED makes preference intransitive; the answer must still not depend on who came first.
TEST(BestPath, does_not_depend_on_the_order_of_arrival) {
  std::mt19937 random{1};
  const auto pick = [&](std::uint32_t n) {
    return std::uint32_t{static_cast<std::uint32_t>(random() % n)};
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<Peer> peers;
    for (std::uint32_t i = 0; i < 6; ++i)
      peers.push_back(peer_of(pick(2) != 0 ? Peer::ebgp : Peer::ibgp, i + 1));
    std::vector<Path> paths;
    for (const Peer& peer : peers) {
      Made made = from(&peer, Source::bgp);
      made.attributes.as_path = through({65001 + pick(2)});
      made.attributes.med = pick(3);
      made.attributes.local_pref = 100 + pick(2);
      made.path.key.path_id = pick(3);
      paths.push_back(made.done());
    }
    std::vector<Path> first = paths;
    rank(first);
    for (int shuffle = 0; shuffle < 5; ++shuffle) {
      std::ranges::shuffle(paths, random);
      std::vector<Path> again = paths;
      rank(again);
      for (std::size_t i = 0; i < first.size(); ++i) {
        ASSERT_EQ(again[i].key, first[i].key);
        ASSERT_EQ(again[i].lost, first[i].lost);
      }
    }
  }
}

}  // namespace
}  // namespace tflab::rib
