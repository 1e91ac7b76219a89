// Flows: who is asked, what is forwarded, translated, dropped and forgotten.

#include <map>

#include "tests/unit/vrouter-core/vrouter/node.h"
#include "vrouter-core/base/checksum.h"

namespace tflab::vr {
namespace {

class Flows : public Node {
protected:
  explicit Flows(std::uint32_t held_pieces = 0) : Node{24, held_pieces} {}

  static constexpr std::uint8_t tcp = 6, udp = 17;
  static constexpr NexthopId ecmp{20};
  inline static const std::string floating_ip = "192.168.0.7";

  void SetUp() override {
    Node::SetUp();
    policy(vm1, vm1_ip, to_vm1, 0);
    policy(vm2, vm2_ip, to_vm2, 0);
    // What arrives for vm1 by label passes the flow table too.
    node.must(SetNexthop{.nexthop = to_vm1,
                         .type = NexthopType::encap,
                         .flags = nh_valid | nh_policy,
                         .vrf = red,
                         .out = vm1,
                         .dst = dsl::mac(vm1_mac),
                         .src = dsl::mac(vr_mac)});
  }
  void policy(VifId id, const std::string& address, NexthopId nexthop, std::uint32_t more) {
    node.must(SetVif{.vif = id,
                     .type = VifType::virt,
                     .flags = vif_policy | vif_l3 | more,
                     .vrf = red,
                     .mac = dsl::mac(vr_mac),
                     .address = dsl::ip4(address),
                     .nexthop = nexthop});
  }
  static FlowKey key(NexthopId owner, const std::string& src, const std::string& dst,
                     std::uint8_t protocol, std::uint16_t src_port, std::uint16_t dst_port) {
    return {owner, dsl::ip4(src), dsl::ip4(dst), protocol, src_port, dst_port};
  }
  void both(const FlowKey& there, const FlowKey& back, FlowAction action = FlowAction::forward,
            std::uint16_t flags = 0, std::uint16_t back_flags = 0, VrfId back_vrf = {}) {
    node.must(SetFlow{.key = there, .reverse = back, .action = action, .flags = flags});
    node.must(SetFlow{
        .key = back, .reverse = there, .action = action, .flags = back_flags, .vrf = back_vrf});
  }
  SetFlow flow_at(const FlowKey& wanted) {
    for (const Op& op : node.snapshot()) {
      const auto* flow = std::get_if<SetFlow>(&op);
      if (flow != nullptr && flow->key == wanted) return *flow;
    }
    ADD_FAILURE() << "no such flow";
    return {};
  }
  dsl::Pkt udp_from_vm1(const std::string& dst, std::uint16_t src_port,
                        std::uint16_t dst_port) const {
    return pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, dst).udp(src_port, dst_port);
  }
  static Frame segment(std::uint16_t src, std::uint16_t dst, std::uint32_t sequence,
                       std::uint32_t acknowledged, int flags, std::size_t payload = 0) {
    dsl::Octets o;
    dsl::put(o, src, 2), dsl::put(o, dst, 2), dsl::put(o, sequence, 4),
        dsl::put(o, acknowledged, 4);
    dsl::put(o, 0x50, 1), dsl::put(o, static_cast<std::uint64_t>(flags), 1), dsl::put(o, 0xffff, 2);
    dsl::put(o, 0, 4);
    o.resize(o.size() + payload);
    return {o};
  }
  Frame from_vm1_tcp(const Frame& segment) const {
    return pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, vm2_ip).type(6).inner(segment);
  }
  Frame from_vm2_tcp(const Frame& segment) const {
    return pkt().eth(vr_mac, vm2_mac).ip4(vm2_ip, vm1_ip).type(6).inner(segment);
  }
  const FlowKey out_key = key(to_vm1, vm1_ip, vm2_ip, udp, 1000, 53);
  const FlowKey back_key = key(to_vm2, vm2_ip, vm1_ip, udp, 53, 1000);
  const FlowKey tcp_key = key(to_vm1, vm1_ip, vm2_ip, tcp, 1000, 80);
  const FlowKey tcp_back = key(to_vm2, vm2_ip, vm1_ip, tcp, 80, 1000);
};

TEST_F(Flows, the_first_three_packets_of_a_new_flow_go_to_the_agent_then_it_decides) {
  const Frame in = udp_from_vm1(vm2_ip, 1000, 53);
  for (int i = 0; i < 3; ++i) {
    node.receives(vm1, in);
    EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::flow_miss, vm1, red, in)));
    EXPECT_EQ(node.moved(), Moves().rx(vm1, in));
  }
  expect_drop(vm1, in, Drop::flow_queue_limit_exceeded);
  both(out_key, back_key);
  node.receives(vm1, in);
  const Frame out = pkt().eth(vm2_mac, vr_mac).ip4(vm1_ip, vm2_ip).ttl(63).udp(1000, 53);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, out)));
  const Frame answer = pkt().eth(vr_mac, vm2_mac).ip4(vm2_ip, vm1_ip).udp(53, 1000);
  node.receives(vm2, answer);
  EXPECT_EQ(node.sent().size(), 1u);
  node.must(SetFlow{.key = out_key, .reverse = back_key, .action = FlowAction::drop});
  expect_drop(vm1, in, Drop::flow_action_drop);
}

TEST_F(Flows, a_packet_from_the_fabric_belongs_to_its_labels_nexthop) {
  const Frame inside = pkt().ip4(remote_ip, vm1_ip).ttl(63).udp(5, 6);
  const Frame in =
      pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip).udp(9, 6635).mpls(25).inner(inside);
  node.receives(eth0, in);
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::flow_miss, eth0, red, in)))
      << "whole, to be handed in again";
  node.must(SetFlow{.key = key(to_vm1, remote_ip, vm1_ip, udp, 5, 6), .source = by_udp});
  node.receives(eth0, in);
  EXPECT_THAT(
      node.sent(),
      ElementsAre(sent(vm1, pkt().eth(vm1_mac, vr_mac).ip4(remote_ip, vm1_ip).ttl(63).udp(5, 6))));
}

