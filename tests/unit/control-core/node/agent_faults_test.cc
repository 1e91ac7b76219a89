// Agents that are lost, come back, flap, do not read or are not known: what happens to their
// routes, and that nobody else notices. Names begin with rows of the fault catalogue (F) and
// numbers of the original's acceptance scenarios (C).

#include <span>

#include "control-core/xmpp/stream.h"
#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

config::ControlNode with_grace(int restart = 60, int long_lived = 300) {
  auto out = article_node("10.0.0.1");
  out.fabric.graceful_restart = {.enable = true,
                                 .restart_time = seconds(restart),
                                 .long_lived_restart_time = seconds(long_lived),
                                 .end_of_rib_timeout = seconds(300),
                                 .xmpp_helper = true};
  return out;
}

struct Company : testing::Test {
  explicit Company(const config::ControlNode& config = article_node("10.0.0.1"))
      : control{lab.add<Node>(config)} {}

  Lab lab;
  Node& control;
  FakeAgent& a = lab.add<FakeAgent>("a", "10.0.1.1", ip("10.0.0.1"));
  FakeAgent& b = lab.add<FakeAgent>("b", "10.0.1.2", ip("10.0.0.1"));

  void SetUp() override {
    for (Host* host : std::initializer_list<Host*>{&control, &a, &b}) lab.start(*host);
    settle();
    for (FakeAgent* agent : {&a, &b}) agent->subscribe(pod, 2);
    b.publish(pod, b.inet("10.47.0.2/32", 26));
    tell_a();
    lab.run_for(seconds(20));
  }
  void settle() { lab.run_for(seconds(1)); }
  void tell_a() {
    a.publish(pod, a.inet("10.47.0.1/32", 25));
    a.publish(pod, a.inet("10.47.0.9/32", 27));
  }
  void lose_a() {
    lab.unreachable.insert(ip("10.0.0.1"));
    lab.cut(control, a);
    settle();
  }
  void find_a() {
    lab.unreachable.clear();
    for (const unsigned before = a.ups; a.ups == before;) settle();
  }
  unsigned flaps_of(const std::string& name) const {
    const Tree answer = control.page("BgpNeighborReq");
    for (const Tree* row : introspect::all(answer, "BgpNeighborResp"))
      if (text_of(*row, "peer") == name)
        return static_cast<unsigned>(std::stoul(std::string{text_of(*row, "flap_count")}));
    return 0;
  }
  std::vector<std::string> pods() const { return control.prefixes(pod + ".inet.0"); }
  std::string flags_of(const char* where) const {
    const Tree answer = control.page("ShowRouteReq", {{"routing_table", pod + ".inet.0"}});
    for (const Tree* route : introspect::all(answer, "ShowRoute"))
      if (text_of(*route, "prefix") == where)
        for (const Tree* path : introspect::all(*route, "ShowRoutePath")) {
          std::string out;
          for (const auto& flag : Node::elements(*path, "flags")) out += flag;
          return out;
        }
    return "no route";
  }
};
struct Grace : Company {
  Grace() : Company{with_grace()} {}
};

// --- graceful restart of agents (RFC 4724 as the helper, RFC 9494)

TEST_F(Grace, F08_routes_of_a_lost_agent_stay_then_count_less_then_go) {
  const unsigned before = b.messages;
  lose_a();
  EXPECT_THAT(pods(), ElementsAre("10.47.0.1/32", "10.47.0.2/32", "10.47.0.9/32"));
  EXPECT_EQ(flags_of("10.47.0.1/32"), "Stale");
  EXPECT_EQ(flags_of("10.47.0.2/32"), "None");
  EXPECT_EQ(b.messages, before);
  lab.run_for(seconds(61));
  EXPECT_EQ(flags_of("10.47.0.1/32"), "StaleLlgrStale");
  EXPECT_THAT(b.ids(pod), Contains("10.47.0.1/32"));
  lab.run_for(seconds(297));
  EXPECT_THAT(pods(), Contains("10.47.0.1/32"));
  lab.run_for(seconds(3));
  EXPECT_THAT(pods(), ElementsAre("10.47.0.2/32"));
  EXPECT_THAT(b.ids(pod), ElementsAre("10.47.0.2/32"));
}

TEST_F(Company, F08_without_grace_they_go_when_the_hold_time_has_passed) {
  lab.silent.insert(&a);
  lab.run_for(seconds(60));  // its last word was 20 s ago
  EXPECT_THAT(pods(), Contains("10.47.0.1/32"));
  lab.run_for(seconds(31));
  EXPECT_THAT(pods(), ElementsAre("10.47.0.2/32"));
  EXPECT_EQ(b.downs, 0u);
}

