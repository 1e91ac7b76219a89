#include "control-core/bgp/session.h"

#include <gtest/gtest.h>

#include "tests/dsl/alone.h"
#include "tests/dsl/bgp_samples.h"
#include "tests/dsl/bytes.h"
#include "tests/dsl/pair.h"

namespace tflab::bgp {
namespace {

using test::Alone;
using test::hex;
using test::Octets;
using test::Pair;
using test::to_hex;

using test::ones;

SessionConfig left_config() {
  return Alone::plain();
}
SessionConfig right_config() {
  SessionConfig config = left_config();
  config.router_id = Ip4{0x0a000002};
  config.families = {Family::inet_vpn, Family::evpn, Family::ermvpn};
  return config;
}

struct PairOfSpeakers : Pair {
  explicit PairOfSpeakers(SessionConfig l = left_config(), SessionConfig r = right_config())
      : Pair{std::move(l), std::move(r)} {}
  bool both(State state) const {
    return left.session.state() == state && right.session.state() == state;
  }
};

Instant at(Duration time) {
  return Instant{} + time;
}

TEST(BgpSession, two_speakers_find_each_other) {
  PairOfSpeakers pair;
  pair.start();
  pair.run_for(millis(29));
  EXPECT_TRUE(pair.both(State::open_confirm));
  pair.run_for(millis(1));
  EXPECT_TRUE(pair.both(State::established));
  const Up* up = pair.left.last<Up>();
  ASSERT_NE(up, nullptr);
  EXPECT_EQ(up->peer_id, Ip4{0x0a000002});
  EXPECT_EQ(up->peer_as, Asn{64512});
  EXPECT_EQ(up->hold, seconds(90));
  EXPECT_EQ(up->families, (std::vector{Family::inet_vpn, Family::evpn}));
  EXPECT_EQ(pair.left.session.sent().opens, 1u);
  EXPECT_EQ(pair.left.session.received().keepalives, 1u);
}

TEST(BgpSession, stays_up_for_an_hour_on_keepalives_alone) {
  PairOfSpeakers pair;
  pair.start();
  pair.run_for(seconds(3600));
  EXPECT_TRUE(pair.both(State::established));
  EXPECT_EQ(pair.left.count<Down>(), 0u);
  EXPECT_EQ(pair.left.session.received().keepalives, 120u);
}

TEST(BgpSession, sends_a_keepalive_every_third_of_the_hold_time) {
  SessionConfig config = left_config();
  config.hold = seconds(9);
  PairOfSpeakers pair{config};
  pair.start();
  pair.run_for(seconds(10));
  const Instant first = at(millis(20));  // in answer to OPEN
  EXPECT_EQ(pair.right.sent(MessageType::keepalive),
            (std::vector{first, first + seconds(3), first + seconds(6), first + seconds(9)}));
}

TEST(BgpSession, goes_down_one_hold_time_after_the_wire_goes_silent) {
  PairOfSpeakers pair;
  pair.start();
  pair.run_for(seconds(1));
  pair.cut = true;
  const Instant last_heard = at(millis(30));
  pair.run_until(last_heard + seconds(90) - Duration{1});
  EXPECT_TRUE(pair.both(State::established));
  pair.run_for(Duration{1});
  EXPECT_TRUE(pair.both(State::idle));
  const Down* down = pair.left.last<Down>();
  ASSERT_NE(down, nullptr);
  EXPECT_EQ(down->why.code, 4);
  EXPECT_TRUE(down->why.by_us);
  EXPECT_EQ(down->why.text, "hold timer expired");
  EXPECT_EQ(pair.left.session.flaps(), 1u);
}

TEST(BgpSession, S68_the_smaller_hold_time_counts) {
  SessionConfig config = left_config();
  config.hold = seconds(30);
  PairOfSpeakers pair{config};
  pair.start();
  pair.run_for(seconds(1));
  EXPECT_EQ(pair.left.last<Up>()->hold, seconds(30));
  EXPECT_EQ(pair.right.last<Up>()->hold, seconds(30));
}

TEST(BgpSession, a_hold_time_of_zero_means_no_timers) {
  SessionConfig config = left_config();
  config.hold = seconds(0);
  PairOfSpeakers pair{config};
  pair.start();
  pair.run_for(seconds(1));
  EXPECT_TRUE(pair.both(State::established));
  EXPECT_FALSE(pair.left.session.next_timer());
  EXPECT_FALSE(pair.right.session.next_timer());
}

TEST(BgpSession, comes_back_by_itself_after_a_failure) {
  PairOfSpeakers pair;
  pair.start();
  pair.run_for(seconds(1));
  pair.cut = true;
  pair.run_for(seconds(90));
  pair.cut = false;
  pair.run_for(seconds(6));
  EXPECT_TRUE(pair.both(State::established));
  EXPECT_EQ(pair.left.count<Up>(), 2u);
}

TEST(BgpSession, S69_stopping_says_cease_and_stays_down) {
  PairOfSpeakers pair;
  pair.start();
  pair.run_for(seconds(1));
  pair.act([&] { pair.left.session.stop(pair.now, {}); });
  EXPECT_EQ(pair.left.session.state(), State::idle);
  EXPECT_FALSE(pair.left.session.next_timer());
  pair.run_for(millis(10));
  const Down* down = pair.right.last<Down>();
  ASSERT_NE(down, nullptr);
  EXPECT_EQ(down->why.code, 6);
  EXPECT_EQ(down->why.subcode, 2);
  EXPECT_FALSE(down->why.by_us);
  EXPECT_EQ(down->why.text, "Cease/administrative shutdown");
  EXPECT_EQ(pair.left.last<Down>()->why.text, "Cease/administrative shutdown");
}

TEST(BgpSession, a_notification_is_never_answered) {
  PairOfSpeakers pair;
  pair.start();
  pair.run_for(seconds(1));
  pair.act([&] { pair.left.session.stop(pair.now, {6, 4, true, "told to"}); });
  pair.run_for(millis(10));
  EXPECT_EQ(pair.right.session.received().notifications, 1u);
  EXPECT_EQ(pair.right.session.sent().notifications, 0u);
  EXPECT_EQ(pair.right.last<Down>()->why.subcode, 4);
  EXPECT_EQ(pair.left.last<Down>()->why.text, "told to");
}

TEST(BgpSession, routes_arrive_however_the_stream_is_sliced) {
  for (std::size_t slice : {0u, 1u, 7u, 18u, 19u, 20u}) {
    PairOfSpeakers pair;
    pair.slice = slice;
    pair.start();
    pair.run_for(seconds(1));
    const VpnRoute vpn{RouteDistinguisher::as2(1, 1), IpPrefix::host(Ip4{0x0a000009})};
    const Update update{
        Family::inet_vpn, pair.pool.intern(test::plain_attributes()), {{vpn, 25}}, {}, false};
    pair.act([&] { pair.left.session.send(pair.now, update); });
    pair.run_for(seconds(1));
    const Received* received = pair.right.last<Received>();
    ASSERT_NE(received, nullptr) << slice;
    EXPECT_EQ(test::listed(received->heard.routes), update.reach);
    EXPECT_EQ(received->heard.attributes, update.attributes) << "interned in one pool";
    EXPECT_EQ(pair.left.session.sent().updates, 1u);
    EXPECT_EQ(pair.right.session.received().updates, 1u);
  }
}

TEST(BgpSession, an_update_stands_in_for_a_keepalive) {
  PairOfSpeakers pair;
  pair.start();
  pair.run_for(seconds(1));
  const std::size_t before = pair.left.sent(MessageType::keepalive).size();
  Update end;
  end.family = Family::evpn;
  end.end_of_rib = true;
  for (int i = 0; i < 10; ++i) {
    pair.act([&] { pair.left.session.send(pair.now, end); });
    pair.run_for(seconds(29));
  }
  EXPECT_EQ(pair.left.sent(MessageType::keepalive).size(), before);
  EXPECT_TRUE(pair.both(State::established));
}

TEST(BgpSession, messages_encoded_for_a_group_are_sent_as_they_are) {
  PairOfSpeakers pair;
  pair.start();
  pair.run_for(seconds(1));
  Update gone;
  gone.family = Family::inet_vpn;
  for (std::uint32_t i = 0; i < 1000; ++i)
    gone.unreach.push_back(VpnRoute{{}, IpPrefix::host(Ip4{i})});
  Dialect of_the_group = pair.left.session.dialect();
  of_the_group.extended = false;
  const SharedBytes run = encode(gone, of_the_group);
  pair.act([&] { pair.left.session.send_encoded(pair.now, run); });
  pair.run_for(seconds(1));
  EXPECT_EQ(pair.left.session.sent().updates, 4u);
  EXPECT_EQ(pair.right.session.received().updates, 4u);
}

TEST(BgpSession, says_nothing_of_routes_while_it_is_not_established) {
  AttributePool pool;
  Session session{left_config(), pool};
  Update end;
  end.end_of_rib = true;
  session.send(Instant{}, end);
  EXPECT_FALSE(session.poll_output());
}

TEST(BgpSession, S68_two_passive_speakers_wait_for_ever) {
  SessionConfig l = left_config(), r = right_config();
  l.passive = r.passive = true;
  PairOfSpeakers pair{l, r};
  pair.start();
  pair.run_for(seconds(3600));
  EXPECT_TRUE(pair.both(State::active));
  EXPECT_EQ(pair.left.count<Dial>(), 0u);
}

TEST(BgpSession, large_as_numbers_are_spoken_when_both_can) {
  SessionConfig l = left_config(), r = right_config();
  l.local_as = r.peer_as = Asn{4200000000};
  l.four_byte_as = true;
  for (bool both : {false, true}) {
    r.four_byte_as = both;
    PairOfSpeakers pair{l, r};
    pair.start();
    pair.run_for(seconds(1));
    EXPECT_TRUE(pair.both(State::established));
    EXPECT_EQ(pair.left.session.dialect(), (Dialect{false, both, true}));
    EXPECT_EQ(pair.right.last<Up>()->peer_as, Asn{4200000000});
  }
}

// --- one session and a hand that feeds it --------------------------------------------------------

using Words = Alone::Words;

TEST(BgpSession, says_who_it_is_as_soon_as_there_is_a_transport) {
  Alone peer;
  peer.session.start(peer.now);
  EXPECT_EQ(peer.outputs(), Words{"dial"});
  peer.session.on_transport_up(peer.now);
  EXPECT_EQ(peer.outputs(), (Words{"01"
                                   "04fc00005a0a000001"
                                   "240222"
                                   "010400010080"
                                   "010400010084"
                                   "010400190046"
                                   "0200"
                                   "0600"
                                   "41040000fc00"
                                   "40020000"
                                   "4600"}));
}

struct Objection {
  const char* what;
  void (*change)(Open& open);
  const char* notification;
};

TEST(BgpSession, refuses_a_peer_it_was_not_configured_for) {
  const Objection objections[] = {
      {"another AS", [](Open& o) { o.my_as = 64513; }, "030202"},
      {"AS 0", [](Open& o) { o.my_as = 0; }, "030202"},
      {"another AS behind AS_TRANS", [](Open& o) { o.four_byte_as = Asn{64513}; }, "030202"},
      {"no identifier", [](Open& o) { o.identifier = Ip4{}; }, "030203"},
      {"our identifier", [](Open& o) { o.identifier = Ip4{0x0a000001}; }, "030203"},
      {"hold time 1", [](Open& o) { o.hold_seconds = 1; }, "030206"},
      {"hold time 2", [](Open& o) { o.hold_seconds = 2; }, "030206"},
      {"no families", [](Open& o) { o.families.clear(); },
       "030207"
       "010400010080"
       "010400010084"
       "010400190046"},
      {"none of ours", [](Open& o) { o.families = {Family::inet6}; },
       "030207"
       "010400010080"
       "010400010084"
       "010400190046"},
  };
  for (const Objection& objection : objections) {
    Alone peer;
    peer.to(State::open_sent);
    Open open = Alone::peer_open();
    objection.change(open);
    peer.session.on_bytes(peer.now, encode(open));
    EXPECT_EQ(peer.outputs(), (Words{objection.notification, "hang up"})) << objection.what;
    EXPECT_EQ(peer.session.state(), State::idle);
    EXPECT_TRUE(peer.session.last_error().by_us);
  }
}

TEST(BgpSession, takes_hold_times_of_three_and_of_all_ones) {
  for (std::uint16_t hold : {3, 65535}) {
    Alone peer;
    peer.to(State::open_sent);
    Open open = Alone::peer_open();
    open.hold_seconds = hold;
    peer.session.on_bytes(peer.now, encode(open));
    EXPECT_EQ(peer.session.state(), State::open_confirm);
  }
}

TEST(BgpSession, a_message_at_the_wrong_time_is_named_by_the_state) {
  const std::string open = to_hex(encode(Alone::peer_open()));
  const std::string keepalive = ones + "0013 04", update = ones + "0017 02 00000000";
  EXPECT_EQ(Alone{}.to(State::open_sent).fed(keepalive), (Words{"030501", "hang up"}));
  EXPECT_EQ(Alone{}.to(State::open_sent).fed(update), (Words{"030501", "hang up"}));
  EXPECT_EQ(Alone{}.to(State::open_confirm).fed(open), (Words{"030502", "hang up"}));
  EXPECT_EQ(Alone{}.to(State::open_confirm).fed(update), (Words{"030502", "hang up"}));
  EXPECT_EQ(Alone{}.to(State::established).fed(open), (Words{"030503", "hang up", "down"}));
}

// Not BGP at all, in every state and of every size; one answer, then silence.
TEST(BgpSession, garbage_ends_a_session_with_the_right_words_and_no_others_with_any) {
  Octets noise;
  for (int i = 0; i < 10000; ++i) noise.push_back(static_cast<std::byte>(i * 7 + 1));
  for (State state : {State::idle, State::connect, State::active, State::open_sent,
                      State::open_confirm, State::established})
    for (std::size_t size : {1u, 18u, 19u, 20u, 4096u, 10000u}) {
      Alone peer;
      peer.to(state);
      peer.session.on_bytes(peer.now, Bytes{noise}.first(size));
      Words expected;
      if (state >= State::open_sent && size >= header_size) expected = {"030101", "hang up"};
      if (state == State::established && size >= header_size) expected.push_back("down");
      EXPECT_EQ(peer.outputs(), expected) << to_text(state) << ' ' << size;
      peer.session.on_bytes(peer.now, noise);
      peer.session.on_transport_down(peer.now);
    }
}

TEST(BgpSession, header_faults_are_answered_with_what_was_wrong) {
  const struct {
    std::string octets;
    const char* notification;
  } cases[] = {
      {ones + "0012 04", "0301020012"},    {ones + "1001 02", "0301021001"},
      {ones + "0014 04 00", "0301020014"}, {ones + "0013 07", "03010307"},
      {ones + "0013 80", "03010380"},      {ones + "0013 06", "03010306"},
  };
  for (const auto& [octets, notification] : cases)
    EXPECT_EQ(Alone{}.to(State::established).fed(octets), (Words{notification, "hang up", "down"}));
}

TEST(BgpSession, nothing_after_the_fault_is_looked_at) {
  Alone peer;
  peer.to(State::established);
  EXPECT_EQ(peer.fed(ones + "0013 06" + ones + "0015 03 0602"),
            (Words{"03010306", "hang up", "down"}));
  EXPECT_EQ(peer.session.received().notifications, 0u);
}

TEST(BgpSession, half_a_message_and_then_silence_ends_with_the_hold_time) {
  Alone peer;
  peer.to(State::established);
  EXPECT_TRUE(peer.fed(ones + "0100 02 00").empty());
  peer.now = at(seconds(90));
  peer.session.on_timer(peer.now);
  const Words out = peer.outputs();
  EXPECT_EQ(out, (Words{"030400", "hang up", "down"}));
}

// The next transport must not begin in the middle of the last one's message.
TEST(BgpSession, forgets_half_a_message_with_its_transport) {
  Alone peer;
  peer.to(State::established);
  peer.fed(ones + "0100 02 00");
  peer.session.on_transport_down(peer.now);
  peer.now = at(seconds(5));
  peer.session.on_timer(peer.now);
  peer.session.on_transport_up(peer.now);
  peer.session.on_bytes(peer.now, encode(Alone::peer_open()));
  EXPECT_EQ(peer.session.state(), State::open_confirm);
}

TEST(BgpSession, a_damaged_route_is_withdrawn_and_the_session_lives) {
  Alone peer;
  peer.to(State::established);
  const Words out = peer.fed(
      ones +
      "0033 02 0000 001c 400101 09 400200 900e 0011 0001 80 0c 0000000000000000 0a000001 00");
  EXPECT_EQ(out, Words{});
  EXPECT_EQ(peer.session.received().treated_as_withdraw, 1u);
  EXPECT_EQ(peer.session.state(), State::established);
}

TEST(BgpSession, a_second_transport_does_not_disturb_the_first) {
  for (State state : {State::open_sent, State::open_confirm, State::established}) {
    Alone peer;
    peer.to(state);
    peer.session.on_transport_up(peer.now);
    EXPECT_TRUE(peer.outputs().empty());
    EXPECT_EQ(peer.session.state(), state);
  }
}

TEST(BgpSession, nobody_is_received_while_it_is_idle) {
  Alone peer;
  peer.session.on_transport_up(peer.now);
  EXPECT_EQ(peer.outputs(), Words{"hang up"});
}

TEST(BgpSession, S68_dials_soon_after_a_refused_dial_and_ever_more_rarely) {
  Alone peer;
  peer.session.start(peer.now);
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 8; ++i) {
    peer.session.on_transport_down(peer.now);
    ASSERT_TRUE(peer.session.next_timer());
    const Instant due = *peer.session.next_timer();
    waits.push_back((due - peer.now).ns / seconds(1).ns);
    peer.now = due;
    peer.session.on_timer(peer.now);
    EXPECT_EQ(peer.session.state(), State::connect);
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{1, 2, 4, 8, 16, 30, 30, 30}));
}

