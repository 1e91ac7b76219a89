// Fidelity `message`: the same tables as over TCP, and what a computer's transmit clock does.

#include <gmock/gmock.h>

#include <fstream>

#include "scenarios/load.h"
#include "scenarios/play.h"
#include "sim/sim_lab.h"
#include "sim/world/messages.h"
#include "tests/dsl/source_tree.h"
#include "tests/unit/sim/simulation.h"

namespace tflab::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

scenario::Outcome played(const std::string& file, const std::string& fidelity,
                         std::string* digest = nullptr) {
  auto loaded = scenario::load(test::in_tree("scenarios/" + file).string(),
                               {.sets = {{"/run/fidelity", fidelity}}});
  const auto& scenario = std::get<scenario::Scenario>(loaded);
  const auto lab = bring_up(scenario, "");
  scenario::Outcome out = scenario::play(scenario, *lab, {});
  if (digest != nullptr) *digest = lab->digest();
  return out;
}

void expect_the_same(const std::string& file) {
  const scenario::Outcome tcp = played(file, "tcp"), message = played(file, "message");
  EXPECT_THAT(scenario::differences(tcp.state, message.state, {"tables", "fib", "reachability"}),
              IsEmpty())
      << file;
  for (std::size_t i = 0; i < tcp.findings.size(); ++i)
    EXPECT_EQ(tcp.findings[i].verdict, message.findings[i].verdict) << tcp.findings[i].id;
}

TEST(Message, two_computes_end_as_over_tcp) {
  expect_the_same("smoke/two-computes.tflab.json");
}
TEST(Message, the_quick_start_ends_as_over_tcp) {
  expect_the_same("two-node-k8s.tflab.json");
}
TEST(Message, headless_and_failover_end_as_over_tcp) {
  expect_the_same("features/headless-and-failover.tflab.json");
}
TEST(Message, reflectors_and_filters_end_as_over_tcp) {
  expect_the_same("features/rt-filter-reflector.tflab.json");
}

TEST(Message, a_partition_ends_as_over_tcp) {
  expect_the_same("features/partition.tflab.json");
}

TEST(Message, the_digest_repeats) {
  std::string first, second;
  played("smoke/two-computes.tflab.json", "message", &first);
  played("smoke/two-computes.tflab.json", "message", &second);
  EXPECT_EQ(first, second);
}

// Debug here, release in system/digest. Who changes what is sent changes this file on purpose.
TEST(Message, N02_the_digest_is_the_same_in_every_build) {
  std::ifstream golden{test::in_tree("tests/golden/two-computes.digest")};
  for (const char* fidelity : {"tcp", "message"}) {
    std::string name, wanted, digest;
    golden >> name >> wanted;
    EXPECT_EQ(name, fidelity);
    played("smoke/two-computes.tflab.json", fidelity, &digest);
    EXPECT_EQ(digest, wanted) << fidelity;
  }
}

// --- the port alone

struct User final : StreamUser {
  std::vector<std::string> happened;
  std::uint32_t accepted_streams = 100;

  void note(const std::string& what, StreamId stream) {
    happened.push_back(std::to_string(now().ns / 1000) + "us " + what + ' ' +
                       std::to_string(stream.raw()));
  }
  StreamId accepted(const Endpoint&, const Endpoint&) override {
    const StreamId stream{++accepted_streams};
    note("accepted", stream);
    return stream;
  }
  void opened(StreamId stream, const Endpoint&) override { note("opened", stream); }
  void bytes(StreamId stream, Bytes bytes) override {
    note(std::to_string(bytes.size()) + " octets on", stream);
  }
  void closed(StreamId stream) override { note("closed", stream); }
  void blocked(StreamId stream) override { note("blocked", stream); }
  void writable(StreamId stream) override { note("writable", stream); }
};