TEST_F(Grace, S76_an_agent_that_says_less_when_it_is_back_loses_only_that) {
  lose_a();
  const unsigned before = b.messages;
  find_a();
  a.subscribe(pod, 2);
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  settle();
  EXPECT_EQ(flags_of("10.47.0.1/32"), "None");
  EXPECT_EQ(flags_of("10.47.0.9/32"), "Stale");
  a.client.send_end_of_rib(lab.now);
  a.drain();
  settle();
  EXPECT_THAT(pods(), ElementsAre("10.47.0.1/32", "10.47.0.2/32"));
  EXPECT_EQ(b.messages, before + 1);  // one retract, nothing flapped
  EXPECT_THAT(a.ids(pod), ElementsAre("10.47.0.1/32", "10.47.0.2/32"));
}

TEST_F(Grace, F10_silence_counts_as_the_end_of_rib_that_agents_of_the_original_do_not_send) {
  lose_a();
  find_a();
  a.subscribe(pod, 2);
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  lab.run_for(seconds(5));
  EXPECT_THAT(pods(), Contains("10.47.0.9/32"));
  lab.run_for(seconds(3));
  EXPECT_THAT(pods(), ElementsAre("10.47.0.1/32", "10.47.0.2/32"));
}

TEST_F(Grace, S76_subscriptions_that_are_not_renewed_are_swept_with_their_targets) {
  a.subscribe(svc, 3);
  settle();
  const auto targets = control.prefixes("bgp.rtarget.0");
  EXPECT_THAT(targets, Contains("64512:target:64512:8000003"));
  lose_a();
  EXPECT_EQ(control.prefixes("bgp.rtarget.0"), targets);
  find_a();
  a.subscribe(pod, 2);
  tell_a();
  lab.run_for(seconds(10));
  EXPECT_THAT(pods(), ElementsAre("10.47.0.1/32", "10.47.0.2/32", "10.47.0.9/32"));
  a.unsubscribe(svc, 3);  // it was swept: this breaks the rules
  const unsigned downs = a.downs;
  settle();
  EXPECT_EQ(a.downs, downs + 1);
}

TEST_F(Grace, what_was_stale_already_goes_with_the_next_loss) {
  lose_a();
  find_a();
  a.subscribe(pod, 2);
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  settle();
  lose_a();
  EXPECT_THAT(pods(), ElementsAre("10.47.0.1/32", "10.47.0.2/32"));
  EXPECT_EQ(flags_of("10.47.0.1/32"), "Stale");
}

TEST_F(Grace, an_agent_that_breaks_the_rules_or_moves_is_given_none) {
  a.subscribe(pod, 2);
  settle();
  EXPECT_THAT(pods(), ElementsAre("10.47.0.2/32"));
  lab.unreachable.insert(ip("10.0.0.1"));
  lab.cut(control, b);
  settle();
  EXPECT_THAT(pods(), ElementsAre("10.47.0.2/32"));
  lab.unreachable.clear();
  FakeAgent& moved = lab.add<FakeAgent>("b", "10.0.1.77", ip("10.0.0.1"));
  lab.start(moved);
  settle();
  EXPECT_THAT(pods(), IsEmpty());
}

TEST_F(Grace, F01_a_second_channel_takes_over_what_the_first_has_said) {
  const unsigned before = b.messages;
  FakeAgent& again = lab.add<FakeAgent>("a", "10.0.1.1", ip("10.0.0.1"));
  lab.start(again);
  lab.run_for(millis(100));
  EXPECT_EQ(a.downs, 1u);
  EXPECT_EQ(flags_of("10.47.0.1/32"), "Stale");
  a.stop();
  again.subscribe(pod, 2);
  again.publish(pod, again.inet("10.47.0.1/32", 25));
  again.publish(pod, again.inet("10.47.0.9/32", 27));
  lab.run_for(seconds(10));
  EXPECT_EQ(flags_of("10.47.0.1/32"), "None");
  EXPECT_EQ(b.messages, before);
}

TEST_F(Grace, an_instance_that_goes_takes_the_routes_of_lost_agents_with_it) {
  lose_a();
  auto config = with_grace();
  std::erase_if(config.fabric.networks,
                [](const auto& network) { return network.name == pod_network; });
  control.configure(config);
  settle();
  lab.run_for(seconds(400));
  EXPECT_EQ(control.counts(pod + ".inet.0"), "no such table");
}