TEST_F(Flows, K19_a_flow_takes_packets_only_from_where_its_source_leads) {
  node.must(SetFlow{.key = out_key, .source = to_vm2});
  expect_drop(vm1, udp_from_vm1(vm2_ip, 1000, 53), Drop::invalid_source);
  node.must(SetFlow{.key = out_key, .source = to_vm1});
  node.receives(vm1, udp_from_vm1(vm2_ip, 1000, 53));
  EXPECT_EQ(node.sent().size(), 1u);
  // From the fabric the tunnel's other end counts, and of ECMP any member's.
  node.must(SetNexthop{
      .nexthop = ecmp, .type = NexthopType::composite, .flags = nh_valid | nh_composite_ecmp});
  node.must(SetMember{ecmp, 0, to_vm2, 0});
  node.must(SetMember{ecmp, 3, by_gre, 7});
  const FlowKey inward = key(to_vm1, remote_ip, vm1_ip, udp, 5, 6);
  node.must(SetFlow{.key = inward, .source = ecmp});
  const auto from = [&](const std::string& outer) {
    return pkt()
        .eth(node_mac, peer_mac)
        .ip4(outer, node_ip)
        .udp(9, 6635)
        .mpls(25)
        .inner(pkt().ip4(remote_ip, vm1_ip).ttl(63).udp(5, 6));
  };
  node.receives(eth0, from(peer_ip));
  EXPECT_EQ(node.sent().size(), 1u);
  expect_drop(eth0, from("172.31.99.99"), Drop::invalid_source);
}

TEST_F(Flows, a_flow_may_be_looked_up_in_another_vrf) {
  const FlowKey across = key(to_vm1, vm1_ip, vm3_ip, udp, 1, 2);
  node.must(SetFlow{.key = across, .flags = flow_vrf_translate, .vrf = blue});
  node.receives(vm1, udp_from_vm1(vm3_ip, 1, 2));
  ASSERT_EQ(node.sent().size(), 1u);
  EXPECT_EQ(node.sent()[0].out, vm3);
}

TEST_F(Flows, K22_beyond_the_limit_of_held_flows_or_in_a_full_table_packets_are_dropped) {
  for (std::uint16_t port = 0; port < 8; ++port) {
    node.receives(vm1, udp_from_vm1(vm2_ip, port, 9));
    EXPECT_EQ(node.punted().size(), 1u);
  }
  expect_drop(vm1, udp_from_vm1(vm2_ip, 8, 9), Drop::flow_unusable);
  for (std::uint16_t port = 0; port < 24; ++port) {
    node.must(SetFlow{.key = key(to_vm1, vm1_ip, vm2_ip, udp, port, 9)});
  }
  expect_drop(vm1, udp_from_vm1(vm2_ip, 99, 9), Drop::flow_table_full);
  node.receives(vm1, udp_from_vm1(vm2_ip, 23, 9));
  EXPECT_EQ(node.sent().size(), 1u) << "old ones work";
}

TEST_F(Flows, new_flows_can_be_forbidden) {
  policy(vm1, vm1_ip, to_vm1, vif_drop_new_flows);
  expect_drop(vm1, udp_from_vm1(vm2_ip, 1000, 53), Drop::new_flows);
}

TEST_F(Flows, idle_held_and_ended_flows_go_away) {
  const std::size_t without_flows = node.snapshot().size();
  both(out_key, back_key);
  node.receives(vm1, udp_from_vm1(vm2_ip, 7, 7));  // held
  const auto round = [&](int at) {
    node.now = Instant{} + seconds(at);
    for (unsigned i = 0; i < Vrouter::sweeps_per_round; ++i) node.vrouter().expire(node.now, {});
  };
  round(3);
  round(10);
  EXPECT_EQ(node.snapshot().size(), without_flows + 2) << "held ones are not in it";
  node.receives(vm1, udp_from_vm1(vm2_ip, 7, 7));
  EXPECT_EQ(node.punted().size(), 1u) << "asked anew";
  node.receives(vm1, udp_from_vm1(vm2_ip, 1000, 53));
  round(185);
  EXPECT_EQ(flow_at(out_key).reverse, back_key) << "one direction keeps the other";
  round(400);
  EXPECT_EQ(node.snapshot().size(), without_flows);
}

TEST_F(Flows, a_pair_is_forgotten_together_and_told_when_neither_direction_is_heard_of) {
  struct Gone : FlowSink {
    std::vector<FlowKey> keys;
    void gone(const FlowKey& key) override { keys.push_back(key); }
  } sink;
  both(out_key, back_key);
  const auto all = [&] {
    for (std::uint32_t i = 0; i < Vrouter::sweeps_per_round; ++i)
      node.vrouter().expire(node.now, {}, &sink);
  };
  for (int minute = 0; minute < 10; ++minute) {
    node.now = Instant{} + seconds(60 * minute);
    node.receives(vm1, udp_from_vm1(vm2_ip, 1000, 53));
    all();
  }
  EXPECT_THAT(sink.keys, IsEmpty()) << "who only listens has been heard of by the other's packets";
  EXPECT_EQ(node.vrouter().counters(out_key).packets, 10u);
  EXPECT_EQ(node.vrouter().counters(back_key).packets, 0u);
  node.now = node.now + seconds(181);
  all();
  EXPECT_THAT(sink.keys, testing::UnorderedElementsAre(out_key, back_key));
  EXPECT_EQ(node.vrouter().counters(out_key).packets, 0u);
}

TEST_F(Flows, at_its_exit_a_packet_of_a_machine_without_flows_meets_those_of_the_other) {
  policy(vm2, vm2_ip, {}, 0);
  const Frame in = pkt().eth(vr_mac, vm2_mac).ip4(vm2_ip, vm1_ip).udp(53, 1000);
  node.receives(vm2, in);
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::flow_miss, vm2, red, in)));
  const FlowKey at_exit = key(to_vm1, vm2_ip, vm1_ip, udp, 53, 1000);
  node.must(SetFlow{.key = at_exit, .source = to_vm2});
  node.receives(vm2, in);
  EXPECT_THAT(
      node.sent(),
      ElementsAre(sent(vm1, pkt().eth(vm1_mac, vr_mac).ip4(vm2_ip, vm1_ip).ttl(63).udp(53, 1000))));
  node.must(SetFlow{.key = at_exit, .action = FlowAction::drop});
  expect_drop(vm2, in, Drop::flow_action_drop);
  // No flow tells where its packets may come from: routes do.
  expect_drop(vm2, pkt().eth(vr_mac, vm2_mac).ip4(remote_ip, remote_ip).udp(53, 1000),
              Drop::invalid_source);
}

