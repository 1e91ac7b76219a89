// Octets that were ours until a seeded generator got at them. Nothing may crash, every answer must
// be one of those the machine knows, and what is accepted must mean the same when sent on.
#include <gtest/gtest.h>

#include <random>

#include "control-core/bgp/message.h"
#include "tests/dsl/bgp_say_again.h"
#include "tests/dsl/bytes.h"

namespace tflab::bgp {
namespace {

using test::Octets;

class Mutator {
public:
  explicit Mutator(std::uint32_t seed) : random_{seed} {}

  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

  Octets mutate(Octets octets, const Octets& other) {
    const std::size_t times = 1 + below(4);
    for (std::size_t i = 0; i < times && !octets.empty(); ++i) one(octets, other);
    return octets;
  }

private:
  void one(Octets& octets, const Octets& other) {
    const std::size_t at = below(octets.size());
    const auto here = octets.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(7)) {
      case 0:
        octets[at] ^= static_cast<std::byte>(1u << below(8));
        break;
      case 1:
        octets[at] = static_cast<std::byte>(random_());
        break;
      case 2:
        octets[at] = edges_[below(std::size(edges_))];
        break;
      case 3:
        octets.erase(here, here + static_cast<std::ptrdiff_t>(below(octets.size() - at)));
        break;
      case 4:
        octets.insert(here, below(9), static_cast<std::byte>(random_()));
        break;
      case 5:
        octets[at] = static_cast<std::byte>(static_cast<unsigned>(octets[at]) + 1);
        break;
      default: {
        const std::size_t from = below(other.size());
        const std::size_t count =
            std::min(below(40), std::min(other.size() - from, octets.size() - at));
        std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(from), count, here);
      }
    }
  }

  static constexpr std::byte edges_[] = {std::byte{0},    std::byte{1},    std::byte{32},
                                         std::byte{33},   std::byte{0x7f}, std::byte{0x80},
                                         std::byte{0xfe}, std::byte{0xff}};
  std::mt19937 random_;
};

// Whole messages, one of each kind.
std::vector<Octets> seeds(AttributePool& pool) {
  std::vector<Octets> out = {encode(test::sample_open()), encode(Notification{6, 2, {}})};
  Octets keepalive;
  append_message(keepalive, MessageType::keepalive, {});
  out.push_back(keepalive);
  for (const test::UpdateSample& sample : test::update_samples(pool))
    out.push_back(*encode(sample.update, {true, true}));
  return out;
}

SessionConfig config() {
  SessionConfig c;
  c.local_as = c.peer_as = Asn{64512};
  c.router_id = Ip4{1};
  c.families = test::all_families();
  c.four_byte_as = true;
  return c;
}

// What a peer says until the session is up.
Octets greeting() {
  Octets out = encode(test::sample_open());
  append_message(out, MessageType::keepalive, {});
  return out;
}

Session established(AttributePool& pool, const Octets& words) {
  Session session{config(), pool};
  session.start({});
  session.on_transport_up({});
  session.on_bytes({}, words);
  EXPECT_EQ(session.state(), State::established);
  while (session.poll_output()) {
  }
  return session;
}

void fix_length(Octets& message) {
  if (message.size() < header_size || message.size() > longest_message) return;
  message[16] = static_cast<std::byte>(message.size() >> 8);
  message[17] = static_cast<std::byte>(message.size() & 0xff);
}

TEST(BgpFuzz, a_hundred_thousand_mutated_messages_never_break_a_session) {
  AttributePool pool;
  const std::vector<Octets> ours = seeds(pool);
  Mutator mutator{20240326};
  const Octets words = greeting();
  Session session = established(pool, words);
  std::size_t survived = 0, resets = 0;
  for (int i = 0; i < 100000; ++i) {
    Octets message =
        mutator.mutate(ours[mutator.below(ours.size())], ours[mutator.below(ours.size())]);
    if (mutator.below(4) != 0) fix_length(message);  // so that most get past the header
    session.on_bytes({}, message);
    std::size_t notifications = 0;
    while (auto output = session.poll_output())
      if (std::holds_alternative<Send>(*output)) ++notifications;
    ASSERT_LE(notifications, 1u);
    if (session.state() == State::established) {
      ++survived;
      continue;
    }
    ++resets;
    ASSERT_EQ(session.state(), State::idle);
    session = established(pool, words);
  }
  EXPECT_GT(survived, 10000u);
  EXPECT_GT(resets, 10000u);
}

Attributes settled(Attributes set, Dialect dialect) {
  if (dialect.ibgp) set.local_pref = set.effective_local_pref();
  if (set.med == 0u) set.med.reset();
  return set;
}

// decode(encode(x)) is x for every x that came out of a decoder.
TEST(BgpFuzz, what_is_accepted_is_understood_the_same_by_the_next_speaker) {
  AttributePool pool;
  const std::vector<Octets> ours = seeds(pool);
  const std::vector<Family> spoken = test::all_families();
  Mutator mutator{7};
  std::size_t compared = 0;
  for (int i = 0; i < 30000; ++i) {
    Octets body =
        mutator.mutate(ours[3 + mutator.below(ours.size() - 3)], ours[mutator.below(ours.size())]);
    body.erase(body.begin(),
               body.begin() + static_cast<std::ptrdiff_t>(std::min(body.size(), header_size)));
    const Dialect dialect = test::all_dialects[mutator.below(4)];
    for (const Heard& heard : decode_update(body, dialect, spoken, pool).heard) {
      const SharedBytes run = encode(test::said_again(heard), dialect);
      Framer framer;
      Bytes rest{*run};
      const auto found = framer.next(rest);
      ASSERT_TRUE(found);
      const auto& message = std::get<Framer::Message>(*found);
      const Decoded back = decode_update(message.body, dialect, spoken, pool);
      ASSERT_EQ(back.damage, Damage::none);
      ASSERT_EQ(back.heard.size(), 1u);
      ASSERT_EQ(test::listed(back.heard[0].routes), test::listed(heard.routes));
      if (heard.attributes) {
        ASSERT_EQ(*back.heard[0].attributes, settled(*heard.attributes, dialect));
      }
      ++compared;
    }
  }
  EXPECT_GT(compared, 3000u);
}

}  // namespace
}  // namespace tflab::bgp
