#pragma once
// One BGP session and a hand that feeds it: octets in, what it puts out as words.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "control-core/bgp/open.h"
#include "control-core/bgp/session.h"
#include "tests/dsl/bytes.h"

namespace tflab::test {

inline const std::string ones(32, 'f');  // a marker

class Alone {
public:
  using Words = std::vector<std::string>;
  using State = bgp::State;

  static bgp::SessionConfig plain() {
    bgp::SessionConfig config;
    config.local_as = config.peer_as = Asn{64512};
    config.router_id = Ip4{0x0a000001};
    config.families = {Family::evpn, Family::inet_vpn, Family::route_target};
    return config;
  }
  static bgp::Open peer_open() {
    bgp::Open open;
    open.my_as = 64512;
    open.hold_seconds = 90;
    open.identifier = Ip4{0x0a000002};
    open.families = {Family::inet_vpn, Family::evpn};
    return open;
  }

  explicit Alone(bgp::SessionConfig config = plain()) : session{std::move(config), pool} {}

  // Brings it to a state as a well-behaved peer would.
  Alone& to(State state, const bgp::Open& theirs = peer_open()) {
    if (state == State::idle) return *this;
    session.start(now);
    if (state == State::active) session.on_transport_down(now);
    if (state <= State::active) return drained();
    session.on_transport_up(now);
    if (state >= State::open_confirm) session.on_bytes(now, bgp::encode(theirs));
    if (state >= State::established) session.on_bytes(now, hex(ones + "0013 04"));
    EXPECT_EQ(session.state(), state);
    return drained();
  }
  Alone& drained() {
    while (session.poll_output()) {
    }
    return *this;
  }
  // What it puts out, a word each; messages in hex without the marker and the length.
  Words outputs() {
    Words out;
    while (auto output = session.poll_output()) {
      if (std::holds_alternative<bgp::Dial>(*output)) out.push_back("dial");
      if (std::holds_alternative<bgp::HangUp>(*output)) out.push_back("hang up");
      if (std::holds_alternative<bgp::Up>(*output)) out.push_back("up");
      if (std::holds_alternative<bgp::Down>(*output)) out.push_back("down");
      if (std::holds_alternative<bgp::Received>(*output)) out.push_back("received");
      if (std::holds_alternative<bgp::Refresh>(*output)) out.push_back("refresh");
      if (const auto* send = std::get_if<bgp::Send>(&*output))
        out.push_back(to_hex(*send->bytes).substr(36));
    }
    return out;
  }
  Words fed(Bytes octets) {
    session.on_bytes(now, octets);
    return outputs();
  }
  Words fed(const std::string& octets) { return fed(hex(octets)); }

  AttributePool pool;
  Instant now{};
  bgp::Session session;
};

}  // namespace tflab::test
