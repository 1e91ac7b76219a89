#include "control-core/xmpp/fsm.h"

#include <array>
#include <utility>

namespace tflab::xmpp {
namespace {

using enum State;
using enum Act;
using E = Event;

struct Row {
  State from;
  Event on;
  State to;
  Act act;
};

// clang-format off
// The control node's end of an accepted connection. It is told down even if it never was up: the
// owner of the connection has nothing else to go by. active: waiting for the agent's header.
constexpr Row server_rows[] = {
    {idle,        E::transport_up,   active,      arm_hold},
    {active,      E::transport_down, idle,        disarm | tell_down},
    {active,      E::rx_data,        active,      none},  // a header has one hold time, not more
    {active,      E::rx_open,        established, open | arm_hold | arm_keepalive | tell_up},
    {active,      E::rx_close,       idle,        close | hang_up | disarm | tell_down},
    {active,      E::rx_error,       idle,        close | hang_up | disarm | tell_down},
    {established, E::transport_down, idle,        disarm | tell_down},
    {established, E::rx_data,        established, arm_hold},
    {established, E::rx_close,       idle,        close | hang_up | disarm | tell_down},
    {established, E::rx_error,       idle,        close | hang_up | disarm | tell_down},
};

// The agent's end. active: between two attempts.
constexpr Row client_rows[] = {
    {idle,        E::start,          connect,     dial | arm_retry},
    {idle,        E::transport_up,   idle,        hang_up},  // came after stop
    {active,      E::stop,           idle,        disarm},
    {active,      E::transport_up,   active,      hang_up},  // came after we gave up waiting
    {active,      E::retry_expired,  connect,     dial | arm_retry},
    {connect,     E::stop,           idle,        hang_up | disarm},
    {connect,     E::transport_up,   open_sent,   disarm | open | arm_hold},
    {connect,     E::transport_down, active,      disarm | arm_retry},
    {connect,     E::retry_expired,  connect,     hang_up | dial | arm_retry},
    {open_sent,   E::start,          open_sent,   none},
    {open_sent,   E::stop,           idle,        close | hang_up | disarm},
    {open_sent,   E::transport_down, active,      disarm | arm_retry},
    {open_sent,   E::rx_data,        open_sent,   none},
    {open_sent,   E::rx_open,        established, keepalive | arm_hold | arm_keepalive | tell_up},
    {open_sent,   E::rx_close,       active,      close | hang_up | disarm | arm_retry},
    {open_sent,   E::rx_error,       active,      close | hang_up | disarm | arm_retry},
    {established, E::start,          established, none},
    {established, E::stop,           idle,        close | hang_up | disarm | tell_down},
    {established, E::transport_down, active,      disarm | arm_retry | tell_down},
    {established, E::rx_data,        established, arm_hold},
    {established, E::rx_close,       active,      close | hang_up | disarm | arm_retry | tell_down},
    {established, E::rx_error,       active,      close | hang_up | disarm | arm_retry | tell_down},
};
// clang-format on

using Matrix = std::array<std::array<Step, events>, states>;

constexpr std::size_t at(auto e) {
  return static_cast<std::size_t>(e);
}

// Events the other end's owner causes; here they mean nothing.
constexpr bool foreign(Role role, Event on) {
  if (role == Role::client) return on == E::refuse;
  return on == E::start || on == E::stop || on == E::retry_expired;
}

// Where no row applies: without a stream the event is late and swallowed, with one it is an error.
constexpr Step fallback(Role role, State from, Event on) {
  if (!has_stream(role, from) || foreign(role, on)) return {from, none};
  if (role == Role::server) return {idle, error | hang_up | disarm | tell_down};
  const Act down = from == established ? tell_down : none;
  return {active, error | hang_up | disarm | arm_retry | down};
}

template <std::size_t n>
consteval Matrix expand(Role role, const Row (&rows)[n]) {
  Matrix m{};
  bool taken[states][events]{};
  for (std::size_t s = 0; s < states; ++s)
    for (std::size_t e = 0; e < events; ++e)
      m[s][e] = fallback(role, static_cast<State>(s), static_cast<Event>(e));
  for (const Row& r : rows) {
    if (taken[at(r.from)][at(r.on)]) throw "two rows for one state and event";  // a compile error
    taken[at(r.from)][at(r.on)] = true;
    m[at(r.from)][at(r.on)] = {r.to, r.act};
  }
  return m;
}

constexpr Matrix server_matrix = expand(Role::server, server_rows);
constexpr Matrix client_matrix = expand(Role::client, client_rows);

constexpr const Matrix& matrix_of(Role role) {
  return role == Role::server ? server_matrix : client_matrix;
}

// Properties that both matrices must have, whatever the rows say.
template <class Property>
consteval bool everywhere(Property property) {
  for (Role role : {Role::server, Role::client})
    for (std::size_t s = 0; s < states; ++s)
      for (std::size_t e = 0; e < events; ++e)
        if (!property(role, static_cast<State>(s), static_cast<Event>(e), matrix_of(role)[s][e]))
          return false;
  return true;
}

static_assert(everywhere([](Role, State from, Event, Step s) {
                return from != established || s.to == established || has(s.act, tell_down);
              }),
              "leaving established is told");
static_assert(everywhere([](Role role, State from, Event, Step s) {
                if (!has(s.act, tell_down)) return true;
                return s.to != established && has_stream(role, from) &&
                       (role == Role::server || from == established);
              }),
              "down is told once, and by a client only after up");
static_assert(everywhere([](Role, State from, Event on, Step s) {
                return has(s.act, tell_up) ==
                       (from != established && s.to == established && on == E::rx_open);
              }),
              "up is told by a header and by nothing else");
static_assert(everywhere([](Role, State, Event on, Step s) {
                return !(on == E::rx_error || on == E::rx_close || on == E::transport_down) ||
                       !has(s.act, error);
              }),
              "who says goodbye is not answered with an error");
static_assert(everywhere([](Role, State, Event on, Step s) {
                return on != E::transport_down || !has(s.act, open | close | error | hang_up);
              }),
              "nothing is written to a transport that is gone");
static_assert(everywhere([](Role role, State from, Event on, Step s) {
                if (!has_stream(role, from) || has_stream(role, s.to)) return true;
                return has(s.act, disarm) && (on == E::transport_down || has(s.act, hang_up));
              }),
              "a stream that ends leaves neither timers nor a transport");
static_assert(everywhere([](Role role, State from, Event, Step s) {
                if (from == s.to) return true;
                if (s.to == active) return has(s.act, role == Role::server ? arm_hold : arm_retry);
                if (s.to == connect) return has(s.act, dial) && has(s.act, arm_retry);
                return s.to == idle || has(s.act, arm_hold);
              }),
              "every state but idle is entered with a timer that gets out of it");
static_assert(everywhere([](Role role, State, Event, Step s) {
                return role == Role::client || !has(s.act, dial | arm_retry);
              }),
              "a server never dials");

constexpr std::array<std::string_view, events> event_names = {
    "start",   "stop",     "refuse",   "transport_up", "transport_down", "rx_open",
    "rx_data", "rx_close", "rx_error", "rx_garbage",   "hold_expired",   "retry_expired"};

constexpr std::array<std::pair<Act, std::string_view>, 12> act_names = {{
    {dial, "dial"},
    {hang_up, "hang_up"},
    {open, "open"},
    {keepalive, "keepalive"},
    {error, "error"},
    {close, "close"},
    {arm_hold, "arm_hold"},
    {arm_keepalive, "arm_keepalive"},
    {arm_retry, "arm_retry"},
    {disarm, "disarm"},
    {tell_up, "tell_up"},
    {tell_down, "tell_down"},
}};

}  // namespace

Step step(Role role, State from, Event on) {
  return matrix_of(role)[at(from)][at(on)];
}

std::string_view to_text(State state) {
  constexpr std::array<std::string_view, states> names = {"Idle", "Active", "Connect", "OpenSent",
                                                          "Established"};
  return names[at(state)];
}

std::string_view to_text(Event event) {
  return event_names[at(event)];
}

std::string to_text(Act acts) {
  std::string out;
  for (const auto& [act, name] : act_names) {
    if (!has(acts, act)) continue;
    if (!out.empty()) out += '|';
    out += name;
  }
  return out.empty() ? "-" : out;
}

}  // namespace tflab::xmpp
