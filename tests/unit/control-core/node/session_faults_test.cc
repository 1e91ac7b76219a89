// Rows of section D of the fault catalogue that need a whole node: what peers do to each other, and
// what time, partitions and the operator do to all of them. D01, D04, D11, D12 and D17 need
// sockets.

#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* node_address = "172.31.14.47";
const std::vector<Family> vpn_only = {Family::inet_vpn};

Nlri vpn(std::uint32_t host) {
  return VpnRoute{RouteDistinguisher::as2(64512, 1), IpPrefix::host(Ip4{host})};
}

config::BgpPeer client(const char* address) {
  config::BgpPeer out;
  out.name = address;
  out.address = ip(address);
  out.as = Asn{64512};
  out.families = vpn_only;
  out.route_reflector_client = true;
  return out;
}

// A reflector with two routers.
struct Faults : testing::Test {
  Lab lab;
  Node* node = nullptr;
  Router *a = nullptr, *b = nullptr;

  static config::ControlNode reflector() {
    config::ControlNode out = article_node(node_address);
    out.cluster_id = ip("1.1.1.1");
    out.peers = {client("10.0.0.9"), client("10.0.0.10")};
    return out;
  }
  void begin(config::ControlNode config = reflector()) {
    node = &lab.add<Node>(std::move(config));
    a = &lab.add<Router>("10.0.0.9", ip(node_address), vpn_only);
    b = &lab.add<Router>("10.0.0.10", ip(node_address), vpn_only);
    for (Host* each : std::initializer_list<Host*>{node, a, b}) lab.start(*each);
    lab.run_for(seconds(10));
    ASSERT_EQ(a->ups + b->ups, 2u);
  }
  void announce(Router& router, std::uint32_t first, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i)
      router.announce(vpn(first + i), Family::inet_vpn, {}, 100);
    lab.run_for(seconds(1));
  }
  std::string neighbour(const char* name, const char* field) const {
    const Tree answer = node->page("BgpNeighborReq", {{"search_string", name}});
    const Tree* row = introspect::find(answer, "BgpNeighborResp");
    return row ? std::string{text_of(*row, field)} : "none";
  }
};

TEST_F(Faults, D05_a_peer_that_does_not_read_costs_little_and_delays_nobody) {
  config::ControlNode config = reflector();
  config.peers.push_back(client("10.0.0.11"));
  begin(config);
  Router& c = lab.add<Router>("10.0.0.11", ip(node_address), vpn_only);
  lab.start(c);
  lab.run_for(seconds(10));
  announce(*b, 1, 3);
  const auto updates = a->session.received().updates;
  const StreamId stream = *lab.stream_of(*node, *a);
  node->node.on_blocked(lab.now, stream);
  for (unsigned round = 0; round < 50; ++round) {
    for (std::uint32_t i = 0; i < 20; ++i)
      b->announce(vpn(100 + i), Family::inet_vpn, {}, 100 + round);
    lab.run_for(seconds(1));
    ASSERT_EQ(c.routes.at({Family::inet_vpn, to_text(vpn(100))}).label, 100 + round);
  }
  b->withdraw(vpn(1), Family::inet_vpn);
  b->announce(vpn(2), Family::inet_vpn, {}, 777);
  b->withdraw(vpn(100), Family::inet_vpn);
  lab.run_for(seconds(1));
  EXPECT_EQ(a->session.received().updates, updates) << "nothing is queued for it";
  EXPECT_THAT(a->keys(Family::inet_vpn), SizeIs(3));

  node->node.on_writable(lab.now, stream);
  node->drain();
  lab.run_for(seconds(1));
  EXPECT_EQ(a->keys(Family::inet_vpn), c.keys(Family::inet_vpn));
  EXPECT_EQ(a->routes.at({Family::inet_vpn, to_text(vpn(2))}).label, 777u);
  EXPECT_EQ(a->routes.at({Family::inet_vpn, to_text(vpn(101))}).label, 149u);
  EXPECT_LE(a->session.received().updates - updates, 6u) << "the last state, not all of them";
  EXPECT_EQ(a->downs + c.downs, 0u);
}