// --- who may connect, and how often

TEST(Strangers, F02_an_agent_with_an_address_that_nobody_configured_is_refused) {
  auto config = article_node("10.0.0.1");
  config.agents = std::set<IpAddr>{ip("10.0.1.1")};
  Lab lab;
  Node& control = lab.add<Node>(config);
  FakeAgent& known = lab.add<FakeAgent>("a", "10.0.1.1", ip("10.0.0.1"));
  FakeAgent& unknown = lab.add<FakeAgent>("a", "10.0.1.9", ip("10.0.0.1"));
  for (Host* host : std::initializer_list<Host*>{&control, &known, &unknown}) lab.start(*host);
  lab.run_for(seconds(30));
  EXPECT_EQ(known.downs, 0u);  // not even by one that says its name
  EXPECT_GT(unknown.downs, 1u);
  config.agents = std::set<IpAddr>{ip("10.0.1.9")};
  control.configure(config);
  lab.run_for(seconds(30));
  EXPECT_GT(known.downs, 0u);
  EXPECT_EQ(unknown.client.state(), xmpp::State::established);
}

TEST_F(Company, F09_an_agent_that_flaps_is_made_to_wait_and_the_others_do_not_notice) {
  const unsigned before = a.ups;
  for (int i = 0; i < 300; ++i) {  // a hundred a second, for three seconds
    a.stop();
    lab.run_for(millis(4));
    lab.start(a);
    lab.run_for(millis(6));
  }
  EXPECT_GT(a.ups, before + 200);  // as far as it knows: the stream is opened before it is refused
  EXPECT_EQ(b.downs, 0u);
  EXPECT_THAT(b.ids(pod), Contains("10.47.0.2/32"));
  lab.run_for(seconds(30));
  EXPECT_EQ(a.client.state(), xmpp::State::established);
  EXPECT_LT(flaps_of("a"), 20u);  // ten at once, and one a second
}

// Whoever comes may say that it is somebody else each time.
TEST_F(Company, names_are_remembered_of_all_who_are_here_and_of_some_who_are_gone) {
  const auto come_and_go = [this](const std::string& name) {
    const std::string header = "<stream:stream from=\"" + name +
                               "\" to=\"bgp.contrail.com\" version=\"1.0\" "
                               "xmlns:stream=\"http://etherx.jabber.org/streams\">";
    const StreamId stream =
        control.node.on_accepted(lab.now, {ip("10.0.0.1"), 5269}, {ip("10.0.1.3"), 40000});
    control.node.on_bytes(lab.now, stream, std::as_bytes(std::span{header}));
    while (control.node.poll_output()) {
    }
    control.node.on_closed(lab.now, stream);
  };
  for (FakeAgent* agent : {&a, &b}) {
    agent->stop();
    settle();
  }
  lab.start(b);
  settle();
  constexpr unsigned many = 16'384;
  for (unsigned i = 0; i < many - 1; ++i) come_and_go("stranger-" + std::to_string(i));
  lab.start(a);
  settle();
  EXPECT_EQ(flaps_of("a"), 1u);
  a.stop();
  settle();
  come_and_go("stranger");
  come_and_go("strangest");
  lab.start(a);
  settle();
  EXPECT_EQ(flaps_of("a"), 0u) << "the first of those who are gone";
  EXPECT_EQ(flaps_of("b"), 1u);
}

// --- what waits, and for whom

TEST_F(Company, F05_routes_may_wait_for_their_instance_up_to_a_limit) {
  const std::string late = config::instance_of("default-domain:k8s-default:late");
  a.subscribe(late, 9);
  for (unsigned n = 0; n < 10'050; ++n) {
    auto item = a.inet("10.1.0.0/32", 40);
    item.prefix = IpPrefix::host(Ip4{0x0a010000u + n});
    a.publish(late, item);
  }
  settle();
  EXPECT_EQ(a.downs, 0u);
  auto config = article_node("10.0.0.1");
  config::Network network;
  network.name = "default-domain:k8s-default:late";
  network.instance = network.network_id = 6;
  config.fabric.networks.push_back(network);
  control.configure(config);
  settle();
  EXPECT_EQ(control.counts(late + ".inet.0"), "10000 10000 10000 0 0");
}

