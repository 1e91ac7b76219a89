#include "control-core/bgp/message.h"

#include <gtest/gtest.h>

#include "tests/dsl/bytes.h"

namespace tflab::bgp {
namespace {

using test::hex;
using test::Octets;
using test::to_hex;

const std::string ones(32, 'f');
const Octets keepalive = hex(ones + "0013 04");
const Octets update = hex(ones + "0017 02 0000 0000");
const Octets cease_message = hex(ones + "0015 03 06 02");

struct Cut {
  std::vector<std::string> messages;  // type, then body
  std::optional<Notification> fault;
  std::size_t most_held = 0;
};

// Feeds `stream` in slices and collects what comes out.
Cut cut(Bytes stream, std::size_t slice) {
  Framer framer;
  Cut out;
  for (std::size_t at = 0; at < stream.size() && !out.fault; at += slice) {
    Bytes piece = stream.subspan(at, std::min(slice, stream.size() - at));
    while (auto found = framer.next(piece)) {
      if (auto* fault = std::get_if<Notification>(&*found)) {
        out.fault = *fault;
        break;
      }
      const auto& message = std::get<Framer::Message>(*found);
      out.messages.push_back(std::to_string(static_cast<int>(message.type)) + ':' +
                             to_hex(message.body));
    }
    out.most_held = std::max(out.most_held, framer.held());
  }
  return out;
}

Octets joined(std::initializer_list<Octets> parts) {
  Octets out;
  for (const Octets& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

TEST(Message, header_and_body_side_by_side) {
  Octets out;
  append_message(out, MessageType::keepalive, {});
  EXPECT_EQ(to_hex(out), to_hex(keepalive));
  append_message(out, MessageType::update, hex("00000000"));
  EXPECT_EQ(to_hex(out), to_hex(joined({keepalive, update})));
}

TEST(Framer, finds_the_same_messages_however_the_stream_was_sliced) {
  const Octets stream = joined({keepalive, update, keepalive, cease_message, update});
  const std::vector<std::string> expected = {"4:", "2:00000000", "4:", "3:0602", "2:00000000"};
  for (std::size_t slice = 1; slice <= stream.size(); ++slice) {
    const Cut out = cut(stream, slice);
    EXPECT_EQ(out.messages, expected) << slice;
    EXPECT_FALSE(out.fault);
  }
}

TEST(Framer, waits_for_every_octet_of_a_message) {
  for (const Octets& message : {keepalive, update, cease_message})
    test::expect_no_truncation_is_accepted(
        message, [](Bytes b) { return !cut(b, b.size()).messages.empty(); });
}

TEST(Framer, holds_no_more_than_one_message) {
  Octets longest = hex(ones + "1000 02");
  longest.resize(longest_message, std::byte{0});
  const Octets stream = joined({longest, longest, longest});
  for (std::size_t slice : {7u, 1000u, 4095u, 4097u, 10000u}) {
    const Cut out = cut(stream, slice);
    EXPECT_EQ(out.messages.size(), 3u);
    EXPECT_LE(out.most_held, longest_message);
  }
}

TEST(Framer, a_marker_with_any_octet_wrong_is_not_synchronized) {
  for (std::size_t at = 0; at < marker_size; ++at) {
    Octets message = keepalive;
    message[at] ^= std::byte{0x01};
    EXPECT_EQ(cut(message, message.size()).fault, (Notification{1, 1, {}})) << at;
  }
}

TEST(Framer, a_length_out_of_bounds_is_quoted_back) {
  const struct {
    const char* length_and_type;
    const char* data;
  } cases[] = {{"0000 04", "0000"}, {"0012 04", "0012"}, {"1001 02", "1001"}, {"ffff 02", "ffff"},
               {"0014 04", "0014"}, {"001c 01", "001c"}, {"0016 02", "0016"}, {"0014 03", "0014"}};
  for (const auto& [length_and_type, data] : cases)
    EXPECT_EQ(cut(hex(ones + length_and_type), 19).fault, (Notification{1, 2, hex(data)}))
        << length_and_type;
}

TEST(Framer, a_type_we_do_not_know_is_quoted_back) {
  for (unsigned type = 0; type < 256; ++type) {
    if (type >= 1 && type <= 4) continue;
    Octets message = keepalive;
    message.back() = static_cast<std::byte>(type);
    EXPECT_EQ(cut(message, 5).fault, (Notification{1, 3, {static_cast<std::byte>(type)}}));
  }
}

TEST(Framer, garbage_after_a_message_does_not_spoil_the_message) {
  const Cut out = cut(joined({update, hex("00112233445566778899aabbccddeeff001122")}), 11);
  EXPECT_EQ(out.messages, std::vector<std::string>{"2:00000000"});
  EXPECT_EQ(out.fault, (Notification{1, 1, {}}));
}

TEST(Notification, octets_and_value_side_by_side) {
  const Notification value{open_error, unsupported_version, hex("0004")};
  EXPECT_EQ(to_hex(encode(value)), ones +
                                       "0017030201"
                                       "0004");
  EXPECT_EQ(decode_notification(hex("0201 0004")), value);
  EXPECT_EQ(decode_notification(hex("0602")), (Notification{cease, administrative_shutdown, {}}));
}

TEST(Notification, never_exceeds_a_message) {
  const Notification talkative{update_error, 9, Octets(70000, std::byte{7})};
  EXPECT_EQ(encode(talkative).size(), longest_message);
}

TEST(Notification, is_told_in_words) {
  const auto text = [](std::uint8_t code, std::uint8_t subcode, const char* data = "") {
    return to_text(Notification{code, subcode, hex(data)});
  };
  EXPECT_EQ(text(4, 0), "hold timer expired");
  EXPECT_EQ(text(6, 2), "Cease/administrative shutdown");
  EXPECT_EQ(text(2, 7), "OPEN message error/unsupported capability");
  EXPECT_EQ(text(5, 3), "finite state machine error/unexpected message in Established");
  EXPECT_EQ(text(3, 77), "UPDATE message error/77");
  EXPECT_EQ(text(99, 0), "99");
}

// RFC 9003: what the peer wrote is shown, but not obeyed.
TEST(Notification, a_shutdown_text_is_escaped_and_stays_inside_its_data) {
  const auto text = [](const char* data) { return to_text(Notification{6, 2, hex(data)}); };
  EXPECT_EQ(text("03 627965"), "Cease/administrative shutdown: \"bye\"");
  EXPECT_EQ(text("04 1b5b6d22"), "Cease/administrative shutdown: \"\\x1b[m\\x22\"");
  EXPECT_EQ(text("ff 61"), "Cease/administrative shutdown: \"a\"");
  EXPECT_EQ(text("00"), "Cease/administrative shutdown");
  EXPECT_EQ(to_text(Notification{6, 3, hex("03627965")}), "Cease/peer de-configured");
}

}  // namespace
}  // namespace tflab::bgp
