#pragma once
// A peer who says whatever octets a test puts into its mouth, over a real session: greeting first,
// then UPDATEs. What the session tells its owner becomes a table, as in a control node.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "control-core/bgp/message.h"
#include "control-core/bgp/session.h"
#include "tests/dsl/bgp_samples.h"
#include "tests/dsl/bytes.h"

namespace tflab::test {

enum class Kin { ibgp, ebgp };

class Talk {
public:
  static constexpr Asn ours{64512}, stranger{65001};

  explicit Talk(Kin kin, std::vector<Family> families = all_families(), bool wide = true)
      : session_{config(kin, std::move(families), wide), pool_} {
    session_.start({});
    session_.on_transport_up({});
    bgp::Open open = sample_open();
    const Asn as = kin == Kin::ibgp ? ours : stranger;
    open.my_as = static_cast<std::uint16_t>(as.raw());
    open.four_byte_as.reset();
    if (wide) open.four_byte_as = as;
    Octets words = bgp::encode(open);
    bgp::append_message(words, bgp::MessageType::keepalive, {});
    say(words);
    EXPECT_TRUE(up());
  }

  void say(Bytes octets) {
    session_.on_bytes({}, octets);
    while (auto output = session_.poll_output()) {
      if (auto* heard = std::get_if<bgp::Received>(&*output)) take(heard->heard);
      if (auto* sent = std::get_if<bgp::Send>(&*output)) note(*sent->bytes);
    }
  }
  // The body of an UPDATE in hex: attributes, then classic routes and withdrawals.
  void update(const std::string& attributes, const std::string& routes = "",
              const std::string& withdrawn = "") {
    const auto sized = [](const std::string& text) {
      const std::size_t n = hex(text).size();
      return to_hex(Octets{static_cast<std::byte>(n >> 8), static_cast<std::byte>(n & 0xff)}) +
             text;
    };
    say_body(hex(sized(withdrawn) + sized(attributes) + routes));
  }
  void say_body(Bytes body) {
    Octets message;
    bgp::append_message(message, bgp::MessageType::update, body);
    say(message);
  }

  bool up() const { return session_.state() == bgp::State::established; }
  bool has(Family family, const std::string& route) const {
    return routes_.contains({family, *parse_nlri(family, route)});
  }
  const Attributes* attributes(Family family, const std::string& route) const {
    const auto at = routes_.find({family, *parse_nlri(family, route)});
    return at == routes_.end() ? nullptr : at->second.first.get();
  }
  std::uint32_t label(Family family, const std::string& route) const {
    return routes_.at({family, *parse_nlri(family, route)}).second.label;
  }
  std::size_t routes() const { return routes_.size(); }
  std::size_t withdrawals() const { return withdrawals_; }
  const std::vector<Family>& ended() const { return ended_; }
  // "3/9", or nothing.
  const std::string& notified() const { return notified_; }
  bgp::Session& session() { return session_; }

private:
  static bgp::SessionConfig config(Kin kin, std::vector<Family> families, bool wide) {
    bgp::SessionConfig out;
    out.local_as = ours;
    out.router_id = Ip4{0x0a0000fe};
    out.peer_as = kin == Kin::ibgp ? ours : stranger;
    out.families = std::move(families);
    out.four_byte_as = wide;
    return out;
  }

  void take(const bgp::Heard& heard) {
    if (heard.end_of_rib) ended_.push_back(heard.family);
    heard.routes.each([&](const bgp::Reach& route) {
      if (heard.attributes) {
        routes_.insert_or_assign({heard.family, route.nlri}, std::pair{heard.attributes, route});
      } else {
        ++withdrawals_;
        routes_.erase({heard.family, route.nlri});
      }
    });
  }
  void note(Bytes message) {
    if (message.size() < 21 || message[18] != std::byte{3}) return;
    notified_ = std::to_string(static_cast<int>(message[19])) + '/' +
                std::to_string(static_cast<int>(message[20]));
  }

  AttributePool pool_;
  bgp::Session session_;
  std::map<std::pair<Family, Nlri>, std::pair<AttributesRef, bgp::Reach>> routes_;
  std::size_t withdrawals_ = 0;
  std::vector<Family> ended_;
  std::string notified_;
};

}  // namespace tflab::test