// It keeps its routes while it hears nothing; what changes meanwhile it is told by the new route.
TEST_F(Faults, D05_and_loses_no_route_that_it_is_told_again) {
  begin();
  announce(*b, 1, 20);
  const StreamId stream = *lab.stream_of(*node, *a);
  const auto withdrawn = a->withdrawals;
  node->node.on_blocked(lab.now, stream);
  for (std::uint32_t i = 0; i < 20; ++i)
    b->announce(vpn(1 + i), Family::inet_vpn, {}, i % 2 ? 100 : 200);
  b->withdraw(vpn(20), Family::inet_vpn);
  lab.run_for(seconds(1));
  node->node.on_writable(lab.now, stream);
  node->drain();
  lab.run_for(seconds(1));
  EXPECT_EQ(a->withdrawals - withdrawn, 1u);
  EXPECT_THAT(a->keys(Family::inet_vpn), SizeIs(19));
  EXPECT_EQ(a->routes.at({Family::inet_vpn, to_text(vpn(1))}).label, 200u);
}

TEST_F(Faults, D05_and_is_given_up_after_the_send_hold_time) {
  begin();
  node->node.on_blocked(lab.now, *lab.stream_of(*node, *a));
  lab.run_for(seconds(479));
  EXPECT_EQ(a->downs, 0u);
  lab.run_for(seconds(2));
  EXPECT_EQ(a->downs, 1u);
  EXPECT_EQ(neighbour("10.0.0.9", "flap_count"), "1");
  EXPECT_EQ(b->downs, 0u);
}

// An UPDATE whose ORIGIN is 9: its route is as good as withdrawn, and the page tells why.
TEST_F(Faults, B30_a_fault_that_was_survived_is_on_the_page_with_its_octets) {
  begin();
  const auto error = [&](const char* field) {
    const Tree answer = node->page("BgpNeighborReq", {{"search_string", "10.0.0.9"}});
    const Tree* errors = introspect::find(answer, "PeerRxErrorStats");
    return errors ? std::string{text_of(*errors, field)} : "none";
  };
  announce(*a, 1, 1);
  EXPECT_EQ(error("treated_as_withdraw"), "0");
  EXPECT_EQ(error("last_error_octets"), "");
  const std::vector<unsigned> octets = {
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0x00, 0x29, 0x02, 0x00, 0x00, 0x00, 0x12,  // length 41, UPDATE, 18
                                                       // octets of attributes
      0x40, 0x01, 0x01, 0x09, 0x40, 0x02, 0x00,        // ORIGIN 9, an empty AS_PATH
      0x40, 0x03, 0x04, 0x0a, 0x00, 0x00, 0x09,        // NEXT_HOP 10.0.0.9
      0x40, 0x05, 0x00, 0x00};                         // LOCAL_PREF cut short
  std::vector<std::byte> message;
  for (unsigned octet : octets) message.push_back(static_cast<std::byte>(octet));
  a->raw(std::make_shared<const std::vector<std::byte>>(message));
  lab.run_for(seconds(1));
  EXPECT_EQ(neighbour("10.0.0.9", "state"), "Established");
  EXPECT_EQ(error("treated_as_withdraw"), "1");
  EXPECT_NE(error("last_error"), "");
  EXPECT_THAT(error("last_error_octets"), testing::StartsWith("40"));
}

TEST_F(Faults, D09_a_thousand_flaps_leave_nothing_behind) {
  begin();
  announce(*b, 1000, 3);
  for (unsigned i = 0; i < 1000; ++i) {
    a->announce(vpn(i), Family::inet_vpn, {}, 100);
    lab.run_for(millis(10));
    lab.cut(*a, *node);
    lab.run_for(seconds(12));
    ASSERT_EQ(a->ups, i + 2) << "came back every time";
    ASSERT_THAT(node->prefixes("bgp.l3vpn.0"), SizeIs(3));
  }
  EXPECT_EQ(neighbour("10.0.0.9", "flap_count"), "1000");
  EXPECT_EQ(b->downs, 0u);
  EXPECT_THAT(b->keys(Family::inet_vpn), IsEmpty());
  EXPECT_THAT(a->keys(Family::inet_vpn), SizeIs(3));
}

