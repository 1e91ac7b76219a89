#pragma once
// The BGP state machine as data (RFC 4271 section 8.2.2). step() is pure: the session performs the
// acts. A pair that has no row is a protocol error, and the answer to all of them is the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tflab::bgp {

enum class State : std::uint8_t { idle, connect, active, open_sent, open_confirm, established };
std::string_view to_text(State state);  // Idle, Connect, Active, OpenSent, OpenConfirm, Established

enum class Event : std::uint8_t {
  start,          // by hand, or the idle-hold time is over
  start_passive,  // the same for a session that never dials
  stop,
  transport_up,
  transport_up_delayed,  // ... and their OPEN is waited for before ours is sent (DelayOpen)
  transport_down,
  open,          // received, and acceptable
  keepalive,     // received
  update,        // received, or a ROUTE-REFRESH; damaged ones too, if the session survives them
  notification,  // received
  refused,       // what was received cannot be accepted: the decoder says why
  hold_expired,
  retry_expired,
  keepalive_due,
  delay_expired,      // enough waited for their OPEN
  send_hold_expired,  // they have read nothing for too long (RFC 9687)
};
inline constexpr std::size_t states = 6, events = 16;
std::string_view to_text(Event event);

enum class Act : std::uint16_t {
  none = 0,
  dial = 1 << 0,     // ask the owner for a transport
  hang_up = 1 << 1,  // close it
  send_open = 1 << 2,
  send_keepalive = 1 << 3,
  notify = 1 << 4,         // send NOTIFICATION; what it says is the event's matter
  arm_open_hold = 1 << 5,  // the long hold time, until OPEN agrees on one
  arm_hold = 1 << 6,
  arm_keepalive = 1 << 7,
  arm_retry = 1 << 8,
  arm_idle = 1 << 9,    // wait, then start again
  arm_delay = 1 << 10,  // wait for their OPEN
  disarm = 1 << 11,     // stop all timers
  tell_up = 1 << 12,
  tell_down = 1 << 13,
};
constexpr Act operator|(Act a, Act b) {
  return static_cast<Act>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool has(Act set, Act one) {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}
std::string to_text(Act acts);  // "notify hang-up disarm arm-idle"

struct Step {
  State to{};
  Act acts{};
};
Step step(State from, Event on);

}  // namespace tflab::bgp
