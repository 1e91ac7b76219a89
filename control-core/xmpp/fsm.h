#pragma once
// The life of an XMPP channel as data, one matrix for the control node's end and one for the
// agent's. step() is pure; the channel performs the acts. A pair without a row is somebody's
// mistake on the wire, and the answer to all of them is the same: stream error, hang up.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "control-core/xmpp/session.h"

namespace tflab::xmpp {

enum class Role : std::uint8_t { server, client };

enum class Event : std::uint8_t {
  start,   // client: the owner wants a channel
  stop,    // client: the owner has had enough
  refuse,  // server: the agent broke a rule that only the owner knows
  transport_up,
  transport_down,
  rx_open,     // a valid stream header
  rx_data,     // any bytes at all, before they are looked into
  rx_close,    // </stream:stream>
  rx_error,    // the peer's stream error
  rx_garbage,  // anything we answer with a stream error
  hold_expired,
  retry_expired,
};
inline constexpr std::size_t states = 5, events = 12;
std::string_view to_text(Event event);

enum class Act : std::uint16_t {
  none = 0,
  dial = 1 << 0,
  hang_up = 1 << 1,
  open = 1 << 2,       // send our stream header
  keepalive = 1 << 3,  // send one now
  error = 1 << 4,      // send a stream error and the end tag
  close = 1 << 5,      // send the end tag
  arm_hold = 1 << 6,
  arm_keepalive = 1 << 7,
  arm_retry = 1 << 8,
  disarm = 1 << 9,  // stop all timers
  tell_up = 1 << 10,
  tell_down = 1 << 11,
};
constexpr Act operator|(Act a, Act b) {
  return static_cast<Act>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool has(Act set, Act one) {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}
std::string to_text(Act acts);  // "open|arm_hold", "-" for none

struct Step {
  State to{};
  Act act{};
};

Step step(Role role, State from, Event on);

// States in which bytes may come.
constexpr bool has_stream(Role role, State state) {
  return state == State::established ||
         state == (role == Role::server ? State::active : State::open_sent);
}

}  // namespace tflab::xmpp
