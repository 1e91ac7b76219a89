#include "control-core/rib/group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace tflab::rib {
namespace {

using testing::SizeIs;

Nlri key(std::uint32_t n) {
  return VpnRoute{RouteDistinguisher::as2(1, 1), IpPrefix::host(Ip4{n})};
}

struct GroupTest : testing::Test {
  Changed changed;
  AttributePool pool;
  Table targets{TableId{1}, Family::route_target, "bgp.rtarget.0", "m", changed};
  Table vpn{TableId{2}, Family::inet_vpn, "bgp.l3vpn.0", "m", changed};
  Peer agent, one, two;
  std::set<std::pair<PeerSet::Slot, RouteTarget>> wishes;
  bool wants(const Peer& peer, const Attributes& attributes) const {
    for (RouteTarget target : attributes.targets())
      if (wishes.contains({peer.slot, target})) return true;
    return false;
  }
  Group::Interested wanted = [this](const Attributes& attributes) {
    PeerSet out;
    for (const auto& [slot, target] : wishes)
      if (std::ranges::count(attributes.targets(), target) != 0) out.add(slot);
    return std::optional{out};
  };
  std::unique_ptr<Group> group;

  GroupTest() {
    agent.id = PeerId{1};
    one.id = PeerId{2};
    two.id = PeerId{3};
    one.slot = 2;
    two.slot = 3;
    one.kind = two.kind = Peer::ibgp;
    one.filtered = two.filtered = true;
    Audience audience;
    audience.families = {Family::inet_vpn, Family::route_target};
    group = std::make_unique<Group>(Speaker{Asn{1}, Ip4{1}, Ip4{1}}, audience,
                                    std::vector<Table*>{&vpn, &targets}, pool);
  }
  static RouteTarget rt(std::uint32_t n) { return RouteTarget::as2(1, n); }
  Path path(std::uint32_t target, std::uint32_t local_pref = 100) {
    Attributes attributes;
    attributes.local_pref = local_pref;
    attributes.ext_communities = {ExtCommunity::target(rt(target))};
    Path out;
    out.peer = &agent;
    out.key.peer = agent.id;
    out.key.source = Source::xmpp;
    out.attributes = pool.intern(attributes);
    return out;
  }
};

TEST_F(GroupTest, what_both_are_owed_is_one_batch) {
  group->join(one);
  group->join(two);
  group->open(one, Family::inet_vpn);
  group->open(two, Family::inet_vpn);
  group->drain(wanted);
  wishes = {{one.slot, rt(1)}, {two.slot, rt(1)}, {two.slot, rt(2)}};
  for (std::uint32_t i = 0; i < 10; ++i) vpn.put({}, key(i), path(1));
  vpn.put({}, key(20), path(2));
  const auto batches = group->drain(wanted);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].reached.size(), 10u);
  EXPECT_EQ(batches[0].members->size(), 2u);
  EXPECT_EQ(batches[1].reached.size(), 1u);
  EXPECT_EQ(batches[1].members->size(), 1u);
  EXPECT_TRUE(batches[1].members->has(two.slot));
}

TEST_F(GroupTest, route_targets_go_first_and_every_dump_ends) {
  group->join(one);
  wishes = {{one.slot, rt(1)}};
  vpn.put({}, key(1), path(1));
  targets.put({}, TargetRoute{Asn{1}, rt(1)}, path(1));
  group->open(one, Family::inet_vpn);
  group->open(one, Family::route_target);
  const auto batches = group->drain(wanted);
  ASSERT_EQ(batches.size(), 4u);
  EXPECT_EQ(batches[0].family, Family::route_target);
  EXPECT_TRUE(batches[1].end_of_rib());
  EXPECT_EQ(batches[2].family, Family::inet_vpn);
  EXPECT_TRUE(batches[3].end_of_rib());
  EXPECT_TRUE(group->drain(wanted).empty());
}

// RFC 4684 section 3.2 (found by the swarm): two reflectors' clients want the same target, and to
// one reflector the other's path is the better one.
TEST_F(GroupTest, who_is_no_client_is_told_of_a_clients_interest_though_anothers_is_better) {
  Peer client = two;
  client.id = PeerId{4};
  client.slot = 4;
  client.client = true;
  group->join(one);
  group->open(one, Family::route_target);
  group->drain(wanted);
  const auto said_by = [&](const Peer& peer, std::uint32_t local_pref) {
    Path out = path(1, local_pref);
    out.peer = &peer;
    out.key.peer = peer.id;
    out.key.source = Source::bgp;
    return out;
  };
  targets.put({}, TargetRoute{Asn{1}, rt(1)}, said_by(client, 100));
  targets.put({}, TargetRoute{Asn{1}, rt(1)}, said_by(two, 200));
  const auto batches = group->drain(wanted);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].attributes->originator_id, client.router_id);
  EXPECT_TRUE(batches[0].members->has(one.slot));
}

TEST_F(GroupTest, a_family_that_is_not_open_is_not_told) {
  group->join(one);
  wishes = {{one.slot, rt(1)}};
  vpn.put({}, key(1), path(1));
  EXPECT_TRUE(group->drain(wanted).empty());
}

