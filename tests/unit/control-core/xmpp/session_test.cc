#include "control-core/xmpp/session.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>

#include "control-core/xmpp/memo.h"
#include "control-core/xmpp/stream.h"
#include "tests/unit/control-core/xmpp/samples.h"

namespace tflab::xmpp {
namespace {

const std::string control_jid = "network-control@contrailsystems.com";

// An agent and a control node with 5 ms of wire between them, in virtual time.
struct Pair {
  static SessionConfig agent_config() { return {.local = "node-a", .remote = control_jid}; }
  static SessionConfig control_config() { return {.local = control_jid, .remote = {}}; }
  static constexpr Duration delay = millis(5);

  Instant now{};
  Client client{agent_config(), std::make_shared<Memo>(0)};
  std::optional<Server> server;
  bool reachable = true, silent = false;  // refuses connections; loses all that is sent
  int connections = 0, dials = 0, generation = 0;
  std::vector<ClientOutput> told_agent;
  std::vector<ServerOutput> told_control;
  std::string wire_to_control, wire_to_agent;
  std::multimap<Instant, std::function<void()>> queue;

  void later(std::function<void()> what) { queue.emplace(now + delay, std::move(what)); }

  void start() {
    client.start(now);
    drain();
  }

  void connect(int of) {
    if (of != generation) return;
    if (!reachable) return client.on_transport_down(now);
    ++connections;
    server.emplace(control_config());
    server->on_transport_up(now);
    client.on_transport_up(now);
  }

  static std::string text_of(const Send& send) {
    return {reinterpret_cast<const char*>(send.bytes->data()), send.bytes->size()};
  }

  void take(ClientOutput& output) {
    if (std::holds_alternative<Dial>(output)) {
      ++dials;
      later([this, of = ++generation] { connect(of); });
    } else if (std::holds_alternative<HangUp>(output)) {
      if (silent) return;
      later([this, of = generation++] {
        if (of + 1 == generation && server) server->on_transport_down(now);
      });
    } else if (auto* send = std::get_if<Send>(&output)) {
      wire_to_control += text_of(*send);
      if (silent) return;
      later([this, of = generation, bytes = send->bytes] {
        if (server && of == generation) server->on_bytes(now, *bytes);
      });
    } else {
      told_agent.push_back(std::move(output));
    }
  }

  void take(ServerOutput& output) {
    if (std::holds_alternative<HangUp>(output)) {
      if (silent) return;
      later([this, of = generation] {
        if (of == generation) client.on_transport_down(now);
      });
    } else if (auto* send = std::get_if<Send>(&output)) {
      wire_to_agent += text_of(*send);
      if (silent) return;
      later([this, of = generation, bytes = send->bytes] {
        if (of == generation) client.on_bytes(now, *bytes);
      });
    } else {
      told_control.push_back(std::move(output));
    }
  }

  void drain() {
    for (bool more = true; more;) {
      more = false;
      while (auto output = client.poll_output()) take(*output), more = true;
      while (server) {
        auto output = server->poll_output();
        if (!output) break;
        take(*output);
        more = true;
      }
    }
  }

  std::optional<Instant> next() const {
    std::optional<Instant> first = client.next_timer();
    const auto consider = [&](std::optional<Instant> t) {
      if (t && (!first || *t < *first)) first = t;
    };
    if (server) consider(server->next_timer());
    if (!queue.empty()) consider(queue.begin()->first);
    return first;
  }

  void run_for(Duration time) {
    const Instant end = now + time;
    while (auto due = next()) {
      if (*due > end) break;
      now = std::max(now, *due);
      if (!queue.empty() && queue.begin()->first <= now) {
        const auto event = std::move(queue.begin()->second);
        queue.erase(queue.begin());
        event();
      } else {
        client.on_timer(now);
        if (server) server->on_timer(now);
      }
      drain();
    }
    now = end;
  }

  void inject(std::string_view text) {  // as if the agent had sent it
    server->on_bytes(now, std::as_bytes(std::span{text}));
    drain();
  }

