#include "control-core/bgp/fsm.h"

#include <array>

namespace tflab::bgp {
namespace {

using enum State;
using enum Act;
using E = Event;

struct Row {
  State from;
  Event on;
  State to;
  Act acts;
};

// RFC 4271 section 8.2.2. A second transport is not the session's to judge: while it has one,
// transport_up changes nothing (section 6.8 is the owner's). Connect and Active have a transport
// while DelayOpen runs; OPEN can only come then.
// clang-format off
constexpr Row rows[] = {
    {idle,         E::start,          connect,      disarm | dial | arm_retry},
    {idle,         E::start_passive,  active,       disarm},
    {idle,         E::stop,           idle,         disarm},
    {idle,         E::transport_up,   idle,         hang_up},
    {idle,         E::transport_up_delayed, idle,   hang_up},
    {connect,      E::start,          connect,      none},
    {connect,      E::start_passive,  connect,      none},
    {connect,      E::transport_up,   open_sent,    disarm | send_open | arm_open_hold},
    {connect,      E::transport_up_delayed, connect, disarm | arm_delay},
    {connect,      E::delay_expired,  open_sent,    send_open | arm_open_hold},
    {connect,      E::open,           open_confirm, disarm | send_open | send_keepalive |
                                                    arm_hold | arm_keepalive},
    {connect,      E::transport_down, active,       disarm | arm_retry},
    {connect,      E::retry_expired,  connect,      hang_up | dial | arm_retry},
    {active,       E::start,          active,       none},
    {active,       E::start_passive,  active,       none},
    {active,       E::transport_up,   open_sent,    disarm | send_open | arm_open_hold},
    {active,       E::transport_up_delayed, active,  disarm | arm_delay},
    {active,       E::delay_expired,  open_sent,    send_open | arm_open_hold},
    {active,       E::open,           open_confirm, disarm | send_open | send_keepalive |
                                                    arm_hold | arm_keepalive},
    {active,       E::transport_down, active,       disarm | arm_retry},
    {active,       E::retry_expired,  connect,      dial | arm_retry},
    {open_sent,    E::start,          open_sent,    none},
    {open_sent,    E::start_passive,  open_sent,    none},
    {open_sent,    E::transport_up,   open_sent,    none},
    {open_sent,    E::transport_up_delayed, open_sent, none},
    {open_sent,    E::transport_down, active,       disarm | arm_retry},
    {open_sent,    E::open,           open_confirm, disarm | send_keepalive | arm_hold |
                                                    arm_keepalive},
    {open_confirm, E::start,          open_confirm, none},
    {open_confirm, E::start_passive,  open_confirm, none},
    {open_confirm, E::transport_up,   open_confirm, none},
    {open_confirm, E::transport_up_delayed, open_confirm, none},
    {open_confirm, E::transport_down, idle,         disarm | arm_idle},
    {open_confirm, E::keepalive,      established,  arm_hold | tell_up},
    {open_confirm, E::keepalive_due,  open_confirm, send_keepalive | arm_keepalive},
    {established,  E::start,          established,  none},
    {established,  E::start_passive,  established,  none},
    {established,  E::transport_up,   established,  none},
    {established,  E::transport_up_delayed, established, none},
    {established,  E::transport_down, idle,         disarm | arm_idle | tell_down},
    {established,  E::keepalive,      established,  arm_hold},
    {established,  E::update,         established,  arm_hold},
    {established,  E::keepalive_due,  established,  send_keepalive | arm_keepalive},
};
// clang-format on

using Matrix = std::array<std::array<Step, events>, states>;

constexpr std::size_t at(auto e) {
  return static_cast<std::size_t>(e);
}

// Where no row applies: idle swallows the event; every other state starts over after a while, and
// says why if there is somebody to tell and they did not say it first.
constexpr Step fallback(State from, Event on) {
  if (from == idle) return {idle, none};
  Act acts = hang_up | disarm;
  if (from >= open_sent && on != E::notification) acts = acts | notify;
  if (on != E::stop) acts = acts | arm_idle;
  if (from == established) acts = acts | tell_down;
  return {idle, acts};
}

consteval Matrix expand() {
  Matrix m{};
  bool taken[states][events]{};
  for (std::size_t s = 0; s < states; ++s)
    for (std::size_t e = 0; e < events; ++e)
      m[s][e] = fallback(static_cast<State>(s), static_cast<Event>(e));
  for (const Row& row : rows) {
    if (taken[at(row.from)][at(row.on)]) throw "two rows for one state and event";
    taken[at(row.from)][at(row.on)] = true;
    m[at(row.from)][at(row.on)] = {row.to, row.acts};
  }
  return m;
}

constexpr Matrix matrix = expand();

// Properties the whole matrix must have, whatever the rows say.
template <class Property>
consteval bool everywhere(Property holds) {
  for (std::size_t s = 0; s < states; ++s)
    for (std::size_t e = 0; e < events; ++e)
      if (!holds(static_cast<State>(s), static_cast<Event>(e), matrix[s][e])) return false;
  return true;
}

constexpr bool leaving_established_is_told(State from, Event, Step s) {
  return (from == established && s.to != established) == has(s.acts, tell_down);
}
constexpr bool entering_established_is_told(State from, Event, Step s) {
  return (from != established && s.to == established) == has(s.acts, tell_up);
}
constexpr bool a_notification_is_never_answered(State, Event on, Step s) {
  return on != E::notification || !has(s.acts, notify);
}
constexpr bool nobody_is_notified_without_a_transport(State from, Event, Step s) {
  return !has(s.acts, notify) || (from >= open_sent && has(s.acts, hang_up));
}
constexpr bool going_idle_leaves_no_transport_and_no_timer(State from, Event on, Step s) {
  if (from == idle || s.to != idle) return true;
  return has(s.acts, disarm) && (has(s.acts, hang_up) || on == E::transport_down);
}
constexpr bool only_stop_ends_for_good(State from, Event on, Step s) {
  if (from == idle || s.to != idle) return true;
  return has(s.acts, arm_idle) == (on != E::stop);
}
constexpr bool open_goes_out_once_a_transport(State from, Event, Step s) {
  return has(s.acts, send_open) == (from < open_sent && s.to >= open_sent);
}
constexpr bool their_open_is_waited_for_once_a_transport(State from, Event on, Step s) {
  return has(s.acts, arm_delay) ==
         (on == E::transport_up_delayed && (from == connect || from == active));
}
constexpr bool hearing_the_peer_restarts_hold(State from, Event on, Step s) {
  const bool heard = on == E::open || on == E::keepalive || on == E::update;
  return !heard || from == idle || s.to == idle || has(s.acts, arm_hold);
}

static_assert(everywhere(leaving_established_is_told));
static_assert(everywhere(entering_established_is_told));
static_assert(everywhere(a_notification_is_never_answered));
static_assert(everywhere(nobody_is_notified_without_a_transport));
static_assert(everywhere(going_idle_leaves_no_transport_and_no_timer));
static_assert(everywhere(only_stop_ends_for_good));
static_assert(everywhere(open_goes_out_once_a_transport));
static_assert(everywhere(their_open_is_waited_for_once_a_transport));
static_assert(everywhere(hearing_the_peer_restarts_hold));

constexpr std::string_view state_names[states] = {"Idle",     "Connect",     "Active",
                                                  "OpenSent", "OpenConfirm", "Established"};
constexpr std::string_view event_names[events] = {"start",
                                                  "start-passive",
                                                  "stop",
                                                  "transport-up",
                                                  "transport-up-delayed",
                                                  "transport-down",
                                                  "open",
                                                  "keepalive",
                                                  "update",
                                                  "notification",
                                                  "refused",
                                                  "hold-expired",
                                                  "retry-expired",
                                                  "keepalive-due",
                                                  "delay-expired",
                                                  "send-hold-expired"};

struct ActName {
  Act act;
  std::string_view text;
};
constexpr ActName act_names[] = {
    {notify, "notify"},
    {hang_up, "hang-up"},
    {disarm, "disarm"},
    {dial, "dial"},
    {send_open, "send-open"},
    {send_keepalive, "send-keepalive"},
    {arm_open_hold, "arm-open-hold"},
    {arm_hold, "arm-hold"},
    {arm_keepalive, "arm-keepalive"},
    {arm_retry, "arm-retry"},
    {arm_idle, "arm-idle"},
    {arm_delay, "arm-delay"},
    {tell_up, "tell-up"},
    {tell_down, "tell-down"},
};

}  // namespace

std::string_view to_text(State state) {
  return state_names[at(state)];
}

std::string_view to_text(Event event) {
  return event_names[at(event)];
}

std::string to_text(Act acts) {
  std::string out;
  for (const ActName& name : act_names) {
    if (!has(acts, name.act)) continue;
    if (!out.empty()) out += ' ';
    out += name.text;
  }
  return out;
}

Step step(State from, Event on) {
  return matrix[at(from)][at(on)];
}

}  // namespace tflab::bgp
