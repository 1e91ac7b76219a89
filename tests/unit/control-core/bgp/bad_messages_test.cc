// Rows of section A of the fault catalogue: messages that are not what they claim to be, and OPENs
// of all kinds, to a session in the state where they hurt. A test is named by its row.

#include <gmock/gmock.h>

#include "control-core/bgp/message.h"
#include "tests/dsl/alone.h"
#include "tests/dsl/bgp_samples.h"

namespace tflab::bgp {
namespace {

using test::Alone;
using test::hex;
using test::Octets;
using test::ones;
using test::to_hex;
using testing::IsEmpty;
using Words = Alone::Words;

std::string be16(std::size_t n) {
  return to_hex(Octets{static_cast<std::byte>(n >> 8), static_cast<std::byte>(n & 0xff)});
}
std::string be8(std::size_t n) {
  return be16(n).substr(2);
}
// A whole message from what follows its header.
std::string message(std::size_t type, const std::string& body) {
  return ones + be16(header_size + hex(body).size()) + be8(type) + to_hex(hex(body));
}
// What an established session says to these octets; it must end with the NOTIFICATION.
void expect_end(const std::string& octets, const std::string& notification) {
  EXPECT_EQ(Alone{}.to(State::established).fed(octets), (Words{notification, "hang up", "down"}))
      << octets.substr(0, 80);
}

TEST(BadHeader, A01_marker_not_all_ones) {
  for (std::size_t i = 0; i < marker_size; ++i) {
    Octets keepalive = hex(ones + "0013 04");
    keepalive[i] = std::byte{0xfe};
    expect_end(to_hex(keepalive), "030101");
  }
}

TEST(BadHeader, A02_length_out_of_bounds_and_nothing_is_read_after_it) {
  for (std::size_t length : {0u, 1u, 18u, 4097u, 65535u}) {
    expect_end(ones + be16(length) + "02", "030102" + be16(length));
    expect_end(ones + be16(length) + "02" + message(3, "0602"), "030102" + be16(length));
  }
}

TEST(BadHeader, A03_long_messages_once_agreed_but_never_OPEN_or_KEEPALIVE) {
  Open theirs = Alone::peer_open();
  theirs.extended_messages = true;
  const auto answer = [&](const std::string& octets) {
    return Alone{}.to(State::established, theirs).fed(octets);
  };
  // An UPDATE with one unknown optional attribute of 60,000 octets, and nothing it speaks of.
  const std::string big = "0000" + be16(60004) + "d0c8" + be16(60000) + std::string(120000, '0');
  Alone peer;
  EXPECT_THAT(peer.to(State::established, theirs).fed(message(2, big)), IsEmpty());
  EXPECT_EQ(peer.session.state(), State::established);
  EXPECT_EQ(peer.session.received().updates, 1u);

  EXPECT_EQ(answer(message(3, "0602" + std::string(10000, '0'))), (Words{"hang up", "down"}));
  EXPECT_EQ(answer(ones + "1388 01"), (Words{"0301021388", "hang up", "down"}));
  EXPECT_EQ(answer(ones + "1388 04"), (Words{"0301021388", "hang up", "down"}));
  // Offered by one side only it is not agreed.
  expect_end(ones + "1388 02", "0301021388");
}

TEST(BadHeader, A04_length_wrong_for_the_type) {
  for (const char* octets : {"0014 04", "001c 01", "0016 02", "0014 03"})
    expect_end(ones + octets, "030102" + std::string{octets}.substr(0, 4));
}

TEST(BadHeader, A05_unknown_type_in_every_state_with_a_transport) {
  for (std::size_t type = 0; type < 256; ++type) {
    if (type >= 1 && type <= 5) continue;
    for (State state : {State::open_sent, State::open_confirm, State::established}) {
      Words out = Alone{}.to(state).fed(ones + "0013" + be8(type));
      ASSERT_GE(out.size(), 2u);
      EXPECT_EQ(out[0], "030103" + be8(type));
      EXPECT_EQ(out[1], "hang up");
    }
  }
}

TEST(BadStream, A06_slices_and_joints_make_no_difference) {
  const std::string stream = to_hex(encode(Alone::peer_open())) + message(4, "") +
                             message(2, "00000006 800f0300 0180") + message(4, "") +
                             message(5, "00010080") + message(3, "0604");
  Words whole;
  for (std::size_t slice : {100000u, 1u, 2u, 18u, 19u, 20u, 23u}) {
    Alone peer;
    peer.to(State::open_sent);
    const Octets octets = hex(stream);
    for (std::size_t at = 0; at < octets.size(); at += slice)
      peer.session.on_bytes(peer.now,
                            Bytes{octets}.subspan(at, std::min(slice, octets.size() - at)));
    const Words out = peer.outputs();
    if (whole.empty()) whole = out;
    EXPECT_EQ(out, whole) << slice;
  }
  EXPECT_EQ(whole, (Words{"04", "up", "received", "refresh", "hang up", "down"}));
}

TEST(BadStream, A07_half_a_message_and_then_silence_ends_with_the_hold_time) {
  Alone peer;
  peer.to(State::established);
  EXPECT_THAT(peer.fed(ones + "1000 02 00"), IsEmpty());
  peer.session.on_timer(Instant{} + seconds(90));
  EXPECT_EQ(peer.outputs(), (Words{"030400", "hang up", "down"}));

  Framer framer;
  Octets noise(100000);
  std::ranges::fill(noise, std::byte{0});
  const Octets start = hex(ones + "1000 02");
  Bytes input{start};
  EXPECT_FALSE(framer.next(input));
  input = Bytes{noise};
  EXPECT_TRUE(framer.next(input));
  EXPECT_LE(framer.held(), longest_message);
}

TEST(BadStream, A08_garbage_after_a_good_message_spoils_only_what_follows) {
  Alone peer;
  peer.to(State::established);
  EXPECT_EQ(peer.fed(message(2, "00000006 800f0300 0180") + "deadbeef" + std::string(64, '0')),
            (Words{"received", "030101", "hang up", "down"}));
}

// --- OPEN

struct Case {
  const char* what;
  void (*change)(Open& open);
  const char* notification;  // empty: accepted
};
void expect_answers(std::initializer_list<Case> cases, SessionConfig config = Alone::plain()) {
  for (const Case& each : cases) {
    Alone peer{config};
    peer.to(State::open_sent);
    Open open = Alone::peer_open();
    each.change(open);
    const Words out = peer.fed(encode(open));
    const std::string answer = each.notification;
    EXPECT_EQ(out, answer.empty() ? Words{"04"} : (Words{answer, "hang up"})) << each.what;
  }
}
// The answer to an OPEN whose optional parameters are these octets, their length included.
Words answer_to(const std::string& parameters) {
  return Alone{}.to(State::open_sent).fed(message(1, "04fc00005a0a000002" + parameters));
}
// ... of one capability parameter that also has a family in common.
Words answer_to_capabilities(const std::string& capabilities) {
  const std::string all = to_hex(hex("0104 0001 00 80" + capabilities));
  return answer_to(be8(all.size() / 2 + 2) + "02" + be8(all.size() / 2) + all);
}
const Words accepted{"04"};

TEST(BadOpen, A09_another_version_is_told_ours) {
  for (const char* version : {"03", "05", "00", "ff"})
    EXPECT_EQ(
        Alone{}.to(State::open_sent).fed(message(1, version + std::string{"fc00005a0a00000200"})),
        (Words{"0302010004", "hang up"}));
}

TEST(BadOpen, A10_wrong_AS_no_AS_and_AS_TRANS_without_the_real_one) {
  expect_answers(
      {{"another AS", [](Open& o) { o.my_as = 64513; }, "030202"},
       {"AS 0", [](Open& o) { o.my_as = 0; }, "030202"},
       {"AS 0 in four octets", [](Open& o) { o.four_byte_as = Asn{0}; }, "030202"},
       {"AS_TRANS alone", [](Open& o) { o.my_as = 23456; }, "030202"},
       {"another AS behind AS_TRANS",
        [](Open& o) {
          o.my_as = 23456;
          o.four_byte_as = Asn{4200000001};
        },
        "030202"},
       {"the same AS in four octets", [](Open& o) { o.four_byte_as = Asn{64512}; }, ""}});
  SessionConfig large = Alone::plain();
  large.peer_as = Asn{4200000000};
  expect_answers({{"AS_TRANS and the real one",
                   [](Open& o) {
                     o.my_as = 23456;
                     o.four_byte_as = Asn{4200000000};
                   },
                   ""}},
                 large);
  SessionConfig reserved = Alone::plain();
  reserved.peer_as = as_trans;
  expect_answers({{"AS_TRANS, though configured", [](Open& o) { o.my_as = 23456; }, "030202"}},
                 reserved);
}

TEST(BadOpen, A11_hold_times) {
  expect_answers({{"1", [](Open& o) { o.hold_seconds = 1; }, "030206"},
                  {"2", [](Open& o) { o.hold_seconds = 2; }, "030206"},
                  {"3", [](Open& o) { o.hold_seconds = 3; }, ""},
                  {"65535", [](Open& o) { o.hold_seconds = 65535; }, ""}});
  Alone peer;
  Open open = Alone::peer_open();
  open.hold_seconds = 0;
  peer.to(State::established, open);
  EXPECT_FALSE(peer.session.next_timer()) << "no hold time, no timers";
}

TEST(BadOpen, A12_identifiers) {
  expect_answers({{"none", [](Open& o) { o.identifier = Ip4{}; }, "030203"},
                  {"ours", [](Open& o) { o.identifier = Ip4{0x0a000001}; }, "030203"}});
  SessionConfig external = Alone::plain();
  external.peer_as = Asn{64513};
  expect_answers({{"ours in another AS (RFC 6286)",
                   [](Open& o) {
                     o.my_as = 64513;
                     o.identifier = Ip4{0x0a000001};
                   },
                   ""}},
                 external);
}

TEST(BadOpen, A13_parameter_lengths_past_the_end) {
  for (const char* parameters :
       {"01", "02 02", "08 02 06 0104 0001 00", "ff 02 06 0104 0001 00 80",
        "08 02 07 0104 0001 00 80", "03 02 ff 00", "09 02 06 0104 0001 00 80 02"})
    EXPECT_EQ(answer_to(parameters), (Words{"030200", "hang up"})) << parameters;
}

TEST(BadOpen, A14_extended_optional_parameters) {
  EXPECT_EQ(answer_to("ff ff 0009 02 0006 0104 0001 00 80"), accepted);
  EXPECT_EQ(answer_to("01 ff 0009 02 0006 0104 0001 00 80"), accepted) << "any length but 0";
  for (const char* cut : {"ff ff", "ff ff 00", "ff ff 0009 02 0006 0104 0001 00",
                          "ff ff 0008 02 0006 0104 0001 00 80",
                          "ff ff 0009 02 0007 0104 0001 00 80", "ff ff 0002 02 00"})
    EXPECT_EQ(answer_to(cut), (Words{"030200", "hang up"})) << cut;
  // More than 255 octets of capabilities, which is what it is for.
  std::string unknown;
  for (int i = 0; i < 10; ++i) unknown += "c8c8" + std::string(400, '0');
  const std::string all = "010400010080" + unknown;
  EXPECT_EQ(answer_to("ffff" + be16(all.size() / 2 + 3) + "02" + be16(all.size() / 2) + all),
            accepted);
}

TEST(BadOpen, A15_a_capability_never_takes_anything_from_the_next) {
  // 65 of no octets, then one that would make a nice AS number.
  EXPECT_EQ(answer_to_capabilities("4100 4104 0000fc00"), accepted);
  EXPECT_EQ(answer_to_capabilities("4103 000001 c800"), accepted);
  EXPECT_EQ(answer_to_capabilities("0103 000100"), accepted);
  EXPECT_EQ(answer_to_capabilities("4001 80"), accepted);
  EXPECT_EQ(answer_to_capabilities("4103 00fc00"), accepted) << "too short: not offered";
  // One that does not end inside its parameter leaves nothing to go on with.
  EXPECT_EQ(answer_to_capabilities("4105 0000fc00"), (Words{"030200", "hang up"}));
}

TEST(BadOpen, A16_many_capabilities_and_the_same_ones_again) {
  std::string many;
  for (int i = 0; i < 30; ++i) many += "0104 0001 00 80 c800";
  EXPECT_EQ(answer_to_capabilities(many), accepted);
  Alone peer;
  peer.to(State::open_sent);
  // The last of two that contradict each other counts.
  const std::string two =
      to_hex(hex("0104 0001 00 80 4104 0000fde8 4104 0000fc00 4002 0010 4002 4020"));
  peer.session.on_bytes(peer.now, hex(message(1, "04fc00005a0a000002" + be8(two.size() / 2 + 2) +
                                                     "02" + be8(two.size() / 2) + two)));
  peer.session.on_bytes(peer.now, hex(message(4, "")));
  while (auto output = peer.session.poll_output())
    if (const auto* up = std::get_if<Up>(&*output)) {
      EXPECT_EQ(up->peer_as, Asn{64512});
      EXPECT_EQ(up->offered.graceful_restart->seconds, 0x20);
      EXPECT_TRUE(up->offered.graceful_restart->notification);
      EXPECT_EQ(up->families, std::vector{Family::inet_vpn});
    }
  EXPECT_EQ(peer.session.state(), State::established);
}

TEST(BadOpen, A17_no_common_family_is_refused_with_ours_listed) {
  const std::string ours = "030207010400010080010400010084010400190046";
  expect_answers({{"none at all", [](Open& o) { o.families.clear(); }, ours.c_str()},
                  {"only others", [](Open& o) { o.families = {Family::inet6}; }, ours.c_str()},
                  {"one of three", [](Open& o) { o.families = {Family::evpn}; }, ""}});
  EXPECT_EQ(answer_to("00"), (Words{ours, "hang up"}));
}

TEST(BadOpen, A18_graceful_restart_with_bad_tuples) {
  const auto offered = [](const std::string& capability) {
    Alone peer;
    peer.to(State::open_sent);
    const std::string all = to_hex(hex("0104 0001 00 80" + capability));
    peer.session.on_bytes(peer.now, hex(message(1, "04fc00005a0a000002" + be8(all.size() / 2 + 2) +
                                                       "02" + be8(all.size() / 2) + all)));
    peer.session.on_bytes(peer.now, hex(message(4, "")));
    EXPECT_EQ(peer.session.state(), State::established) << capability;
    Capabilities out;
    while (auto output = peer.session.poll_output())
      if (const auto* up = std::get_if<Up>(&*output)) out = up->offered;
    return out;
  };
  using Kept = GracefulRestart::Kept;
  const auto cut = offered("4009 8078 0001 80 80 0001 80").graceful_restart;
  EXPECT_EQ(cut->families, std::vector{Kept{Family::inet_vpn}});
  const auto unknown = offered("400a 4078 4004 47 80 0019 46 00").graceful_restart;
  EXPECT_EQ(unknown->families, (std::vector{Kept{Family::evpn, false}}));
  const auto lived = offered("4709 0001 80 80 00012c 0001").long_lived;
  EXPECT_EQ(lived, (std::vector{LongLived{Family::inet_vpn, true, 300}}));
  EXPECT_THAT(offered("4706 0001 80 80 0001").long_lived, IsEmpty());
}

// 6.6 of the original's tests: the flags and the time exactly as they were sent.
TEST(Open, S73_restart_flags_and_time_are_parsed_exactly) {
  for (unsigned flags : {0u, 0x8000u, 0x4000u, 0xc000u})
    for (unsigned seconds : {0u, 0xffu, 0xfffu}) {
      Open open = Alone::peer_open();
      open.graceful_restart = GracefulRestart{
          (flags & 0x8000) != 0, (flags & 0x4000) != 0, static_cast<std::uint16_t>(seconds), {}};
      const Octets octets = encode(open);
      EXPECT_NE(to_hex(octets).find("4002" + be16(flags | seconds)), std::string::npos);
      const auto back = decode_open(Bytes{octets}.subspan(header_size));
      EXPECT_EQ(std::get<Open>(back), open);
    }
}

TEST(BadOpen, A19_names_of_any_length_and_content_are_ignored) {
  const std::string bell = "1b5b324a07";
  EXPECT_EQ(answer_to_capabilities("4932 30" + std::string(96, 'f') + "ff"), accepted);
  EXPECT_EQ(answer_to_capabilities("4b06 05" + bell), accepted);
  EXPECT_EQ(answer_to_capabilities("4900 4b01 ff"), accepted);
}

// --- NOTIFICATION and ROUTE-REFRESH

TEST(BadNotification, A20_shutdown_texts_are_escaped_and_never_answered) {
  const struct {
    std::string data;
    const char* text;
  } cases[] = {
      {"", "Cease/administrative shutdown"},
      {"00", "Cease/administrative shutdown"},
      {"03 627965", "Cease/administrative shutdown: \"bye\""},
      {"ff 627965", "Cease/administrative shutdown: \"bye\""},
      {"04 1b5b324a", "Cease/administrative shutdown: \"\\x1b[2J\""},
      {"03 c3ff22", "Cease/administrative shutdown: \"\\xc3\\xff\\x22\""},
  };
  for (const auto& [data, text] : cases) {
    Alone peer;
    peer.to(State::established);
    EXPECT_EQ(peer.fed(message(3, "0602" + data)), (Words{"hang up", "down"}));
    EXPECT_EQ(peer.session.last_error().text, text);
  }
  for (std::size_t length : {128u, 255u}) {
    Alone peer;
    peer.to(State::established);
    EXPECT_EQ(peer.fed(message(3, "0604" + be8(length) + std::string(2 * length, '6'))),
              (Words{"hang up", "down"}));
    EXPECT_EQ(peer.session.last_error().text,
              "Cease/administrative reset: \"" + std::string(length, 'f') + '"');
  }
}

TEST(BadNotification, A20_a_hard_reset_names_what_it_is_about) {
  Alone peer;
  peer.to(State::established);
  EXPECT_EQ(peer.fed(message(3, "0609 0602 03 627965")), (Words{"hang up", "down"}));
  EXPECT_EQ(peer.session.last_error().text,
            "Cease/hard reset (Cease/administrative shutdown: \"bye\")");
  EXPECT_EQ(to_text(hard(hard({6, 9, {}}))), "Cease/hard reset") << "not for ever";
}

TEST(BadRefresh, A21_lengths_families_and_subtypes) {
  const auto length_fault = [](const std::string& body) {
    const std::string whole = message(5, body);
    return "030701" + whole;
  };
  for (const char* body : {"", "00", "0001", "000100", "00010180 00", "00010280 0102"})
    expect_end(message(5, body), length_fault(body));
  // Filters that end where they say, and some that do not.
  EXPECT_EQ(Alone{}.to(State::established).fed(message(5, "00010080 01 40 0002 beef")),
            Words{"refresh"});
  for (const char* body : {"00010080 01 40", "00010080 01 40 0003 beef", "00010080 01 40 ffff"})
    expect_end(message(5, body), length_fault(body));
  // Not negotiated, unknown, and subtypes to come.
  Alone peer;
  peer.to(State::established);
  EXPECT_THAT(peer.fed(message(5, "00020080") + message(5, "40040047") + message(5, "00010084")),
              IsEmpty());
  for (std::size_t subtype = 3; subtype < 256; ++subtype)
    EXPECT_THAT(peer.fed(message(5, "0001" + be8(subtype) + "80")), IsEmpty());
  EXPECT_EQ(peer.fed(message(5, "00010180") + message(5, "00010280")),
            (Words{"refresh", "refresh"}));
  EXPECT_EQ(peer.session.received().refreshes, 258u);
}

TEST(BadRefresh, A21_comes_too_early_or_was_never_offered) {
  EXPECT_EQ(Alone{}.to(State::open_confirm).fed(message(5, "00010080")),
            (Words{"030502", "hang up"}));
  EXPECT_EQ(Alone{}.to(State::open_sent).fed(message(5, "00010080")),
            (Words{"03010305", "hang up"}));
  SessionConfig without = Alone::plain();
  without.route_refresh = false;
  EXPECT_EQ(Alone{without}.to(State::established).fed(message(5, "00010080")),
            (Words{"03010305", "hang up", "down"}));
}

TEST(BadRefresh, A22_a_capability_message_that_nobody_announced) {
  expect_end(message(6, "00 0104 0001 00 80"), "03010306");
}

}  // namespace
}  // namespace tflab::bgp