TEST(BgpSession, gives_up_a_dial_nobody_answers) {
  Alone peer;
  peer.to(State::connect);
  EXPECT_EQ(peer.session.next_timer(), at(seconds(30)));
  peer.session.on_timer(at(seconds(30)));
  EXPECT_EQ(peer.outputs(), (Words{"hang up", "dial"}));
}

TEST(BgpSession, waits_longer_after_each_refusal) {
  Alone peer;
  peer.session.start(peer.now);
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 7; ++i) {
    peer.session.on_transport_up(peer.now);
    peer.fed(ones + "0015 03 0602");
    const Instant due = *peer.session.next_timer();
    waits.push_back((due - peer.now).ns / seconds(1).ns);
    peer.now = due;
    peer.session.on_timer(peer.now);
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{5, 10, 20, 40, 80, 100, 100}));
}

TEST(BgpSession, an_early_timer_call_does_nothing) {
  Alone peer;
  peer.to(State::established);
  peer.session.on_timer(at(seconds(29)));
  peer.session.on_timer(at(seconds(29)));
  EXPECT_TRUE(peer.outputs().empty());
}

TEST(BgpSession, stopping_twice_and_starting_again_works) {
  Alone peer;
  peer.to(State::established);
  peer.session.stop(peer.now, {6, 3, true, {}});
  EXPECT_EQ(peer.outputs(), (Words{"030603", "hang up", "down"}));
  peer.session.stop(peer.now, {});
  EXPECT_TRUE(peer.outputs().empty());
  peer.session.start(peer.now);
  EXPECT_EQ(peer.outputs(), Words{"dial"});
}

