// Packets that leave the node in a tunnel or come out of one.

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {
namespace {

class Tunnel : public Node {
protected:
  dsl::Pkt outer() const { return pkt().eth(peer_mac, node_mac).ip4(node_ip, peer_ip); }
  dsl::Pkt arriving() const { return pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip); }
  static Frame inner(const std::string& src, const std::string& dst, int ttl) {
    return pkt().ip4(src, dst).ttl(ttl).echo().payload(20);
  }
  std::uint16_t source_port() const {
    const auto& o = node.sent().at(0).frame.octets;
    return static_cast<std::uint16_t>(std::to_integer<int>(o[34]) << 8 |
                                      std::to_integer<int>(o[35]));
  }
};

TEST_F(Tunnel, mpls_over_udp_goes_around_the_packet_octet_by_octet) {
  node.receives(vm1, from_vm1(remote_ip));
  ASSERT_EQ(node.sent().size(), 1u);
  const auto port = source_port();
  EXPECT_GE(port, 49152);
  const Frame out =
      outer().id(0).udp(port, 6635).mpls(1000).ttl(63).inner(inner(vm1_ip, remote_ip, 63));
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, out)));
  EXPECT_EQ(node.moved(),
            Moves().rx(vm1, from_vm1(remote_ip)).tx(eth0, out).vrf(red, "udp_mpls_tunnels"));
}

TEST_F(Tunnel, mpls_over_gre_goes_around_the_packet_octet_by_octet) {
  node.receives(vm1, from_vm1(remote_gre_ip, 9));
  const Frame out = outer().id(0).gre().mpls(2000).ttl(8).inner(inner(vm1_ip, remote_gre_ip, 8));
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, out)));
  EXPECT_EQ(node.moved(),
            Moves().rx(vm1, from_vm1(remote_gre_ip)).tx(eth0, out).vrf(red, "gre_mpls_tunnels"));
}

TEST_F(Tunnel, carries_ipv6_with_its_hop_limit_on_the_label) {
  node.receives(vm1, pkt().eth(vr_mac, vm1_mac).ip6("fd00::1", "fd00::10").ttl(33).tcp(5, 6));
  const Frame in = pkt().ip6("fd00::1", "fd00::10").ttl(33).tcp(5, 6);
  const Frame out = outer().id(0).udp(source_port(), 6635).mpls(1000).ttl(33).inner(in);
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, out)));
}

TEST_F(Tunnel, outer_packets_are_numbered) {
  for (int id = 0; id < 3; ++id) {
    node.receives(vm1, from_vm1(remote_gre_ip));
    const Frame out =
        outer().id(id).gre().mpls(2000).ttl(63).inner(inner(vm1_ip, remote_gre_ip, 63));
    EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, out)));
  }
}

TEST_F(Tunnel, the_source_port_belongs_to_the_flow) {
  const auto port_of = [&](std::uint16_t src_port, int fragment) {
    node.receives(vm1, pkt()
                           .eth(vr_mac, vm1_mac)
                           .ip4(vm1_ip, remote_ip)
                           .fragment(fragment)
                           .udp(src_port, 53)
                           .payload(30));
    return source_port();
  };
  EXPECT_EQ(port_of(1000, 0), port_of(1000, 0));
  EXPECT_NE(port_of(1000, 0), port_of(1001, 0));
  // All fragments of a datagram take one way, whether or not they carry the ports.
  EXPECT_EQ(port_of(1000, 0x2000), port_of(1001, 0x0005));
  std::map<bool, int> upper_half;
  for (std::uint16_t i = 0; i < 1000; ++i) ++upper_half[port_of(i, 0) >= 49152 + 8192];
  EXPECT_NEAR(upper_half[true], 500, 60);
}

TEST_F(Tunnel, the_source_port_tells_vrfs_apart) {
  route(blue, "0.0.0.0/0", by_udp, 7);
  vif(vm3, VifType::virt, 0, blue, vr_mac, vm3_ip);
  int differ = 0;
  for (std::uint16_t port = 0; port < 8; ++port) {
    const Frame in = pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, remote_ip).udp(port, 53);
    node.receives(vm1, in);
    const auto in_red = source_port();
    node.receives(vm3, in);
    differ += in_red != source_port();
  }
  EXPECT_GE(differ, 7);
}

