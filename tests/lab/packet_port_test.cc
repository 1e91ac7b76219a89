// The packet ring over a real veth pair in a namespace that is thrown away.
#include "netns-lab/host/packet_port.h"

#include <poll.h>

#include <algorithm>
#include <numeric>

#include "netns-lab/host/ports.h"
#include "tests/lab/lab_fixture.h"

namespace tflab::netns {
namespace {

using Frame = std::vector<std::byte>;

Frame frame_of(std::size_t size, int seed) {
  Frame frame(size);
  for (std::size_t i = 0; i < size; ++i)
    frame[i] = static_cast<std::byte>(i * 31 + static_cast<std::size_t>(seed));
  frame[12] = std::byte{0x88};  // local experimental EtherType: no stack wants it
  frame[13] = std::byte{0xb5};
  return frame;
}

class PacketPort : public LabTest {
protected:
  PacketPort() {
    ip_batch({}, {"netns add " + space_}, "make a namespace");
    set_network_values(
        space_, {{"ipv6/conf/all/disable_ipv6", "1"}, {"ipv6/conf/default/disable_ipv6", "1"}});
    ip_batch(
        space_,
        {"link set lo alias tflab:test", "link add a0 mtu 9001 type veth peer name b0 mtu 9001",
         "link set a0 arp off up", "link set b0 arp off up"},
        "make a wire");
    disable_offload(space_, {"a0", "b0"});
  }
  ~PacketPort() override { ip_batch({}, {"netns del " + space_}, "remove a namespace"); }

  std::unique_ptr<netns::PacketPort> port(const std::string& device, std::size_t slots = 64) {
    return in_space(space_, [&] { return std::make_unique<netns::PacketPort>(device, slots); });
  }

  static std::vector<Frame> arrived(netns::PacketPort& port, std::size_t wanted) {
    std::vector<Frame> frames;
    while (frames.size() < wanted) {
      pollfd readable{port.fd(), POLLIN, 0};
      if (::poll(&readable, 1, 2000) <= 0) break;
      port.read(wanted, [&](netns::PacketPort::Burst burst) {
        for (const auto buffer : burst)
          frames.emplace_back(buffer.begin() + netns::PacketPort::headroom, buffer.end());
      });
    }
    return frames;
  }

  std::string space_ = "tflab-packet-test";
};

TEST_F(PacketPort, carries_frames_of_every_size_and_order) {
  auto a = port("a0"), b = port("b0");
  for (const std::size_t size : {14u, 15u, 60u, 1514u, 9015u}) {
    const Frame frame = frame_of(size, 1);
    ASSERT_TRUE(a->send(frame)) << size;
    const auto got = arrived(*b, 1);
    ASSERT_EQ(got.size(), 1u) << size;
    EXPECT_EQ(got.front(), frame) << size;
  }
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(a->send(frame_of(100, i)));
  const auto got = arrived(*b, 50);
  ASSERT_EQ(got.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], frame_of(100, i));
}

TEST_F(PacketPort, goes_round_its_ring_many_times) {
  auto a = port("a0"), b = port("b0");
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(a->send(frame_of(200, round * 20 + i)));
    const auto got = arrived(*b, 20);
    ASSERT_EQ(got.size(), 20u);
    EXPECT_EQ(got.front(), frame_of(200, round * 20));
    EXPECT_EQ(got.back(), frame_of(200, round * 20 + 19));
  }
}

TEST_F(PacketPort, carries_vlan_tags) {
  auto a = port("a0"), b = port("b0");
  Frame tagged = frame_of(200, 3);
  const unsigned char tag[] = {0x81, 0x00, 0x20, 0x07};
  std::ranges::copy(std::as_bytes(std::span{tag}), tagged.begin() + 12);
  ASSERT_TRUE(a->send(tagged));
  const auto got = arrived(*b, 1);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got.front(), tagged);
}

TEST_F(PacketPort, does_not_see_what_it_sent_itself) {
  auto a = port("a0"), b = port("b0");
  ASSERT_TRUE(a->send(frame_of(100, 1)));
  ASSERT_EQ(arrived(*b, 1).size(), 1u);
  EXPECT_EQ(a->read(10, [](netns::PacketPort::Burst) { FAIL(); }), 0u);
}

TEST_F(PacketPort, gives_headroom_that_can_be_written_without_harm_to_the_next_frame) {
  auto a = port("a0"), b = port("b0");
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(a->send(frame_of(1000, i)));
    pollfd readable{b->fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&readable, 1, 2000), 1);
    b->read(1, [&](netns::PacketPort::Burst burst) {
      ASSERT_EQ(burst.size(), 1u);
      ASSERT_EQ(burst.front().size(), 1000 + netns::PacketPort::headroom);
      std::ranges::fill(burst.front(), std::byte{0xa5});
    });
  }
}

TEST_F(PacketPort, drops_what_does_not_fit_and_loses_nothing_else) {
  auto a = port("a0"), b = port("b0");
  EXPECT_FALSE(a->send(frame_of(9100, 1)));  // longer than the MTU
  EXPECT_FALSE(a->send(Frame(3)));           // shorter than an Ethernet header
  ASSERT_TRUE(a->send(frame_of(100, 2)));
  const auto got = arrived(*b, 1);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got.front(), frame_of(100, 2));
}

