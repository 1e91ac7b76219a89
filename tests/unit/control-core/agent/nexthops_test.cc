#include "control-core/agent/nexthops.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace tflab::agent {
namespace {

struct Fixture {
  explicit Fixture(std::optional<Ip4> gateway = {}) { underlay.gateway = gateway; }

  Underlay underlay{Ip4{0x0a000001}, 24, {}, Mac{{0x0e, 0, 0, 0, 0, 1}}};
  Outputs out;
  Neighbours neighbours{underlay, out};
  Nexthops nexthops{underlay, neighbours, out};

  std::vector<vr::Op> ops() {
    std::vector<vr::Op> ops;
    while (auto output = out.poll())
      if (auto* program = std::get_if<Program>(&*output)) ops.push_back(program->op);
    return ops;
  }
};

constexpr Ip4 far{0x0a000009};
constexpr Mac far_mac{{0x0e, 0, 0, 0, 0, 9}};

TEST(Nexthops, equal_ones_are_one_and_go_with_the_last_reference) {
  Fixture f;
  const auto key = NexthopKey::receive(host_vif);
  EXPECT_EQ(f.nexthops.acquire(key), NexthopId{1});
  EXPECT_EQ(f.nexthops.acquire(key), NexthopId{1});
  EXPECT_EQ(f.ops().size(), 1u);
  f.nexthops.release(NexthopId{1});
  EXPECT_TRUE(f.ops().empty());
  f.nexthops.release(NexthopId{1});
  EXPECT_EQ(f.ops(), std::vector<vr::Op>{vr::DeleteNexthop{NexthopId{1}}});
}

TEST(Nexthops, discard_is_the_built_in_one_and_costs_nothing) {
  Fixture f;
  EXPECT_EQ(f.nexthops.acquire(NexthopKey::discard()), NexthopId{});
  f.nexthops.release(NexthopId{});
  EXPECT_TRUE(f.ops().empty());
}

TEST(Nexthops, a_tunnel_drops_until_the_neighbour_is_known_and_is_replaced_in_place) {
  Fixture f;
  const auto id = f.nexthops.acquire(NexthopKey::tunnel(far, vr::nh_tunnel_gre));
  auto ops = f.ops();
  ASSERT_EQ(ops.size(), 1u);
  EXPECT_EQ(std::get<vr::SetNexthop>(ops[0]).type, vr::NexthopType::discard);

  f.neighbours.learn(Instant{}, far, far_mac);
  f.nexthops.neighbour_changed(far);
  ops = f.ops();
  ASSERT_EQ(ops.size(), 1u);
  const auto& tunnel = std::get<vr::SetNexthop>(ops[0]);
  EXPECT_EQ(tunnel.nexthop, id);
  EXPECT_EQ(tunnel.type, vr::NexthopType::tunnel);
  EXPECT_EQ(tunnel.flags, vr::nh_valid | vr::nh_tunnel_gre);
  EXPECT_EQ(tunnel.dst, far_mac);
  EXPECT_EQ(tunnel.src, f.underlay.mac);
  EXPECT_EQ(tunnel.out, fabric_vif);
}

TEST(Nexthops, a_neighbour_is_in_use_beyond_its_own_route) {
  Fixture f;
  EXPECT_FALSE(f.nexthops.uses(far, 0));
  f.nexthops.acquire(NexthopKey::arp(far));
  EXPECT_TRUE(f.nexthops.uses(far, 0));
  EXPECT_FALSE(f.nexthops.uses(far, 1));
  const auto tunnel = f.nexthops.acquire(NexthopKey::tunnel(far, vr::nh_tunnel_udp_mpls));
  EXPECT_TRUE(f.nexthops.uses(far, 1));
  f.nexthops.release(tunnel);
  EXPECT_FALSE(f.nexthops.uses(far, 1));
}

TEST(Nexthops, all_that_the_gateway_leads_to_gets_its_mac_and_no_other) {
  const Ip4 gateway{0x0a0000fe}, beyond{0x0b000001}, further{0x0b000002};
  Fixture f{gateway};
  f.nexthops.acquire(NexthopKey::tunnel(beyond, vr::nh_tunnel_udp_mpls));
  const auto gone = f.nexthops.acquire(NexthopKey::tunnel(further, vr::nh_tunnel_udp_mpls));
  f.nexthops.acquire(NexthopKey::tunnel(far, vr::nh_tunnel_udp_mpls));
  f.nexthops.acquire(NexthopKey::tunnel_to_router(further, far_mac));
  f.nexthops.acquire(NexthopKey::receive(host_vif));
  f.nexthops.acquire(NexthopKey::arp(gateway));
  f.nexthops.release(gone);
  f.ops();

  f.neighbours.learn(Instant{}, gateway, far_mac);
  f.nexthops.neighbour_changed(gateway);
  std::vector<NexthopId> told;
  for (const vr::Op& op : f.ops()) {
    EXPECT_EQ(std::get<vr::SetNexthop>(op).dst, far_mac);
    told.push_back(std::get<vr::SetNexthop>(op).nexthop);
  }
  EXPECT_EQ(told, (std::vector{NexthopId{1}, NexthopId{4}, NexthopId{6}}));
  EXPECT_TRUE(f.nexthops.uses(gateway, 1)) << "the tunnels do";
}

NexthopKey some_key(std::mt19937& random) {
  const Ip4 to{0x0a000002u + static_cast<std::uint32_t>(random() % 9)};
  switch (random() % 4) {
    case 0:
      return NexthopKey::tunnel(to, vr::nh_tunnel_gre);
    case 1:
      return NexthopKey::tunnel(to, vr::nh_tunnel_udp_mpls);
    case 2:
      return NexthopKey::tunnel_to_router(to, far_mac);
    default:
      return NexthopKey::interface(VifId{1}, VrfId{2}, far_mac, to.raw() % 2 == 0);
  }
}

// Random references against a plain count of them.
TEST(Nexthops, are_there_exactly_while_somebody_holds_them) {
  Fixture f;
  std::mt19937 random{7};
  std::map<NexthopKey, std::vector<NexthopId>> held;
  for (unsigned step = 0; step < 5000; ++step) {
    const auto key = some_key(random);
    if (random() % 2 == 0) {
      held[key].push_back(f.nexthops.acquire(key));
      EXPECT_EQ(held[key].back(), held[key].front());
    } else if (!held[key].empty()) {
      f.nexthops.release(held[key].back());
      held[key].pop_back();
    }
    for (const auto& [each, ids] : held) {
      ASSERT_EQ(f.nexthops.find(each).has_value(), !ids.empty());
      if (!ids.empty()) {
        ASSERT_EQ(f.nexthops.row(each)->references, ids.size());
      }
    }
  }
  f.nexthops.each([](const NexthopKey&, const Nexthops::Row& row) {
    EXPECT_LE(row.id.raw(), 29u);  // lowest free first
  });
}

}  // namespace
}  // namespace tflab::agent