struct MessageStreamsTest : Simulation {
  // A millisecond away, a microsecond an octet.
  Segment segment{{.delay = millis(1), .rate_bps = 8'000'000, .mtu = 1500}};
  Trace trace{{}, "", 0};
  Messages messages{segment, trace};
  User near, far;
  MessageStreams here{messages, near, Ip4{1}, 1, 1448}, there{messages, far, Ip4{2}, 2, 1448};
  static constexpr StreamId one{1}, two{2};

  static SharedBytes octets(std::size_t n) {
    return std::make_shared<const std::vector<std::byte>>(n);
  }
  void connect(StreamId stream) {
    there.listen(179);
    here.open({stream, {}, {Ip4{2}, 179}});
    run_for(millis(10));
    near.happened.clear();
    far.happened.clear();
  }
};

TEST_F(MessageStreamsTest, a_connection_takes_three_ways) {
  there.listen(179);
  here.open({one, {}, {Ip4{2}, 179}});
  run_for(millis(10));
  EXPECT_THAT(near.happened, ElementsAre("2090us opened 1"));
  EXPECT_THAT(far.happened, ElementsAre("3090us accepted 101"));
}

TEST_F(MessageStreamsTest, what_one_computer_writes_leaves_one_after_the_other) {
  connect(one);
  connect(two);
  here.write({one, octets(910)});
  here.write({two, octets(2000)});  // two segments
  here.flush();
  EXPECT_EQ(messages.under_way(), 2u);
  run_for(millis(10));
  EXPECT_THAT(far.happened, ElementsAre("22000us 910 octets on 101", "24180us 2000 octets on 102"));
  EXPECT_EQ(messages.under_way(), 0u);
}

TEST_F(MessageStreamsTest, what_is_written_in_one_go_arrives_write_by_write_at_one_time) {
  connect(one);
  here.write({one, octets(10)});
  here.write({one, octets(900)});
  run_for(millis(5));
  EXPECT_THAT(far.happened, IsEmpty()) << "nobody has said that this is all";
  here.flush();
  run_for(millis(5));
  EXPECT_THAT(far.happened, ElementsAre("17000us 10 octets on 101", "17000us 900 octets on 101"));
}

TEST_F(MessageStreamsTest, the_end_comes_after_what_was_written) {
  connect(one);
  here.write({one, octets(910)});
  here.close({one});
  run_for(millis(10));
  EXPECT_THAT(far.happened, ElementsAre("12000us 910 octets on 101", "12090us closed 101"));
  EXPECT_THAT(near.happened, IsEmpty());
}

TEST_F(MessageStreamsTest, nobody_who_listens_is_noticed_as_over_tcp) {
  here.open({one, {}, {Ip4{2}, 179}});
  run_for(seconds(4));
  EXPECT_THAT(near.happened, ElementsAre("3001090us closed 1"));
}

TEST_F(MessageStreamsTest, a_computer_without_power_is_silent) {
  connect(one);
  auto gone = std::make_unique<MessageStreams>(messages, far, Ip4{3}, 3, 1448);
  gone->listen(5269);
  here.open({two, {}, {Ip4{3}, 5269}});
  run_for(millis(10));
  gone.reset();
  near.happened.clear();
  here.write({two, octets(100)});
  here.flush();
  run_for(seconds(10));
  EXPECT_THAT(near.happened, IsEmpty());
}

TEST_F(MessageStreamsTest, who_writes_too_much_is_told_and_told_when_it_is_gone) {
  connect(one);
  here.write({one, octets(Streams::high_water)});
  here.flush();
  EXPECT_THAT(near.happened, IsEmpty());
  here.write({one, octets(100)});
  here.flush();
  EXPECT_THAT(near.happened, ElementsAre("10000us blocked 1"));
  run_for(seconds(3));
  ASSERT_EQ(near.happened.size(), 2u);
  EXPECT_THAT(near.happened.back(), testing::EndsWith("writable 1"));
}

}  // namespace
}  // namespace tflab::sim
