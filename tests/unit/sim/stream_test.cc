#include "sim/ns3/tcp_streams.h"

#include <gmock/gmock.h>
#include <ns3/ipv4-raw-socket-factory.h>
#include <ns3/packet.h>
#include <ns3/tcp-header.h>
#include <ns3/udp-socket-factory.h>
#include <ns3/uinteger.h>

#include <algorithm>

#include "sim/ns3/address.h"
#include "sim/ns3/ask_echo.h"
#include "sim/ns3/echo.h"
#include "sim/ns3/tcp_path.h"
#include "sim/ns3/wake_up.h"
#include "tests/unit/sim/simulation.h"

namespace tflab::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t segment_size = 1448;

// Remembers what it was told.
struct Peer : StreamUser {
  TcpStreams streams;
  std::uint32_t last = 0;
  std::vector<StreamId> streams_accepted, streams_opened, streams_closed;
  std::vector<std::byte> got;
  unsigned blocks = 0, unblocks = 0;
  bool closes_on_bytes = false;
  Endpoint seen_local, seen_remote;

  explicit Peer(ns3::Ptr<ns3::Node> node) : streams{node, *this, segment_size} {}

  void write(const WriteStream& request) {
    streams.write(request);
    streams.flush();
  }
  StreamId accepted(const Endpoint& local, const Endpoint& remote) override {
    seen_local = local;
    seen_remote = remote;
    return streams_accepted.emplace_back(++last);
  }
  void opened(StreamId stream, const Endpoint& local) override {
    seen_local = local;
    streams_opened.push_back(stream);
  }
  void bytes(StreamId stream, Bytes bytes) override {
    got.insert(got.end(), bytes.begin(), bytes.end());
    if (closes_on_bytes) streams.close({stream});
  }
  void closed(StreamId stream) override { streams_closed.push_back(stream); }
  void blocked(StreamId) override { ++blocks; }
  void writable(StreamId) override { ++unblocks; }
};

SharedBytes pattern(std::size_t size) {
  auto bytes = std::make_shared<std::vector<std::byte>>(size);
  for (std::size_t i = 0; i < size; ++i) (*bytes)[i] = static_cast<std::byte>(i * 31 >> 3);
  return bytes;
}

