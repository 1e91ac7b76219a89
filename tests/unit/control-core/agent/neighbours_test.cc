#include "control-core/agent/neighbours.h"

#include <gmock/gmock.h>

#include "vrouter-core/wire/arp.h"
#include "vrouter-core/wire/ethernet.h"

namespace tflab::agent {
namespace {

constexpr Ip4 far{0x0a000009};
constexpr Mac far_mac{{0x0e, 0, 0, 0, 0, 9}};

struct Fixture {
  Underlay underlay{Ip4{0x0a000001}, 24, {}, Mac{{0x0e, 0, 0, 0, 0, 1}}};
  Outputs out;
  Neighbours neighbours{underlay, out};
  bool used = true;
  Instant now{};

  // Lets time pass; the milliseconds at which something was sent, and to which MAC.
  std::vector<std::pair<std::int64_t, Mac>> run_for(Duration time) {
    std::vector<std::pair<std::int64_t, Mac>> sent;
    const Instant end = now + time;
    neighbours.on_timer(now, [this](Ip4) { return used; });
    for (;;) {
      while (auto output = out.poll()) {
        Reader in{std::get<Transmit>(*output).frame};
        sent.emplace_back(now.ns / 1'000'000, wire::Ethernet::read(in).dst);
      }
      const auto next = neighbours.next_timer();
      if (!next || *next > end) break;
      now = *next;
      neighbours.on_timer(now, [this](Ip4) { return used; });
    }
    now = end;
    return sent;
  }
};

TEST(Neighbours, asks_at_once_then_less_and_less_often) {
  Fixture f;
  f.neighbours.want(far);
  std::vector<std::int64_t> times;
  for (const auto& [ms, dst] : f.run_for(seconds(33))) {
    times.push_back(ms);
    EXPECT_EQ(dst, broadcast_mac);
  }
  EXPECT_THAT(times, testing::ElementsAre(0, 250, 750, 1750, 3750, 7750, 15750, 23750, 31750));
}

TEST(Neighbours, gives_up_on_those_nobody_needs) {
  Fixture f;
  f.used = false;
  f.neighbours.want(far);
  EXPECT_EQ(f.run_for(seconds(60)).size(), Neighbours::probes);
  EXPECT_TRUE(f.neighbours.entries().empty());
  EXPECT_FALSE(f.neighbours.next_timer());
}

TEST(Neighbours, an_answer_is_asked_for_again_by_unicast_when_it_is_old) {
  Fixture f;
  f.neighbours.want(far);
  f.run_for(millis(1));
  f.neighbours.learn(f.now, far, far_mac);
  EXPECT_EQ(f.neighbours.mac(far), far_mac);
  EXPECT_TRUE(f.run_for(seconds(299)).empty());
  const auto sent = f.run_for(seconds(1));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].second, far_mac);
  f.neighbours.learn(f.now, far, far_mac);
  ASSERT_TRUE(f.neighbours.poll_change());
  EXPECT_FALSE(f.neighbours.poll_change()) << "a refresh is no news";
}

TEST(Neighbours, five_unanswered_refreshes_lose_the_neighbour) {
  Fixture f;
  f.neighbours.want(far);
  f.run_for(millis(1));
  f.neighbours.learn(f.now, far, far_mac);
  f.neighbours.poll_change();
  f.run_for(seconds(301));
  EXPECT_TRUE(f.neighbours.mac(far)) << "one lost refresh is not the end";
  f.run_for(seconds(8));
  EXPECT_FALSE(f.neighbours.mac(far));
  const auto change = f.neighbours.poll_change();
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->mac);
  EXPECT_TRUE(f.neighbours.next_timer()) << "somebody needs it: it is asked for again";
}

TEST(Neighbours, an_old_one_nobody_needs_is_let_go_without_asking) {
  Fixture f;
  f.neighbours.want(far);
  f.run_for(millis(1));
  f.neighbours.learn(f.now, far, far_mac);
  f.neighbours.poll_change();
  f.used = false;
  EXPECT_TRUE(f.run_for(seconds(400)).empty());
  EXPECT_TRUE(f.neighbours.entries().empty());
  EXPECT_TRUE(f.neighbours.poll_change());
}

TEST(Neighbours, nobody_is_learnt_who_was_not_asked_for) {
  Fixture f;
  f.neighbours.learn(f.now, far, far_mac);
  EXPECT_FALSE(f.neighbours.mac(far));
  f.neighbours.want(far);
  f.neighbours.learn(f.now, far, broadcast_mac);
  EXPECT_FALSE(f.neighbours.mac(far)) << "no station has a group address";
  f.neighbours.want(f.underlay.address);
  EXPECT_EQ(f.neighbours.entries().size(), 1u) << "the vrouter does not look for itself";
}

TEST(Neighbours, the_last_packet_waits_for_the_answer_and_gets_its_mac) {
  Fixture f;
  const std::vector<std::byte> first(60, std::byte{1}), second(60, std::byte{2});
  f.neighbours.hold(far, first);
  f.neighbours.hold(far, second);
  f.run_for(millis(1));
  f.neighbours.learn(f.now, far, far_mac);
  const auto output = f.out.poll();
  ASSERT_TRUE(output);
  const auto& frame = std::get<Transmit>(*output).frame;
  Reader in{frame};
  EXPECT_EQ(wire::read_mac(in), far_mac);
  EXPECT_EQ(wire::read_mac(in), f.underlay.mac);
  EXPECT_EQ(frame[20], std::byte{2});
  EXPECT_FALSE(f.out.poll());
}

TEST(Neighbours, packets_alone_cannot_fill_the_table) {
  Fixture f;
  const std::vector<std::byte> frame(60);
  for (std::uint32_t n = 0; n < 5000; ++n) f.neighbours.hold(Ip4{0x0b000000u + n}, frame);
  EXPECT_EQ(f.neighbours.entries().size(), Neighbours::most_asked);
  f.neighbours.want(far);
  EXPECT_EQ(f.neighbours.entries().size(), Neighbours::most_asked + 1);
}

}  // namespace
}  // namespace tflab::agent
