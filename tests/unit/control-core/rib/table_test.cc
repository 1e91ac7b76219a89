#include "control-core/rib/table.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "control-core/rib/best_path.h"
#include "control-core/types/intern.h"

namespace tflab::rib {
namespace {

Nlri key(std::uint32_t n) {
  return InetRoute{IpPrefix::host(Ip4{n})};
}

struct TableTest : testing::Test {
  Changed changed;
  AttributePool pool;
  Table table{TableId{1}, Family::inet, "t.inet.0", "t", changed};

  Path path(std::uint32_t peer, std::uint32_t local_pref, bool replicated = false,
            std::uint16_t flags = 0) {
    Attributes attributes;
    attributes.local_pref = local_pref;
    Path out;
    out.key.peer = PeerId{peer};
    out.key.source = Source::xmpp;
    if (replicated) out.key.primary = TableId{9};
    out.attributes = pool.intern(attributes);
    out.flags = flags;
    return out;
  }
};

TEST_F(TableTest, a_follower_meets_a_destination_once_however_often_it_changed) {
  const auto follower = table.follow();
  for (std::uint32_t i = 0; i < 100; ++i) table.put({}, key(1), path(1, i));
  table.put({}, key(2), path(1, 1));
  table.put({}, key(1), path(1, 5));
  EXPECT_EQ(table.next(follower)->first, key(2));
  EXPECT_EQ(table.next(follower)->first, key(1));
  EXPECT_EQ(table.next(follower), nullptr);
}

TEST_F(TableTest, a_path_that_says_nothing_new_is_no_change) {
  table.put(Instant{1}, key(1), path(1, 100));
  const auto follower = table.follow();
  table.put(Instant{2}, key(1), path(1, 100));
  EXPECT_EQ(table.next(follower), nullptr);
  EXPECT_EQ(table.find(key(1))->changed, Instant{1});
  EXPECT_EQ(table.find(key(1))->best()->changed, Instant{1});
}

TEST_F(TableTest, marking_paths_reorders_them_and_counts_them) {
  table.put({}, key(1), path(1, 200));
  table.put({}, key(1), path(2, 200));
  table.put({}, key(2), path(2, 200));
  const auto follower = table.follow();
  const auto of_first = [](const Path& p) { return p.key.peer == PeerId{1}; };
  table.mark_if(Instant{5}, of_first, llgr_stale);
  EXPECT_EQ(table.next(follower)->first, key(1));
  EXPECT_EQ(table.next(follower), nullptr);
  EXPECT_EQ(table.find(key(1))->best()->key.peer, PeerId{2});
  EXPECT_EQ(table.find(key(1))->paths.back().lost, Lost::llgr_stale);
  EXPECT_EQ(table.counts().llgr_stale, 1u);
  table.mark_if(Instant{6}, of_first, llgr_stale);
  EXPECT_EQ(table.next(follower), nullptr) << "already marked: nothing new";
  table.put({}, key(1), path(1, 200));
  EXPECT_EQ(table.counts().llgr_stale, 0u) << "said again: fresh";
  EXPECT_EQ(table.find(key(1))->equal_cost_paths(), 2u);
}

TEST_F(TableTest, a_peer_is_told_how_many_paths_of_its_stand_in_all_tables_without_copies) {
  Table other{TableId{2}, Family::inet, "u.inet.0", "u", changed};
  const Peer first, second;
  const auto from = [&](const Peer& peer, std::uint32_t id, bool replicated = false) {
    Path out = path(id, 100, replicated);
    out.peer = &peer;
    return out;
  };
  table.put({}, key(1), from(first, 1));
  table.put({}, key(1), from(second, 2));
  table.put({}, key(2), from(first, 1));
  other.put({}, key(3), from(first, 1));
  other.put({}, key(1), from(first, 1, true));
  EXPECT_EQ(first.primary_paths, 3u);
  EXPECT_EQ(second.primary_paths, 1u);
  table.mark_if(
      {}, [](const Path&) { return true; }, stale);
  table.put({}, key(2), path(1, 50));  // by the same key, and now of nobody
  EXPECT_EQ(first.primary_paths, 2u);
  table.remove_if({}, [](const Path& p) { return p.key.peer == PeerId{1}; });
  EXPECT_EQ(first.primary_paths, 1u);
  other.remove({}, key(3), from(first, 1).key);
  EXPECT_EQ(first.primary_paths, 0u);
  EXPECT_EQ(second.primary_paths, 1u);
}

TEST_F(TableTest, a_withdrawn_destination_stays_until_every_follower_knows) {
  const auto quick = table.follow(), slow = table.follow();
  table.put({}, key(1), path(1, 100));
  table.remove({}, key(1), path(1, 100).key);
  EXPECT_EQ(table.find(key(1)), nullptr);
  EXPECT_TRUE(table.next(quick)->second.paths.empty());
  table.forget();
  EXPECT_EQ(table.rows().size(), 1u);
  EXPECT_TRUE(table.next(slow)->second.paths.empty());
  table.forget();
  EXPECT_TRUE(table.rows().empty());
}

TEST_F(TableTest, a_follower_that_leaves_holds_nothing_back) {
  const auto one = table.follow(), gone = table.follow();
  table.put({}, key(1), path(1, 100));
  table.remove({}, key(1), path(1, 100).key);
  table.unfollow(gone);
  EXPECT_EQ(table.listeners(), 1u);
  while (table.next(one)) {
  }
  table.forget();
  EXPECT_TRUE(table.rows().empty());
}

TEST_F(TableTest, a_touch_shows_a_destination_again_and_changes_nothing) {
  table.put(Instant{1}, key(1), path(1, 100));
  const auto follower = table.follow();
  table.touch(key(1));
  table.touch(key(2));
  ASSERT_TRUE(table.next(follower));
  EXPECT_EQ(table.find(key(1))->changed, Instant{1});
  EXPECT_EQ(table.next(follower), nullptr);
}

TEST_F(TableTest, a_recheck_shows_a_destination_again_without_news) {
  table.put(Instant{1}, key(1), path(1, 100));
  const auto follower = table.follow();
  const auto& row = *table.rows().begin();
  EXPECT_TRUE(table.take_news(row));
  table.recheck(row);
  EXPECT_EQ(table.next(follower), &row);
  EXPECT_FALSE(table.take_news(row));
  table.recheck_all();
  table.touch(row);
  table.recheck(row);
  EXPECT_EQ(table.next(follower), &row) << "once, and what is news stays news";
  EXPECT_EQ(table.next(follower), nullptr);
  EXPECT_TRUE(table.take_news(row));
}

TEST_F(TableTest, changed_tables_are_named_once_and_in_order) {
  Table other{TableId{2}, Family::inet, "u.inet.0", "u", changed};
  other.put({}, key(1), path(1, 1));
  table.put({}, key(1), path(1, 1));
  other.put({}, key(2), path(1, 1));
  EXPECT_EQ(changed.take(), &other);
  EXPECT_EQ(changed.take(), &table);
  EXPECT_EQ(changed.take(), nullptr);
  other.put({}, key(3), path(1, 1));
  EXPECT_EQ(changed.take(), &other);
}

TEST_F(TableTest, counts_infeasible_paths_besides) {
  table.put({}, key(1), path(1, 100));
  table.put({}, key(1), path(2, 100, true));
  table.put({}, key(1), path(3, 100, false, as_path_looped));
  EXPECT_EQ(table.counts(), (Counts{1, 2, 1, 1}));
  EXPECT_EQ(table.counts().paths(), 3u);
  EXPECT_EQ(table.find(key(1))->equal_cost_paths(), 2u);
}

// Against a map of sets that keeps everything by brute force.
TEST_F(TableTest, agrees_with_a_naive_table_after_any_operations) {
  std::mt19937 random{7};
  std::map<Nlri, std::map<PathKey, Path>> naive;
  std::map<Nlri, std::vector<PathKey>> followed;  // what a follower has, from changes alone
  const auto follower = table.follow();
  const auto lazy = table.follow();
  for (int step = 0; step < 20000; ++step) {
    const Nlri nlri = key(static_cast<std::uint32_t>(random() % 20));
    const auto peer = static_cast<std::uint32_t>(random() % 5);
    Path path = this->path(peer, static_cast<std::uint32_t>(random() % 3), peer == 4,
                           random() % 5 == 0 ? as_path_looped : 0);
    if (random() % 3 == 0) {  // MEDs of two neighbours
      Attributes attributes = *path.attributes;
      attributes.as_path.prepend(Asn{static_cast<std::uint32_t>(1 + random() % 2)});
      attributes.med = static_cast<std::uint32_t>(random() % 3);
      path.attributes = pool.intern(attributes);
    }
    switch (random() % 8) {
      case 0:
      case 1:
      case 2:
        naive[nlri][path.key] = path;
        table.put({}, nlri, path);
        break;
      case 3:
      case 4:
        naive[nlri].erase(path.key);
        table.remove({}, nlri, path.key);
        break;
      case 5:
        if (random() % 50 == 0) {
          for (auto& [each, paths] : naive)
            std::erase_if(paths, [&](const auto& p) { return p.first.peer == PeerId{peer}; });
          table.remove_if({}, [&](const Path& p) { return p.key.peer == PeerId{peer}; });
        }
        break;
      case 6:
        table.touch(nlri);
        break;
      default:
        while (const auto* row = table.next(follower)) {
          followed[row->first].clear();
          for (const Path& each : row->second.paths) followed[row->first].push_back(each.key);
        }
        if (random() % 4 == 0)
          while (table.next(lazy)) {
          }
        table.forget();
    }
  }
  while (const auto* row = table.next(follower)) {
    followed[row->first].clear();
    for (const Path& each : row->second.paths) followed[row->first].push_back(each.key);
  }
  Counts counts;
  for (const auto& [nlri, paths] : naive) {
    const Destination* destination = table.find(nlri);
    ASSERT_EQ(destination != nullptr, !paths.empty());
    if (paths.empty()) continue;
    ++counts.prefixes;
    ASSERT_EQ(destination->paths.size(), paths.size());
    std::set<PathKey> keys;
    for (const Path& each : destination->paths) {
      keys.insert(each.key);
      ASSERT_EQ(each.attributes, paths.at(each.key).attributes);
      ASSERT_EQ(each.flags, paths.at(each.key).flags);
      (each.replicated() ? counts.secondary : counts.primary) += 1;
      counts.infeasible += each.feasible() ? 0 : 1;
    }
    ASSERT_EQ(keys.size(), paths.size());
    // Arrivals and losses one by one leave the order that ranking all at once gives.
    std::vector<Path> ranked(destination->paths.begin(), destination->paths.end());
    rank(ranked);
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      ASSERT_EQ(ranked[i].key, destination->paths[i].key);
      ASSERT_EQ(ranked[i].lost, destination->paths[i].lost);
    }
    std::vector<PathKey> in_order;
    for (const Path& each : destination->paths) in_order.push_back(each.key);
    ASSERT_EQ(followed[nlri], in_order);
  }
  EXPECT_EQ(table.counts(), counts);
}

}  // namespace
}  // namespace tflab::rib