  template <class T>
  std::vector<T> agent() const {
    std::vector<T> out;
    for (const auto& o : told_agent)
      if (const auto* t = std::get_if<T>(&o)) out.push_back(*t);
    return out;
  }
  template <class T>
  std::vector<T> control() const {
    std::vector<T> out;
    for (const auto& o : told_control)
      if (const auto* t = std::get_if<T>(&o)) out.push_back(*t);
    return out;
  }
};

struct UpPair : Pair {
  UpPair() {
    start();
    run_for(seconds(1));
    EXPECT_EQ(client.state(), State::established);
    EXPECT_EQ(server->state(), State::established);
  }
};

std::string iq(std::string_view inside) {
  return std::string{"<iq type='set' from='node-a' to='c/bgp-peer' id='x'><pubsub>"}.append(
             inside) +
         "</pubsub></iq>";
}

TEST(XmppSession, both_ends_are_up_after_one_exchange_of_headers) {
  UpPair pair;
  ASSERT_EQ(pair.agent<Up>().size(), 1u);
  EXPECT_EQ(pair.agent<Up>()[0].peer, control_jid);
  ASSERT_EQ(pair.control<Up>().size(), 1u);
  EXPECT_EQ(pair.control<Up>()[0].peer, "node-a");
  EXPECT_EQ(pair.server->peer(), "node-a");
  EXPECT_EQ(pair.wire_to_control,
            header_text({"node-a", control_jid, ""}) + std::string{keepalive_text});
  EXPECT_EQ(pair.wire_to_agent, header_text({control_jid, "node-a", "++123"}));
}

TEST(XmppSession, stays_up_for_hours_on_keepalives_alone) {
  UpPair pair;
  pair.run_for(seconds(3600));
  EXPECT_EQ(pair.client.state(), State::established);
  EXPECT_EQ(pair.server->state(), State::established);
  EXPECT_EQ(pair.client.flaps(), 0u);
  EXPECT_EQ(pair.server->received().keepalives, 121u);  // one at once, then every 30 s
  EXPECT_EQ(pair.client.received().keepalives, 120u);
  EXPECT_EQ(pair.client.sent().bytes, pair.server->received().bytes);
}

TEST(XmppSession, subscriptions_and_routes_arrive_as_they_were_said) {
  UpPair pair;
  pair.client.subscribe(pair.now, samples::instance, 7);
  pair.client.publish(pair.now, samples::instance, samples::unicast(), 3);
  pair.client.publish(pair.now, samples::instance, samples::evpn());
  pair.client.publish(pair.now, samples::instance, samples::multicast());
  pair.client.retract(pair.now, samples::instance, samples::evpn());
  pair.client.unsubscribe(pair.now, samples::instance, 7);
  pair.client.send_end_of_rib(pair.now);
  pair.drain();
  pair.run_for(seconds(1));
  const auto subscribed = pair.control<Subscribed>();
  ASSERT_EQ(subscribed.size(), 1u);
  EXPECT_EQ(subscribed[0].instance, samples::instance);
  EXPECT_EQ(subscribed[0].instance_id, 7u);
  const auto published = pair.control<Published>();
  ASSERT_EQ(published.size(), 3u);
  EXPECT_EQ(published[0].instance, samples::instance);
  EXPECT_EQ(published[0].item, Item{samples::unicast()});
  EXPECT_EQ(published[0].primary_instance, 3u);
  EXPECT_EQ(published[1].item, Item{samples::evpn()});
  EXPECT_EQ(published[2].item, Item{samples::multicast()});
  ASSERT_EQ(pair.control<Retracted>().size(), 1u);
  EXPECT_EQ(pair.control<Retracted>()[0].item, Item{samples::evpn()});
  EXPECT_EQ(pair.control<Unsubscribed>().size(), 1u);
  EXPECT_EQ(pair.control<EndOfRib>().size(), 1u);
  EXPECT_EQ(pair.server->received().refused, 0u);
  EXPECT_EQ(pair.server->received().stanzas, 12u);
  EXPECT_EQ(pair.client.sent().stanzas, 12u);
}

TEST(XmppSession, items_and_retracts_arrive_in_batches) {
  UpPair pair;
  std::vector<Item> items;
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) {
    UnicastItem item = samples::unicast("10.0.0." + std::to_string(i) + "/32");
    item.sub_protocol = SubProtocol::none;
    items.push_back(item);
    ids.push_back(id_of(items.back()));
  }
  pair.server->send_items(pair.now, samples::instance, items);
  pair.server->send_retracts(pair.now, samples::instance, Family::inet, ids);
  pair.server->send_items(pair.now, samples::instance, {});
  pair.server->send_end_of_rib(pair.now);
  pair.drain();
  pair.run_for(seconds(1));
  const auto got = pair.agent<Items>();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].items->size(), 32u);
  EXPECT_EQ(got[1].items->size(), 8u);
  EXPECT_EQ(got[0].instance, samples::instance);
  EXPECT_EQ(got[0].family, Family::inet);
  EXPECT_TRUE(std::equal(got[0].items->begin(), got[0].items->end(), items.begin(),
                         [](const SharedItem& a, const Item& b) { return *a == b; }));
  ASSERT_EQ(pair.agent<Retracts>().size(), 1u);
  EXPECT_EQ(pair.agent<Retracts>()[0].ids, ids);
  EXPECT_EQ(pair.agent<EndOfRib>().size(), 1u);
  EXPECT_EQ(pair.server->sent().stanzas, 4u);
}

