#include "control-core/rib/export.h"

#include <gtest/gtest.h>

namespace tflab::rib {
namespace {

const Speaker us{Asn{64512}, Ip4{1}, {}};
const Speaker reflector{Asn{64512}, Ip4{1}, Ip4{99}};

Peer peer_of(Peer::Kind kind, bool client = false) {
  Peer out;
  out.id = PeerId{5};
  out.kind = kind;
  out.router_id = Ip4{5};
  out.client = client;
  return out;
}
const Peer agent = peer_of(Peer::agent), internal = peer_of(Peer::ibgp);
const Peer client = peer_of(Peer::ibgp, true), external = peer_of(Peer::ebgp);

Audience inside(bool to_client = false) {
  Audience out;
  out.client = to_client;
  out.as = Asn{64512};
  return out;
}
Audience outside() {
  Audience out;
  out.internal = false;
  out.as = Asn{65001};
  return out;
}

Path path_of(const Peer& peer, Attributes attributes = {}) {
  Path out;
  out.peer = &peer;
  out.attributes = AttributePool{}.intern(std::move(attributes));
  return out;
}

TEST(Export, S59_one_internal_peer_is_not_told_what_another_said) {
  EXPECT_FALSE(exported(us, inside(), Family::inet_vpn, path_of(internal)));
  EXPECT_TRUE(exported(us, inside(), Family::inet_vpn, path_of(external)));
  EXPECT_TRUE(exported(us, inside(), Family::inet_vpn, path_of(agent)));
  EXPECT_TRUE(exported(us, outside(), Family::inet_vpn, path_of(internal)));
}

TEST(Export, S59_a_reflector_repeats_clients_to_all_and_others_to_clients) {
  EXPECT_TRUE(exported(reflector, inside(true), Family::inet_vpn, path_of(client)));
  EXPECT_TRUE(exported(reflector, inside(false), Family::inet_vpn, path_of(client)));
  EXPECT_TRUE(exported(reflector, inside(true), Family::inet_vpn, path_of(internal)));
  EXPECT_FALSE(exported(reflector, inside(false), Family::inet_vpn, path_of(internal)));
  const auto sent = exported(reflector, inside(true), Family::inet_vpn, path_of(internal));
  EXPECT_EQ(sent->originator_id, Ip4{5});
  EXPECT_EQ(sent->cluster_list, std::vector{Ip4{99}});
}

// RFC 4684 section 3.2. Otherwise the client whose own path is the best one takes it for a loop,
// and never sends what the others asked for (found by the swarm).
TEST(Export, to_clients_interest_in_a_target_is_the_reflectors_own) {
  const auto to_client = exported(reflector, inside(true), Family::route_target, path_of(client));
  EXPECT_EQ(to_client->originator_id, reflector.router_id);
  EXPECT_EQ(to_client->next_hop, IpAddr{reflector.router_id});
  const auto to_other = exported(reflector, inside(false), Family::route_target, path_of(client));
  EXPECT_EQ(to_other->originator_id, client.router_id);
}

TEST(Export, what_peers_want_of_targets_stays_here_where_interest_goes_one_hop) {
  Speaker one_hop = reflector;
  one_hop.passes_interest_on = false;
  const auto told = [&](const Speaker& who, Family family, const Peer& by) {
    return exported(who, inside(true), family, path_of(by)).has_value();
  };
  EXPECT_TRUE(told(reflector, Family::route_target, client));
  EXPECT_FALSE(told(one_hop, Family::route_target, client));
  EXPECT_FALSE(told(one_hop, Family::route_target, external));
  EXPECT_TRUE(told(one_hop, Family::route_target, agent));
  EXPECT_TRUE(told(one_hop, Family::inet_vpn, client));
}

TEST(Export, inside_the_as_there_is_always_a_local_preference) {
  EXPECT_EQ(exported(us, inside(), Family::inet_vpn, path_of(agent))->local_pref, 100u);
}

TEST(Export, S61_outside_our_as_is_prepended_and_inner_attributes_go) {
  Attributes attributes;
  attributes.local_pref = 200;
  attributes.med = 5;
  attributes.originator_id = Ip4{7};
  attributes.cluster_list = {Ip4{8}};
  attributes.next_hop = Ip4{77};
  auto sent = exported(us, outside(), Family::inet_vpn, path_of(agent, attributes));
  EXPECT_EQ(to_text(sent->as_path), "64512");
  EXPECT_FALSE(sent->local_pref || sent->originator_id);
  EXPECT_TRUE(sent->cluster_list.empty());
  EXPECT_EQ(sent->med, 5u);
  EXPECT_EQ(sent->next_hop, IpAddr{Ip4{77}});
  attributes.as_path.prepend(Asn{65009});
  sent = exported(us, outside(), Family::inet_vpn, path_of(external, attributes));
  EXPECT_FALSE(sent->med);
  EXPECT_EQ(to_text(sent->as_path), "64512 65009");
}

TEST(Export, nobody_gets_a_path_through_his_own_as) {
  Attributes attributes;
  attributes.as_path.prepend(Asn{65001});
  EXPECT_FALSE(exported(us, outside(), Family::inet_vpn, path_of(external, attributes)));
}

TEST(Export, S64_an_overridden_as_takes_its_own_routes_back) {
  Audience them = outside();
  them.rewriting.as_override = true;
  Attributes attributes;
  attributes.as_path.prepend(Asn{65001});
  const auto sent = exported(us, them, Family::inet_vpn, path_of(external, attributes));
  EXPECT_EQ(to_text(sent->as_path), "64512 64512");
}

TEST(Export, S63_private_numbers_go_before_ours_is_prepended) {
  Audience them = outside();
  Attributes attributes;
  for (std::uint32_t as : {65003u, 10u, 65002u}) attributes.as_path.prepend(Asn{as});
  const auto told = [&](PrivateAs what) {
    them.rewriting.private_as = what;
    return to_text(exported(us, them, Family::inet_vpn, path_of(external, attributes))->as_path);
  };
  EXPECT_EQ(told(PrivateAs::kept), "64512 65002 10 65003");
  EXPECT_EQ(told(PrivateAs::removed), "64512 10 65003");
  EXPECT_EQ(told(PrivateAs::all_removed), "64512 10");
  EXPECT_EQ(told(PrivateAs::all_replaced), "64512 64512 10 10");
}

TEST(Export, S52_a_sessions_encapsulations_replace_those_of_vpn_routes) {
  Audience them = inside();
  them.rewriting.encaps = {Encap::gre};
  Attributes attributes;
  attributes.ext_communities = {ExtCommunity::encapsulation(Encap::udp)};
  const auto told = [&](Family family) {
    return exported(us, them, family, path_of(agent, attributes))->encaps();
  };
  EXPECT_EQ(told(Family::inet_vpn), std::vector{Encap::gre});
  EXPECT_EQ(told(Family::evpn), std::vector{Encap::gre});
  EXPECT_EQ(told(Family::ermvpn), std::vector{Encap::udp});
  EXPECT_TRUE(told(Family::inet).empty());
}

TEST(Export, well_known_communities_keep_routes_home) {
  Attributes attributes;
  attributes.communities = {Community::no_export};
  EXPECT_TRUE(exported(us, inside(), Family::inet_vpn, path_of(agent, attributes)));
  EXPECT_FALSE(exported(us, outside(), Family::inet_vpn, path_of(agent, attributes)));
  attributes.communities = {Community::no_advertise};
  EXPECT_FALSE(exported(us, inside(), Family::inet_vpn, path_of(agent, attributes)));
}

TEST(Export, S67_stale_paths_say_so_to_those_who_know_and_are_the_last_resort_of_the_others) {
  Path path = path_of(agent);
  path.flags = llgr_stale;
  Audience knows = inside();
  knows.long_lived = true;
  const auto marked = exported(us, knows, Family::inet_vpn, path);
  EXPECT_EQ(marked->communities, std::vector{Community::llgr_stale});
  EXPECT_EQ(marked->local_pref, 100u);

  const auto last_resort = exported(us, inside(), Family::inet_vpn, path);
  EXPECT_EQ(last_resort->communities, std::vector{Community::no_export});
  EXPECT_EQ(last_resort->local_pref, 0u);

  Attributes said_by_another;
  said_by_another.communities = {Community::llgr_stale};
  EXPECT_EQ(
      exported(us, inside(), Family::inet_vpn, path_of(external, said_by_another))->communities,
      std::vector{Community::no_export});
  EXPECT_TRUE(exported(us, inside(), Family::route_target, path)->communities.empty());
}

TEST(Export, S66_infeasible_paths_stay) {
  Path path = path_of(agent);
  path.flags = no_tunnel_encap;
  EXPECT_FALSE(exported(us, inside(), Family::inet_vpn, path));
}

TEST(Export, plain_addresses_keep_no_vpn_mark_but_their_network) {
  Attributes attributes;
  attributes.ext_communities = {ExtCommunity::encapsulation(Encap::gre),
                                ExtCommunity::origin_vn(Asn{64512}, 4),
                                ExtCommunity::target(RouteTarget::as2(1, 2))};
  EXPECT_EQ(exported(us, inside(), Family::inet, path_of(agent, attributes))->ext_communities,
            std::vector{ExtCommunity::origin_vn(Asn{64512}, 4)});
  EXPECT_EQ(
      exported(us, inside(), Family::inet_vpn, path_of(agent, attributes))->ext_communities.size(),
      3u);
}

TEST(Export, only_targets_and_trees_get_our_own_next_hop) {
  Attributes attributes;
  attributes.next_hop = Ip4{77};
  for (Family family : {Family::route_target, Family::ermvpn})
    EXPECT_EQ(exported(us, inside(), family, path_of(agent, attributes))->next_hop, IpAddr{Ip4{1}});
  for (Family family : {Family::inet, Family::inet_vpn, Family::evpn})
    EXPECT_EQ(exported(us, inside(), family, path_of(agent, attributes))->next_hop,
              IpAddr{Ip4{77}});
}

TEST(Export, what_only_this_node_knows_is_not_in_the_set) {
  Attributes attributes;
  attributes.source_rd = RouteDistinguisher::as2(1, 2);
  attributes.sub_protocol = SubProtocol::interface;
  attributes.label_block = LabelBlock{1, 2};
  EXPECT_EQ(*exported(us, inside(), Family::inet_vpn, path_of(agent, attributes)),
            *exported(us, inside(), Family::inet_vpn, path_of(agent)));
}

}  // namespace
}  // namespace tflab::rib