// Three of each, so that more waits than the ring out holds; one that the wire does not take costs
// nobody else anything.
TEST_F(PacketPort, forwards_bursts_from_ring_to_ring) {
  in_space(space_, [&] {
    ip_batch(space_,
             {"link add c0 mtu 1000 type veth peer name d0 mtu 1000", "link set c0 arp off up",
              "link set d0 arp off up"},
             "make a wire");
    boost::asio::io_context io;
    netns::PacketPort a{"a0", 16}, d{"d0", 1024};
    Ports* both = nullptr;
    Ports ports{io,
                {.burst =
                     [&](VifId, netns::PacketPort::Burst burst) {
                       for (const auto buffer : burst)
                         for (int i = 0; i < 3; ++i)
                           both->send(VifId{4}, buffer.subspan(netns::PacketPort::headroom));
                     },
                 .burst_end = [] {}}};
    both = &ports;
    ports.attach(VifId{3}, "b0");
    ports.attach(VifId{4}, "c0");
    std::vector<Frame> frames;
    for (int i = 0; i < 150; ++i) frames.push_back(frame_of(i == 70 ? 1500 : 100, i));
    for (const Frame& frame : frames) EXPECT_TRUE(a.put(frame));
    EXPECT_EQ(a.flush(), 0u);
    EXPECT_FALSE(a.waiting());
    while (io.poll() > 0) {
    }
    EXPECT_EQ(ports.unsent(), 3u);
    frames.erase(frames.begin() + 70);
    const auto got = arrived(d, 3 * frames.size());
    EXPECT_EQ(got.size(), 3 * frames.size());
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i], frames[i / 3]) << i;
    return true;
  });
}

// What a device that is down did not take is not sent when it comes up.
TEST_F(PacketPort, sends_nothing_late) {
  auto a = port("a0"), b = port("b0");
  ip_batch(space_, {"link set a0 down"}, "bring a wire down");
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(a->put(frame_of(100, i)));
  EXPECT_EQ(a->flush(), 5u);
  ip_batch(space_, {"link set a0 up"}, "bring a wire up");
  ASSERT_TRUE(a->send(frame_of(100, 9)));
  const auto got = arrived(*b, 1);
  ASSERT_FALSE(got.empty());
  EXPECT_EQ(got.back(), frame_of(100, 9));
}

TEST_F(PacketPort, survives_a_storm_bigger_than_its_ring) {
  auto a = port("a0"), b = port("b0", 16);
  for (int i = 0; i < 5000; ++i) a->send(frame_of(1500, i));
  std::size_t count = 0, last = 0;
  while ((last = b->read(1000, [](netns::PacketPort::Burst) {})) > 0) count += last;
  EXPECT_GT(count, 0u);
  ASSERT_TRUE(a->send(frame_of(100, 9)));
  const auto got = arrived(*b, 1);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got.front(), frame_of(100, 9));
}

TEST_F(PacketPort, says_that_there_is_no_such_device) {
  try {
    port("nowhere0");
    FAIL();
  } catch (const std::system_error& failure) {
    EXPECT_EQ(failure.code().value(), ENODEV);
  }
}

TEST_F(PacketPort, says_that_its_device_went_away) {
  auto a = port("a0");
  ip_batch(space_, {"link del a0"}, "remove a wire");
  pollfd readable{a->fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&readable, 1, 2000), 1);
  EXPECT_THROW(a->read(1, [](netns::PacketPort::Burst) {}), std::system_error);
}

// A loop inside the namespace, as the daemon has it.
TEST_F(PacketPort, is_found_again_when_its_device_comes_back) {
  in_space(space_, [&] {
    boost::asio::io_context io;
    std::vector<Frame> got;
    Ports ports{io,
                {.burst =
                     [&](VifId, netns::PacketPort::Burst burst) {
                       for (const auto buffer : burst)
                         got.emplace_back(buffer.begin() + netns::PacketPort::headroom,
                                          buffer.end());
                     },
                 .burst_end = [] {}}};
    const auto until = [&](auto so) {
      for (int i = 0; i < 2000 && !so(); ++i) io.run_one_for(std::chrono::milliseconds{5});
      ASSERT_TRUE(so());
    };
    ports.attach(VifId{3}, "c0");  // not there yet
    for (int life = 0; life < 2; ++life) {
      got.clear();
      ip_batch(space_,
               {"link add c0 type veth peer name d0", "link set c0 arp off up",
                "link set d0 arp off up"},
               "make a wire");
      netns::PacketPort d{"d0", 16};
      // Sent again and again: nobody says when the other end is attached, and what its ring still
      // held of the life before may come first.
      until([&] {
        d.send(frame_of(100, life));
        return std::ranges::find(got, frame_of(100, life)) != got.end();
      });
      ip_batch(space_, {"link del c0"}, "remove a wire");
      ports.send(VifId{3}, frame_of(100, 0));
      ports.flush();
    }
    EXPECT_GT(ports.unsent(), 0u);
    ports.detach(VifId{3});
    return true;
  });
}

}  // namespace
}  // namespace tflab::netns