TEST(XmppSession, goes_down_one_hold_time_after_the_wire_goes_silent) {
  UpPair pair;
  pair.run_for(seconds(30));  // to t = 31 s: the last keepalives crossed at about 30.01 s
  pair.silent = true;
  pair.run_for(seconds(89));
  EXPECT_EQ(pair.client.state(), State::established);
  EXPECT_EQ(pair.server->state(), State::established);
  pair.run_for(seconds(1));
  EXPECT_EQ(pair.client.flaps(), 1u);
  ASSERT_EQ(pair.agent<Down>().size(), 1u);
  EXPECT_EQ(pair.agent<Down>()[0].why, "hold time expired");
  ASSERT_EQ(pair.control<Down>().size(), 1u);
  EXPECT_EQ(pair.server->state(), State::idle);
  EXPECT_NE(pair.wire_to_agent.find("<connection-timeout"), std::string::npos);
}

TEST(XmppSession, any_bytes_keep_the_peer_alive) {
  Server server{Pair::control_config()};
  server.on_transport_up(Instant{});
  const std::string header = header_text({"node-a", control_jid, ""});
  server.on_bytes(Instant{}, std::as_bytes(std::span{header}));
  for (int i = 0; i < 300; ++i) {
    server.on_timer(Instant{} + seconds(i));
    server.on_bytes(Instant{} + seconds(i), std::as_bytes(std::span{std::string_view{" "}}));
  }
  server.on_timer(Instant{} + seconds(299 + 89));
  EXPECT_EQ(server.state(), State::established);
  server.on_timer(Instant{} + seconds(299 + 90));
  EXPECT_EQ(server.state(), State::idle);
}

TEST(XmppSession, the_agent_dials_again_until_the_control_node_is_back) {
  Pair pair;
  pair.reachable = false;
  pair.start();
  pair.run_for(seconds(4));
  EXPECT_EQ(pair.dials, 1);
  EXPECT_EQ(pair.client.state(), State::active);
  pair.run_for(seconds(120));
  EXPECT_EQ(pair.dials, 6);  // after about 5, 10, 20, 40 and 40 s
  EXPECT_TRUE(pair.told_agent.empty());
  pair.reachable = true;
  pair.run_for(seconds(50));
  EXPECT_EQ(pair.client.state(), State::established);
  EXPECT_EQ(pair.client.flaps(), 0u);
  pair.client.on_transport_down(pair.now);  // a session that was up starts over with about 5 s
  pair.drain();
  pair.run_for(millis(6300));
  EXPECT_EQ(pair.client.state(), State::established);
}

TEST(XmppSession, a_lost_connection_is_told_and_made_again) {
  UpPair pair;
  pair.client.subscribe(pair.now, "a", 1);
  pair.server->on_transport_down(pair.now);
  pair.client.on_transport_down(pair.now);
  pair.drain();
  EXPECT_EQ(pair.client.state(), State::active);
  ASSERT_EQ(pair.agent<Down>().size(), 1u);
  EXPECT_EQ(pair.agent<Down>()[0].why, "connection lost");
  EXPECT_EQ(pair.control<Down>().size(), 1u);
  pair.run_for(seconds(6));
  EXPECT_EQ(pair.client.state(), State::established);
  EXPECT_EQ(pair.connections, 2);
  EXPECT_EQ(pair.agent<Up>().size(), 2u);
  EXPECT_EQ(pair.client.flaps(), 1u);
}

TEST(XmppSession, a_stopped_agent_says_goodbye_and_stays_away) {
  UpPair pair;
  pair.client.stop(pair.now);
  pair.drain();
  EXPECT_TRUE(pair.wire_to_control.ends_with("</stream:stream>"));
  pair.run_for(seconds(600));
  EXPECT_EQ(pair.client.state(), State::idle);
  EXPECT_EQ(pair.server->state(), State::idle);
  EXPECT_EQ(pair.connections, 1);
  EXPECT_EQ(pair.control<Down>().size(), 1u);
  EXPECT_FALSE(pair.client.next_timer());
  EXPECT_FALSE(pair.server->next_timer());
  pair.start();
  pair.run_for(seconds(1));
  EXPECT_EQ(pair.client.state(), State::established);
}