TEST_F(GroupTest, who_contributed_the_best_path_does_not_get_it_back) {
  one.kind = Peer::ebgp;
  group->join(one);
  one.filtered = false;
  group->open(one, Family::inet_vpn);
  group->drain(wanted);
  Path own = path(1);
  own.peer = &one;
  vpn.put({}, key(1), own);
  EXPECT_TRUE(group->drain(wanted).empty());
}

// Found at 10,000 virtual routers: interests of others had each route withdrawn from who did not
// read, and told again afterwards.
TEST_F(GroupTest, who_is_held_forgets_only_what_is_no_longer_so) {
  group->join(one);
  group->open(one, Family::inet_vpn);
  wishes = {{one.slot, rt(1)}, {one.slot, rt(2)}};
  for (std::uint32_t i = 0; i < 3; ++i) vpn.put({}, key(i), path(1));
  vpn.put({}, key(3), path(2));
  group->drain(wanted);
  group->hold(one);
  vpn.touch_all();
  EXPECT_TRUE(group->drain(wanted).empty()) << "nothing has changed";
  vpn.put({}, key(0), path(1, 200));
  vpn.put({}, key(9), path(1));
  wishes.erase({one.slot, rt(2)});
  vpn.touch_all();
  const auto gone = group->drain(wanted);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_THAT(gone[0].withdrawn, SizeIs(2)) << "what is different, what is not wanted";
  group->open(one, Family::inet_vpn);
  std::size_t reached = 0;
  for (const Batch& batch : group->drain(wanted)) reached += batch.reached.size();
  EXPECT_EQ(reached, 2u) << "what is different, what is new";
}

// Members that apply what they are sent hold at the end exactly what they are owed.
TEST_F(GroupTest, members_hold_what_they_are_owed_after_any_operations) {
  std::mt19937 random{3};
  const auto pick = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  std::vector<Peer> peers(4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    peers[i].id = PeerId{10 + i};
    peers[i].slot = 60 + 3 * i;  // on both sides of a word's end
    peers[i].kind = Peer::ibgp;
    peers[i].filtered = i != 3;
  }
  std::set<std::size_t> in, paused;
  std::map<std::size_t, std::map<Nlri, std::pair<AttributesRef, std::uint32_t>>> held;
  const auto drain = [&] {
    for (const Batch& batch : group->drain(wanted))
      for (std::size_t peer : in) {
        if (!batch.members->has(peers[peer].slot)) continue;
        for (const Nlri* nlri : batch.withdrawn) ASSERT_EQ(held[peer].erase(*nlri), 1u);
        ASSERT_TRUE(batch.reached.empty() || !paused.contains(peer));
        for (const auto& route : batch.reached) {
          const std::pair said{batch.attributes, route.label};
          ASSERT_FALSE(held[peer].contains(*route.nlri) && held[peer][*route.nlri] == said);
          held[peer][*route.nlri] = said;
        }
      }
    vpn.forget();
  };
  for (int step = 0; step < 20000; ++step) {
    const auto peer = static_cast<std::size_t>(pick(4));
    switch (pick(9)) {
      case 0:
      case 1:
      case 2: {
        Path p = path(pick(3), 100 + pick(2));
        p.label = pick(2);
        vpn.put({}, key(pick(12)), p);
        break;
      }
      case 3:
        vpn.remove({}, key(pick(12)), path(1).key);
        break;
      case 4: {
        const std::pair wish{peers[peer].slot, rt(pick(3))};
        if (!wishes.erase(wish)) wishes.insert(wish);
        vpn.touch_all();  // the owner touches the dependents
        break;
      }
      case 5:
        if (pick(10) != 0) break;
        if (in.contains(peer)) {
          drain();
          group->leave(peers[peer]);
          in.erase(peer);
          paused.erase(peer);
          held.erase(peer);
        } else {
          in.insert(peer);
          group->join(peers[peer]);
          group->open(peers[peer], Family::inet_vpn);
        }
        break;
      case 6:
        if (!in.contains(peer)) break;
        if (paused.erase(peer)) {
          group->open(peers[peer], Family::inet_vpn);
        } else {
          paused.insert(peer);
          group->hold(peers[peer]);
        }
        break;
      default:
        drain();
    }
  }
  for (std::size_t peer : paused) group->open(peers[peer], Family::inet_vpn);
  paused.clear();
  drain();
  for (std::size_t peer : in) {
    std::size_t owed = 0;
    for (const auto& [nlri, destination] : vpn.rows()) {
      const Path* best = destination.best();
      if (!best || (peers[peer].filtered && !wants(peers[peer], *best->attributes))) continue;
      ++owed;
      ASSERT_TRUE(held[peer].contains(nlri));
      EXPECT_EQ(held[peer][nlri].first->ext_communities, best->attributes->ext_communities);
      EXPECT_EQ(held[peer][nlri].first->local_pref, best->attributes->local_pref);
      EXPECT_EQ(held[peer][nlri].second, best->label);
    }
    EXPECT_EQ(held[peer].size(), owed);
    EXPECT_EQ(group->told(peers[peer]), owed);
  }
}

}  // namespace
}  // namespace tflab::rib