TEST_F(Flows, a_floating_ip_is_put_in_and_taken_out_again) {
  // Out by GRE with the floating address as source; in, the other way round.
  const FlowKey there = key(to_vm1, vm1_ip, remote_gre_ip, udp, 1000, 53);
  const FlowKey back = key(by_gre, remote_gre_ip, floating_ip, udp, 53, 1000);
  both(there, back, FlowAction::nat, flow_snat, flow_dnat);
  Frame in = udp_from_vm1(remote_gre_ip, 1000, 53).payload(10);
  dsl::put_at(in.octets, 40, 0x1234);  // a checksum, right or wrong
  node.receives(vm1, in);
  ASSERT_EQ(node.sent().size(), 1u);
  Frame inside{
      dsl::Octets(node.sent()[0].frame.octets.begin() + 42, node.sent()[0].frame.octets.end())};
  Frame want = pkt().ip4(floating_ip, remote_gre_ip).ttl(63).udp(1000, 53).payload(10);
  // RFC 1624, by hand: ~(~old + ~(old address) + new address).
  std::uint32_t sum = static_cast<std::uint16_t>(~0x1234);
  const std::uint32_t was = dsl::ip4(vm1_ip).raw(), is = dsl::ip4(floating_ip).raw();
  for (int shift : {16, 0})
    sum += static_cast<std::uint16_t>(~(was >> shift)) + (is >> shift & 0xffff);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  dsl::put_at(want.octets, 26, static_cast<std::uint16_t>(~sum));
  EXPECT_THAT(inside, is_frame(want));
}

TEST_F(Flows, destination_and_port_are_translated_and_looked_up_again) {
  const FlowKey there = key(to_vm1, vm1_ip, floating_ip, udp, 1000, 80);
  const FlowKey back = key(to_vm2, vm2_ip, vm1_ip, udp, 8080, 1000);
  both(there, back, FlowAction::nat, flow_dnat | flow_dpat, flow_snat | flow_spat);
  node.receives(vm1, udp_from_vm1(floating_ip, 1000, 80));
  EXPECT_THAT(node.sent(),
              ElementsAre(sent(
                  vm2, pkt().eth(vm2_mac, vr_mac).ip4(vm1_ip, vm2_ip).ttl(63).udp(1000, 8080))));
  node.receives(vm2, pkt().eth(vr_mac, vm2_mac).ip4(vm2_ip, vm1_ip).udp(8080, 1000));
  EXPECT_THAT(node.sent(),
              ElementsAre(sent(
                  vm1, pkt().eth(vm1_mac, vr_mac).ip4(floating_ip, vm1_ip).ttl(63).udp(80, 1000))));
  node.must(DeleteFlow{back});
  expect_drop(vm1, udp_from_vm1(floating_ip, 1000, 80), Drop::flow_nat_no_rflow);
}

TEST_F(Flows, S119_who_speaks_with_the_nodes_address_gets_what_answers_it) {
  // 169.254.169.254:80 stands for port 8775 of a neighbour, who sees the node's port 61000.
  const FlowKey there = key(to_vm1, vm1_ip, "169.254.169.254", udp, 1000, 80);
  const FlowKey back = key(to_host, peer_ip, node_ip, udp, 8775, 61000);
  node.must(SetFlow{.key = there,
                    .reverse = back,
                    .action = FlowAction::nat,
                    .flags = flow_snat | flow_spat | flow_dnat | flow_dpat | flow_vrf_translate,
                    .vrf = fabric});
  node.must(SetFlow{.key = back,
                    .reverse = there,
                    .action = FlowAction::nat,
                    .flags = flow_snat | flow_spat | flow_dnat | flow_dpat | flow_vrf_translate,
                    .vrf = red});
  node.receives(vm1, udp_from_vm1("169.254.169.254", 1000, 80));
  EXPECT_THAT(
      node.sent(),
      ElementsAre(sent(
          eth0, pkt().eth(peer_mac, node_mac).ip4(node_ip, peer_ip).ttl(63).udp(61000, 8775))));
  const auto from_peer = [&](std::uint16_t to) {
    return pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip).udp(8775, to);
  };
  node.receives(eth0, from_peer(61000));
  EXPECT_THAT(
      node.sent(),
      ElementsAre(sent(
          vm1, pkt().eth(vm1_mac, vr_mac).ip4("169.254.169.254", vm1_ip).ttl(63).udp(80, 1000))));
  // All else is the node's own: another port, pieces, pings.
  const Frame other_port = from_peer(61001);
  const Frame piece =
      pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip).fragment(0x2000).udp(8775, 61000);
  for (const Frame& frame : {other_port, piece, ping(node_mac, peer_mac, peer_ip, node_ip)}) {
    node.receives(eth0, frame);
    EXPECT_THAT(node.sent(), ElementsAre(sent(vhost0, frame)));
    EXPECT_THAT(node.punted(), IsEmpty());
  }
  node.must(DeleteFlow{back});
  node.receives(eth0, from_peer(61000));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vhost0, from_peer(61000))));
}