void send_reset(ns3::Ptr<ns3::Node> node, Ip4 from, Ip4 to, std::uint16_t port) {
  constexpr std::uint8_t tcp = 6;
  auto socket = ns3::Socket::CreateSocket(node, ns3::Ipv4RawSocketFactory::GetTypeId());
  socket->SetAttribute("Protocol", ns3::UintegerValue(tcp));
  ns3::TcpHeader header;
  header.SetSourcePort(50'000);
  header.SetDestinationPort(port);
  header.SetFlags(ns3::TcpHeader::RST);
  header.EnableChecksums();
  header.InitializeChecksum(to_ns3(from), to_ns3(to), tcp);
  auto packet = ns3::Create<ns3::Packet>();
  packet->AddHeader(header);
  socket->SendTo(packet, 0, ns3::InetSocketAddress{to_ns3(to), 0});
  socket->Close();
}

struct StreamTest : Simulation {
  Segment segment{{}};
  PlainNode left{segment, 1}, right{segment, 2};
  Peer client{left.node}, server{right.node};
  const StreamId dialled{100};

  void open(std::uint16_t port = 179) {
    client.streams.open({dialled, Ip4{}, {PlainNode::address(2), port}});
  }
  void connect() {
    server.streams.listen(179);
    open();
    run_for(millis(100));
    ASSERT_THAT(server.streams_accepted, ElementsAre(StreamId{1}));
    ASSERT_THAT(client.streams_opened, ElementsAre(dialled));
  }
};

TEST_F(StreamTest, both_ends_learn_who_is_at_the_other) {
  connect();
  EXPECT_EQ(client.seen_local.address, IpAddr{PlainNode::address(1)});
  EXPECT_EQ(server.seen_local, (Endpoint{PlainNode::address(2), 179}));
  EXPECT_EQ(server.seen_remote, client.seen_local);
}

TEST_F(StreamTest, megabytes_each_way_arrive_whole_and_in_order) {
  connect();
  const auto there = pattern(2'500'000), back = pattern(2'499'999);
  client.write({dialled, there});
  server.write({StreamId{1}, back});
  EXPECT_EQ(client.blocks, 1u);
  EXPECT_EQ(client.unblocks, 0u);
  run_for(seconds(30));
  EXPECT_TRUE(std::ranges::equal(server.got, *there));
  EXPECT_TRUE(std::ranges::equal(client.got, *back));
  EXPECT_EQ(client.blocks, 1u);
  EXPECT_EQ(client.unblocks, 1u);
}

// TCP's buffer ends in the middle of one of them.
TEST_F(StreamTest, what_is_written_in_many_pieces_and_goes_at_once_arrives_whole_and_in_order) {
  connect();
  std::vector<std::byte> all;
  for (std::size_t size : {90'000, 7, 90'000, 1, 130'000, 300}) {
    const auto piece = pattern(size);
    all.insert(all.end(), piece->begin(), piece->end());
    client.streams.write({dialled, piece});
  }
  run_for(seconds(1));
  EXPECT_TRUE(server.got.empty()) << "before the flush";
  client.streams.flush();
  run_for(seconds(10));
  EXPECT_EQ(server.got, all);
}

TEST_F(StreamTest, what_was_written_before_a_close_still_arrives_and_the_other_side_is_told_once) {
  connect();
  const auto last_words = pattern(3'000'000);
  client.write({dialled, last_words});
  client.streams.close({dialled});
  client.write({dialled, pattern(10)});
  run_for(seconds(30));
  EXPECT_TRUE(std::ranges::equal(server.got, *last_words));
  EXPECT_THAT(server.streams_closed, ElementsAre(StreamId{1}));
  EXPECT_THAT(client.streams_closed, IsEmpty());
  EXPECT_EQ(client.streams.count() + server.streams.count(), 0u);
}

TEST_F(StreamTest, bytes_that_cross_a_close_do_not_become_a_reset) {
  connect();
  server.closes_on_bytes = true;
  const auto question = pattern(200'000);
  client.write({dialled, question});
  run_for(seconds(30));
  EXPECT_LT(server.got.size(), question->size());
  EXPECT_THAT(client.streams_closed, ElementsAre(dialled));
  EXPECT_THAT(server.streams_closed, IsEmpty());
}

TEST_F(StreamTest, a_port_nobody_listens_on_is_a_close_within_seconds) {
  open(4242);
  run_for(seconds(5));
  EXPECT_THAT(client.streams_opened, IsEmpty());
  EXPECT_THAT(client.streams_closed, ElementsAre(dialled));
}

TEST_F(StreamTest, an_address_nobody_has_is_a_close_within_seconds) {
  client.streams.open({dialled, Ip4{}, {PlainNode::address(77), 179}});
  run_for(seconds(5));
  EXPECT_THAT(client.streams_closed, ElementsAre(dialled));
}

TEST_F(StreamTest, closing_before_the_connection_stands_tells_nothing) {
  open(4242);
  client.streams.close({dialled});
  run_for(seconds(200));
  EXPECT_THAT(client.streams_closed, IsEmpty());
  EXPECT_EQ(client.streams.count(), 0u);
}

// ns-3.37 without our setting crashes six seconds after this.
TEST_F(StreamTest, a_listener_survives_a_reset_out_of_nowhere) {
  server.streams.listen(179);
  send_reset(left.node, PlainNode::address(1), PlainNode::address(2), 179);
  run_for(seconds(60));
  open();
  run_for(millis(100));
  EXPECT_THAT(client.streams_opened, ElementsAre(dialled));
}

TEST_F(StreamTest, after_stop_listening_nobody_gets_in_and_who_is_in_stays) {
  connect();
  server.streams.stop_listening();
  client.streams.open({StreamId{101}, Ip4{}, {PlainNode::address(2), 179}});
  client.write({dialled, pattern(1000)});
  run_for(seconds(5));
  EXPECT_THAT(client.streams_closed, ElementsAre(StreamId{101}));
  EXPECT_EQ(server.got.size(), 1000u);
}

TEST_F(StreamTest, a_node_without_power_is_silent_and_its_successor_resets_the_old_connection) {
  connect();
  server.streams.abandon();
  segment.detach(right.port);
  run_for(seconds(30));
  EXPECT_THAT(client.streams_closed, IsEmpty());  // an idle connection never notices

  PlainNode reborn{segment, 2};
  client.write({dialled, pattern(100)});
  run_for(seconds(30));
  EXPECT_THAT(client.streams_closed, ElementsAre(dialled));
  EXPECT_THAT(server.streams_closed, IsEmpty());
}

TEST_F(StreamTest, the_echo_server_sends_back_what_it_gets) {
  TcpEcho echo{right.node, segment_size};
  open(echo_port);
  run_for(millis(100));
  const auto words = pattern(500'000);
  client.write({dialled, words});
  run_for(seconds(10));
  EXPECT_TRUE(std::ranges::equal(client.got, *words));
}

TEST_F(StreamTest, the_udp_echo_server_sends_back_what_it_gets) {
  UdpEcho echo{right.node};
  auto socket = ns3::Socket::CreateSocket(left.node, ns3::UdpSocketFactory::GetTypeId());
  std::vector<std::uint32_t> sizes;
  socket->SetRecvCallback(
      ns3::Callback<void, ns3::Ptr<ns3::Socket>>{[&](ns3::Ptr<ns3::Socket> from) {
        while (auto packet = from->Recv()) sizes.push_back(packet->GetSize());
      }});
  socket->Connect(ns3::InetSocketAddress{to_ns3(PlainNode::address(2)), echo_port});
  for (const std::uint32_t size : {5u, 700u}) socket->Send(ns3::Create<ns3::Packet>(size));
  run_for(millis(100));
  EXPECT_THAT(sizes, ElementsAre(5u, 700u));
  socket->Close();
}

TEST_F(StreamTest, calls_of_an_echo_service_come_back_and_of_nobody_do_not) {
  TcpEcho streams{right.node, segment_size};
  UdpEcho datagrams{right.node};
  std::vector<std::uint16_t> back;
  const auto note = [&](std::uint16_t call) { back.push_back(call); };
  const Endpoint service{PlainNode::address(2), echo_port}, nobody{PlainNode::address(2), 8};
  UdpCaller over_udp{left.node, service, 1200, note}, in_vain{left.node, nobody, 56, note};
  TcpCaller over_tcp{left.node, service, 3000, note}, refused{left.node, nobody, 56, note};
  over_udp.call(1);
  over_tcp.call(2);
  in_vain.call(3);
  refused.call(4);
  run_for(seconds(1));
  over_udp.call(5);
  over_tcp.call(6);
  run_for(seconds(1));
  EXPECT_THAT(back, ElementsAre(1, 2, 5, 6));
}

struct Seen {
  std::int64_t at = 0;
  std::vector<std::byte> frame;
  friend bool operator==(const Seen&, const Seen&) = default;
};

// A conversation with all that TCP may meet: much at once, both ways, an unplugged cable, minutes
// of silence after which the neighbour must be asked for again, ports without and with a new
// listener.
std::vector<Seen> frames_of_a_conversation(bool usual_way) {
  prepare_ns3(1);
  std::vector<Seen> seen;
  {
    Segment segment{{}};
    PlainNode left{segment, 1}, right{segment, 2};
    for (PlainNode* node : {&left, &right}) {
      segment.serve(node->port, PlainNode::address(node == &left ? 1 : 2));
      node->device->connect([&, at = node->port](const SharedBytes& frame) {
        seen.push_back({now().ns, *frame});
        segment.send(at, frame);
      });
      if (usual_way) node->node->GetObject<TcpPath>()->go_the_usual_way();
    }
    Peer client{left.node}, server{right.node};
    const auto run_for = [](Duration span) {
      ns3::Simulator::Schedule(to_ns3(span), [] { ns3::Simulator::Stop(); });
      ns3::Simulator::Run();
    };
    const auto talk = [&](StreamId dialled) {
      client.streams.open({dialled, Ip4{}, {PlainNode::address(2), 179}});
      run_for(seconds(1));
      client.write({dialled, pattern(300'000)});
      server.write({StreamId{server.last}, pattern(70'000)});
      run_for(seconds(5));
    };
    server.streams.listen(179);
    talk(StreamId{1});
    segment.plug(PlainNode::address(2), false);
    client.write({StreamId{1}, pattern(5'000)});
    run_for(seconds(2));
    segment.plug(PlainNode::address(2), true);
    run_for(seconds(10));
    client.write({StreamId{1}, pattern(5)});
    run_for(seconds(80));
    server.write({StreamId{1}, pattern(5)});
    run_for(seconds(80));  // the first 80 were not silent, so the neighbour is still known
    client.write({StreamId{1}, pattern(5)});
    run_for(seconds(300));
    client.write({StreamId{1}, pattern(5)});
    run_for(seconds(1));
    client.streams.close({StreamId{1}});
    run_for(seconds(1));
    server.streams.stop_listening();
    talk(StreamId{2});
    server.streams.listen(179);
    talk(StreamId{3});
    EXPECT_THAT(client.streams_opened, ElementsAre(StreamId{1}, StreamId{3}));
    EXPECT_EQ(server.got.size(), 605'015u);
  }
  ns3::Simulator::Destroy();
  return seen;
}

TEST(TcpPath, frames_are_those_of_ns3s_own_way_octet_by_octet_and_in_time) {
  const auto usual = frames_of_a_conversation(true), shorter = frames_of_a_conversation(false);
  EXPECT_GT(usual.size(), 500u);
  EXPECT_EQ(shorter.size(), usual.size());
  const auto differs = std::ranges::mismatch(shorter, usual);
  EXPECT_TRUE(differs.in1 == shorter.end()) << "frame " << differs.in1 - shorter.begin();
}

struct WakeUpTest : Simulation {
  std::vector<std::int64_t> rung;
  WakeUp alarm{[this] { rung.push_back(now().ns); }};
};

TEST_F(WakeUpTest, rings_at_the_deadline_that_was_set_last) {
  alarm.set(Instant{} + seconds(5));
  alarm.set(Instant{} + seconds(9));  // later: the event at 5 s looks again
  run_for(seconds(20));
  EXPECT_THAT(rung, ElementsAre(seconds(9).ns));
  alarm.set(Instant{} + seconds(40));
  alarm.set(Instant{} + seconds(30));  // earlier
  run_for(seconds(30));
  EXPECT_THAT(rung, ElementsAre(seconds(9).ns, seconds(30).ns));
}

TEST_F(WakeUpTest, rings_at_once_for_a_deadline_that_has_passed_and_never_without_one) {
  run_for(seconds(1));
  alarm.set(Instant{});
  run_for(seconds(1));
  EXPECT_THAT(rung, ElementsAre(seconds(1).ns));
  alarm.set(Instant{} + seconds(5));
  alarm.set({});
  run_for(seconds(10));
  EXPECT_EQ(rung.size(), 1u);
}

}  // namespace
}  // namespace tflab::sim