TEST_F(Faults, D10_who_announces_too_much_is_shut_for_a_minute_and_nobody_else_notices) {
  config::ControlNode config = reflector();
  config.peers[0].prefix_limit = 3;
  begin(config);
  announce(*b, 1000, 5);
  announce(*a, 1, 3);
  a->announce(vpn(3), Family::inet_vpn, {}, 200);  // not one more
  lab.run_for(seconds(1));
  EXPECT_THAT(node->prefixes("bgp.l3vpn.0"), SizeIs(8));
  a->withdraw(vpn(3), Family::inet_vpn);
  announce(*a, 4, 1);
  EXPECT_EQ(a->downs, 0u);

  announce(*a, 5, 1);
  EXPECT_EQ(a->downs, 1u);
  EXPECT_EQ(a->session.last_error().text, "Cease/maximum number of prefixes reached");
  EXPECT_THAT(node->prefixes("bgp.l3vpn.0"), SizeIs(5));
  EXPECT_THAT(b->keys(Family::inet_vpn), IsEmpty());
  lab.run_for(seconds(55));
  EXPECT_EQ(a->ups, 1u);
  lab.run_for(seconds(120));
  EXPECT_EQ(a->ups, 2u);
  EXPECT_EQ(b->downs, 0u);
}

TEST_F(Faults, D10_a_limit_can_change_without_a_restart) {
  begin();
  announce(*a, 1, 4);
  config::ControlNode next = reflector();
  next.peers[0].prefix_limit = 4;
  node->configure(next);
  lab.run_for(seconds(1));
  EXPECT_EQ(a->downs, 0u);
  next.peers[0].prefix_limit = 3;
  node->configure(next);
  lab.run_for(seconds(1));
  EXPECT_EQ(a->downs, 1u);
}

TEST_F(Faults, D13_a_storm_of_refreshes_is_answered_twice) {
  begin();
  announce(*b, 1000, 200);
  lab.run_for(seconds(1));
  const auto updates = a->session.received().updates;
  const auto routes = a->routes;
  a->routes.clear();
  for (int i = 0; i < 1000; ++i) a->session.send_refresh({Family::inet_vpn, bgp::Refresh::request});
  a->drain();
  lab.run_for(seconds(1));
  EXPECT_EQ(a->routes.size(), routes.size()) << "all of it again";
  using What = bgp::Refresh;
  EXPECT_EQ(a->refreshes, (std::vector<bgp::Refresh>{{Family::inet_vpn, What::begin},
                                                     {Family::inet_vpn, What::end}}));
  lab.run_for(seconds(60));
  EXPECT_EQ(a->refreshes.size(), 4u) << "once at once, and once for all that came meanwhile";
  EXPECT_LE(a->session.received().updates - updates, 10u);
  EXPECT_EQ(b->session.received().updates, 1u) << "its end-of-rib";
  EXPECT_EQ(a->withdrawals, 0u);
}

TEST_F(Faults, D13_what_a_peer_does_not_say_again_in_a_refresh_goes) {
  begin();
  announce(*a, 1, 3);
  a->session.send_refresh({Family::inet_vpn, bgp::Refresh::begin});
  a->announce(vpn(2), Family::inet_vpn, {}, 100);
  lab.run_for(seconds(1));
  EXPECT_THAT(node->prefixes("bgp.l3vpn.0"), SizeIs(3));
  a->session.send_refresh({Family::inet_vpn, bgp::Refresh::end});
  a->drain();
  lab.run_for(seconds(1));
  EXPECT_THAT(node->prefixes("bgp.l3vpn.0"), SizeIs(1));
  EXPECT_EQ(a->downs, 0u);
}

TEST_F(Faults, D16_time_that_stands_still_or_goes_back_lets_nothing_expire) {
  begin();
  announce(*a, 1, 3);
  for (Duration back : {Duration{}, seconds(1), seconds(9)}) {
    node->node.on_timer(Instant{lab.now.ns - back.ns});
    node->drain();
  }
  lab.run_for(seconds(600));
  EXPECT_EQ(a->downs + b->downs, 0u);
  EXPECT_THAT(node->prefixes("bgp.l3vpn.0"), SizeIs(3));
}