TEST_F(Company, F06_another_instance_id_is_a_change_that_leaves_nothing_behind) {
  EXPECT_THAT(control.prefixes("bgp.l3vpn.0"), Contains("10.0.1.1:2:10.47.0.1/32"));
  a.told.clear();
  a.subscribe(pod, 7);
  a.publish(pod, a.inet("10.47.0.1/32", 25));
  settle();
  EXPECT_EQ(a.downs, 0u);
  EXPECT_THAT(control.prefixes("bgp.l3vpn.0"), Contains("10.0.1.1:7:10.47.0.1/32"));
  EXPECT_THAT(control.prefixes("bgp.l3vpn.0"), Not(Contains("10.0.1.1:2:10.47.0.1/32")));
  EXPECT_THAT(pods(), ElementsAre("10.47.0.1/32", "10.47.0.2/32"));
  EXPECT_THAT(a.ids(pod), ElementsAre("10.47.0.1/32", "10.47.0.2/32"));
}

TEST_F(Company, F11_an_agent_that_does_not_read_is_owed_the_latest_only_and_closed_in_the_end) {
  const StreamId stream = lab.stream_between(control, a);
  control.node.on_blocked(lab.now, stream);
  const unsigned before = a.messages, others = b.messages;
  for (std::uint32_t label = 100; label < 1100; ++label) {
    b.publish(pod, b.inet("10.47.0.3/32", label));
    lab.run_for(millis(10));
  }
  b.retract(pod, b.inet("10.47.0.2/32", 26));
  settle();
  EXPECT_EQ(a.messages, before);
  EXPECT_EQ(b.messages, others + 1001);  // nobody else waits
  control.node.on_writable(lab.now, stream);
  settle();
  EXPECT_EQ(a.messages, before + 2);  // the last label and one retract
  EXPECT_EQ(a.unicast(pod, "10.47.0.3/32")->next_hops[0].label, 1099u);
  EXPECT_THAT(a.ids(pod), Not(Contains("10.47.0.2/32")));

  control.node.on_blocked(lab.now, stream);
  lab.run_for(seconds(89));
  EXPECT_EQ(a.downs, 0u);
  lab.run_for(seconds(3));
  EXPECT_EQ(a.downs, 1u);
  EXPECT_EQ(b.downs, 0u);
}

// What a slow one was told is not taken back because a slower one has not been told it.
TEST_F(Company, newcomers_that_take_turns_in_being_slow_are_told_everything_once) {
  constexpr unsigned routes = 8000, a_message = 32;
  for (unsigned n = 0; n < routes; ++n) {
    auto item = b.inet("10.2.0.0/32", 1000);
    item.prefix = IpPrefix::host(Ip4{0x0a020000u + n});
    b.publish(pod, item);
  }
  settle();
  auto& x = lab.add<FakeAgent>("x", "10.0.2.1", ip("10.0.0.1"));
  auto& y = lab.add<FakeAgent>("y", "10.0.2.2", ip("10.0.0.1"));
  for (FakeAgent* each : {&x, &y}) lab.start(*each);
  settle();
  const StreamId to_x = lab.stream_between(control, x), to_y = lab.stream_between(control, y);
  const auto part_to = [&](StreamId stream) {
    control.node.on_writable(lab.now, stream);
    control.node.on_timer(lab.now);
    control.node.on_blocked(lab.now, stream);
    lab.run_for(millis(1));
  };
  for (StreamId stream : {to_x, to_y}) control.node.on_blocked(lab.now, stream);
  for (FakeAgent* each : {&x, &y}) each->subscribe(pod, 2);
  settle();
  const unsigned before = x.messages;
  constexpr unsigned rounds = 30;
  for (unsigned round = 0; round < rounds; ++round) {
    for (const StreamId stream : {to_x, to_x, to_y}) part_to(stream);
    b.publish(pod, b.inet("10.47.0.3/32", 100 + round));  // the others go on hearing news
    lab.run_for(millis(1));
  }
  for (StreamId stream : {to_x, to_y}) control.node.on_writable(lab.now, stream);
  settle();
  EXPECT_EQ(x.ids(pod), a.ids(pod));
  EXPECT_EQ(y.ids(pod), a.ids(pod));
  EXPECT_EQ(x.unicast(pod, "10.47.0.3/32")->next_hops[0].label, 100 + rounds - 1);
  EXPECT_LE(x.messages - before, routes / a_message + 4 * rounds);
  EXPECT_LE(y.messages - before, routes / a_message + 4 * rounds);
}