TEST(XmppSession, the_end_tag_of_the_agent_is_answered_and_ends_the_session) {
  UpPair pair;
  pair.wire_to_agent.clear();
  pair.inject("</stream:stream>");
  EXPECT_EQ(pair.wire_to_agent, "</stream:stream>");
  ASSERT_EQ(pair.control<Down>().size(), 1u);
  EXPECT_EQ(pair.control<Down>()[0].why, "closed by peer");
}

TEST(XmppSession, an_agent_that_breaks_the_rules_is_told_why_and_may_come_back) {
  UpPair pair;
  pair.server->close(pair.now, "policy-violation", "duplicate subscribe");
  pair.drain();
  EXPECT_EQ(pair.control<Down>().at(0).why, "duplicate subscribe");
  pair.run_for(millis(20));
  EXPECT_EQ(pair.agent<Down>().at(0).why, "stream error from peer: policy-violation");
  EXPECT_EQ(pair.client.flaps(), 1u);
  pair.run_for(seconds(6));
  EXPECT_EQ(pair.client.state(), State::established);
  pair.server->close(pair.now, "policy-violation", "again");
  pair.server->close(pair.now, "policy-violation", "and again");
  pair.drain();
  EXPECT_EQ(pair.control<Down>().size(), 2u);
}

TEST(XmppSession, garbage_ends_only_the_session_that_sent_it) {
  UpPair pair, other;
  pair.inject("<iq><a></b></iq>");
  EXPECT_EQ(pair.server->state(), State::idle);
  EXPECT_TRUE(pair.wire_to_agent.ends_with("</stream:error></stream:stream>"));
  EXPECT_NE(pair.wire_to_agent.find("<not-well-formed"), std::string::npos);
  EXPECT_EQ(other.server->state(), State::established);
}

TEST(XmppSession, a_connection_that_never_says_a_header_ends_after_one_hold_time) {
  Server server{Pair::control_config()};
  server.on_transport_up(Instant{});
  for (int i = 0; i < 89; ++i) {
    server.on_bytes(Instant{} + seconds(i), std::as_bytes(std::span{std::string_view{" "}}));
    server.on_timer(Instant{} + seconds(i));
  }
  EXPECT_EQ(server.state(), State::active);
  server.on_timer(Instant{} + seconds(90));
  EXPECT_EQ(server.state(), State::idle);
  std::string sent;
  int downs = 0, hang_ups = 0;
  while (auto output = server.poll_output()) {
    if (auto* send = std::get_if<Send>(&*output)) sent += Pair::text_of(*send);
    downs += std::holds_alternative<Down>(*output);
    hang_ups += std::holds_alternative<HangUp>(*output);
  }
  EXPECT_EQ(downs, 1);
  EXPECT_EQ(hang_ups, 1);
  EXPECT_TRUE(sent.starts_with("<?xml"));  // an error needs a stream to stand in
}

TEST(XmppSession, F14_tls_is_refused_with_a_reason) {
  Pair pair;
  pair.client.start(pair.now);
  pair.client.on_transport_up(pair.now);
  const std::string text = header_text({control_jid, "node-a", "1"}) +
                           "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>"
                           "<required/></starttls></stream:features>";
  pair.client.on_bytes(pair.now, std::as_bytes(std::span{text}));
  pair.drain();
  ASSERT_EQ(pair.agent<Down>().size(), 1u);
  EXPECT_EQ(pair.agent<Down>()[0].why, "peer wants TLS, which we do not do");
}

TEST(XmppSession, a_collection_takes_only_the_publish_before_it) {
  const std::string entry =
      "<item><entry><nlri><af>1</af><safi>1</safi><address>10.0.0.1/32</address></nlri><next-hops>"
      "<next-hop><af>1</af><address>1.1.1.1</address><label>9</label></next-hop></next-hops>"
      "</entry></item>";
  const auto publish = [&](const std::string& id) {
    return iq("<publish node='" + id + "'>" + entry + "</publish>");
  };
  const auto collect = [&](const std::string& id) {
    return iq("<collection node='a'><associate node='" + id + "'/></collection>");
  };
  const std::string one = "1/1/a/10.0.0.1/32", two = "1/1/a/10.0.0.2/32";
  const struct {
    std::string said;
    std::size_t published;
    std::uint64_t refused;
  } cases[] = {
      {publish(one) + collect(one), 1, 0},
      {collect(one), 0, 1},
      {publish(one) + collect(two), 0, 2},
      {publish(one) + collect(two) + collect(one), 0, 3},
      {publish(one) + collect(one) + collect(one), 1, 1},
      {publish(one) + publish(two) + collect(two), 1, 1},
      {publish(one) + publish(two) + collect(one), 0, 3},
      {publish(one) + iq("<collection node='a'></collection>"), 0, 1},
      {publish("7/7/a/x") + collect("7/7/a/x"), 0, 1},
      {publish(one) + iq("<collection><associate node='" + one + "'/></collection>"), 0, 2},
      {iq("<publish node='" + one + "'>" + entry + entry + "</publish>") + collect(one), 0, 1},
      {publish(one) + iq("<collection node='a'><marry node='" + one + "'/></collection>"), 0, 1},
  };
  for (const auto& c : cases) {
    UpPair pair;
    pair.inject(c.said);
    EXPECT_EQ(pair.control<Published>().size(), c.published) << c.said;
    EXPECT_EQ(pair.server->received().refused, c.refused) << c.said;
    EXPECT_EQ(pair.server->state(), State::established);
  }
}

