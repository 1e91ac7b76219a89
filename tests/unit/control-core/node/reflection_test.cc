// A route reflector passes on what it does not use itself.

#include "control-core/types/rd.h"
#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

const std::vector<Family> evpn_only = {Family::evpn};

config::ControlNode reflector() {
  config::ControlNode out = article_node("10.0.0.1");
  out.cluster_id = ip("10.0.0.1");
  for (const char* address : {"10.0.0.8", "10.0.0.9"}) {
    config::BgpPeer client;
    client.name = address;
    client.address = ip(address);
    client.as = Asn{64512};
    client.families = evpn_only;
    client.passive = client.route_reflector_client = true;
    out.peers.push_back(client);
  }
  return out;
}

// RFC 7432 section 7.2, RFC 9135 section 5.1: no part of the key, and not the reflector's business.
TEST(Reflection, a_mac_address_keeps_its_segment_and_its_second_label) {
  Lab lab;
  Node& node = lab.add<Node>(reflector());
  Router& from = lab.add<Router>("10.0.0.8", ip("10.0.0.1"), evpn_only);
  Router& to = lab.add<Router>("10.0.0.9", ip("10.0.0.1"), evpn_only);
  for (Host* host : std::initializer_list<Host*>{&node, &from, &to}) lab.start(*host);
  lab.run_for(seconds(10));

  EvpnRoute mac;
  mac.rd = *parse_rd("10.0.0.8:1");
  mac.mac = Mac{{2, 0, 0, 0, 0, 1}};
  mac.ip = ip("10.1.0.3");
  bgp::Reach said{mac, 20, 30, Esi{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}};
  const auto say = [&] {
    Attributes attributes;
    attributes.local_pref = 100;
    attributes.next_hop = ip("10.0.0.8");
    bgp::Update update;
    update.family = Family::evpn;
    update.attributes = from.pool_.intern(std::move(attributes));
    update.reach = {said};
    from.send(update);
    lab.run_for(seconds(1));
  };
  say();
  const std::pair key{Family::evpn, to_text(Nlri{mac})};
  ASSERT_TRUE(to.routes.contains(key));
  EXPECT_EQ(to.routes[key], said);

  said.l3_label = 31;  // and nothing else
  say();
  EXPECT_EQ(to.routes[key], said);
  said.l3_label = 0;
  said.esi = {};
  say();
  EXPECT_EQ(to.routes[key], said);
}

}  // namespace
}  // namespace tflab::test