TEST_F(Flows, K20_errors_about_a_flow_pass_and_about_nothing_do_not) {
  both(out_key, back_key);
  const auto error = [&](std::uint16_t src_port) -> Frame {
    const Frame quoted = pkt().ip4(vm1_ip, vm2_ip).udp(src_port, 53);
    dsl::Octets icmp;
    dsl::put(icmp, 0x0303, 2), dsl::put(icmp, 0, 6);
    dsl::put(icmp, quoted.octets);
    return pkt().eth(vr_mac, vm2_mac).ip4(vm2_ip, vm1_ip).type(1).inner({icmp});
  };
  node.receives(vm2, error(1000));
  EXPECT_EQ(node.sent().size(), 1u);
  expect_drop(vm2, error(1001), Drop::icmp_error);
  node.must(SetFlow{.key = back_key, .reverse = out_key, .action = FlowAction::drop});
  expect_drop(vm2, error(1000), Drop::icmp_error);
  node.must(SetFlow{.key = back_key, .action = FlowAction::nat, .flags = flow_snat});
  expect_drop(vm2, error(1000), Drop::flow_nat_no_rflow);
  const Frame cut =
      pkt().eth(vr_mac, vm2_mac).ip4(vm2_ip, vm1_ip).type(1).inner({dsl::Octets(8, std::byte{3})});
  expect_drop(vm2, cut, Drop::flow_invalid_protocol);
}

// What errors quote is translated with all the sums that cover it.
class Errors : public Flows {
protected:
  static constexpr std::uint8_t unreachable = 3, exceeded = 11;
  inline static const std::string router_ip = "10.60.0.9";

  static std::uint16_t sum_of(const dsl::Octets& octets, std::uint32_t start = 0) {
    return checksum(octets, start);
  }
  // UDP with a sum, in IPv4; `id` tells packets apart.
  static Frame datagram(const std::string& src, const std::string& dst, std::uint16_t src_port,
                        std::uint16_t dst_port) {
    Frame packet = pkt().ip4(src, dst).id(5).udp(src_port, dst_port).payload(10);
    dsl::Octets pseudo;
    dsl::put(pseudo, dsl::ip4(src).raw(), 4), dsl::put(pseudo, dsl::ip4(dst).raw(), 4);
    dsl::put(pseudo, 17, 2), dsl::put(pseudo, packet.size() - 20, 2);
    dsl::put(pseudo, dsl::Octets(packet.octets.begin() + 20, packet.octets.end()));
    dsl::put_at(packet.octets, 26, sum_of(pseudo));
    return packet;
  }
  static Frame error(std::uint8_t type, const std::string& src, const std::string& dst,
                     const Frame& quoted, int ttl = 64) {
    dsl::Octets message;
    dsl::put(message, type, 1), dsl::put(message, 0, 7);
    dsl::put(message, quoted.octets);
    dsl::put_at(message, 2, sum_of(message));
    return pkt().ip4(src, dst).ttl(ttl).type(1).inner({message});
  }
  static Frame cut(const Frame& packet, std::size_t size) {
    return {dsl::Octets(packet.octets.begin(),
                        packet.octets.begin() + static_cast<std::ptrdiff_t>(size))};
  }
};

TEST_F(Errors, K20_a_machine_hears_of_its_packet_as_it_sent_it) {
  const FlowKey there = key(to_vm1, vm1_ip, floating_ip, udp, 1000, 80);
  const FlowKey back = key(to_vm2, vm2_ip, vm1_ip, udp, 8080, 1000);
  both(there, back, FlowAction::nat, flow_dnat | flow_dpat, flow_snat | flow_spat);
  const Frame was = datagram(vm1_ip, floating_ip, 1000, 80),
              is = datagram(vm1_ip, vm2_ip, 1000, 8080);
  for (std::size_t size : {is.size(), std::size_t{28}, std::size_t{24}}) {
    const Frame about = error(unreachable, vm2_ip, vm1_ip, cut(is, size));
    node.receives(vm2, pkt().eth(vr_mac, vm2_mac, 0x0800).inner(about));
    const Frame told = error(unreachable, floating_ip, vm1_ip, cut(was, size), 63);
    EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, pkt().eth(vm1_mac, vr_mac, 0x0800).inner(told))))
        << size;
  }
  // Not all that its flow is known by.
  expect_drop(
      vm2,
      pkt().eth(vr_mac, vm2_mac, 0x0800).inner(error(unreachable, vm2_ip, vm1_ip, cut(is, 23))),
      Drop::flow_invalid_protocol);
}

TEST_F(Errors, K20_a_router_on_the_way_keeps_its_own_address) {
  const FlowKey there = key(to_vm1, vm1_ip, remote_ip, udp, 1000, 53);
  const FlowKey back = key(to_vm1, remote_ip, floating_ip, udp, 53, 1000);
  both(there, back, FlowAction::nat, flow_snat, flow_dnat);
  const Frame about =
      error(exceeded, router_ip, floating_ip, datagram(floating_ip, remote_ip, 1000, 53), 60);
  node.receives(
      eth0, pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip).udp(9, 6635).mpls(25).inner(about));
  const Frame told = error(exceeded, router_ip, vm1_ip, datagram(vm1_ip, remote_ip, 1000, 53), 60);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, pkt().eth(vm1_mac, vr_mac, 0x0800).inner(told))));
}

TEST_F(Errors, K20_an_error_is_looked_up_where_its_flow_says) {
  const FlowKey there = key(to_vm3, vm3_ip, vm1_ip, udp, 1, 2);
  const FlowKey across = key(to_vm1, vm1_ip, vm3_ip, udp, 2, 1);
  node.must(SetFlow{.key = across, .flags = flow_vrf_translate, .vrf = blue});
  node.must(SetFlow{.key = there});
  const Frame about = error(unreachable, vm1_ip, vm3_ip, datagram(vm3_ip, vm1_ip, 1, 2));
  node.receives(vm1, pkt().eth(vr_mac, vm1_mac, 0x0800).inner(about));
  ASSERT_EQ(node.sent().size(), 1u);
  EXPECT_EQ(node.sent()[0].out, vm3);
}

