#include "control-core/agent/path.h"

#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/control-core/agent/lab.h"

namespace tflab::agent {
namespace {

using Kind = NexthopKey::Kind;

struct Fixture {
  Underlay underlay{ip4("10.0.0.1"), 24, ip4("10.0.0.254"), Mac{}};
  Outputs out;
  Neighbours neighbours{underlay, out};
  Nexthops nexthops{underlay, neighbours, out};
  Labels labels{nexthops, out};
  std::vector<Encap> encaps{Encap::udp, Encap::gre, Encap::vxlan};
  PathContext context{underlay, encaps, labels};

  std::optional<Forward> to(const char* next_hop, unsigned label, std::vector<Encap> offered,
                            unsigned vrf = 2) {
    const auto route = item("10.1.0.1/32", next_hop, label, std::move(offered));
    return forward_to(route.next_hops[0], VrfId{static_cast<std::uint16_t>(vrf)}, context);
  }
};

TEST(ForwardTo, takes_our_first_preference_among_what_is_offered) {
  Fixture f;
  EXPECT_EQ(f.to("10.0.0.2", 20, {Encap::gre, Encap::udp})->nexthop,
            NexthopKey::tunnel(ip4("10.0.0.2"), vr::nh_tunnel_udp_mpls));
  EXPECT_EQ(f.to("10.0.0.2", 20, {Encap::gre})->nexthop.encap, vr::nh_tunnel_gre);
  EXPECT_EQ(f.to("10.0.0.2", 20, {})->nexthop.encap, vr::nh_tunnel_gre);
  EXPECT_EQ(f.to("10.0.0.2", 20, {Encap::gre, Encap::udp, Encap::native})->nexthop.kind,
            Kind::tunnel);
  f.encaps = {Encap::vxlan};
  EXPECT_EQ(f.to("10.0.0.2", 20, {Encap::udp})->nexthop.encap, vr::nh_tunnel_udp_mpls);
}

TEST(ForwardTo, needs_a_label_and_a_tunnel_that_carries_mpls) {
  Fixture f;
  EXPECT_FALSE(f.to("10.0.0.2", 0, {Encap::gre}));
  EXPECT_FALSE(f.to("10.0.0.2", 1u << 20, {Encap::gre}));
  EXPECT_FALSE(f.to("10.0.0.2", 20, {Encap::vxlan}));
  EXPECT_FALSE(f.to("0.0.0.0", 20, {Encap::gre}));
}

TEST(ForwardTo, goes_natively_in_the_fabric_and_when_nothing_else_is_offered) {
  Fixture f;
  EXPECT_EQ(f.to("10.0.0.2", 0, {Encap::native}, 0)->nexthop, NexthopKey::arp(ip4("10.0.0.2")));
  EXPECT_EQ(f.to("10.0.0.2", 0, {}, 0)->nexthop, NexthopKey::arp(ip4("10.0.0.2")));
  EXPECT_EQ(f.to("192.0.2.9", 0, {Encap::native}, 0)->nexthop, NexthopKey::arp(ip4("10.0.0.254")));
  EXPECT_EQ(f.to("10.0.0.2", 30, {Encap::native})->nexthop.kind, Kind::arp);
}

TEST(ForwardTo, our_own_address_is_where_the_label_leads_or_nowhere) {
  Fixture f;
  EXPECT_FALSE(f.to("10.0.0.1", 16, {Encap::gre}));
  f.labels.bind(Label{16}, NexthopKey::receive(host_vif));
  EXPECT_EQ(f.to("10.0.0.1", 16, {Encap::gre})->nexthop, NexthopKey::receive(host_vif));
  EXPECT_FALSE(f.to("10.0.0.1", 0, {Encap::native}, 0));
}

TEST(BestPath, prefers_sources_then_freshness_then_preference_then_place) {
  Fixture f;
  std::deque<xmpp::UnicastItem> routes;
  const auto said = [&](Source source, unsigned label, unsigned preference, bool stale) {
    auto& route = routes.emplace_back(item("10.1.0.1/32", "10.0.0.2", label));
    route.local_preference = preference;
    return path_by(source, route, stale);
  };
  const auto best = [&](const Paths& paths) { return best_path(paths, VrfId{2}, f.context)->path; };
  const Forward here{NexthopKey::receive(host_vif), {}, 0}, nowhere{NexthopKey::discard(), {}, 0};
  const Path local = path_by(Source::local, here), fixed = path_by(Source::fixed, nowhere);
  const Path first = said(Source::control_0, 20, 100, false);
  EXPECT_EQ(best({local, first, fixed}), 0u);
  EXPECT_EQ(best({first, fixed}), 0u);
  EXPECT_EQ(best({first, said(Source::control_1, 21, 100, false), fixed}), 0u);
  EXPECT_EQ(best({first, said(Source::control_1, 21, 200, false), fixed}), 1u);
  EXPECT_EQ(best({first, said(Source::control_1, 21, 200, true), fixed}), 0u);
  EXPECT_EQ(best({said(Source::control_0, 20, 200, true), said(Source::control_1, 21, 100, true)}),
            0u);
  EXPECT_EQ(best({said(Source::control_0, 0, 200, false), fixed}), 1u) << "one that leads nowhere";
}

TEST(BestPath, an_items_usable_next_hops_are_chosen_among) {
  Fixture f;
  auto route = item("10.1.0.1/32", "10.0.0.2", 0);
  route.next_hops.push_back(item("10.1.0.1/32", "10.0.0.3", 21).next_hops[0]);
  route.next_hops.push_back(item("10.1.0.1/32", "10.0.0.4", 22).next_hops[0]);
  const Path path = path_by(Source::control_0, route);
  EXPECT_EQ(forward_of(path, VrfId{2}, f.context)->nexthop,
            NexthopKey::ecmp(VrfId{2}, prefix("10.1.0.1/32"), all_hash_fields));
  const auto ways = forwards_of(path, VrfId{2}, f.context);
  ASSERT_EQ(ways.size(), 2u) << "a label of 0 leads nowhere";
  EXPECT_EQ(ways[0].nexthop.ip, ip4("10.0.0.3"));
  EXPECT_EQ(ways[1].label, Label{22});
  route.next_hops.pop_back();
  const Path one = path_by(Source::control_0, route);
  EXPECT_EQ(forward_of(one, VrfId{2}, f.context)->nexthop.ip, ip4("10.0.0.3"));
}

}  // namespace
}  // namespace tflab::agent
