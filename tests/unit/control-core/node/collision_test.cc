// Rows D02 and D03: two connections between two speakers. Every order in which what is under way
// can arrive is tried, up to a depth that covers both handshakes.

#include <deque>

#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {
namespace {

// Two nodes that have dialled each other. What is under way stands in lanes, one for each
// direction of each connection; the test says which lane moves next.
class Duel {
public:
  Duel(const config::ControlNode& a, const config::ControlNode& b)
      : nodes_{std::make_unique<node::ControlNode>(a), std::make_unique<node::ControlNode>(b)},
        addresses_{a.address, b.address} {
    for (std::size_t i : {0u, 1u}) {
      nodes_[i]->start(now_);
      drain(i);
    }
  }

  std::size_t choices() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(lanes_, [](const Lane& lane) { return !lane.empty(); }));
  }
  void move(std::size_t choice) {
    for (Lane& lane : lanes_) {
      if (lane.empty() || choice-- != 0) continue;
      const auto what = std::move(lane.front());
      lane.pop_front();
      return what();
    }
  }
  // "Established 0" with so many flaps, for each end; and how many connections there are.
  std::string told() const {
    std::string out;
    for (const auto& node : nodes_) {
      const auto page = node->page({"BgpNeighborReq", {}, now_, 0});
      const Tree* row = introspect::find(*page, "BgpNeighborResp");
      out += std::string{text_of(*row, "state")} + ' ' + std::string{text_of(*row, "flap_count")} +
             ", ";
    }
    const auto alive = std::ranges::count_if(
        wires_, [](const Wire& wire) { return wire.ends[0].alive && wire.ends[1].alive; });
    return out + std::to_string(alive) + " connections";
  }

private:
  using Lane = std::deque<std::function<void()>>;
  struct End {
    StreamId stream;
    bool alive = false;
    std::size_t lane = 0;  // towards it
  };
  struct Wire {
    End ends[2];
  };

  std::size_t new_lane() {
    lanes_.emplace_back();
    return lanes_.size() - 1;
  }
  Wire* wire_of(std::size_t node, StreamId stream) {
    for (Wire& wire : wires_)
      if (wire.ends[node].alive && wire.ends[node].stream == stream) return &wire;
    return nullptr;
  }
  void drain(std::size_t from) {
    while (auto output = nodes_[from]->poll_output())
      std::visit([&](const auto& what) { take(from, what); }, *output);
  }
  void take(std::size_t from, const OpenStream& open) {
    given_up_.erase({from, open.stream});
    lanes_[new_lane()].push_back([this, from, stream = open.stream] { connect(from, stream); });
  }
  void take(std::size_t from, const WriteStream& write) {
    Wire* wire = wire_of(from, write.stream);
    if (!wire) return;
    const std::size_t to = 1 - from, at = static_cast<std::size_t>(wire - wires_.data());
    lanes_[wire->ends[to].lane].push_back([this, at, to, bytes = write.bytes] {
      const End end = wires_[at].ends[to];
      if (end.alive) nodes_[to]->on_bytes(now_, end.stream, *bytes);
      drain(to);
    });
  }
  void take(std::size_t from, const CloseStream& close) {
    given_up_.insert({from, close.stream});
    Wire* wire = wire_of(from, close.stream);
    if (!wire) return;
    wire->ends[from].alive = false;
    const std::size_t to = 1 - from, at = static_cast<std::size_t>(wire - wires_.data());
    lanes_[wire->ends[to].lane].push_back([this, at, to] {
      End& end = wires_[at].ends[to];
      if (!std::exchange(end.alive, false)) return;
      nodes_[to]->on_closed(now_, end.stream);
      drain(to);
    });
  }
  void connect(std::size_t from, StreamId stream) {
    if (given_up_.contains({from, stream})) return;
    const std::size_t to = 1 - from, at = wires_.size();
    const Endpoint local{addresses_[to], 179}, remote{addresses_[from], 40000};
    Wire wire;
    wire.ends[from] = {stream, true, new_lane()};
    wire.ends[to] = {nodes_[to]->on_accepted(now_, local, remote), true, new_lane()};
    wires_.push_back(wire);
    lanes_[wire.ends[from].lane].push_back([this, at, from, remote] {
      const End end = wires_[at].ends[from];
      if (end.alive) nodes_[from]->on_opened(now_, end.stream, remote);
      drain(from);
    });
    drain(to);
  }

  Instant now_{seconds(1).ns};
  std::unique_ptr<node::ControlNode> nodes_[2];
  IpAddr addresses_[2];
  std::vector<Wire> wires_;
  std::deque<Lane> lanes_;
  std::set<std::pair<std::size_t, StreamId>> given_up_;
};