TEST_F(Errors, K26_what_does_not_fit_goes_to_the_agent_as_it_came) {
  const FlowKey there = key(to_vm1, vm1_ip, floating_ip, udp, 1000, 80);
  const FlowKey back = key(to_vm2, vm2_ip, vm1_ip, udp, 8080, 1000);
  both(there, back, FlowAction::nat, flow_dnat | flow_dpat, flow_snat | flow_spat);
  node.must(SetVif{vm2, VifType::virt, vif_l3, red, 600, dsl::mac(vr_mac), dsl::ip4(vm2_ip)});
  const Frame long_one = pkt()
                             .eth(vr_mac, vm1_mac)
                             .ip4(vm1_ip, floating_ip)
                             .fragment(0x4000)
                             .udp(1000, 80)
                             .payload(700);
  node.receives(vm1, long_one);
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::handle_df, vm1, red, long_one)));
  const Frame last_hop = pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, floating_ip).ttl(1).udp(1000, 80);
  node.receives(vm1, last_hop);
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::zero_ttl, vm1, red, last_hop)));
}

TEST_F(Flows, an_echo_and_its_reply_are_one_pair) {
  both(key(to_vm1, vm1_ip, vm2_ip, 1, 7, 0), key(to_vm2, vm2_ip, vm1_ip, 1, 7, 0));
  node.receives(vm1, from_vm1(vm2_ip));  // the id is 7
  EXPECT_EQ(node.sent().size(), 1u);
}

TEST_F(Flows, K14_pieces_follow_their_first_and_die_without_it) {
  both(out_key, back_key);
  const auto piece = [&](int field, const Frame& body) -> Frame {
    return pkt()
        .eth(vr_mac, vm1_mac)
        .ip4(vm1_ip, vm2_ip)
        .id(77)
        .fragment(field)
        .type(17)
        .inner(body);
  };
  const Frame first = piece(0x2000, pkt().udp(1000, 53).payload(16)),
              later = piece(0x0003, {dsl::Octets(9)});
  expect_drop(vm1, later, Drop::no_frag_entry);
  node.receives(vm1, first);
  EXPECT_EQ(node.sent().size(), 1u);
  node.receives(vm1, later);
  EXPECT_EQ(node.sent().size(), 1u);
  node.must(SetFlow{.key = out_key, .reverse = back_key, .action = FlowAction::drop});
  expect_drop(vm1, later, Drop::flow_action_drop);
  node.now = Instant{} + seconds(3);
  expect_drop(vm1, later, Drop::no_frag_entry);
  for (unsigned i = 0; i < Vrouter::sweeps_per_round; ++i) node.vrouter().expire(node.now, {});
  expect_drop(vm1, later, Drop::no_frag_entry);
}

// With places for three pieces that come before the first of their datagram.
class Pieces : public Flows {
protected:
  Pieces() : Flows{3} {}
  void SetUp() override {
    Flows::SetUp();
    both(out_key, back_key);
  }
  static Frame piece(int id, int field, const Frame& body) {
    return pkt()
        .eth(vr_mac, vm1_mac)
        .ip4(vm1_ip, vm2_ip)
        .id(id)
        .fragment(field)
        .type(17)
        .inner(body);
  }
  static Frame first(int id) { return piece(id, 0x2000, pkt().udp(1000, 53).payload(16)); }
  static Frame later(int id, int at = 3) { return piece(id, at, {dsl::Octets(9)}); }
  static Frame left(int id, int field, const Frame& body) {
    return pkt()
        .eth(vm2_mac, vr_mac)
        .ip4(vm1_ip, vm2_ip)
        .ttl(63)
        .id(id)
        .fragment(field)
        .type(17)
        .inner(body);
  }
  void waits(const Frame& frame) {
    node.receives(vm1, frame);
    EXPECT_THAT(node.sent(), IsEmpty());
    EXPECT_EQ(node.moved(), Moves().rx(vm1, frame));
  }
};

TEST_F(Pieces, K14_that_come_before_their_first_wait_for_it) {
  waits(later(77, 0x2003));
  waits(later(78));
  waits(later(77, 5));
  EXPECT_EQ(node.vrouter().waiting(), 3u);
  node.receives(vm1, first(77));
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, left(77, 0x2000, pkt().udp(1000, 53).payload(16))),
                                       sent(vm2, left(77, 0x2003, {dsl::Octets(9)})),
                                       sent(vm2, left(77, 5, {dsl::Octets(9)}))));
  EXPECT_EQ(node.moved(), Moves()
                              .rx(vm1, first(77))
                              .tx(vm2, node.sent()[0].frame)
                              .tx(vm2, node.sent()[1].frame)
                              .tx(vm2, node.sent()[2].frame)
                              .vrf(red, "encaps")
                              .vrf(red, "encaps")
                              .vrf(red, "encaps"))
      << "none is received twice";
  EXPECT_EQ(node.vrouter().waiting(), 1u);
  node.receives(vm1, later(77));
  EXPECT_EQ(node.sent().size(), 1u) << "the first is known now";
}

TEST_F(Pieces, K14_wait_for_two_seconds_and_in_as_many_places_as_there_are) {
  for (int id : {1, 2, 3}) waits(later(id));
  expect_drop(vm1, later(4), Drop::fragment_queue_fail);
  node.now = Instant{} + millis(2001);
  node.receives(vm1, later(4));
  EXPECT_EQ(node.moved(), Moves()
                              .rx(vm1, later(4))
                              .drop(vm1, Drop::fragments)
                              .drop(vm1, Drop::fragments)
                              .drop(vm1, Drop::fragments));
  EXPECT_EQ(node.vrouter().waiting(), 1u);
  node.now = Instant{} + millis(4100);
  node.vrouter().expire(node.now, {});
  EXPECT_EQ(node.vrouter().waiting(), 0u);
  EXPECT_EQ(node.vrouter().drops()[static_cast<std::size_t>(Drop::fragments)], 4u);
  node.receives(vm1, first(4));
  EXPECT_EQ(node.sent().size(), 1u);
}