TEST_F(Faults, D18_an_AS_an_identifier_and_a_family_changed_live_restart_a_session_once) {
  begin();
  config::ControlNode next = reflector();
  next.peers[0].families.push_back(Family::evpn);
  node->configure(next);
  lab.run_for(seconds(60));
  EXPECT_EQ(a->ups, 2u);
  EXPECT_EQ(b->ups, 1u) << "not concerned";
  next.router_id = ip("172.31.14.48");
  node->configure(next);
  lab.run_for(seconds(120));
  EXPECT_EQ(a->ups, 3u);
  EXPECT_EQ(b->ups, 2u);
  next.peers[0].as = Asn{64999};
  node->configure(next);
  lab.run_for(seconds(120));
  EXPECT_EQ(a->ups, 3u) << "it is 64512";
  EXPECT_EQ(a->session.last_error().text, "OPEN message error/bad peer AS");
  next.peers[0].as = Asn{64512};
  node->configure(next);
  lab.run_for(seconds(240));
  EXPECT_EQ(a->ups, 4u);
  EXPECT_EQ(b->ups, 2u);
}

// --- partitions

struct Partition : testing::Test {
  Lab lab;
  std::vector<config::ControlNode> configs = {article_node("10.0.0.1"), article_node("10.0.0.2")};
  Node *left = nullptr, *right = nullptr;
  FakeAgent *a = nullptr, *b = nullptr;

  void SetUp() override {
    mesh(configs);
    left = &lab.add<Node>(configs[0]);
    right = &lab.add<Node>(configs[1]);
    a = &lab.add<FakeAgent>("a", "10.0.1.1", ip("10.0.0.1"));
    b = &lab.add<FakeAgent>("b", "10.0.1.2", ip("10.0.0.2"));
    lab.start(*left);
    lab.start(*right);
    lab.run_for(seconds(15));
    lab.start(*a);
    lab.start(*b);
    lab.run_for(seconds(1));
    a->subscribe(pod, 2);
    b->subscribe(pod, 7);
    a->publish(pod, a->inet("10.47.0.1/32", 25));
    b->publish(pod, b->inet("10.47.0.2/32", 26));
    lab.run_for(seconds(5));
  }
  std::vector<std::string> state() const {
    auto out = left->rows(pod + ".inet.0");
    for (const auto& row : right->rows(pod + ".inet.0")) out.push_back(row);
    return out;
  }
};

TEST_F(Partition, D14_two_nodes_apart_for_30_or_300_seconds_agree_again) {
  const auto before = state();
  ASSERT_THAT(before, SizeIs(4));
  for (Duration apart : {seconds(30), seconds(300)}) {
    lab.muted = {{left, right}, {right, left}};
    lab.run_for(apart);
    if (apart > seconds(90)) {
      EXPECT_THAT(left->prefixes(pod + ".inet.0"), ElementsAre("10.47.0.1/32"));
      EXPECT_THAT(right->prefixes(pod + ".inet.0"), ElementsAre("10.47.0.2/32"));
    }
    b->retract(pod, b->inet("10.47.0.2/32", 26));  // nobody announces it when they meet again
    lab.run_for(seconds(1));
    lab.heal();
    lab.run_for(seconds(240));
    EXPECT_THAT(left->prefixes(pod + ".inet.0"), ElementsAre("10.47.0.1/32"));
    b->publish(pod, b->inet("10.47.0.2/32", 26));
    lab.run_for(seconds(5));
    EXPECT_EQ(state(), before);
  }
}

TEST_F(Partition, D15_one_that_hears_and_is_not_heard_lets_go_within_three_hold_times) {
  const auto before = state();
  lab.muted = {{left, right}};
  lab.run_for(seconds(270));
  EXPECT_THAT(left->prefixes(pod + ".inet.0"), ElementsAre("10.47.0.1/32"));
  EXPECT_THAT(right->prefixes(pod + ".inet.0"), ElementsAre("10.47.0.2/32"));
  lab.heal();
  lab.run_for(seconds(240));
  EXPECT_EQ(state(), before);
}

}  // namespace
}  // namespace tflab::test
