// A table of routes holds what a map of destinations would, in less room.
#include "control-core/agent/route_table.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

namespace tflab::agent {
namespace {

constexpr Ip4 first_route{0x0a000000};

IpPrefix route_prefix(unsigned n) {
  return IpPrefix::host(Ip4{first_route.raw() + n});
}

struct PooledItems {
  xmpp::ItemPool pool;

  xmpp::SharedItem operator()(unsigned prefix, std::uint32_t label) {
    xmpp::UnicastItem item;
    item.prefix = route_prefix(prefix);
    item.next_hops = {{.address = Ip4{0xc0000201},
                       .mac = {},
                       .label = label,
                       .encaps = {},
                       .virtual_network = "red"}};
    return pool.intern(xmpp::Item{item});
  }
};

void expect_same_routes(const Destination& a, const Destination& b) {
  const Paths ours = a.paths(), theirs = b.paths();
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t n = 0; n < ours.size(); ++n) {
    EXPECT_EQ(ours[n].source, theirs[n].source);
    EXPECT_EQ(ours[n].stale, theirs[n].stale);
    EXPECT_EQ(ours[n].item, theirs[n].item);
    ASSERT_EQ(ours[n].forward == nullptr, theirs[n].forward == nullptr);
    if (ours[n].forward != nullptr) {
      EXPECT_EQ(*ours[n].forward, *theirs[n].forward);
    }
  }
  EXPECT_EQ(a.programmed, b.programmed);
}

TEST(RouteTable, holds_what_a_map_of_destinations_would) {
  constexpr unsigned prefixes = 40, steps = 20'000;
  PooledItems items;
  {
    RouteTable table{items.pool};
    std::map<IpPrefix, Destination> model;
    std::mt19937 random{1};
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    for (unsigned step = 0; step < steps; ++step) {
      const unsigned n = below(prefixes), what = below(8);
      const Source told = source_of_control_node(below(2));
      const xmpp::SharedItem item = items(n, 16 + below(2));
      const Forward forward{NexthopKey::arp(Ip4{1 + below(3)}), {}, 0};
      const std::array<std::optional<Destination::Programmed>, 3> outs{
          std::nullopt, Destination::Programmed{NexthopId{(1u << 20) - 1}, Label{0xfffff}, 0xf, {}},
          Destination::Programmed{NexthopId{7}, {}, vr::route_arp_proxy, Vni{0xffffff}}};
      const auto out = outs[below(3)];
      const auto change = [&](Destination& destination) {
        if (what < 4) destination.set(told, item);
        if (what == 4) destination.set(Source::local, forward);
        if (what == 5) destination.clear(below(2) != 0 ? told : Source::local);
        if (what == 6) destination.mark_stale(told);
        if (what == 7) destination.drop_stale(told);
        destination.programmed = destination.empty() ? std::nullopt : out;
      };
      const auto state = random;
      table.edit(route_prefix(n), change);
      random = state;  // the same once more
      change(model[route_prefix(n)]);
      std::erase_if(model, [](const auto& each) { return each.second.empty(); });

      ASSERT_EQ(table.size(), model.size());
      auto next = model.begin();
      table.each([&](const IpPrefix& prefix, const Destination& destination) {
        ASSERT_EQ(prefix, next->first);
        expect_same_routes(destination, next->second);
        ++next;
      });
      ASSERT_EQ(table.find(route_prefix(n)).has_value(), model.contains(route_prefix(n)));
    }
    EXPECT_GT(table.size(), 0u);
    model.clear();
    table.edit_all([](const IpPrefix&, Destination& destination) {
      destination.clear_all();
      destination.programmed.reset();
      return true;
    });
    EXPECT_EQ(table.size(), 0u);
    EXPECT_EQ(items.pool.size(), 0u) << "no share was forgotten";
    table.edit(route_prefix(1), [&](Destination& to) { to.set(Source::control_0, items(1, 16)); });
    EXPECT_EQ(items.pool.size(), 1u);
  }
  EXPECT_EQ(items.pool.size(), 0u) << "nor by the table that went";
}

TEST(RouteTable, of_what_both_control_nodes_say_the_second_changes_nothing) {
  PooledItems items;
  const auto item = items(1, 16), other = items(1, 17);
  Destination destination;
  EXPECT_FALSE(destination.repeats(Source::control_1, item));
  destination.set(Source::control_0, item);
  EXPECT_TRUE(destination.repeats(Source::control_1, item));
  EXPECT_FALSE(destination.repeats(Source::control_1, other));
  EXPECT_FALSE(destination.repeats(Source::control_0, item)) << "there is no other";
  destination.mark_stale(Source::control_0);
  EXPECT_FALSE(destination.repeats(Source::control_1, item)) << "the fresh one forwards now";
}

}  // namespace
}  // namespace tflab::agent