TEST_F(Pieces, K14_find_their_flow_or_their_interface_as_it_is_by_then) {
  waits(later(1));
  node.must(SetFlow{.key = out_key, .reverse = back_key, .action = FlowAction::drop});
  node.receives(vm1, first(1));
  EXPECT_EQ(node.moved(), Moves()
                              .rx(vm1, first(1))
                              .drop(vm1, Drop::flow_action_drop)
                              .drop(vm1, Drop::flow_action_drop));
  // One whose interface is gone by then has no way any more.
  both(out_key, back_key);
  node.must(SetVif{.vif = vm3,
                   .type = VifType::virt,
                   .flags = vif_policy | vif_l3,
                   .vrf = red,
                   .mac = dsl::mac(vr_mac),
                   .address = dsl::ip4(vm1_ip),
                   .nexthop = to_vm1});
  node.receives(vm3, later(2));
  EXPECT_EQ(node.vrouter().waiting(), 1u);
  node.must(SetNexthop{.nexthop = to_vm3});
  node.must(DeleteVif{vm3});
  node.receives(vm1, first(2));
  EXPECT_EQ(node.sent().size(), 1u);
  EXPECT_EQ(node.vrouter().drops()[static_cast<std::size_t>(Drop::invalid_if)], 1u);
}

TEST_F(Pieces, K14_too_long_for_a_place_are_lost) {
  expect_drop(vm1, piece(1, 3, {dsl::Octets(9200)}), Drop::fragment_queue_fail);
}

TEST_F(Pieces, K14_of_a_batch_go_when_it_is_through) {
  const Frame frames[] = {later(1), first(1)};
  std::vector<dsl::Octets> buffers;
  for (const Frame& frame : frames) {
    buffers.emplace_back(Vrouter::headroom);
    dsl::put(buffers.back(), frame.octets);
  }
  std::vector<Vrouter::Arrival> arrivals;
  for (dsl::Octets& buffer : buffers) arrivals.push_back({vm1, buffer});
  node.vrouter().on_frames(node.now, arrivals);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm2, left(1, 0x2000, pkt().udp(1000, 53).payload(16))),
                                       sent(vm2, left(1, 3, {dsl::Octets(9)}))));
}