TEST_F(Company, who_hears_again_for_a_moment_takes_nothing_from_who_stays_behind) {
  auto& y = lab.add<FakeAgent>("y", "10.0.2.2", ip("10.0.0.1"));
  lab.start(y);
  settle();
  y.subscribe(pod, 2);
  settle();
  const StreamId to_a = lab.stream_between(control, a), to_y = lab.stream_between(control, y);
  control.node.on_blocked(lab.now, to_a);
  constexpr unsigned routes = 1000;
  for (unsigned n = 0; n < routes; ++n) {
    auto item = b.inet("10.2.0.0/32", 1000);
    item.prefix = IpPrefix::host(Ip4{0x0a020000u + n});
    b.publish(pod, item);
  }
  settle();
  control.node.on_blocked(lab.now, to_y);
  b.publish(pod, b.inet("10.2.0.0/32", 7));
  lab.run_for(millis(1));
  control.node.on_writable(lab.now, to_a);
  control.node.on_timer(lab.now);
  control.node.on_blocked(lab.now, to_a);
  lab.run_for(millis(1));
  EXPECT_EQ(a.unicast(pod, "10.2.0.0/32")->next_hops[0].label, 7u);
  EXPECT_THAT(a.ids(pod), Not(Contains("10.2.3.231/32")));
  b.publish(pod, b.inet("10.47.0.3/32", 30));
  lab.run_for(millis(1));
  for (const StreamId stream : {to_a, to_y}) control.node.on_writable(lab.now, stream);
  settle();
  EXPECT_EQ(y.unicast(pod, "10.2.0.0/32")->next_hops[0].label, 7u);
  EXPECT_THAT(a.ids(pod), Contains("10.2.3.231/32"));
  EXPECT_EQ(a.ids(pod), y.ids(pod));
}

TEST_F(Company, keepalives_do_not_put_off_the_end_of_rib) {
  auto& x = lab.add<FakeAgent>("x", "10.0.2.1", ip("10.0.0.1"));
  lab.start(x);
  settle();
  x.subscribe(pod, 2);
  const StreamId stream = lab.stream_between(control, x);
  for (unsigned n = 0; n < 5; ++n) {
    lab.run_for(seconds(2));
    control.node.on_bytes(lab.now, stream, std::as_bytes(std::span{xmpp::keepalive_text}));
  }
  EXPECT_EQ(x.ends_of_rib, 1u);
}

TEST_F(Company, S44_many_routes_added_and_deleted_in_turns_all_arrive) {
  for (unsigned round = 0; round < 3; ++round)
    for (unsigned n = 0; n < 500; ++n) {
      auto item = b.inet("10.2.0.0/32", 1000 + n);
      item.prefix = IpPrefix::host(Ip4{0x0a020000u + n});
      if ((n + round) % 2 == 0)
        b.publish(pod, item);
      else
        b.retract(pod, item);
    }
  settle();
  EXPECT_EQ(a.ids(pod), b.ids(pod));
  EXPECT_EQ(a.ids(pod).size(), 253u);
}

TEST_F(Company, F13_a_tree_without_the_lost_agent_reaches_all_others_once) {
  std::vector<FakeAgent*> agents;
  for (int i = 0; i < 6; ++i) {
    const std::string address = "10.0.2." + std::to_string(i + 1);
    agents.push_back(&lab.add<FakeAgent>("v" + std::to_string(i), address.c_str(), ip("10.0.0.1")));
    lab.start(*agents.back());
    settle();
    agents.back()->subscribe(svc, 3);
    agents.back()->publish(svc, agents.back()->flood());
  }
  settle();
  lab.unreachable.insert(ip("10.0.0.1"));
  lab.cut(control, *agents[0]);  // the root
  settle();
  std::size_t links = 0;
  for (std::size_t i = 1; i < 6; ++i) {
    const std::string id = "10.0.2." + std::to_string(i + 1) + ":3:255.255.255.255,0.0.0.0";
    const auto* item = agents[i]->item<xmpp::MulticastItem>(svc, Family::ermvpn, id);
    ASSERT_NE(item, nullptr);
    EXPECT_FALSE(item->olist.empty());
    for (const auto& hop : item->olist) EXPECT_NE(hop.address, IpAddr{ip("10.0.2.1")});
    links += item->olist.size();
  }
  EXPECT_EQ(links, 2 * 4u);  // five nodes, four edges, seen from both ends: connected, so no loop
}

}  // namespace
}  // namespace tflab::test
