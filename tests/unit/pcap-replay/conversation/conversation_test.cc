// BGP and XMPP in captures: put together again from TCP, read, and held against what was said.

#include "pcap-replay/conversation/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "control-core/base/text.h"
#include "control-core/bgp/message.h"
#include "control-core/bgp/notification.h"
#include "control-core/bgp/open.h"
#include "control-core/xmpp/stream.h"
#include "pcap-replay/capture/file.h"
#include "pcap-replay/capture/writer.h"
#include "recording/hex.h"
#include "tests/dsl/source_tree.h"

namespace tflab::conversation {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using Octets = std::vector<std::byte>;

void put(Octets& out, std::uint64_t value, int octets) {
  for (int i = octets; i-- > 0;) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}
Octets text(std::string_view chars) {
  const auto* first = reinterpret_cast<const std::byte*>(chars.data());
  return {first, first + chars.size()};
}
Octets joined(std::initializer_list<Octets> parts) {
  Octets all;
  for (const Octets& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// A capture of one TCP connection, segment by segment.
class Wire {
public:
  explicit Wire(std::uint16_t port) : port_{port} {
    segment(true, 2, 99, {});
    segment(false, 0x12, 199, {});
  }
  Wire& one(const Octets& octets) { return say(true, octets); }
  Wire& other(const Octets& octets) { return say(false, octets); }
  // At an offset of what `one` says, out of order.
  Wire& one_at(std::uint32_t offset, const Octets& octets) {
    segment(true, 0x18, 100 + offset, octets);
    return *this;
  }
  Report heard(const Options& options = {}) const { return listen(out_.file(), options); }

private:
  Wire& say(bool one, const Octets& octets) {
    std::uint32_t& sequence = one ? one_ : other_;
    segment(one, 0x18, sequence, octets);
    sequence += static_cast<std::uint32_t>(octets.size());
    return *this;
  }
  void segment(bool one, std::uint8_t flags, std::uint32_t sequence, const Octets& octets) {
    Octets frame(12);
    put(frame, 0x0800, 2);
    put(frame, 0x4500, 2), put(frame, 40 + octets.size(), 2), put(frame, 0, 4);
    put(frame, 64, 1), put(frame, 6, 1), put(frame, 0, 2);
    put(frame, one ? 0x0a000001 : 0x0a000002, 4), put(frame, one ? 0x0a000002 : 0x0a000001, 4);
    put(frame, one ? 40000 : port_, 2), put(frame, one ? port_ : 40000, 2);
    put(frame, sequence, 4), put(frame, 0, 4), put(frame, 0x50, 1), put(frame, flags, 1);
    put(frame, 0xffff, 2), put(frame, 0, 4);
    frame.insert(frame.end(), octets.begin(), octets.end());
    out_.packet("eth0", ++time_, frame);
  }

  std::uint16_t port_;
  capture::Writer out_;
  std::uint32_t one_ = 100, other_ = 200;
  std::int64_t time_ = 0;
};

Octets open_of(const char* id, std::uint16_t as = 64512) {
  bgp::Open open;
  open.my_as = as;
  open.hold_seconds = 90;
  open.identifier = *parse_ip4(id);
  open.families = {Family::inet_vpn};
  return bgp::encode(open);
}
Octets message(bgp::MessageType type, const Octets& body = {}) {
  Octets out;
  bgp::append_message(out, type, body);
  return out;
}
const Octets keepalive = message(bgp::MessageType::keepalive);
const Octets end_of_rib = message(bgp::MessageType::update, Octets(4));

TEST(Bgp, messages_of_both_ends_are_counted_by_type) {
  const Report report = Wire{179}
                            .one(open_of("10.0.0.1"))
                            .other(joined({open_of("10.0.0.2"), keepalive}))
                            .one(joined({keepalive, end_of_rib, keepalive}))
                            .heard();
  ASSERT_EQ(report.conversations.size(), 1u);
  const Heard& heard = report.conversations[0];
  EXPECT_THAT(heard.one.messages,
              ElementsAre(Pair("KEEPALIVE", 2), Pair("OPEN", 1), Pair("UPDATE", 1)));
  EXPECT_THAT(heard.other.messages, ElementsAre(Pair("KEEPALIVE", 1), Pair("OPEN", 1)));
  EXPECT_THAT(heard.one.faults, IsEmpty());
  EXPECT_THAT(heard.disagreements, IsEmpty());
  EXPECT_EQ(report.packets, 5u);
}

TEST(Bgp, segments_cut_anywhere_turned_around_and_repeated_say_the_same) {
  const Octets all = joined({open_of("10.0.0.1"), keepalive, end_of_rib, keepalive});
  for (std::size_t cut = 1; cut < all.size(); cut += 7) {
    const Octets head{all.begin(), all.begin() + static_cast<std::ptrdiff_t>(cut)};
    const Octets tail{all.begin() + static_cast<std::ptrdiff_t>(cut), all.end()};
    const auto at = static_cast<std::uint32_t>(cut);
    for (const Report& report :
         {Wire{179}.one_at(0, head).one_at(at, tail).heard(),
          Wire{179}.one_at(at, tail).one_at(0, head).heard(),
          Wire{179}.one_at(0, head).one_at(0, head).one_at(0, all).one_at(at, tail).heard()}) {
      EXPECT_EQ(report.conversations[0].one.octets, all.size());
      EXPECT_EQ(report.conversations[0].one.messages.at("KEEPALIVE"), 2u);
      EXPECT_EQ(report.faults(), 0u);
    }
  }
}

TEST(Bgp, what_the_capture_missed_is_a_gap_behind_which_reading_begins_anew) {
  const Octets open = open_of("10.0.0.1");
  const auto hole = static_cast<std::uint32_t>(open.size() + 30);  // in the middle of a message
  const Report report =
      Wire{179}.one(open).one_at(hole, joined({Octets(5), keepalive, keepalive})).heard();
  const Said& said = report.conversations[0].one;
  EXPECT_EQ(said.missing, 30u);
  EXPECT_EQ(said.messages.at("KEEPALIVE"), 2u);
  EXPECT_EQ(said.messages.at("OPEN"), 1u);
}

TEST(Bgp, J12_a_fault_has_its_offset_and_packet_and_reading_goes_on) {
  Octets bad = keepalive;
  bad[18] = std::byte{77};
  const Octets open = open_of("10.0.0.1");
  const Report report = Wire{179}.one(open).one(joined({keepalive, bad, keepalive})).heard();
  const Said& said = report.conversations[0].one;
  ASSERT_EQ(said.faults.size(), 1u);
  EXPECT_EQ(said.faults[0].offset, open.size() + 19);
  EXPECT_EQ(said.faults[0].packet, 4u);
  EXPECT_THAT(said.messages,
              ElementsAre(Pair("KEEPALIVE", 2), Pair("OPEN", 1), Pair("type 77", 1)));
}

TEST(Bgp, a_session_of_ours_that_would_have_ended_where_the_other_stayed_disagrees) {
  // A KEEPALIVE of 20 octets: RFC 4271 section 6.1 ends the session.
  Octets bad = keepalive;
  bad[17] = std::byte{20};
  bad.push_back(std::byte{0});
  Wire wire{179};
  wire.one(open_of("10.0.0.1")).other(joined({open_of("10.0.0.2"), keepalive}));
  wire.one(joined({keepalive, bad, keepalive})).other(keepalive);
  EXPECT_EQ(wire.heard().conversations[0].disagreements.size(), 1u);
  wire.other(bgp::encode(bgp::Notification{1, 2, {}}));
  EXPECT_THAT(wire.heard().conversations[0].disagreements, IsEmpty());
}

TEST(Bgp, other_ports_are_listened_to_when_asked_for) {
  Wire wire{8179};
  wire.one(joined({open_of("10.0.0.1"), keepalive}));
  EXPECT_THAT(wire.heard().conversations, IsEmpty());
  EXPECT_EQ(wire.heard({{8179}}).conversations.at(0).one.messages.at("KEEPALIVE"), 1u);
}

TEST(Xmpp, streams_keepalives_and_stanzas_are_counted_and_nonsense_is_a_fault) {
  const std::string hello =
      xmpp::header_text({"compute1", "network-control@contrailsystems.com", ""});
  const Report report = Wire{5269}
                            .one(text(hello))
                            .other(text(hello))
                            .one(text("\xC8\x80"))
                            .one(text("<iq type='set' from='compute1' to='x'><pubsub><subscribe "))
                            .one(text("node='red:red'/></pubsub></iq>"))
                            .one(text("<iq><"))
                            .one(text("<"))
                            .heard();
  const Said& said = report.conversations.at(0).one;
  EXPECT_EQ(said.messages.at("stream"), 1u);
  EXPECT_EQ(said.messages.at("keepalive"), 1u);
  EXPECT_EQ(said.messages.at("iq"), 1u);
  ASSERT_FALSE(said.faults.empty());
  EXPECT_GE(said.faults.back().packet, 8u);
  EXPECT_THAT(report.conversations.at(0).disagreements,
              testing::Contains(HasSubstr("our stream would have ended")));
}

TEST(Any, a_broken_file_is_told_and_what_came_before_stands) {
  capture::Writer out;
  Octets file = out.file();
  file.push_back(std::byte{1});
  EXPECT_THAT(listen(file, {}).fault, HasSubstr("block header cut off"));
  EXPECT_THAT(listen(text("no capture at all"), {}).fault, HasSubstr("not a capture file"));
}

// ---------------------------------------------------------------------------- of other projects

class Corpora : public testing::Test {
protected:
  void SetUp() override {
    if (!fs::exists(test::corpora())) GTEST_SKIP() << "no " << test::corpora();
  }
};

TEST_F(Corpora, J12_messages_of_captures_are_of_the_type_that_others_say) {
  std::ifstream in{test::corpora() / "bgp_msgs" / "captured_messages.jsonl"};
  std::size_t messages = 0;
  for (std::string line; std::getline(in, line);) {
    const auto json = nlohmann::json::parse(line);
    const auto octets = recording::from_hex(json["hex"].get<std::string>());
    const std::string type = json["type"];
    if (!octets || type.find('?') != std::string::npos) continue;
    const Report report = Wire{179}.one(*octets).heard();
    ++messages;
    if (!json["structural_faults"].empty()) continue;
    EXPECT_EQ(report.messages().count(type), 1u) << json["id"];
  }
  std::printf("%zu messages\n", messages);
  EXPECT_GT(messages, 100u);
}

TEST_F(Corpora, J10_every_capture_is_listened_to_without_harm) {
  std::size_t files = 0, conversations = 0;
  for (const char* folder : {"pcap_dataplane", "xmpp/xmpp-pcap"})
    for (const auto& entry : fs::recursive_directory_iterator(test::corpora() / folder)) {
      const std::string path = entry.path().string();
      if (path.find(".pcap") == std::string::npos) continue;
      ++files;
      const Report report = listen(capture::load(path), {{5222, 80, 443}});
      conversations += report.conversations.size();
    }
  std::printf("%zu files, %zu conversations\n", files, conversations);
  EXPECT_GT(files, 200u);
  const auto known = listen(
      capture::load(
          (test::corpora() / "pcap_dataplane" / "arp__tcpdump__bgp-4byte-asn.pcap").string()),
      {});
  EXPECT_EQ(known.messages().at("OPEN"), 8u) << "as tshark says";
}

}  // namespace
}  // namespace tflab::conversation