TEST_F(Flows, K14_an_echo_in_pieces_belongs_to_the_flow_of_its_id) {
  both(key(to_vm1, vm1_ip, vm2_ip, 1, 7, 0), key(to_vm2, vm2_ip, vm1_ip, 1, 7, 0));
  const auto piece = [&](int field, std::uint64_t front) -> Frame {
    dsl::Octets body;
    dsl::put(body, front, 8);
    return pkt()
        .eth(vr_mac, vm1_mac)
        .ip4(vm1_ip, vm2_ip)
        .id(78)
        .fragment(field)
        .type(1)
        .inner({body});
  };
  node.receives(vm1, piece(0x2000, 0x0800'0000'0007'0001));  // echo request, id 7
  EXPECT_EQ(node.sent().size(), 1u);
  node.receives(vm1, piece(0x0001, 0));
  EXPECT_EQ(node.sent().size(), 1u);
  node.receives(vm1, piece(0x2000, 0x0800'0000'0008'0001));  // another id is another flow
  EXPECT_TRUE(node.sent().empty());
}

TEST_F(Flows, K14_a_full_fragment_table_loses_the_rest_of_a_datagram_only) {
  both(out_key, back_key);
  for (int id = 0; id < 40; ++id) {
    const Frame body = pkt().udp(1000, 53);
    node.receives(vm1, pkt()
                           .eth(vr_mac, vm1_mac)
                           .ip4(vm1_ip, vm2_ip)
                           .id(id)
                           .fragment(0x2000)
                           .type(17)
                           .inner(body));
    EXPECT_EQ(node.sent().size(), 1u);
  }
}

TEST_F(Flows, K15_ipv6_pieces_and_chains_of_headers_find_their_flow) {
  const FlowKey six{to_vm1, dsl::ip6("fd00::1"), dsl::ip6("fd00::2"), udp, 1000, 53};
  node.must(SetFlow{.key = six});
  const auto with = [&](const dsl::Octets& chain, int next, const Frame& body) -> Frame {
    return pkt()
        .eth(vr_mac, vm1_mac)
        .ip6("fd00::1", "fd00::2")
        .type(next)
        .inner({chain})
        .inner(body);
  };
  const Frame body = pkt().udp(1000, 53).payload(8);
  node.receives(vm1, with({}, 17, body));
  EXPECT_EQ(node.sent().size(), 1u);
  dsl::Octets options;
  dsl::put(options, 0x3c00, 2), dsl::put(options, 0, 6);  // hop-by-hop, then destination options
  dsl::put(options, 0x1100, 2), dsl::put(options, 0, 6);
  node.receives(vm1, with(options, 0, body));
  EXPECT_EQ(node.sent().size(), 1u);
  dsl::Octets first, later;
  dsl::put(first, 0x1100'0001'0000'0009ull, 8);
  dsl::put(later, 0x1100'0018'0000'0009ull, 8);
  expect_drop(vm1, with(later, 44, {dsl::Octets(8)}), Drop::no_frag_entry);
  node.receives(vm1, with(first, 44, body));
  EXPECT_EQ(node.sent().size(), 1u);
  node.receives(vm1, with(later, 44, {dsl::Octets(8)}));
  EXPECT_EQ(node.sent().size(), 1u);
  dsl::Octets endless;
  for (int i = 0; i < 12; ++i) dsl::put(endless, 0x3c00, 2), dsl::put(endless, 0, 6);
  expect_drop(vm1, with(endless, 60, body), Drop::invalid_packet);
}

TEST_F(Flows, K21_a_connection_that_ends_takes_its_flows_along) {
  both(tcp_key, tcp_back);
  node.receives(vm1, from_vm1_tcp(segment(1000, 80, 100, 0, 0x02)));
  node.receives(vm2, from_vm2_tcp(segment(80, 1000, 500, 101, 0x12)));
  node.receives(vm1, from_vm1_tcp(segment(1000, 80, 101, 501, 0x10)));
  node.receives(vm1, from_vm1_tcp(segment(1000, 80, 101, 501, 0x11)));
  node.receives(vm2, from_vm2_tcp(segment(80, 1000, 501, 102, 0x11)));
  EXPECT_EQ(flow_at(tcp_key).flags & flow_evicted, 0);
  node.receives(vm1, from_vm1_tcp(segment(1000, 80, 102, 502, 0x10)));
  EXPECT_NE(flow_at(tcp_key).flags & flow_evicted, 0);
  EXPECT_NE(flow_at(tcp_back).flags & flow_evicted, 0);
  expect_drop(vm1, from_vm1_tcp(segment(1000, 80, 102, 502, 0x10)), Drop::flow_evict);
  node.receives(vm1, from_vm1_tcp(segment(1000, 80, 9000, 0, 0x02)));
  EXPECT_EQ(node.punted().size(), 1u) << "a new connection on the old ports asks anew";
}

TEST_F(Flows, K21_a_reset_counts_only_where_the_connection_stands) {
  const auto open = [&] {
    both(tcp_key, tcp_back);
    node.receives(vm1, from_vm1_tcp(segment(1000, 80, 100, 0, 0x02)));
    node.receives(vm2, from_vm2_tcp(segment(80, 1000, 500, 101, 0x12)));
    node.receives(vm1, from_vm1_tcp(segment(1000, 80, 101, 501, 0x10)));
  };
  open();
  node.receives(vm2, from_vm2_tcp(segment(80, 1000, 501 + 0x20000, 0, 0x04)));
  EXPECT_EQ(flow_at(tcp_key).flags & flow_evicted, 0) << "out of the window";
  node.receives(vm2, from_vm2_tcp(segment(80, 1000, 501, 0, 0x04)));
  EXPECT_NE(flow_at(tcp_key).flags & flow_evicted, 0);
}

TEST_F(Flows, K21_a_syn_is_refused_by_a_reset_that_acknowledges_it) {
  both(tcp_key, tcp_back);
  node.receives(vm1, from_vm1_tcp(segment(1000, 80, 100, 0, 0x02)));
  node.receives(vm2, from_vm2_tcp(segment(80, 1000, 0, 999, 0x14)));
  EXPECT_EQ(flow_at(tcp_key).flags & flow_evicted, 0) << "another's acknowledgement";
  node.receives(vm2, from_vm2_tcp(segment(80, 1000, 0, 101, 0x14)));
  EXPECT_NE(flow_at(tcp_key).flags & flow_evicted, 0);
}

// A network that bridges, of whose machines vm1 has flows: by its interface, for frames, too.
class BridgedFlows : public Flows {
protected:
  static constexpr NexthopId l2_vm1{21}, l2_vm2{22}, into_red{23};
  static constexpr Vni vni{5000};

  void SetUp() override {
    Flows::SetUp();
    policy(vm1, vm1_ip, to_vm1, vif_l2);
    vif(vm2, VifType::virt, vif_l3 | vif_l2, red, vr_mac, vm2_ip);
    machine(l2_vm1, vm1, vm1_mac, nh_policy);
    machine(l2_vm2, vm2, vm2_mac, 0);
    node.must(SetNexthop{.nexthop = into_red,
                         .type = NexthopType::vrf_translate,
                         .vrf = red,
                         .family = NexthopFamily::bridge});
    node.must(BindVni{vni, into_red});
    node.must(BindLabel{Label{40}, l2_vm1});
  }
  void machine(NexthopId id, VifId out, const std::string& mac, std::uint32_t flags) {
    node.must(SetNexthop{.nexthop = id,
                         .type = NexthopType::encap,
                         .flags = nh_valid | flags,
                         .vrf = red,
                         .out = out,
                         .family = NexthopFamily::bridge});
    node.must(SetMac{.vrf = red, .mac = dsl::mac(mac), .nexthop = id});
  }
  static Frame out_of_vxlan(const Frame& inside) {
    dsl::Octets header;
    dsl::put(header, std::uint64_t{8} << 56 | std::uint64_t{vni.raw()} << 8, 8);
    header.insert(header.end(), inside.octets.begin(), inside.octets.end());
    return pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip).udp(9, 4789).inner({header});
  }
  static Frame by_label(const Frame& inside) {
    return pkt().eth(node_mac, peer_mac).ip4(peer_ip, node_ip).udp(9, 6635).mpls(40).inner(inside);
  }
  void expect_miss(VifId in, const Frame& frame) {
    node.receives(in, frame);
    EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::flow_miss, in, red, frame)));
  }
  void expect_passes(VifId in, const Frame& frame, VifId out, const Frame& as) {
    node.receives(in, frame);
    EXPECT_THAT(node.sent(), ElementsAre(sent(out, as)));
  }
  const Frame there = pkt().eth(vm2_mac, vm1_mac).ip4(vm1_ip, vm2_ip).udp(1000, 53);
  const Frame back = pkt().eth(vm1_mac, vm2_mac).ip4(vm2_ip, vm1_ip).udp(53, 1000);
  const FlowKey at_vm1 = key(to_vm1, vm2_ip, vm1_ip, udp, 53, 1000);
};

TEST_F(BridgedFlows, S112_a_frame_belongs_to_its_packets_flow_and_stays_as_it_is) {
  expect_miss(vm1, there);
  expect_miss(vm2, back);
  both(out_key, at_vm1);
  expect_passes(vm1, there, vm2, there);
  expect_passes(vm2, back, vm1, back);
  node.must(SetFlow{.key = at_vm1, .reverse = out_key, .action = FlowAction::drop});
  expect_drop(vm2, back, Drop::flow_action_drop);
}

TEST_F(BridgedFlows, S112_whichever_tunnel_it_comes_by_and_its_source_counts) {
  for (const Frame& frame : {by_label(back), out_of_vxlan(back)}) {
    expect_miss(eth0, frame);
    node.must(SetFlow{.key = at_vm1, .source = by_gre});  // the same far end
    expect_passes(eth0, frame, vm1, back);
    node.must(SetFlow{.key = at_vm1, .source = to_vm2});
    node.receives(eth0, frame);
    EXPECT_THAT(node.sent(), IsEmpty());
    node.must(SetFlow{.key = at_vm1, .action = FlowAction::drop});
    node.receives(eth0, frame);
    EXPECT_THAT(node.sent(), IsEmpty());
    node.must(DeleteFlow{.key = at_vm1});
  }
}

TEST_F(BridgedFlows, S112_what_is_for_many_or_for_the_link_belongs_to_none) {
  const Frame broadcasts[] = {
      pkt().eth("ff:ff:ff:ff:ff:ff", vm2_mac).ip4(vm2_ip, "10.47.255.255").udp(5, 5),
      pkt().eth("33:33:00:00:00:01", vm2_mac).ip6("fe80::2", "ff02::1").udp(5, 5)};
  node.must(SetMac{.vrf = red, .mac = dsl::mac("ff:ff:ff:ff:ff:ff"), .nexthop = l2_vm1});
  for (const Frame& frame : broadcasts) expect_passes(vm2, frame, vm1, frame);
  const Frame for_vm1[] = {
      pkt().eth(vm1_mac, vm2_mac).arp_reply(vm2_mac, vm2_ip, vm1_mac, vm1_ip),
      pkt().eth(vm1_mac, vm2_mac).ip6("fe80::2", "fe80::1").advertise("fe80::2", vm2_mac),
      pkt().eth(vm1_mac, vm2_mac, 0x88cc).payload(50)};
  for (const Frame& frame : for_vm1) expect_passes(vm2, frame, vm1, frame);
  // Other packets between addresses of the link do.
  expect_miss(vm2, pkt().eth(vm1_mac, vm2_mac).ip6("fe80::2", "fe80::1").udp(5, 5));
}

TEST_F(BridgedFlows, S112_a_machine_without_flows_has_none_for_frames_either) {
  policy(vm1, vm1_ip, NexthopId{}, vif_l2);
  expect_passes(vm1, there, vm2, there);
  expect_passes(vm2, back, vm1, back);
}

class Ecmps : public Flows {
protected:
  void SetUp() override {
    Flows::SetUp();
    node.must(SetNexthop{
        .nexthop = ecmp, .type = NexthopType::composite, .flags = nh_valid | nh_composite_ecmp});
    for (std::uint16_t i = 0; i < 4; ++i) node.must(SetMember{ecmp, i, by_gre, 100u + i});
    route(red, "10.60.0.0/16", ecmp, -1);
    policy(vm2, vm2_ip, to_vm2, 0);
    vif(vm2, VifType::virt, vif_l3, red, vr_mac, vm2_ip);  // without flows
  }
  // Which label a packet of that source port left with.
  std::uint32_t label_of(VifId from, std::uint16_t port) {
    const std::string src = from == vm1 ? vm1_ip : vm2_ip;
    node.receives(from, pkt().eth(vr_mac, vm1_mac).ip4(src, "10.60.1.1").udp(port, 9));
    if (node.sent().size() != 1) return 0;
    const dsl::Octets& all = node.sent()[0].frame.octets;
    return static_cast<std::uint32_t>(all[38]) << 12 | static_cast<std::uint32_t>(all[39]) << 4 |
           static_cast<std::uint32_t>(all[40]) >> 4;
  }
};

TEST_F(Ecmps, a_flow_stays_on_its_member_and_all_members_are_used) {
  std::map<std::uint32_t, int> used;
  for (std::uint16_t port = 0; port < 400; ++port) {
    const auto label = label_of(vm2, port);
    EXPECT_EQ(label_of(vm2, port), label);
    ++used[label];
  }
  EXPECT_EQ(used.size(), 4u);
  for (const auto& [label, n] : used) EXPECT_NEAR(n, 100, 40) << label;
}

TEST_F(Ecmps, a_member_is_chosen_by_the_fields_of_the_nexthop_alone) {
  const auto used = [&](std::uint8_t fields) {
    node.must(SetNexthop{.nexthop = ecmp,
                         .type = NexthopType::composite,
                         .flags = nh_valid | nh_composite_ecmp,
                         .hash_fields = fields});
    std::set<std::uint32_t> labels;
    for (std::uint16_t port = 0; port < 100; ++port) labels.insert(label_of(vm2, port));
    return labels.size();
  };
  EXPECT_EQ(used(all_hash_fields & ~hash_src_port), 1u);
  EXPECT_EQ(used(hash_src_ip), 1u);
  EXPECT_EQ(used(hash_src_port), 4u);
  EXPECT_EQ(used(all_hash_fields), 4u);
}

TEST_F(Ecmps, K23_a_member_that_goes_away_moves_its_own_flows_alone) {
  std::map<std::uint16_t, std::uint32_t> before;
  for (std::uint16_t port = 0; port < 400; ++port) before[port] = label_of(vm2, port);
  node.must(DeleteMember{ecmp, 2});
  std::map<std::uint32_t, int> taken_over;
  for (std::uint16_t port = 0; port < 400; ++port) {
    const auto now = label_of(vm2, port);
    if (before[port] != 102) {
      EXPECT_EQ(now, before[port]);
    } else {
      ++taken_over[now];
    }
  }
  EXPECT_EQ(taken_over.size(), 3u) << "its flows are spread over the others";
  EXPECT_FALSE(taken_over.contains(102));
}

TEST_F(Ecmps, K23_a_chosen_member_is_kept_and_chosen_again_once_when_it_is_gone) {
  const FlowKey flow = key(to_vm1, vm1_ip, "10.60.1.1", udp, 5, 9);
  node.must(SetFlow{.key = flow, .ecmp_index = 3});
  EXPECT_EQ(label_of(vm1, 5), 103u);
  node.must(DeleteMember{ecmp, 3});
  const auto label = label_of(vm1, 5);
  EXPECT_NE(label, 103u);
  EXPECT_NE(label, 0u);
  EXPECT_EQ(flow_at(flow).ecmp_index, label - 100);
  node.must(SetMember{ecmp, 3, by_gre, 103});
  EXPECT_EQ(label_of(vm1, 5), label) << "it stays where it has gone";
  for (std::uint16_t i = 0; i < 4; ++i) node.must(DeleteMember{ecmp, i});
  const Frame in = udp_from_vm1("10.60.1.1", 5, 9);
  node.receives(vm1, in);
  EXPECT_EQ(node.moved(),
            Moves().rx(vm1, in).drop(vm1, Drop::invalid_nh).vrf(red, "ecmp_composites"));
}

}  // namespace
}  // namespace tflab::vr
