// A control node and an agent are recorded, and played again from what was written.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "control-core/base/text.h"
#include "control-core/bgp/open.h"
#include "recording/file.h"
#include "recording/replay.h"

namespace tflab::recording {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

config::ControlNode control_node() {
  config::ControlNode config;
  config.name = "cn1";
  config.address = *parse_ip("192.0.2.1");
  config.router_id = *parse_ip4("192.0.2.1");
  config::BgpPeer peer;
  peer.name = "cn2";
  peer.address = *parse_ip("192.0.2.2");
  peer.as = Asn{64512};
  peer.families = {Family::inet_vpn, Family::route_target};
  config.peers = {peer};
  return config;
}

config::Vrouter vrouter() {
  config::Vrouter config;
  config.name = "compute1";
  config.address = *parse_ip4("192.0.2.11");
  config.mac = *parse_mac("02:00:00:00:00:11");
  config.control_nodes = {*parse_ip("192.0.2.1")};
  config.encaps = {Encap::gre, Encap::udp};
  return config;
}

std::vector<std::byte> octets(std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

template <class Node>
std::vector<StreamId> drain(Node& node) {
  std::vector<StreamId> opened;
  while (const auto output = node.poll_output())
    if (const auto* open = std::get_if<OpenStream>(&*output)) opened.push_back(open->stream);
  return opened;
}

class Recorded : public testing::Test {
protected:
  void SetUp() override {
    path_ = testing::TempDir() + "recorded." +
            testing::UnitTest::GetInstance()->current_test_info()->name() + ".jsonl";
  }
  void TearDown() override { std::filesystem::remove(path_); }

  // A peer that comes up and goes, an agent that says hello and then nonsense.
  void record_control_node() {
    File file{path_};
    node::Recorder node{control_node(), &file};
    node.start({0});
    for (const StreamId stream : drain(node)) {
      node.on_opened({1'001'000'000}, stream, {*parse_ip("192.0.2.1"), 40000});
      drain(node);
      bgp::Open open;
      open.my_as = 64512;
      open.hold_seconds = 90;
      open.identifier = *parse_ip4("192.0.2.2");
      open.families = {Family::inet_vpn};
      node.on_bytes({1'002'000'000}, stream, bgp::encode(open));
      drain(node);
    }
    const StreamId agent = node.on_accepted({2'000'000'000}, {*parse_ip("192.0.2.1"), 5269},
                                            {*parse_ip("192.0.2.11"), 50000});
    drain(node);
    node.on_bytes({2'001'000'000}, agent,
                  octets("<?xml version='1.0'?><stream:stream from='compute1' "
                         "to='network-control@contrailsystems.com' version='1.0' xml:lang='en' "
                         "xmlns='' xmlns:stream='http://etherx.jabber.org/streams' >"));
    drain(node);
    node.on_bytes({2'002'000'000}, agent, octets("<iq><"));
    node.on_blocked({2'003'000'000}, agent);
    node.on_writable({2'004'000'000}, agent);
    node.on_closed({2'005'000'000}, agent);
    drain(node);
    auto next = control_node();
    next.peers.clear();
    node.configure({3'000'000'000}, next);
    drain(node);
    node.stop({4'000'000'000});
    drain(node);
  }

  std::string text() const {
    std::ifstream in{path_};
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }
  static Report replay_text(const std::string& text) {
    std::istringstream in{text};
    return replay(in);
  }

  std::string path_;
};

TEST_F(Recorded, a_control_node_says_the_same_again) {
  record_control_node();
  const Report report = replay_text(text());
  EXPECT_TRUE(report.same()) << report.damage;
  EXPECT_EQ(report.kind, "control-node");
  EXPECT_EQ(report.node, "cn1");
  EXPECT_EQ(report.inputs, 11u);
  EXPECT_GT(report.outputs, 5u);
  EXPECT_GT(report.octets, 200u);
}

TEST_F(Recorded, an_agent_says_the_same_again_and_programs_the_same) {
  {
    File file{path_};
    agent::Recorder agent{vrouter(), &file};
    agent.start({0});
    drain(agent);
    agent.on_trap({5}, 2, VifId{0}, VrfId{0}, octets("not an ARP reply"));
    agent.on_refused({6}, vr::SetVrf{VrfId{9}}, vr::Result::out_of_range);
    drain(agent);
    agent.on_timer({10'000'000'000});
    for (const StreamId stream : drain(agent))
      agent.on_opened({10'000'000'001}, stream, {*parse_ip("192.0.2.11"), 4});
    drain(agent);
    auto next = vrouter();
    next.mtu = 9000;
    agent.configure({11'000'000'000}, next);
    drain(agent);
    agent.stop({12'000'000'000});
    drain(agent);
  }
  const Report report = replay_text(text());
  EXPECT_TRUE(report.same()) << report.damage << (report.difference ? report.difference->what : "");
  EXPECT_EQ(report.kind, "vrouter");
  EXPECT_THAT(text(), HasSubstr(R"("op":"set-nexthop")"));
}

TEST_F(Recorded, a_node_that_says_something_else_is_told_apart_by_its_message) {
  record_control_node();
  std::string changed = text();
  // The OPEN we sent claims another hold time: octets 22 and 23 of the message.
  const auto open = changed.find(R"("out":"write")");
  const auto data = changed.find("ffffffff", open);
  changed.replace(data + 2 * 22, 4, "00b4");
  const Report report = replay_text(changed);
  ASSERT_TRUE(report.difference);
  EXPECT_THAT(report.difference->what, HasSubstr("from octet 23 on"));
  EXPECT_THAT(report.difference->event, HasSubstr(R"("in":"opened")"));
  EXPECT_THAT(report.difference->recorded, Contains(HasSubstr("OPEN AS 64512 hold 180")));
  EXPECT_THAT(report.difference->replayed, Contains(HasSubstr("OPEN AS 64512 hold 90")));
  EXPECT_THAT(report.difference->recorded, Contains(HasSubstr("192.0.2.2:179")));
}

TEST_F(Recorded, an_output_too_many_or_too_few_is_found_where_it_is) {
  record_control_node();
  const std::string whole = text();
  const auto first = whole.find(R"({"out":"open")"), end = whole.find('\n', first) + 1;
  std::string fewer = whole;
  fewer.erase(first, end - first);
  const Report more_now = replay_text(fewer);
  ASSERT_TRUE(more_now.difference);
  EXPECT_EQ(more_now.difference->what, "the node says something that was not recorded");

  std::string more = whole;
  more.insert(first, "{\"out\":\"close\",\"stream\":77}\n");
  const Report less_now = replay_text(more);
  ASSERT_TRUE(less_now.difference);
  EXPECT_THAT(less_now.difference->recorded, Contains(HasSubstr("close on stream 77")));
}

TEST_F(Recorded, a_recording_cut_off_anywhere_is_damaged_and_says_in_which_line) {
  record_control_node();
  const std::string whole = text();
  for (std::size_t size = 0; size < whole.size() - 1; size += 97) {
    const Report report = replay_text(whole.substr(0, size));
    EXPECT_FALSE(report.difference);
    EXPECT_THAT(report.damage, StartsWith("line ")) << size;
  }
}

TEST_F(Recorded, damage_in_the_middle_is_named) {
  record_control_node();
  std::string text_ = text();
  const auto at = text_.find("\"in\":\"accepted\"");
  text_[at + 1] = '\x01';
  EXPECT_THAT(replay_text(text_).damage, HasSubstr("not a JSON object"));
  EXPECT_THAT(replay_text("{}\n").damage, HasSubstr("line 1: not a recording"));
  EXPECT_THAT(replay_text("{\"tflab-recording\":2}\n").damage,
              HasSubstr("not a version known here: 2"));
  std::string lost = text();
  const auto blocked = lost.find("\"in\":\"blocked\"");
  const auto start = lost.rfind('\n', blocked) + 1;
  lost.erase(start, lost.find('\n', blocked) + 1 - start);
  EXPECT_THAT(replay_text(lost).damage, HasSubstr("lines are missing"));
}

TEST(Recording, a_path_that_cannot_be_written_is_named) {
  EXPECT_THROW(File{"/nowhere/at/all.jsonl"}, std::runtime_error);
}

}  // namespace
}  // namespace tflab::recording