TEST_F(Tunnel, without_a_label_cannot_be_used) {
  route(red, "10.47.255.12/32", by_udp, -1);
  node.receives(vm1, from_vm1("10.47.255.12"));
  EXPECT_EQ(node.moved(), Moves().rx(vm1, from_vm1("10.47.255.12")).drop(vm1, Drop::invalid_label));
}

TEST_F(Tunnel, needs_headroom) {
  const Frame in = from_vm1(remote_ip);
  node.receives(vm1, in, 31);  // Ethernet 14 + IPv4 20 + UDP 8 + label 4, less the 14 that go
  EXPECT_THAT(node.sent(), IsEmpty());
  EXPECT_EQ(node.moved(), Moves().rx(vm1, in).vrf(red, "udp_mpls_tunnels").drop(vm1, Drop::push));
  node.receives(vm1, in, 32);
  EXPECT_EQ(node.sent().size(), 1u);
}

TEST_F(Tunnel, a_label_leads_to_the_vm_and_the_packet_inside_is_not_touched) {
  for (std::uint16_t port : {6635, 51234}) {
    const Frame in =
        arriving().udp(60000, port).mpls(25).ttl(40).inner(inner(remote_ip, vm1_ip, 63));
    node.receives(eth0, in);
    const Frame out = ping(vm1_mac, vr_mac, remote_ip, vm1_ip, 63);
    EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, out)));
    EXPECT_EQ(node.moved(), Moves().rx(eth0, in).tx(vm1, out).vrf(red, "encaps"));
  }
}

TEST_F(Tunnel, gre_may_carry_a_checksum_and_a_key) {
  const Frame body = pkt().mpls(25).ttl(40).inner(inner(remote_ip, vm1_ip, 1));
  const Frame out = ping(vm1_mac, vr_mac, remote_ip, vm1_ip, 1);
  node.receives(eth0, arriving().gre().type(0x8847).inner(body));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, out)));
  for (int flags : {0x8000, 0x2000}) {
    node.receives(
        eth0, arriving().gre().type(0x8847).fragment(flags).inner({dsl::Octets(4)}).inner(body));
    EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, out))) << flags;
  }
  node.receives(eth0,
                arriving().gre().type(0x8847).fragment(0xa000).inner({dsl::Octets(8)}).inner(body));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, out)));
}

TEST_F(Tunnel, carries_ipv6_to_the_vm) {
  const Frame in = pkt().ip6("fd00::10", "fd00::1").ttl(33).tcp(5, 6);
  node.receives(eth0, arriving().udp(60000, 6635).mpls(25).inner(in));
  const Frame out = pkt().eth(vm1_mac, vr_mac).ip6("fd00::10", "fd00::1").ttl(33).tcp(5, 6);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, out)));
}

TEST_F(Tunnel, padding_does_not_reach_the_vm) {
  const Frame small = pkt().ip4(remote_ip, vm1_ip);
  const Frame in = arriving().gre().mpls(25).inner(small);
  node.receives(eth0, in.padded(70));
  EXPECT_THAT(node.sent(),
              ElementsAre(sent(vm1, pkt().eth(vm1_mac, vr_mac).ip4(remote_ip, vm1_ip))));
}

TEST_F(Tunnel, a_vrf_label_is_looked_up_there_and_costs_no_hop) {
  const Frame in = arriving().udp(60000, 6635).mpls(30).ttl(2).inner(inner(remote_ip, vm2_ip, 1));
  node.receives(eth0, in);
  const Frame out = ping(vm2_mac, vr_mac, remote_ip, vm2_ip, 1);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, out)));
  EXPECT_EQ(node.moved(),
            Moves().rx(eth0, in).tx(vm2, out).vrf(red, "vrf_translates").vrf(red, "encaps"));
}