// --- DelayOpen, send hold, refresh, hard reset ---------------------------------------------------

SessionConfig patient() {
  SessionConfig config = left_config();
  config.delay_open = seconds(15);
  return config;
}

TEST(BgpSession, who_delays_waits_for_their_open_and_then_sends_both_messages) {
  Alone peer{patient()};
  peer.to(State::connect);
  peer.session.on_transport_up(peer.now);
  EXPECT_TRUE(peer.outputs().empty());
  EXPECT_EQ(peer.session.next_timer(), at(seconds(15)));
  const Words out = peer.fed(encode(Alone::peer_open()));
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].substr(0, 2), "01");
  EXPECT_EQ(out[1], "04");
  EXPECT_EQ(peer.session.state(), State::open_confirm);
}

TEST(BgpSession, who_delays_speaks_first_after_all_when_the_time_is_over) {
  Alone peer{patient()};
  peer.to(State::connect);
  peer.session.on_transport_up(peer.now);
  peer.session.on_timer(at(seconds(15)));
  EXPECT_EQ(peer.outputs()[0].substr(0, 2), "01");
  EXPECT_EQ(peer.session.state(), State::open_sent);
}

TEST(BgpSession, while_it_delays_it_can_lose_the_transport_and_refuse_what_comes) {
  Alone lost{patient()};
  lost.to(State::active);
  lost.session.on_transport_up(lost.now);
  lost.session.on_transport_down(lost.now);
  EXPECT_EQ(lost.session.state(), State::active);
  EXPECT_EQ(lost.session.next_timer(), at(seconds(2))) << "the next dial";
  for (const std::string& octets :
       {ones + "0013 04", std::string(38, '0'), ones + "0015 03 0201"}) {
    Alone peer{patient()};
    peer.to(State::connect);
    peer.session.on_transport_up(peer.now);
    EXPECT_EQ(peer.fed(octets), Words{"hang up"}) << "no NOTIFICATION before an OPEN";
    EXPECT_EQ(peer.session.state(), State::idle);
  }
}

