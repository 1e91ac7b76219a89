#include "control-core/bgp/fsm.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "control-core/bgp/collision.h"
#include "tests/dsl/source_tree.h"

namespace tflab::bgp {
namespace {

std::string line(State from, Event on) {
  const Step s = step(from, on);
  std::ostringstream out;
  out << to_text(from) << '\t' << to_text(on) << '\t';
  if (s.to != from) out << "-> " << to_text(s.to);
  out << '\t' << to_text(s.acts) << '\n';
  return out.str();
}

std::string printed() {
  std::string out =
      "# state, event, next state if it changes, acts (TFLAB_UPDATE=1 rewrites this)\n";
  for (std::size_t s = 0; s < states; ++s)
    for (std::size_t e = 0; e < events; ++e)
      out += line(static_cast<State>(s), static_cast<Event>(e));
  return out;
}

TEST(BgpFsm, the_whole_matrix_is_as_it_was_reviewed) {
  const auto path = test::in_tree("tests/golden/fsm_bgp.txt");
  if (std::getenv("TFLAB_UPDATE") != nullptr) std::ofstream{path} << printed();
  std::ifstream file{path};
  ASSERT_TRUE(file) << path;
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(printed(), expected.str());
}

TEST(BgpFsm, states_have_the_names_operators_know) {
  EXPECT_EQ(to_text(State::idle), "Idle");
  EXPECT_EQ(to_text(State::open_confirm), "OpenConfirm");
  EXPECT_EQ(to_text(State::established), "Established");
}

// The 28 events of RFC 4271 section 8.1 in all six states of section 8.2.2: where each leads, by
// the initial of the state it leads to (Connect, Active, Open-sent as S, open-cOnfirm, Established,
// Idle). A small letter is a place where we leave the RFC; `why` says why. Events 14 and 15, a
// connection before it is accepted, are the host's.
struct RfcRow {
  int number;
  Event event;
  const char* leads_to;  // from I, C, A, S, O, E
  const char* why = "";
};
constexpr RfcRow rfc_rows[] = {
    {1, Event::start, "CCASOE"},
    {2, Event::stop, "IIIIII"},
    {3, Event::start, "CCASOE"},
    {4, Event::start_passive, "ACASOE"},
    {5, Event::start_passive, "ACASOE"},
    {6, Event::start, "CCASOE"},  // when the idle-hold time is over: 13
    {7, Event::start_passive, "ACASOE"},
    {8, Event::stop, "IIIIII"},
    {9, Event::retry_expired, "ICCIII"},
    {10, Event::hold_expired, "IIIIII"},
    {11, Event::keepalive_due, "IIIIOE"},
    {12, Event::delay_expired, "ISSIII"},
    {13, Event::start, "CcasoE", "armed in Idle only, so elsewhere it is a second start"},
    {16, Event::transport_up, "ISSSOE"},
    {17, Event::transport_up, "ISSSOE"},
    {18, Event::transport_down, "IaaAII", "damped by the retry time instead of starting over"},
    {19, Event::open, "IooOII", "without a transport it cannot come; with one it is event 20"},
    {20, Event::open, "IOOoII", "and after DelayOpen it is event 19"},
    {21, Event::refused, "IIIIII"},
    {22, Event::refused, "IIIIII"},
    {23, Event::stop, "IIIIII"},
    {24, Event::notification, "IIIIII"},
    {25, Event::notification, "IIIIII"},
    {26, Event::keepalive, "IIIIEE"},
    {27, Event::update, "IIIIIE"},
    {28, Event::refused, "IIIIII"},
};

TEST(BgpFsm, D06_every_event_of_the_rfc_in_every_state) {
  const std::string initials = "ICASOE";
  for (const RfcRow& row : rfc_rows) {
    std::string found;
    for (std::size_t s = 0; s < states; ++s)
      found += initials[static_cast<std::size_t>(step(static_cast<State>(s), row.event).to)];
    std::string expected = row.leads_to;
    bool leaves_the_rfc = false;
    for (char& c : expected) {
      leaves_the_rfc |= c >= 'a';
      c = static_cast<char>(c & ~0x20);
    }
    EXPECT_EQ(found, expected) << "event " << row.number;
    EXPECT_EQ(leaves_the_rfc, *row.why != 0) << row.number;
  }
}

// A NOTIFICATION is never answered, ends whatever there is, and all nine Cease subcodes alike.
TEST(BgpFsm, D06_notification_in_every_state) {
  for (std::size_t s = 0; s < states; ++s) {
    const State from = static_cast<State>(s);
    const Step step = bgp::step(from, Event::notification);
    EXPECT_EQ(step.to, State::idle);
    EXPECT_FALSE(has(step.acts, Act::notify));
    EXPECT_EQ(has(step.acts, Act::hang_up), from != State::idle);
    EXPECT_EQ(has(step.acts, Act::arm_idle), from != State::idle);
    EXPECT_EQ(has(step.acts, Act::tell_down), from == State::established);
  }
}

// Both ends must choose the same connection: what one calls its own the other calls theirs.
TEST(Collision, S68_both_ends_keep_the_same_connection) {
  struct Speaker {
    Ip4 id;
    Asn as;
  };
  const Speaker speakers[] = {{Ip4{1}, Asn{1}},
                              {Ip4{1}, Asn{2}},
                              {Ip4{2}, Asn{1}},
                              {Ip4{0xffffffff}, Asn{1}},
                              {Ip4{0x80000000}, Asn{4200000000}}};
  for (const Speaker& a : speakers)
    for (const Speaker& b : speakers) {
      if (a.id == b.id && a.as == b.as) continue;  // refused in OPEN
      EXPECT_NE(survivor(a.id, a.as, b.id, b.as), survivor(b.id, b.as, a.id, a.as));
    }
  EXPECT_EQ(survivor(Ip4{0x80000000}, Asn{1}, Ip4{0x7fffffff}, Asn{9}), Keep::ours);
}

}  // namespace
}  // namespace tflab::bgp