struct Story {
  std::vector<std::size_t> taken, widths;
};

// One run along a path of choices; past its end the oldest lane moves.
std::string play(const config::ControlNode& a, const config::ControlNode& b, Story& story,
                 std::size_t depth) {
  Duel duel{a, b};
  story.widths.clear();
  for (std::size_t n = 0; n < 200 && duel.choices() > 0; ++n) {
    if (n < depth) {
      if (n == story.taken.size()) story.taken.push_back(0);
      story.widths.push_back(duel.choices());
    }
    duel.move(n < depth ? story.taken[n] : 0);
  }
  return duel.told();
}

// The next path in depth-first order; false when all have been gone.
bool advance(Story& story) {
  story.taken.resize(story.widths.size());
  while (!story.taken.empty() && story.taken.back() + 1 >= story.widths[story.taken.size() - 1])
    story.taken.pop_back();
  if (story.taken.empty()) return false;
  ++story.taken.back();
  return true;
}

std::string digits(const std::vector<std::size_t>& path) {
  std::string out;
  for (std::size_t each : path) out += std::to_string(each);
  return out;
}

std::pair<config::ControlNode, config::ControlNode> speakers(const char* left_id,
                                                             const char* right_id,
                                                             Asn right_as = Asn{64512}) {
  config::ControlNode left, right;
  left.name = "left";
  left.address = ip("10.0.0.1");
  left.router_id = ip(left_id);
  right.name = "right";
  right.address = ip("10.0.0.2");
  right.router_id = ip(right_id);
  right.as = right_as;
  left.peers = {peer_of(right)};
  right.peers = {peer_of(left)};
  return {left, right};
}

void expect_one_connection_in_every_order(const config::ControlNode& a,
                                          const config::ControlNode& b, std::size_t depth) {
  Story story;
  std::size_t runs = 0;
  do {
    const std::string told = play(a, b, story, depth);
    ASSERT_EQ(told, "Established 0, Established 0, 1 connections") << digits(story.taken);
    ++runs;
  } while (advance(story));
  EXPECT_GT(runs, 200u);
}

TEST(Collision, D02_one_survives_in_every_order_of_arrival) {
  const auto [left, right] = speakers("10.0.0.1", "10.0.0.2");
  expect_one_connection_in_every_order(left, right, 9);
}

TEST(Collision, D02_one_survives_with_identifiers_the_other_way_round) {
  const auto [left, right] = speakers("10.0.0.2", "10.0.0.1");
  expect_one_connection_in_every_order(left, right, 8);
}

TEST(Collision, D02_one_survives_with_equal_identifiers_in_two_ases) {
  const auto [left, right] = speakers("10.0.0.9", "10.0.0.9", Asn{64513});
  expect_one_connection_in_every_order(left, right, 8);
}

TEST(Collision, D03_a_second_connection_does_not_harm_an_established_one) {
  Lab lab;
  config::ControlNode config = article_node();
  config::BgpPeer mx;
  mx.name = "mx";
  mx.address = ip("10.0.0.9");
  mx.as = Asn{64512};
  mx.families = {Family::inet_vpn};
  config.peers = {mx};
  Node& node = lab.add<Node>(config);
  lab.start(node);
  Router& first = lab.add<Router>("10.0.0.9", ip("172.31.14.47"), std::vector{Family::inet_vpn});
  lab.start(first);
  lab.run_for(seconds(10));
  ASSERT_EQ(first.ups, 1u);
  Router& second = lab.add<Router>("10.0.0.9", ip("172.31.14.47"), std::vector{Family::inet_vpn});
  lab.start(second);
  lab.run_for(seconds(300));
  EXPECT_EQ(first.downs, 0u);
  EXPECT_EQ(second.ups, 0u);
  EXPECT_EQ(first.session.state(), bgp::State::established);
}

}  // namespace
}  // namespace tflab::test