TEST(BgpSession, two_who_delay_find_each_other) {
  SessionConfig l = patient(), r = right_config();
  r.delay_open = seconds(5);
  PairOfSpeakers pair{l, r};
  pair.start();
  pair.run_for(seconds(4));
  EXPECT_EQ(pair.left.session.sent().opens + pair.right.session.sent().opens, 0u);
  pair.run_for(seconds(2));
  EXPECT_TRUE(pair.both(State::established));
}

// RFC 9687: eight minutes, or twice the hold time if that is more.
TEST(BgpSession, gives_up_a_peer_that_reads_nothing_for_too_long) {
  for (const auto& [hold, patience] :
       {std::pair{seconds(90), seconds(480)}, std::pair{seconds(600), seconds(1200)}}) {
    SessionConfig config = left_config();
    config.hold = hold;
    Alone peer{config};
    Open theirs = Alone::peer_open();
    theirs.hold_seconds = 65535;
    peer.to(State::established, theirs);
    peer.session.on_blocked(peer.now);
    peer.session.on_blocked(at(seconds(1)));
    for (peer.now = at(seconds(30)); peer.now < at(patience); peer.now = peer.now + seconds(30)) {
      peer.fed(ones + "0013 04");
      peer.session.on_timer(peer.now);
    }
    peer.drained();
    EXPECT_EQ(peer.session.state(), State::established);
    peer.session.on_timer(at(patience));
    EXPECT_EQ(peer.outputs(), (Words{"030800", "hang up", "down"}));
    EXPECT_EQ(peer.session.last_error().text, "send hold timer expired");
  }
}