TEST(XmppSession, bad_items_are_refused_and_counted_and_the_session_stays_up) {
  UpPair pair;
  UnicastItem item = samples::unicast();
  item.next_hops[0].label = 0;
  pair.client.publish(pair.now, samples::instance, item);
  item.next_hops[0].label = 1u << 20;
  pair.client.publish(pair.now, samples::instance, item);
  item = samples::unicast();
  item.next_hops.push_back(item.next_hops[0]);
  pair.client.publish(pair.now, samples::instance, item);
  item.next_hops.clear();
  pair.client.publish(pair.now, samples::instance, item);
  pair.client.publish(pair.now, samples::instance, samples::unicast());
  pair.drain();
  pair.run_for(seconds(1));
  EXPECT_EQ(pair.control<Published>().size(), 1u);
  EXPECT_EQ(pair.server->received().refused, 4u);
  EXPECT_EQ(pair.server->state(), State::established);
}

TEST(XmppSession, a_delete_may_carry_less_than_an_add) {
  UpPair pair;
  EvpnItem item = samples::evpn();
  item.next_hops[0].address = Ip4{};
  item.next_hops[0].label = 0;
  pair.client.retract(pair.now, samples::instance, item);
  pair.drain();
  pair.run_for(seconds(1));
  EXPECT_EQ(pair.control<Retracted>().size(), 1u);
  EXPECT_EQ(pair.server->received().refused, 0u);
}

TEST(XmppSession, the_agent_leaves_out_what_makes_no_sense_and_keeps_the_rest) {
  UpPair pair;
  UnicastItem bad = samples::unicast();
  bad.next_hops[0].label = 1u << 24;
  pair.server->send_items(pair.now, samples::instance, {bad, samples::unicast()});
  pair.drain();
  pair.run_for(seconds(1));
  ASSERT_EQ(pair.agent<Items>().size(), 1u);
  EXPECT_EQ(pair.agent<Items>()[0].items->size(), 1u);
  EXPECT_EQ(pair.client.received().refused, 1u);
  EXPECT_EQ(pair.client.state(), State::established);
}

TEST(XmppSession, E11_names_that_look_like_markup_arrive_as_names) {
  UpPair pair;
  const std::string name = "a<b>&'\"]]>\xC3\xA9";
  pair.client.subscribe(pair.now, name, 1);
  pair.client.publish(pair.now, name, samples::unicast());
  pair.drain();
  pair.run_for(seconds(1));
  EXPECT_EQ(pair.control<Subscribed>().at(0).instance, name);
  EXPECT_EQ(pair.control<Published>().at(0).instance, name);
  pair.server->send_items(pair.now, name, {samples::unicast()});
  pair.drain();
  pair.run_for(seconds(1));
  EXPECT_EQ(pair.agent<Items>().at(0).instance, name);
}

TEST(XmppSession, nothing_is_sent_or_counted_without_a_session) {
  Client client{Pair::agent_config(), std::make_shared<Memo>(0)};
  client.subscribe(Instant{}, "a", 1);
  client.publish(Instant{}, "a", samples::unicast());
  client.send_end_of_rib(Instant{});
  client.stop(Instant{});
  EXPECT_FALSE(client.poll_output());
  Server server{Pair::control_config()};
  server.send_items(Instant{}, "a", {samples::unicast()});
  server.send_retracts(Instant{}, "a", Family::inet, {"x"});
  server.send_end_of_rib(Instant{});
  server.close(Instant{}, "policy-violation", "x");
  server.on_bytes(Instant{}, std::as_bytes(std::span{std::string_view{"x"}}));
  EXPECT_FALSE(server.poll_output());
  EXPECT_EQ(server.sent().stanzas + server.sent().bytes + client.sent().bytes, 0u);
}

}  // namespace
}  // namespace tflab::xmpp