TEST_F(Tunnel, from_tunnel_to_tunnel_the_label_counts_down) {
  const Frame in =
      arriving().udp(60000, 6635).mpls(30).ttl(9).inner(inner(outside_ip, remote_gre_ip, 50));
  node.receives(eth0, in);
  const Frame out =
      outer().id(0).gre().mpls(2000).ttl(8).inner(inner(outside_ip, remote_gre_ip, 50));
  EXPECT_THAT(node.sent(), ElementsAre(sent(eth0, out)));
}

TEST_F(Tunnel, a_label_can_lead_to_the_node_itself) {
  node.must(BindLabel{Label{31}, to_host});
  const Frame in = arriving().udp(60000, 6635).mpls(31).inner(inner(remote_ip, node_ip, 5));
  node.receives(eth0, in);
  const Frame out = ping(node_mac, node_mac, remote_ip, node_ip, 5);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vhost0, out)));
  EXPECT_EQ(node.moved(), Moves().rx(eth0, in).tx(vhost0, out).vrf(fabric, "receives"));
}

TEST_F(Tunnel, what_must_be_resolved_goes_to_the_agent_in_a_frame_of_its_own) {
  route(red, "10.5.0.0/16", on_link, -1);
  const Frame in = arriving().udp(60000, 6635).mpls(30).inner(inner(remote_ip, "10.5.0.1", 5));
  node.receives(eth0, in);
  EXPECT_THAT(node.punted(),
              ElementsAre(punted(Trap::resolve, eth0, red,
                                 ping(node_mac, node_mac, remote_ip, "10.5.0.1", 5))));
}

TEST_F(Tunnel, the_label_must_survive_a_decrement) {
  for (int ttl : {0, 1}) {
    expect_drop(eth0,
                arriving().udp(60000, 6635).mpls(25).ttl(ttl).inner(inner(remote_ip, vm1_ip, 9)),
                Drop::ttl_exceeded);
  }
}

TEST_F(Tunnel, labels_that_lead_nowhere_are_invalid) {
  const Frame body = inner(remote_ip, vm1_ip, 9);
  expect_drop(eth0, arriving().udp(1, 6635).mpls(33).inner(body), Drop::invalid_label);
  expect_drop(eth0, arriving().udp(1, 6635).mpls(0xfffff).inner(body), Drop::invalid_label);
  expect_drop(eth0, arriving().udp(1, 6635).mpls(3).inner(body), Drop::invalid_label);
  expect_drop(eth0, arriving().udp(1, 6635).mpls(25).mpls(25).inner(body), Drop::invalid_label);
  node.must(BindLabel{Label{32}, by_udp});  // a tunnel needs a route to say which label to push
  expect_drop(eth0, arriving().udp(1, 6635).mpls(32).inner(body), Drop::invalid_label);
}

TEST_F(Tunnel, broken_ones_are_dropped_for_what_is_broken) {
  const Frame body = pkt().mpls(25).inner(inner(remote_ip, vm1_ip, 9));
  const auto pull = Drop::pull, invalid = Drop::invalid_packet;
  expect_drop(eth0, arriving().checksum(1).udp(1, 6635).inner(body), Drop::cksum_err);
  expect_drop(eth0, arriving().fragment(0x2000).udp(1, 6635).inner(body), Drop::fragments);
  expect_drop(eth0, arriving().length(9000).udp(1, 6635).inner(body), invalid);
  expect_drop(eth0, arriving().length(24).udp(1, 6635).inner(body), invalid);
  expect_drop(eth0, arriving().udp(1, 6635).length(7).inner(body), invalid);
  expect_drop(eth0, arriving().udp(1, 6635).length(9000).inner(body), invalid);
  expect_drop(eth0, arriving().udp(1, 6635).length(10).inner(body), pull);
  expect_drop(eth0, arriving().udp(1, 6635), pull);
  expect_drop(eth0, arriving().udp(1, 6635).mpls(25), pull);
  expect_drop(eth0, arriving().udp(1, 6635).mpls(25).inner(body.cut(2)), Drop::invalid_protocol);
  expect_drop(eth0, arriving().udp(1, 6635).inner(body.cut(23)), pull);
  expect_drop(eth0, arriving().udp(1, 6635).inner(body.cut(40)), invalid);
}

}  // namespace
}  // namespace tflab::vr