TEST(BgpSession, a_peer_that_reads_again_is_kept) {
  Alone peer;
  peer.to(State::established);
  peer.session.on_blocked(peer.now);
  peer.session.on_writable(at(seconds(1)));
  EXPECT_EQ(peer.session.next_timer(), at(seconds(30))) << "the next keepalive";
}

TEST(BgpSession, refreshes_only_go_to_those_who_offered_to_understand_them) {
  Alone mute;
  mute.to(State::established);
  Open theirs = Alone::peer_open();
  theirs.route_refresh = true;
  Alone plain;
  plain.to(State::established, theirs);
  theirs.enhanced_route_refresh = true;
  Alone enhanced;
  enhanced.to(State::established, theirs);
  for (Refresh::What what : {Refresh::request, Refresh::begin, Refresh::end})
    for (Alone* peer : {&mute, &plain, &enhanced})
      peer->session.send_refresh({Family::inet_vpn, what});
  EXPECT_EQ(mute.outputs(), Words{});
  EXPECT_EQ(plain.outputs(), Words{"0500010080"});
  EXPECT_EQ(enhanced.outputs(), (Words{"0500010080", "0500010180", "0500010280"}));
}

// RFC 8538: who goes for good says so hard, if the other would keep routes otherwise.
TEST(BgpSession, goes_hard_where_notifications_are_survived) {
  SessionConfig config = left_config();
  config.graceful_restart = {false, true, 60, {{Family::inet_vpn, true}}};
  Open theirs = Alone::peer_open();
  theirs.graceful_restart = GracefulRestart{false, true, 60, {{Family::inet_vpn, true}}};
  Alone both{config};
  both.to(State::established, theirs);
  both.session.stop(both.now, {});
  EXPECT_EQ(both.outputs(), (Words{"0306090602", "hang up", "down"}));

  theirs.graceful_restart->notification = false;
  Alone one{config};
  one.to(State::established, theirs);
  one.session.stop(one.now, {});
  EXPECT_EQ(one.outputs(), (Words{"030602", "hang up", "down"}));
}

TEST(BgpSession, a_stop_can_carry_what_it_is_about) {
  Alone peer;
  peer.to(State::established);
  peer.session.stop(peer.now, {6, 1, true, "too many"}, hex("0001 80 000003e8"));
  EXPECT_EQ(peer.outputs(), (Words{"03060100018"
                                   "0000003e8",
                                   "hang up", "down"}));
  EXPECT_EQ(peer.session.last_error().text, "too many");
}

TEST(BgpSession, says_that_it_restarts_until_told_otherwise) {
  SessionConfig config = left_config();
  config.graceful_restart = {true, true, 60, {}};
  Alone peer{config};
  peer.to(State::connect);
  peer.session.on_transport_up(peer.now);
  EXPECT_NE(peer.outputs()[0].find("4002c03c"), std::string::npos);
  peer.session.on_transport_down(peer.now);
  peer.session.set_restarting(false);
  peer.session.on_transport_up(peer.now);
  EXPECT_NE(peer.outputs()[0].find("4002403c"), std::string::npos);
}

}  // namespace
}  // namespace tflab::bgp
